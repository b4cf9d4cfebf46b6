"""Working days: a calendar is dated data, one notice a year; a count starts on the day after.

A year without data is counted Monday to Friday and the period says so: it is `provisional`, and
what must wait for it waits until the safe bound. So are the last days of the newest year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2200, 12, 31)
# Longer than any block of days off that a notice has ever moved.
SAFE_BOUND_WEEKDAYS = 10

# Notices for a new year have moved days of the old one, back to the 29th (国办发明电〔2018〕15号).
UNSETTLED_FROM = (12, 25)

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CalendarYear:
    """What a year's notice changes: weekdays off, and Saturdays or Sundays that are worked.

    One that was imported says over what: the digest of the year that plugins gave then, empty
    where they gave none.
    """

    year: int
    holidays: frozenset[date]
    workdays: frozenset[date]
    notice: str
    source: str
    status: str = "verified"
    imported_over: str | None = None

    def __post_init__(self) -> None:
        for day in sorted(self.holidays | self.workdays):
            if day.year != self.year:
                raise ValueError(f"calendar {self.year}: {day} lies in another year")
        for day in sorted(self.holidays):
            if not _is_weekday(day):
                raise ValueError(
                    f"calendar {self.year}: {day} is a Saturday or Sunday and off anyway; "
                    "`holidays` lists Mondays to Fridays only"
                )
        for day in sorted(self.workdays):
            if _is_weekday(day):
                raise ValueError(
                    f"calendar {self.year}: {day} is worked anyway; "
                    "`workdays` lists Saturdays and Sundays only"
                )


@dataclass(frozen=True)
class Due:
    """The end of a period: its last day, and the first one on which what waits may happen."""

    due_on: date
    earliest_on: date
    provisional: bool


@dataclass(frozen=True)
class Calendar:
    """The working days of a jurisdiction, in the years for which there is a notice."""

    code: str
    years: Mapping[int, CalendarYear]

    def __post_init__(self) -> None:
        for year, content in self.years.items():
            if year != content.year:
                raise ValueError(f"calendar {self.code}: {content.year} is filed under {year}")

    def covers(self, day: date) -> bool:
        """Say whether there is a notice for the year of `day`."""
        return day.year in self.years

    def settles(self, day: date) -> bool:
        """Say whether no notice to come can move `day`: its last days hang on the next year's."""
        late = (day.month, day.day) >= UNSETTLED_FROM
        return self.covers(day) and (not late or day.year + 1 in self.years)

    def is_working_day(self, day: date) -> bool:
        """Say whether `day` is worked; in a year without a notice, Monday to Friday are."""
        _within_bounds(day)
        known = self.years.get(day.year)
        if known is None:
            return _is_weekday(day)
        if _is_weekday(day):
            return day not in known.holidays
        return day in known.workdays

    def after_working_days(self, start: date, days: int) -> Due:
        """Count `days` working days from the day after `start`."""
        _not_negative(days)
        _within_bounds(start)
        day, counted, provisional = start, 0, False
        while counted < days:
            day = _next_day(day)
            provisional = provisional or not self.settles(day)
            if self.is_working_day(day):
                counted += 1
        last_waiting = _safe_bound(day) if provisional else day
        return Due(due_on=day, earliest_on=_next_day(last_waiting), provisional=provisional)

    def after_calendar_days(self, start: date, days: int) -> Due:
        """Count `days` days from the day after `start`; the last one may be a day off."""
        _not_negative(days)
        _within_bounds(start)
        if days > (LAST_DAY - start).days:
            raise _out_of_bounds(f"{days} days after {start}")
        due_on = start + timedelta(days=days)
        return Due(due_on=due_on, earliest_on=_next_day(due_on), provisional=False)

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days of [start, end), as a pause needs them."""
        _within_bounds(start)
        _within_bounds(end)
        if end < start:
            raise ValueError(f"the end {end} lies before the start {start}")
        length = (end - start).days
        return sum(self.is_working_day(start + timedelta(days=offset)) for offset in range(length))


def later(first: Due, second: Due) -> Due:
    """Take the stricter of two periods that run side by side: the one with the later last day.

    A provisional period that ends earlier may still be moved past the other one when the data
    lands. Its safe bound is kept, for nobody may rely on it before.
    """
    stricter = max(first, second, key=lambda due: (due.due_on, due.earliest_on, due.provisional))
    other = second if stricter is first else first
    if other.earliest_on <= stricter.earliest_on:
        return stricter
    return Due(stricter.due_on, other.earliest_on, stricter.provisional or other.provisional)


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def _safe_bound(day: date) -> date:
    weekdays = 0
    while weekdays < SAFE_BOUND_WEEKDAYS:
        day = _next_day(day)
        weekdays += _is_weekday(day)
    return day


def _next_day(day: date) -> date:
    if day >= LAST_DAY:
        raise _out_of_bounds(f"the day after {day}")
    return day + _ONE_DAY


def _within_bounds(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _out_of_bounds(str(day))


def _out_of_bounds(what: str) -> ValueError:
    return ValueError(f"{what} is out of bounds: dates lie in {FIRST_DAY} to {LAST_DAY}")


def _not_negative(days: int) -> None:
    if days < 0:
        raise ValueError(f"a period has 0 days or more, not {days}")
