"""Ratings (信用评价): a grade by a scorecard, or by a published list edition. In force is computed.

A rating shows how it came about: its items add up to the total, and each names its article. It is
no listing and leads to none; a measure may follow from it where a published edition says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from registry.domain.legal import Citation
from registry.domain.scorecard import Grade
from registry.domain.validity import Interval


class RatingState(StrEnum):
    """`consultation` 征求意见: shown as a draft, without effect. `published` 已公布. `withdrawn`
    已撤销: taken back by its rater."""

    CONSULTATION = "consultation"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class RatingItem:
    """One line of a rating: how many points, for what, how often, and where it is written."""

    code: str
    title: str
    title_zh: str
    points: Decimal
    count: int
    basis: tuple[Citation, ...]
    reason: str = ""
    record_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ground:
    """Why the grade is what it is: `band`, `direct`, `knock_out` or, of a list that was taken
    over, `published`."""

    kind: str
    code: str
    text: str
    text_zh: str
    basis: tuple[Citation, ...]
    reason: str = ""
    record_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rating:
    """One rating as known at some point; `valid_to` is the first day no longer in force, None
    until the next one. `third_party`: a credit agency's, and `source` its report; it stands beside
    the registry's own and never in its place. `grade` None where the scorecard has no grades;
    `score` None where no points were counted or published; `rank` is a place in a published order,
    1 the first."""

    id: str
    subject_id: str
    sector: str
    scorecard: str
    scorecard_version: str
    title: str
    title_zh: str
    agency_id: str
    rated_by: str
    rated_on: date
    valid_from: date
    valid_to: date | None
    state: RatingState
    grade: str | None
    grade_title: str
    grade_title_zh: str
    basis: tuple[Citation, ...]
    score: Decimal | None = None
    rank: int | None = None
    edition: str | None = None
    source: str = ""
    third_party: bool = False
    withdrawn_because: str = ""
    items: tuple[RatingItem, ...] = ()
    grounds: tuple[Ground, ...] = ()

    @property
    def validity(self) -> Interval:
        """The days on which it is in force, unless a later rating takes its place."""
        return Interval(self.valid_from, self.valid_to)


def in_force(ratings: Iterable[Rating], on: date) -> tuple[Rating, ...]:
    """The ratings in force on a day: of each scorecard and rater the latest published one, if it
    has not run out. An older one does not come back when the latest has. Reports of several third
    parties stand beside each other."""
    latest: dict[tuple[str, str, str], Rating] = {}
    for one in ratings:
        if one.state is not RatingState.PUBLISHED or one.valid_from > on:
            continue
        key = (one.scorecard, one.agency_id, one.source if one.third_party else "")
        before = latest.get(key)
        if before is None or (before.valid_from, before.rated_on) <= (one.valid_from, one.rated_on):
            latest[key] = one
    return tuple(one for one in latest.values() if one.validity.covers(on))


def to_json(rating: Rating) -> dict[str, Any]:
    """What an answer of a check shows of a rating."""
    return {
        "id": rating.id,
        "sector": rating.sector,
        "scorecard": rating.scorecard,
        "scorecard_version": rating.scorecard_version,
        "grade": rating.grade,
        "grade_title": rating.grade_title,
        "grade_title_zh": rating.grade_title_zh,
        "rater": rating.agency_id,
        "rated_on": rating.rated_on.isoformat(),
        "edition": rating.edition,
        "third_party": rating.third_party,
        "source": rating.source or None,
        "basis": [citation.to_json() for citation in rating.basis],
        "valid_from": rating.valid_from.isoformat(),
        "valid_to": rating.valid_to.isoformat() if rating.valid_to else None,
    }


@dataclass(frozen=True)
class Mismatch:
    """A printed total that is not the number of rows; `grade` None for the sum of all."""

    grade: str | None
    printed: int
    found: int


def compare_counts(
    printed: Mapping[str, int],
    rows: Mapping[str, int],
    grades: Iterable[Grade],
    total: int | None = None,
) -> tuple[Mismatch, ...]:
    """Where the totals printed under a list differ from its rows by grade ("" for those without
    one). `total` is the sum that is printed; where it is not given, the sums are compared only if
    there is a total for each of the scorecard's grades: any that is left out may be that of the
    rows whose grade is not legible."""
    wrong = [
        Mismatch(grade, count, rows.get(grade, 0))
        for grade, count in printed.items()
        if count != rows.get(grade, 0)
    ]
    whole = all(one.code in printed or one.title_zh in printed for one in grades)
    if total is None and printed and whole:
        total = sum(printed.values())
    if total is not None and total != sum(rows.values()):
        wrong.append(Mismatch(None, total, sum(rows.values())))
    return tuple(wrong)
