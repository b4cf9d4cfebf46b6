"""Calendars in the rulebook's canonical document, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import rfc8785

from registry.domain.workdays import Calendar, CalendarYear

Json = Mapping[str, Any]


def calendar_document(calendar: Calendar) -> dict[str, Any]:
    """The canonical JSON-able form; years and days ascending."""
    years = [calendar.years[number] for number in sorted(calendar.years)]
    return {"code": calendar.code, "years": [_year_document(year) for year in years]}


def year_digest(year: CalendarYear | None) -> str:
    """A digest of what is said of a year; empty where nothing is."""
    if year is None:
        return ""
    return hashlib.sha256(rfc8785.dumps(_year_document(year))).hexdigest()


@dataclass(frozen=True)
class Superseded:
    """An imported year that gave way to a later one of a plugin; `days` are counted otherwise."""

    code: str
    year: int
    days: tuple[date, ...]


def carried(
    active: Mapping[str, Calendar], offered: Mapping[str, Calendar]
) -> tuple[dict[str, Calendar], list[Superseded]]:
    """The calendars that plugins offer with the imported years of the active ones. An imported year
    stands for as long as plugins say of it what they said when it was imported."""
    found, gone = dict(offered), []
    for code, calendar in active.items():
        given = offered.get(code, Calendar(code, {})).years
        kept = {}
        for number, year in calendar.years.items():
            if year.imported_over is None:
                continue
            if number in given and year_digest(given[number]) != year.imported_over:
                gone.append(Superseded(code, number, _differing(year, given[number])))
            else:
                kept[number] = year
        if kept:
            found[code] = Calendar(code, {**given, **kept})
    return found, gone


def _differing(one: CalendarYear, other: CalendarYear) -> tuple[date, ...]:
    days = (one.holidays ^ other.holidays) | (one.workdays ^ other.workdays)
    return tuple(sorted(days))


def _year_document(year: CalendarYear) -> dict[str, Any]:
    # only where said: a year of a plugin keeps its form, and the rulebook its digest
    over = {} if year.imported_over is None else {"imported_over": year.imported_over}
    return {
        "year": year.year,
        "holidays": [day.isoformat() for day in sorted(year.holidays)],
        "workdays": [day.isoformat() for day in sorted(year.workdays)],
        "notice": year.notice,
        "source": year.source,
        "status": year.status,
        **over,
    }


def build_calendar(document: Json) -> Calendar:
    """The calendar of a document; ValueError if its days contradict each other."""
    years = (_build_year(one) for one in document["years"])
    return Calendar(document["code"], {year.year: year for year in years})


def _build_year(one: Json) -> CalendarYear:
    days = {
        name: frozenset(date.fromisoformat(day) for day in one[name])
        for name in ("holidays", "workdays")
    }
    return CalendarYear(**{**one, **days})
