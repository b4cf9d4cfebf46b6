"""Checks (审批前核查): the decision, pure. What applies to this subject, for this matter, at this
instant, and by which article; the first outcome that fits. No plugin code runs here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from registry.domain.application import (
    ends,
    following,
    following_ratings,
    months,
    published,
    unpublished,
)
from registry.domain.facts import PURPOSES, CheckRequest, Facts, Incomplete, Reached
from registry.domain.listing import MISTAKES, Course, Entry, ListingStatus, ListKind, to_json
from registry.domain.measure import Force, Measure, MeasureKind
from registry.domain.rating import Rating, in_force
from registry.domain.rating import to_json as rating_json
from registry.domain.validity import Term, day_of

ADVERSE = frozenset({ListKind.BLACK, ListKind.WATCH, ListKind.ALERT})

__all__ = ["PURPOSES", "CheckRequest", "Facts", "Incomplete", "Reached", "decide"]


@dataclass
class _Applied:
    sanctions: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"mandatory": [], "recommended": []}
    )
    incentives: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"mandatory": [], "recommended": []}
    )
    unset: list[str] = field(default_factory=list)  # names of periods

    def add(self, measure: Measure, after: dict[str, Any]) -> None:
        group = self.sanctions if measure.kind is MeasureKind.SANCTION else self.incentives
        group[str(measure.force)].append({**measure_json(measure), **after})


def measure_json(measure: Measure) -> dict[str, Any]:
    """The contract's shape of a measure in an answer, less what it follows from."""
    return {
        "code": measure.code,
        "name": measure.name,
        "name_zh": measure.name_zh,
        "kind": str(measure.kind),
        "force": str(measure.force),
        "content": measure.content,
        "content_zh": measure.content_zh,
        "implementer": measure.implementer,
        "basis": [citation.to_json() for citation in measure.basis],
    }


def decide(request: CheckRequest, facts: Facts) -> dict[str, Any]:
    """The answer of a check in the contract's shape, less its id and receipt. Pure and total:
    the same request and facts give the same bytes."""
    shown = [one for one in facts.listings if _is_shown(one, request.as_of)]
    live = [one for one in shown if one.is_in_force(request.as_of)]
    reached = [one for one in facts.reached if one.listing.is_in_force(request.as_of)]
    rated = in_force(facts.ratings, day_of(request.as_of)) if facts.ratings else ()
    applied = _apply(request, facts, live, reached, rated)
    sectors = {one.sector for one in shown} | {one.listing.sector for one in reached}
    incomplete = [
        *facts.incomplete,
        *_absent_sectors(request, facts, sectors | {one.sector for one in rated}),
        *_unset(facts, applied.unset),
    ]
    sanctioned = any(applied.sanctions.values())
    if sanctioned:  # sanctions win over incentives for the same matter
        applied.incentives = {"mandatory": [], "recommended": []}
    as_of = _instant(request.as_of)
    return {
        "outcome": _outcome(facts, applied, incomplete, live),
        "as_of": as_of,
        "known_at": as_of if request.known_at is request.as_of else _instant(request.known_at),
        "matter": request.matter,
        "purpose": request.purpose,
        "subject": _subject(facts),
        "sanctions": applied.sanctions,
        "incentives": applied.incentives,
        "listings": [_listing_json(facts, one, request.as_of) for one in shown],
        "candidates": facts.candidates,
        "dropped": _dropped(request, facts, live, reached, rated),
        "green_channel": _green_channel(request, facts),
        "incomplete": [one.to_json() for one in incomplete],
        "rulebook": {"digest": facts.rulebook_digest, "tzdata": facts.zone_data},
        **_ratings(facts, rated),
        **_through(facts, reached, applied, request.as_of),
    }


def _listing_json(facts: Facts, listing: Entry, as_of: datetime) -> dict[str, Any]:
    shape = to_json(listing, as_of, listing.basis)
    return {**shape, "authority": facts.agencies.get(listing.agency_id)}


def _through(
    facts: Facts, reached: list[Reached], applied: _Applied, as_of: datetime
) -> dict[str, Any]:
    """The organisations' listings on which something rests that reaches the person: whoever is
    refused must see the grounds. Nothing where nothing reaches."""
    if not reached:
        return {}
    groups = (*applied.sanctions.values(), *applied.incentives.values())
    links = {
        (one["listing_id"], one["via"]["role"]): one["via"]
        for group in groups
        for one in group
        if one["via"]
    }
    found = [
        {**_listing_json(facts, one.listing, as_of), "via": links[one.listing.id, one.role]}
        for one in reached
        if (one.listing.id, one.role) in links
    ]
    return {"through": found} if found else {}


def _ratings(facts: Facts, rated: tuple[Rating, ...]) -> dict[str, Any]:
    """Nothing where none were consulted: answers from before there were any stay as they were."""
    if facts.ratings is None:
        return {}
    told = [{**rating_json(one), "rater": facts.agencies.get(one.agency_id)} for one in rated]
    return {"ratings": told}


