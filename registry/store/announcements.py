"""Announcements: what is made public on which day. One of a kind, for a target, on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.domain.listing import Listing
from registry.store import tables
from registry.store.transaction import Change, Reading, new_id


def columns_for(kind: str, listing: Listing, on: date) -> dict[str, Any]:
    """The row that announces something about a listing."""
    return {
        "id": new_id(),
        "kind": kind,
        "target_id": listing.id,
        "subject_id": listing.subject_id,
        "sector": listing.sector,
        "list_kind": str(listing.list_kind),
        "on_day": on,
        "public": listing.public,
        "withdrawn": False,
    }


def add(change: Change, kind: str, listing: Listing, on: date) -> str:
    """Announce something about a listing, from a day on."""
    row = columns_for(kind, listing, on)
    change.insert_many(tables.announcements, [row], fresh=True)
    return str(row["id"])


def add_row(change: Change, row: dict[str, Any]) -> None:
    """Announce something that is not about a listing."""
    change.insert_many(tables.announcements, [row], fresh=True)


def withdraw(change: Change, target_id: str, kind: str) -> None:
    """Take back announcements of a target that were not to come after all."""
    table = tables.announcements
    rows = change.rows(table, table.c.target_id == target_id, table.c.kind == kind)
    for row in rows:
        values = {
            name: getattr(row, name)
            for name in ("kind", "target_id", "subject_id", "sector", "list_kind", "on_day")
        }
        change.insert(table, row.id, **values, public=False, withdrawn=True)


def page(
    reading: Reading,
    wanted: Mapping[str, str | None],
    days: tuple[date | None, date],
    public_only: bool,
    after: int,
    limit: int,
) -> list[Any]:
    """Announcements of a span of days whose columns are as wanted, in order of writing."""
    table = tables.announcements
    conditions = reading.equal(table, wanted)
    first, last = days
    conditions.append(table.c.on_day <= last)
    if first is not None:
        conditions.append(table.c.on_day >= first)
    if public_only:
        conditions.append(table.c.public.is_(True))
    statement = (
        sa.select(table)
        .where(
            reading.known(table), table.c.withdrawn.is_(False), table.c.place > after, *conditions
        )
        .order_by(table.c.place)
        .limit(limit)
    )
    return list(reading.connection.execute(statement))
