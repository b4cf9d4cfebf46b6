"""Removals by a change of the standard: activation judges the live listings again and proposes; the
reviewer of the listing's authority ends the listing, or declines with a reason [CRI-07]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from registry.domain.actor import Role
from registry.domain.errors import IllegalTransition, InvalidInput, NotFound
from registry.domain.listing import Listing
from registry.domain.removal import Departure, Removal, RemovalState, departure
from registry.domain.subject import SubjectKind
from registry.domain.validity import day_of
from registry.rulebook.rulebook import Rulebook
from registry.services import access
from registry.services.work import View, Work
from registry.store import records, subjects
from registry.store import removals as store
from registry.store.transaction import Change, Reading, new_id
from registry.store.vault import ErasedError


def changed_criteria(old: Rulebook, new: Rulebook) -> set[str]:
    """The codes whose versions are not what they were. A sector that is no longer enabled changes
    no law: its listings stay."""
    codes = {one.code for book in (old, new) for one in book.criteria()}
    return {
        code
        for code in codes
        if old.criterion_versions(code) != new.criterion_versions(code)
        and code.partition(".")[0] in new.sectors
    }


def departures(
    reading: Reading, old: Rulebook, new: Rulebook, today: date
) -> Iterator[tuple[Listing, Departure | None]]:
    """Each live listing whose criterion changed, and why it would have to go, if it would."""
    codes = changed_criteria(old, new)
    if not codes:
        return
    for listing in store.live_listings(reading, today, codes):
        try:
            yield listing, _departure(reading, listing, old, new, today)
        except ErasedError:
            continue  # nothing can be judged any more, and nothing is shown


def _departure(
    reading: Reading, listing: Listing, old: Rulebook, new: Rulebook, today: date
) -> Departure | None:
    subject = subjects.get(reading, listing.subject_id)
    kind = subject.kind if subject is not None else SubjectKind.ENTERPRISE
    code = listing.criterion
    return departure(
        listing,
        kind,
        records.get_many(reading, listing.record_ids),
        old.criterion_versions(code),
        new.criterion_versions(code),
        today,
    )


def propose(change: Change, old: Rulebook, new: Rulebook) -> int:
    """Judge the live listings by the rulebook that becomes active; returns how many removals were
    proposed. One that is open and no longer right is withdrawn."""
    today, proposed = day_of(change.now), 0
    for listing, found in departures(change, old, new, today):
        before = store.open_of(change, listing.id)
        if before is not None:
            was, now = (book.criterion_versions(listing.criterion) for book in (old, new))
            if found is None and before.stands(was, now, today):
                continue
            _save(change, replace(before, state=RemovalState.WITHDRAWN), "removal.withdrawn")
        if found is not None:
            _save(change, _removal(listing, found, today), "removal.proposed")
            proposed += 1
    return proposed


def _removal(listing: Listing, found: Departure, today: date) -> Removal:
    return Removal(
        id=new_id(),
        listing_id=listing.id,
        subject_id=listing.subject_id,
        agency_id=listing.agency_id,
        criterion=listing.criterion,
        old_version=listing.criterion_version,
        new_version=found.version.version if found.version is not None else "",
        effective_on=found.effective_on,
        proposed_on=today,
        state=RemovalState.OPEN,
        reasons=found.reasons,
    )


def _save(change: Change, removal: Removal, kind: str) -> None:
    store.save(change, removal)
    facts = {
        "removal_id": removal.id,
        "listing_id": removal.listing_id,
        "subject_id": removal.subject_id,
        "criterion": removal.criterion,
        "old_version": removal.old_version,
        "new_version": removal.new_version,
        "effective_on": removal.effective_on.isoformat(),
    }
    change.record(kind, facts, removal.subject_id)


def settle(work: Work, listing_id: str) -> None:
    """The listing is ended because its standard changed: the open proposal is done. InvalidInput
    before the day on which the new standard begins."""
    removal = store.open_of(work.change, listing_id)
    if removal is None:
        return
    if removal.effective_on > work.today:
        raise InvalidInput.field(
            "ground", f"the changed standard counts from {removal.effective_on} on"
        )
    _save(work.change, replace(removal, state=RemovalState.DONE), "removal.done")


def decline(work: Work, id: str, reason: str) -> Removal:
    """Leave the listing as it is, with a reason: a reviewer of the listing's authority."""
    access.require(work.actor, "decide on a removal")
    removal = store.get(work.change, id)
    if removal is None or removal.agency_id != work.actor.agency.id:
        raise NotFound("removal")
    if removal.state is not RemovalState.OPEN:
        raise IllegalTransition(removal.state, "decline")
    declined = replace(removal, state=RemovalState.DECLINED, decision_reason=reason)
    _save(work.change, declined, "removal.declined")
    return declined


def page(view: View, state: str | None, after: int, limit: int) -> list[tuple[int, Removal]]:
    """Proposals on listings of one's own agency; all of them for who watches over the rules."""
    assert view.actor is not None
    access.require(view.actor, "read removals")
    all_of_them = view.actor.has(Role.COORDINATOR, Role.AUDITOR)
    agency = None if all_of_them else view.actor.agency.id
    return store.page(view.reading, agency, state, after, limit)
