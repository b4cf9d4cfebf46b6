"""Scoring: from a scorecard and what is known to a total, a grade, and every line of the way. Pure.

The total is the sum of the items, the start points being the first of them; nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.domain.finding import explain
from registry.domain.listing import Listing
from registry.domain.rating import Ground, Rating, RatingItem, RatingState
from registry.domain.record import Record
from registry.domain.scorecard import (
    Band,
    DirectGrade,
    FromListing,
    FromRater,
    FromRating,
    FromRecords,
    Item,
    Line,
    ScorecardVersion,
)

START = "start"


@dataclass(frozen=True)
class Stated:
    """What the rater states: that a line is met, how often, and why."""

    code: str
    reason: str
    count: int = 1


@dataclass(frozen=True)
class Evidence:
    """All that a rating may rest on: records of the subject, its listings in force on the day,
    its earlier ratings by the scorecard, and what the rater states."""

    records: Sequence[Record] = ()
    listings: Sequence[Listing] = ()
    ratings: Sequence[Rating] = ()
    stated: Sequence[Stated] = ()


@dataclass(frozen=True)
class Score:
    """`total` is the sum of the items, None where the scorecard counts no points."""

    items: tuple[RatingItem, ...]
    total: Decimal | None
    grade: str | None
    grounds: tuple[Ground, ...]
    direct: DirectGrade | None


@dataclass(frozen=True)
class _Met:
    """How often a line is met, on which records, and what there is to say about it."""

    count: int = 0
    record_ids: tuple[str, ...] = ()
    reason: str = ""


def score(version: ScorecardVersion, evidence: Evidence, on: date) -> Score:
    """Rate by a version on a day; the same evidence gives the same score in every detail."""
    items = _items(version, evidence, on)
    total = sum((one.points for one in items), Decimal(0)) if version.start is not None else None
    grade, grounds = _by_band(version, total)
    direct = _direct(version, evidence, total, on)
    if direct:
        worst = max((line.grade for line, _ in direct), key=version.rank_of)
        grade = worst
        grounds = tuple(_ground("direct", line, met) for line, met in direct if line.grade == worst)
    for line in version.knock_outs:
        met = _met(version, line, evidence, on)
        if met.count and grade and version.rank_of(grade) < version.rank_of(line.best):
            grade = line.best
            grounds = (*grounds, _ground("knock_out", line, met))
    decided = next((line for line, _ in direct if line.grade == grade), None)
    return Score(items, total, grade, grounds, decided)


def _items(version: ScorecardVersion, evidence: Evidence, on: date) -> tuple[RatingItem, ...]:
    if version.start is None:
        return ()
    first = RatingItem(
        START, "Start points", "起评分", version.start, 1, version.start_basis or version.basis
    )
    found = [first]
    for line in version.items:
        met = _met(version, line, evidence, on)
        if met.count:
            found.append(
                RatingItem(
                    line.code,
                    line.title,
                    line.title_zh,
                    line.points_for(met.count),
                    met.count,
                    line.basis,
                    met.reason,
                    met.record_ids,
                )
            )
    return tuple(found)


def _by_band(
    version: ScorecardVersion, total: Decimal | None
) -> tuple[str | None, tuple[Ground, ...]]:
    band = version.band_of(total) if total is not None else None
    if band is None:
        return None, ()
    return band.grade, (by_band(version, band, total or Decimal(0)),)


def by_band(version: ScorecardVersion, band: Band, total: Decimal) -> Ground:
    """What there is to say of a grade that follows from a total."""
    grade = version.grades[version.rank_of(band.grade)]
    text, text_zh = f"{total:f} points: {grade.title}", f"{total:f}分，{grade.title_zh}"
    return Ground("band", band.grade, text, text_zh, band.basis or version.basis)


def _direct(
    version: ScorecardVersion, evidence: Evidence, total: Decimal | None, on: date
) -> list[tuple[DirectGrade, _Met]]:
    found = []
    for line in version.direct:
        if line.at_least is not None and (total is None or total < line.at_least):
            continue
        met = _met(version, line, evidence, on)
        if met.count:
            found.append((line, met))
    return found


def _ground(kind: str, line: Line, met: _Met) -> Ground:
    return Ground(
        kind, line.code, line.title, line.title_zh, line.basis, met.reason, met.record_ids
    )


def _met(version: ScorecardVersion, line: Line, evidence: Evidence, on: date) -> _Met:
    trigger = line.trigger
    if isinstance(trigger, FromRater):
        stated = [one for one in evidence.stated if one.code == line.code]
        return _Met(sum(one.count for one in stated), (), "; ".join(one.reason for one in stated))
    if isinstance(trigger, FromListing):
        held = [
            one
            for one in evidence.listings
            if one.sector == version.sector and one.list_kind in trigger.list_kinds
        ]
        return _Met(1 if held else 0)
    if isinstance(trigger, FromRating):
        return _Met(1 if _was_rated(trigger, evidence.ratings, on) else 0)
    return _on_records(version, line, trigger, evidence.records, on)


def _was_rated(trigger: FromRating, ratings: Sequence[Rating], on: date) -> bool:
    return any(
        one.state is RatingState.PUBLISHED
        and one.grade in trigger.grades
        and one.rated_on < on < trigger.within.after_event(one.rated_on)
        and (not trigger.by or any(_is_by(ground, trigger.by) for ground in one.grounds))
        for one in ratings
    )


def _is_by(ground: Ground, lines: frozenset[str]) -> bool:
    return (ground.kind if ground.kind == "band" else ground.code) in lines


def _on_records(
    version: ScorecardVersion,
    line: Line,
    trigger: FromRecords,
    records: Sequence[Record],
    on: date,
) -> _Met:
    """An item counts each record that meets the condition; a grade asks whether it is met."""
    usable = [one for one in records if trigger.counts(one, version.period, on)]
    if not usable:
        return _Met()
    if trigger.when is None:
        return _Met(len(usable), tuple(one.id for one in usable))
    if isinstance(line, Item):
        meeting = [one.id for one in usable if trigger.when.holds(one, usable)]
        return _Met(len(meeting), tuple(meeting))
    met, reasons, used = explain(trigger.when, usable, trigger.fields, line.basis)
    said = "; ".join(reason.text for reason in reasons)
    return _Met(1, used, said) if met else _Met()
