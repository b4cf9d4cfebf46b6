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
    for row in _of(change, target_id, kind):
        _rewrite(change, row, public=False, withdrawn=True)


def move(change: Change, kind: str, listing: Listing, on: date) -> None:
    """Announce something about a listing from this day on, and from no other."""
    there = False
    for row in _of(change, listing.id, kind):
        if row.on_day == on:
            there = True
        if row.withdrawn is (row.on_day == on):
            _rewrite(change, row, public=listing.public and row.on_day == on,
                     withdrawn=row.on_day != on)  # fmt: skip
    if not there:
        add(change, kind, listing, on)


def _of(change: Change, target_id: str, kind: str) -> list[Any]:
    table = tables.announcements
    return list(change.rows(table, table.c.target_id == target_id, table.c.kind == kind))


def _rewrite(change: Change, row: Any, public: bool, withdrawn: bool) -> None:
    names = ("kind", "target_id", "subject_id", "sector", "list_kind", "on_day")
    values = {name: getattr(row, name) for name in names}
    change.insert(tables.announcements, row.id, **values, public=public, withdrawn=withdrawn)


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
