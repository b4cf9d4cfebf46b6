"""Proposed removals: one row a version; the reasons are sealed under the subject's key."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.domain.listing import Listing
from registry.domain.removal import Removal, RemovalState
from registry.store import listings, tables
from registry.store.codec import reasons_in, reasons_out
from registry.store.transaction import Change, Reading
from registry.store.vault import ErasedError

_PAGE = 500


def save(change: Change, removal: Removal) -> None:
    """Write the proposal as it now stands."""
    private = {
        "reasons": reasons_out(removal.reasons),
        "decision_reason": removal.decision_reason,
    }
    change.insert(
        tables.removals,
        removal.id,
        listing_id=removal.listing_id,
        subject_id=removal.subject_id,
        agency_id=removal.agency_id,
        criterion=removal.criterion,
        old_version=removal.old_version,
        new_version=removal.new_version,
        effective_on=removal.effective_on,
        proposed_on=removal.proposed_on,
        state=str(removal.state),
        sealed=change.seal_json(private, f"removals:{removal.id}", removal.subject_id),
    )


def get(reading: Reading, id: str) -> Removal | None:
    """A proposal as known."""
    row = reading.one(tables.removals, tables.removals.c.id == id)
    return from_row(reading, row) if row else None


def open_of(reading: Reading, listing_id: str) -> Removal | None:
    """The open proposal on a listing, if any."""
    table = tables.removals
    row = reading.one(table, table.c.listing_id == listing_id, table.c.state == "open")
    return from_row(reading, row) if row else None


def page(
    reading: Reading, agency_id: str | None, state: str | None, after: int, limit: int
) -> list[tuple[int, Removal]]:
    """(place, proposal) of an agency, or of all, in order of writing."""
    table = tables.removals
    wanted = reading.equal(table, {"agency_id": agency_id, "state": state})
    statement = (
        sa.select(table)
        .where(reading.known(table), table.c.place > after, *wanted)
        .order_by(table.c.place)
        .limit(limit)
    )
    return [(row.place, from_row(reading, row)) for row in reading.connection.execute(statement)]


def from_row(reading: Reading, row: Any) -> Removal:
    """A stored row as a proposal; without its reasons where the subject's key was destroyed."""
    private: dict[str, Any] = {"reasons": [], "decision_reason": ""}
    with suppress(ErasedError):
        private = reading.open_json(row.sealed, f"removals:{row.id}", row.subject_id)
    return Removal(
        id=row.id,
        listing_id=row.listing_id,
        subject_id=row.subject_id,
        agency_id=row.agency_id,
        criterion=row.criterion,
        old_version=row.old_version,
        new_version=row.new_version,
        effective_on=row.effective_on,
        proposed_on=row.proposed_on,
        state=RemovalState(row.state),
        reasons=reasons_in(private["reasons"]),
        decision_reason=private["decision_reason"],
    )


def live_listings(
    reading: Reading, on: date, codes: Collection[str] | None = None
) -> Iterator[Listing]:
    """Listings by a case of their own that have not ended by a day, of some criteria or all; not
    what follows another (the watch after a black one), which goes as that one goes."""
    table = tables.listings
    conditions = [
        reading.known(table),
        table.c.exit_ground.is_(None),
        table.c.valid_to > on,
        table.c.follows.is_(None),
    ]
    if codes is not None:
        conditions.append(table.c.criterion.in_(sorted(codes)))
    after = 0
    while True:
        statement = (
            sa.select(table)
            .where(*conditions, table.c.place > after)
            .order_by(table.c.place)
            .limit(_PAGE)
        )
        rows = reading.connection.execute(statement).all()
        yield from (listings.from_row(reading, row) for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].place
