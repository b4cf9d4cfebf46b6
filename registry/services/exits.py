"""Exits: ending a listing by a decision; what follows it is re-dated or cancelled with it."""

from __future__ import annotations

from registry.domain import confirmation
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.listing import ExitGround, Listing, ListKind
from registry.services import access, removals
from registry.services.work import Work
from registry.store import announcements, deadlines, listings


def exit(work: Work, id: str, ground: ExitGround, reason: str) -> Listing:
    """End a listing of one's own authority: the standard changed, or a red benefit was abused."""
    access.require(work.actor, "end a listing")
    listing = listings.get(work.change, id)
    if listing is None or listing.agency_id != work.actor.agency.id:
        raise NotFound("listing")
    if ground is ExitGround.BENEFIT_ABUSED and listing.list_kind is not ListKind.RED:
        raise InvalidInput.field("ground", "benefit_abused ends red listings only")
    if ground is ExitGround.CRITERIA_CHANGED:
        removals.settle(work, listing.id)
    return end(work, listing, ground, reason)


def end(work: Work, listing: Listing, ground: ExitGround, reason: str) -> Listing:
    """End a listing on any ground; the watch listing after a black one moves or goes with it."""
    ended = confirmation.end(listing, ground, work.now)
    assert ended.exit is not None
    listings.save(work.change, ended)
    _end_of(work, ended)
    facts = {
        "listing_id": ended.id,
        "subject_id": ended.subject_id,
        "list_kind": str(ended.list_kind),
        "sector": ended.sector,
        "ground": str(ground),
        "on": ended.exit.on.isoformat(),
        "reason": reason,
    }
    work.change.record("listing.exited", facts, ended.subject_id, erasable=True)
    watch = listings.following(work.change, ended.id)
    if watch is not None and watch.exit is None:
        _move(work, confirmation.watch_after_exit(watch, ended))
    return ended


def _end_of(work: Work, ended: Listing) -> None:
    assert ended.exit is not None
    deadlines.close(work.change, "met", ended.id, "expiry")
    if ended.valid_from > ended.exit.on:
        announcements.withdraw(work.change, ended.id, "listed")
    else:
        announcements.add(work.change, "exited", ended, ended.exit.on)


def _move(work: Work, after: Listing) -> None:
    listings.save(work.change, after)
    deadlines.close(work.change, "met", after.id, "expiry")
    announcements.withdraw(work.change, after.id, "listed")
    facts = {"listing_id": after.id, "subject_id": after.subject_id}
    if after.exit is not None:
        work.change.record("listing.cancelled", facts, after.subject_id)
        return
    announcements.add(work.change, "listed", after, after.valid_from)
    deadlines.open_new(
        work.change,
        "expiry",
        "listing",
        after.id,
        after.agency_id,
        after.valid_to,
        after.valid_to,
    )
    dates = {"valid_from": after.valid_from.isoformat(), "valid_to": after.valid_to.isoformat()}
    work.change.record("listing.redated", {**facts, **dates}, after.subject_id)
