"""Read the calendar files: calendars/<year>.yaml, one notice of the State Council a year.

A new year is one more file. Its absence is no error: deadlines in that year are provisional.
"""

from datetime import date
from importlib.resources import files
from typing import Any

from registry.sdk import Calendar, CalendarYear, read_yaml

CODE = "cn"
PACKAGE = "plugins.china"
FOLDER = "calendars"
FIELDS = frozenset({"year", "notice", "source", "status", "holidays", "workdays"})
STATUSES = frozenset({"verified", "to_verify"})


def load_calendar() -> Calendar:
    """Read every year there is a file for."""
    folder = files(PACKAGE).joinpath(FOLDER)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    years = (_load_year(f"{FOLDER}/{name}") for name in names)
    return Calendar(code=CODE, years={content.year: content for content in years})


def _load_year(path: str) -> CalendarYear:
    content = read_yaml(PACKAGE, path)
    if set(content) != FIELDS:
        odd = ", ".join(sorted(FIELDS.symmetric_difference(content)))
        raise ValueError(f"{path}: missing or unknown: {odd}; a calendar has all of {_names()}")
    if path != f"{FOLDER}/{content['year']}.yaml":
        raise ValueError(f"{path}: the file is named after its `year`, here {content['year']}")
    if content["status"] not in STATUSES:
        raise ValueError(f"{path}: `status` is one of {', '.join(sorted(STATUSES))}")
    return CalendarYear(
        year=content["year"],
        holidays=_days(path, "holidays", content["holidays"]),
        workdays=_days(path, "workdays", content["workdays"]),
        notice=content["notice"],
        source=content["source"],
        status=content["status"],
    )


def _days(path: str, field: str, values: Any) -> frozenset[date]:
    if not isinstance(values, list) or not all(isinstance(value, date) for value in values):
        raise ValueError(f"{path}: `{field}` is a list of dates, each written YYYY-MM-DD")
    days = frozenset(values)
    if len(days) != len(values):
        raise ValueError(f"{path}: `{field}` names a day twice")
    return days


def _names() -> str:
    return ", ".join(sorted(FIELDS))
