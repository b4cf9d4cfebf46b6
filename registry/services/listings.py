"""Reading listings: by role, and for the public only what is published now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from registry.domain.actor import Role
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.listing import Listing, ListingStatus
from registry.services import access
from registry.services.work import View
from registry.store import listings as store
from registry.store.transaction import Reading

_SCAN = 200


@dataclass(frozen=True)
class Filters:
    """What of the listings is asked for, and at which instant."""

    as_of: datetime
    subject_id: str | None = None
    sector: str | None = None
    list_kind: str | None = None
    status: str | None = None
    known_at: datetime | None = None


def page(view: View, filters: Filters, after: int, limit: int) -> list[tuple[int, Listing]]:
    """(place, listing) that the asker may see and that meet the filters."""
    found: list[tuple[int, Listing]] = []
    for place, listing in _scan(view, filters, after):
        if may_see(view, listing, filters.as_of) and _fits(listing, filters):
            found.append((place, listing))
            if len(found) == limit:
                break
    return found


def _scan(view: View, filters: Filters, after: int) -> Iterator[tuple[int, Listing]]:
    reading = _known(view, filters.known_at)
    names = ("subject_id", "sector", "list_kind")
    wanted = {name: getattr(filters, name) for name in names}
    public_on = view.today if view.actor is None else None
    while True:
        rows = store.page(reading, wanted, after, _SCAN, public_on)
        yield from rows
        if len(rows) < _SCAN:
            return
        after = rows[-1][0]


def _known(view: View, known_at: datetime | None) -> Reading:
    """The snapshot as known at an instant; the public sees the present only."""
    if known_at is None:
        return view.reading
    if known_at > view.now:
        raise InvalidInput.field("known_at", "must not lie after now")
    if view.actor is None:
        raise InvalidInput.field("known_at", "needs a token")
    return view.reading.at(view.reading.seq_at(known_at))


def _fits(listing: Listing, filters: Filters) -> bool:
    return filters.status is None or listing.status_at(filters.as_of) == filters.status


def may_see(view: View, listing: Listing, as_of: datetime) -> bool:
    """Public: published and in force, or suspended for verification. A late listing is seen only
    by its authority and the auditor. Who holds only the role `subject` sees its own."""
    actor = view.actor
    if actor is None or not access.may(actor, "read unpublished listings"):
        shown = (ListingStatus.IN_FORCE, ListingStatus.SUSPENDED)
        return (
            listing.public
            and listing.status_at(view.now) in shown
            and not listing.is_late(view.now)
        )
    own = listing.agency_id == actor.agency.id and actor.has(Role.AUTHORITY, Role.REVIEWER)
    if listing.is_late(as_of) and not (own or actor.has(Role.AUDITOR)):
        return False
    if actor.roles == frozenset({Role.SUBJECT}):
        return listing.subject_id == actor.subject_id
    return True


def get(
    view: View, id: str, as_of: datetime | None = None, known_at: datetime | None = None
) -> Listing:
    """A listing by id, as known at an instant; absent and not yours look alike."""
    found = store.get(_known(view, known_at), id)
    if found is None or not may_see(view, found, as_of or view.now):
        raise NotFound("listing")
    return found
