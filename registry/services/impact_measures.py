"""The part of an impact that speaks of measures: live listings, and ratings in force, for which the
plugins would propose other measures than before. What applies, an edition decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from registry.domain.listing import Listing
from registry.domain.measure import Measure
from registry.domain.rating import Rating, in_force
from registry.domain.subject import SubjectKind
from registry.rulebook.rulebook import Rulebook
from registry.store import editions, ratings, subjects
from registry.store import removals as removal_store
from registry.store.codec import measure_in
from registry.store.transaction import Reading

Measures = tuple[Measure, ...]


def measured(
    reading: Reading, active: Rulebook, proposed: Rulebook, today: date
) -> Iterator[dict[str, Any]]:
    """One item for each, listings first: whose it is, the codes `<sector>/<code>` of the measures
    gained, lost and changed, and the basis of what would be new. `listing_id` and `criterion` are
    None for a rating, `rating_id`, `scorecard` and `grade` for a listing."""
    before, after = [
        {code: _proposals(reading, book, code, today) for code in proposed.sectors}
        for book in (active, proposed)
    ]
    sectors = sorted(code for code in proposed.sectors if before[code] != after[code])
    old, new = [tuple(one for code in sectors for one in book[code]) for book in (before, after)]
    if sectors:
        yield from _listed(reading, old, new, today)
        yield from _rated(reading, old, new, today)


def _proposals(reading: Reading, rulebook: Rulebook, sector: str, today: date) -> Measures:
    """What the plugin of a sector proposes; where none is enabled, what its edition in effect
    holds, for that goes on applying without it."""
    if sector in rulebook.sectors:
        return rulebook.proposed_measures(sector)
    edition = editions.in_effect(reading, sector, today)
    return tuple(measure_in(raw) for raw in edition.measures) if edition is not None else ()


def _listed(
    reading: Reading, old: Measures, new: Measures, today: date
) -> Iterator[dict[str, Any]]:
    for listing in removal_store.live_listings(reading, today):
        subject = subjects.get(reading, listing.subject_id)
        if subject is None:
            continue
        before, after = [_after_listing(book, listing, subject.kind) for book in (old, new)]
        if before != after:
            yield {
                "listing_id": listing.id,
                "rating_id": None,
                "subject_id": listing.subject_id,
                "criterion": listing.criterion,
                "scorecard": None,
                "grade": None,
                **_difference(before, after),
            }


def _rated(reading: Reading, old: Measures, new: Measures, today: date) -> Iterator[dict[str, Any]]:
    """The ratings that a check would pick today. Where no measure that follows any is other than
    it was, none are read: there may be one of everybody."""
    old, new = [tuple(one for one in book if one.target.ratings) for book in (old, new)]
    if old == new:
        return
    scorecards = {one.scorecard for measure in (*old, *new) for one in measure.target.ratings}
    for kind, known in ratings.by_subject(reading, scorecards):
        for rating in in_force(known, today):
            before, after = [_after_rating(book, rating, kind) for book in (old, new)]
            if before != after:
                yield {
                    "listing_id": None,
                    "rating_id": rating.id,
                    "subject_id": rating.subject_id,
                    "criterion": None,
                    "scorecard": rating.scorecard,
                    "grade": rating.grade,
                    **_difference(before, after),
                }


def _after_listing(
    measures: Iterable[Measure], listing: Listing, kind: SubjectKind
) -> dict[str, Measure]:
    return _by_code(
        one
        for one in measures
        if (one.sector == listing.sector or one.target.every_sector)
        and kind in one.target.subject_kinds
        and one.target.fits(listing)
    )


def _after_rating(
    measures: Iterable[Measure], rating: Rating, kind: SubjectKind
) -> dict[str, Measure]:
    return _by_code(
        one
        for one in measures
        if one.sector == rating.sector
        and kind in one.target.subject_kinds
        and one.target.follows_rating(rating.scorecard, rating.grade)
    )


def _by_code(measures: Iterable[Measure]) -> dict[str, Measure]:
    return {f"{one.sector}/{one.code}": one for one in measures}


def _difference(before: Mapping[str, Measure], after: Mapping[str, Measure]) -> dict[str, Any]:
    both = before.keys() & after.keys()
    return {
        "gained": sorted(after.keys() - before.keys()),
        "lost": sorted(before.keys() - after.keys()),
        "changed": sorted(code for code in both if before[code] != after[code]),
        "basis": [
            citation.to_json()
            for code in sorted(after)
            if before.get(code) != after[code]
            for citation in after[code].basis
        ],
    }
