"""What every dated rule has: citations of known instruments, and an interval that is not empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from registry.domain.legal import Citation, Instrument, RuleStatus
from registry.domain.validity import Interval
from registry.rulebook.place import Place

Json = Mapping[str, Any]


def build_basis(
    entries: Iterable[Json], instruments: Mapping[str, Instrument], place: Place
) -> tuple[Citation, ...]:
    """Citations: what a lawyer cites is the title; whether it is a statute comes with it."""
    citations = []
    for index, entry in enumerate(entries):
        instrument = instruments.get(entry["instrument"])
        if instrument is None:
            problem = unknown("instrument", entry["instrument"], instruments)
            raise place.at(index, "instrument").mistake(problem)
        status = RuleStatus(entry["status"])
        citations.append(
            Citation(instrument.title_zh, entry["article"], status, instrument.statute)
        )
    return tuple(citations)


def build_interval(one: Json, place: Place) -> Interval:
    """The days from `valid_from` to the day before `valid_to`."""
    end = one["valid_to"]
    try:
        return Interval(
            date.fromisoformat(one["valid_from"]), date.fromisoformat(end) if end else None
        )
    except ValueError as error:
        problem = f"{error}: valid_to is the first day no longer in force"
        raise place.at("valid_to").mistake(problem) from None


def unknown(what: str, code: str, known: Iterable[str]) -> str:
    """The problem of a name that nothing has."""
    return f"unknown {what} {code!r}. Known: {', '.join(sorted(known)) or 'none'}"
