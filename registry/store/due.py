"""What the sweep reads and writes, in sets: open deadlines whose time is over, by listing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.store import tables
from registry.store.transaction import Change, Reading

_LISTING = (
    "subject_id",
    "sector",
    "list_kind",
    "agency_id",
    "valid_from",
    "valid_to",
    "exit_ground",
    "public",
)


def gather(reading: Reading, on: date, limit: int) -> list[str]:
    """Ids of open deadlines whose time is over, in key order: chunks of it touch few pages."""
    table = tables.deadlines
    statement = (
        sa.select(table.c.id)
        .where(table.c.state == "open", table.c.earliest_on <= on)
        .order_by(table.c.earliest_on, table.c.id)
        .limit(limit)
    )
    return sorted(reading.connection.execute(statement).scalars())


def read(change: Change, ids: Sequence[str]) -> Sequence[Any]:
    """The deadlines of a chunk that are still open, each with its listing, if it is of one."""
    table, listings = tables.deadlines, tables.listings
    shown = [listings.c[name].label(name) for name in _LISTING]
    statement = (
        sa.select(table, *shown)
        .outerjoin(
            listings, sa.and_(listings.c.id == table.c.target_id, listings.c.known_to.is_(None))
        )
        .where(table.c.id.in_(ids), table.c.state == "open")
        .order_by(table.c.id)
    )
    return change.connection.execute(statement).all()


def close(change: Change, ids: Sequence[str], state: str) -> None:
    """Set the deadlines of a chunk to a state."""
    table = tables.deadlines
    if ids:
        change.connection.execute(
            sa.update(table)
            .where(table.c.id.in_(ids), table.c.state == "open")
            .values(state=state, handled_seq=change.next_seq)
        )
