"""Which measures follow which listings and ratings: a sector's own, those for every sector, those
that reach a person through an organisation; and until when. Pure; check.py decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from registry.domain.facts import CheckRequest, Facts, Reached
from registry.domain.listing import Entry
from registry.domain.measure import Measure, MeasureKind
from registry.domain.rating import Rating
from registry.domain.subject import Subject
from registry.domain.validity import Term, day_of

Offered = Callable[[CheckRequest, Facts, str], Iterable[Measure]]
Follows = tuple[Measure, Entry, dict[str, Any] | None]


def following(
    offered: Offered,
    request: CheckRequest,
    facts: Facts,
    live: list[Entry],
    reached: list[Reached],
) -> Iterator[Follows]:
    """What is offered and follows the subject's listings, or reaches it through another's."""
    assert facts.subject is not None or not live
    for listing in live:
        found = [
            measure
            for measure in offered(request, facts, listing.sector)
            if facts.subject is not None and _follows(measure, listing, facts.subject)
        ]
        for measure in _own_first(found, listing.sector):
            yield measure, listing, None
    for one in reached:
        via = {"subject_id": one.organisation.id, "name": one.organisation.name, "role": one.role}
        found = [
            measure
            for measure in offered(request, facts, one.listing.sector)
            if _reaches(measure, one)
        ]
        for measure in _own_first(found, one.listing.sector):
            yield measure, one.listing, via


def _own_first(found: list[Measure], sector: str) -> Iterator[Measure]:
    """A sector's own measure stands for the one of the same code that is for every sector."""
    own = {measure.code for measure in found if measure.sector == sector}
    return (one for one in found if one.sector == sector or one.code not in own)


def following_ratings(
    offered: Offered, request: CheckRequest, facts: Facts, rated: tuple[Rating, ...]
) -> Iterator[tuple[Measure, Rating]]:
    """What is offered and follows the subject's own ratings; they reach nobody else."""
    for rating in rated:
        for measure in offered(request, facts, rating.sector):
            target = measure.target
            if (
                measure.sector == rating.sector
                and facts.subject is not None
                and facts.subject.kind in target.subject_kinds
                and target.follows_rating(rating.scorecard, rating.grade)
            ):
                yield measure, rating


def published(request: CheckRequest, facts: Facts, sector: str) -> Iterator[Measure]:
    """Those published for listings of a sector: its own, and those that are for every sector."""
    for code, edition in facts.editions.items():
        measures = (edition.by_matter if code == sector else edition.joint).get(request.matter)
        if measures:
            yield from _asked(request, facts, measures)


def _asked(request: CheckRequest, facts: Facts, measures: Iterable[Measure]) -> Iterator[Measure]:
    """Those for the matter and the asking agency, with a basis on the day."""
    day = day_of(request.as_of)
    for measure in measures:
        if (
            request.matter in measure.matters
            and measure.binds(facts.agency_code)
            and measure.validity.covers(day)
        ):
            yield measure


def _follows(measure: Measure, listing: Entry, listed: Subject) -> bool:
    return listed.kind in measure.target.subject_kinds and measure.target.fits(listing)


def _reaches(measure: Measure, one: Reached) -> bool:
    return one.role in measure.reaches and _follows(measure, one.listing, one.organisation)


def ends(measure: Measure, listing: Entry, facts: Facts, day: date) -> date | None:
    """The first day on which the measure no longer follows a listing that is in force: the
    listing's end, its joint period for the sanction of another sector, and the measure's own
    period. None where a period is over on `day`, or is asked and nobody has set it: then the
    sanction is blocked (MEA-17). The listing's own end is an instant: until then it bars nothing,
    on the day of the exit either.
    """
    limits: list[date | None] = []
    if measure.sector != listing.sector and measure.kind is MeasureKind.SANCTION:
        limits.append(listing.joint_until)
    if measure.period_of:
        most = months(measure, listing, facts)
        limits.append(Term(months=most).after(listing.valid_from) if most else None)
    known = [limit for limit in limits if limit is not None and day < limit]
    return min([_until(listing), *known]) if len(known) == len(limits) else None


def months(measure: Measure, listing: Entry, facts: Facts) -> int:
    """The most months that the profile gives the measure; 0 where it gives none."""
    if facts.profile is None:
        return 0
    return facts.profile.months(measure.period_of, listing.valid_from)


def _until(listing: Entry) -> date:
    """The first day no longer in force, as known: a red listing's end may be ahead and earlier."""
    return min(listing.valid_to, listing.exit.on) if listing.exit else listing.valid_to


def unpublished(request: CheckRequest, facts: Facts, sector: str) -> Iterator[Measure]:
    """Sanctions that plugins propose for listings of a sector, and no edition in effect holds."""
    own = _held(facts, sector)  # a sector's own stands for the one of its code for every sector
    for code, proposed in facts.proposed.items():
        held = own if code == sector else own | _held(facts, code)
        for measure in _asked(request, facts, proposed):
            fitting = code == sector or measure.target.every_sector
            sanction = measure.kind is MeasureKind.SANCTION
            if fitting and sanction and measure.code not in held:
                yield measure


def _held(facts: Facts, sector: str) -> frozenset[str]:
    edition = facts.editions.get(sector)
    return edition.codes if edition is not None else frozenset()