def _instant(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _subject(facts: Facts) -> dict[str, Any]:
    if facts.subject is None:
        return {
            "id": None,
            "name": facts.subject_name,
            "known": False,
            "matched_by": facts.matched_by,
        }
    return {
        "id": facts.subject.id,
        "name": facts.subject.shown_name,
        "known": True,
        "matched_by": facts.matched_by,
    }


def _is_shown(listing: Course, as_of: datetime) -> bool:
    status = listing.status_at(as_of)
    if status is ListingStatus.SUSPENDED:
        return not listing.is_late(as_of)
    return status is ListingStatus.IN_FORCE


def _apply(
    request: CheckRequest,
    facts: Facts,
    live: list[Entry],
    reached: list[Reached],
    rated: tuple[Rating, ...],
) -> _Applied:
    applied = _Applied()
    day = day_of(request.as_of)
    for measure, listing, via in following(published, request, facts, live, reached):
        until = ends(measure, listing, facts, day)
        if until is not None:
            after = {"listing_id": listing.id, "until": until.isoformat(), "via": via}
            applied.add(measure, after)
        elif measure.period_of and not months(measure, listing, facts):
            applied.unset.append(measure.period_of)
    for measure, rating in following_ratings(published, request, facts, rated):
        end = rating.valid_to.isoformat() if rating.valid_to is not None else None
        after = {"listing_id": None, "rating_id": rating.id, "until": end, "via": None}
        applied.add(measure, after)
    return applied


def _unset(facts: Facts, names: Iterable[str]) -> Iterator[Incomplete]:
    """A period that the profile should give and does not: the answer must not look complete."""
    if facts.profile is not None:  # else told already
        for name in sorted(set(names)):
            yield Incomplete("profile", f"The profile {facts.profile.code} does not set {name}.")


def _absent_sectors(
    request: CheckRequest, facts: Facts, consulted: set[str]
) -> Iterator[Incomplete]:
    needed = consulted | {
        code for code, one in facts.editions.items() if request.matter in one.by_matter
    }
    for sector in sorted(needed - facts.enabled):
        yield Incomplete(
            "sector",
            f"The rules of the sector {sector} are not enabled and cannot be consulted.",
            sector,
        )


def _outcome(
    facts: Facts, applied: _Applied, incomplete: list[Incomplete], live: list[Entry]
) -> str:
    if applied.sanctions[Force.MANDATORY]:
        return "restricted"
    if incomplete or facts.matched_by == "name":
        return "undetermined"
    if applied.sanctions[Force.RECOMMENDED] or any(one.list_kind in ADVERSE for one in live):
        return "caution"
    return "favoured" if any(applied.incentives.values()) else "clear"


def _dropped(
    request: CheckRequest,
    facts: Facts,
    live: list[Entry],
    reached: list[Reached],
    rated: tuple[Rating, ...],
) -> list[dict[str, Any]]:
    """Sanctions that a plugin proposes for these listings and ratings and no edition in effect
    holds."""
    found: dict[tuple[str, str], Measure] = {}
    if not facts.proposed:
        return []
    for measure, listing, _ in following(unpublished, request, facts, live, reached):
        if measure.sector == listing.sector or listing.joint_until is not None:
            found[measure.sector, measure.code] = measure
    for measure, _ in following_ratings(unpublished, request, facts, rated):
        found[measure.sector, measure.code] = measure
    return [
        {
            "code": measure.code,
            "name": measure.name,
            "sector": measure.sector,
            "reason": "No published edition in effect holds it.",
        }
        for measure in found.values()
    ]


def _green_channel(request: CheckRequest, facts: Facts) -> dict[str, Any]:
    def answer(eligible: bool, reason: str) -> dict[str, Any]:
        return {"eligible": eligible, "reason": reason}

    if facts.subject is None:
        return answer(False, "The registry does not know the subject.")
    if facts.profile is None:
        return answer(False, "The agency's profile is not enabled.")
    today = day_of(request.as_of)
    known: tuple[Course, ...] = (*facts.listings, *facts.elsewhen)
    counted = [one for one in known if not one.is_late(request.as_of)]
    if any(one.list_kind in ADVERSE and _is_shown(one, request.as_of) for one in counted):
        return answer(False, "The subject stands on a black, watch or alert list.")
    red = any(one.list_kind is ListKind.RED and one.is_in_force(request.as_of) for one in counted)
    if red and facts.profile.value("green.models_exempt", today):
        return answer(True, "A red listing is in force.")
    years = int(facts.profile.value("green.clean_years", today))
    clean = Term(years=years)
    since = day_of(facts.subject.known_since)
    if clean.after(since) > today:
        return answer(
            False, f"The registry has known the subject since {since}: less than {years} years."
        )
    last_bad = _last_bad_day(facts, counted, request.as_of)
    if last_bad is not None and clean.after_event(last_bad) > today:
        return answer(False, f"An adverse entry ended on {last_bad}: less than {years} years ago.")
    return answer(True, f"No adverse entry for {years} years.")


def _last_bad_day(facts: Facts, counted: list[Course], as_of: datetime) -> date | None:
    days = [facts.last_misconduct_on] if facts.last_misconduct_on else []
    for listing in counted:
        ended = listing.exit_at(as_of)
        if listing.list_kind not in ADVERSE or ended is None or ended[0] in MISTAKES:
            continue
        if listing.valid_from < ended[1]:
            days.append(date.fromordinal(ended[1].toordinal() - 1))
    return max(days, default=None)
