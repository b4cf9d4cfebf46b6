"""Calendars in the rulebook's canonical document, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.domain.workdays import Calendar, CalendarYear

Json = Mapping[str, Any]


def calendar_document(calendar: Calendar) -> dict[str, Any]:
    """The canonical JSON-able form; years and days ascending."""
    years = [calendar.years[number] for number in sorted(calendar.years)]
    return {"code": calendar.code, "years": [_year_document(year) for year in years]}


def _year_document(year: CalendarYear) -> dict[str, Any]:
    return {
        "year": year.year,
        "holidays": [day.isoformat() for day in sorted(year.holidays)],
        "workdays": [day.isoformat() for day in sorted(year.workdays)],
        "notice": year.notice,
        "source": year.source,
        "status": year.status,
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
