"""Validity in time: half-open intervals of dates, terms such as P3Y, and the registry's zone.

`valid_to` is the first day that is no longer in force. Instants are aware and UTC; legal dates
are dates in the registry's zone. A missing 29 February becomes 1 March.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

ZONE_DATA: str = import_module("tzdata").IANA_VERSION  # of the database; answers name it


def _zone(name: str) -> ZoneInfo:
    """From the package, whatever the system has: the version that answers name is the one used."""
    region, city = name.split("/")
    with (files("tzdata.zoneinfo") / region / city).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


ZONE = _zone("Asia/Shanghai")
EARLIEST = date(1900, 1, 1)
LATEST = date(2200, 12, 31)

_TERM = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?", re.ASCII)


@lru_cache(maxsize=64)  # a check asks for the day of its instant again and again
def day_of(instant: datetime) -> date:
    """The legal date of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """The first instant of a legal date, in UTC."""
    return datetime.combine(day, time(0), ZONE).astimezone(UTC)


def noon_of(day: date) -> datetime:
    """What a bare date means as an as-of: its noon in the registry's zone."""
    return datetime.combine(day, time(12), ZONE).astimezone(UTC)


@dataclass(frozen=True, order=True)
class Term:
    """A length in calendar time: ISO 8601 years, months and days (P3Y, P6M, P1Y6M, P30D)."""

    years: int = 0
    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Term:
        """Read 'P3Y'; ValueError says what is expected."""
        match = _TERM.fullmatch(text)
        if not match or not any(match.groups()):
            raise ValueError(f"{text!r} is not a term: write years, months, days as P3Y, P6M, P30D")
        years, months, days = (int(part or 0) for part in match.groups())
        if not years + months + days:
            raise ValueError(f"{text!r} is empty: a term is at least one day")
        return cls(years, months, days)

    def __str__(self) -> str:
        parts = ((self.years, "Y"), (self.months, "M"), (self.days, "D"))
        return "P" + "".join(f"{count}{unit}" for count, unit in parts if count)

    def after(self, start: date) -> date:
        """The first day after the term that counts `start` as its first day."""
        month0 = start.year * 12 + start.month - 1 + self.years * 12 + self.months
        year, month = divmod(month0, 12)
        if year > LATEST.year:
            raise ValueError(f"the term ends after {LATEST}")
        month += 1
        try:
            moved = date(year, month, start.day)
        except ValueError:  # 29 February, or the 31st of a short month: the first of the next one
            moved = date(year + month // 12, month % 12 + 1, 1)
        return moved + timedelta(days=self.days)

    def after_event(self, event: date) -> date:
        """The first day after a term that starts on the day after an event."""
        return self.after(event + timedelta(days=1))


def longest(terms: Iterable[Term], start: date) -> Term:
    """The term with the later last day, both counted from `start`."""
    return max(terms, key=lambda term: term.after(start))


@dataclass(frozen=True)
class Interval:
    """Half-open interval of legal dates; `end` None means without end."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"the interval {self.start} to {self.end} is empty")

    def covers(self, day: date) -> bool:
        """True from `start` to the day before `end`."""
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Interval) -> bool:
        """True if one day lies in both."""
        return (self.end is None or other.start < self.end) and (
            other.end is None or self.start < other.end
        )


class _Dated(Protocol):
    @property
    def validity(self) -> Interval: ...


T = TypeVar("T", bound=_Dated)


def in_force_on(versions: Iterable[T], day: date) -> T | None:
    """The version whose validity covers the day; versions of one code never overlap."""
    return next((version for version in versions if version.validity.covers(day)), None)
