"""`registry china calendar YEAR`: the days off and the days worked of a year, with the notice."""

from datetime import date

from plugins.china.calendars import load_calendar
from registry.sdk import Command

WEEKDAYS = "一二三四五六日"


def show_calendar(year: str) -> str:
    """The year as the registry counts it; ValueError if there are no data for it."""
    years = load_calendar().years
    found = years.get(int(year)) if year.isascii() and year.isdecimal() else None
    if found is None:
        known = f"{min(years)} to {max(years)}"
        raise ValueError(
            f"There are no data for {year}: deadlines in it are provisional. Known: {known}."
        )
    return "\n".join(
        [
            f"{found.year}  {found.notice}  ({found.status})",
            *(_line("off 放假", day) for day in sorted(found.holidays)),
            *(_line("worked 上班", day) for day in sorted(found.workdays)),
        ]
    )


def _line(what: str, day: date) -> str:
    return f"{day}  周{WEEKDAYS[day.weekday()]}  {what}"


COMMANDS = (
    Command(
        "calendar",
        "The days off and the days worked of YEAR, and the notice that says so.",
        ("year",),
        show_calendar,
    ),
)
