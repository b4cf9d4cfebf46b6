"""What the sweep reads and writes, in sets: open deadlines whose time is over, each with its
listing. On the driver's own cursor: there may be as many as a registry holds listings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from registry.store import tables
from registry.store.prepared import Prepared, day
from registry.store.transaction import Change, Reading, state_of

_DEADLINE = ("id", "kind", "target_id", "due_on", "earliest_on")
_LISTING = ("subject_id", "sector", "list_kind", "valid_to", "exit_ground", "public")


class _Ids(sa.ColumnElement[str]):
    """The texts of the JSON list in the parameter `ids`: one parameter, however many they are."""

    inherit_cache = True


@compiles(_Ids, "sqlite")
def _ids_on_sqlite(element: _Ids, compiler: Any, **options: Any) -> str:
    return "(SELECT value FROM json_each(:ids))"


@compiles(_Ids, "postgresql")
def _ids_on_postgresql(element: _Ids, compiler: Any, **options: Any) -> str:
    return "(SELECT json_array_elements_text(CAST(%(ids)s AS json)))"


def _open_ones() -> Prepared:
    table, listings = tables.deadlines, tables.listings
    columns = (*(table.c[name] for name in _DEADLINE), *(listings.c[name] for name in _LISTING))
    current = sa.and_(listings.c.id == table.c.target_id, listings.c.known_to.is_(None))
    return Prepared(
        sa.select(*columns)
        .select_from(table)
        .outerjoin(listings, current)
        .where(table.c.id.op("IN")(_Ids()), table.c.state == sa.literal_column("'open'"))
        .order_by(table.c.id)
    )


def _closing() -> Prepared:
    table = tables.deadlines
    return Prepared(
        sa.update(table)
        .where(table.c.id.op("IN")(_Ids()), table.c.state == sa.literal_column("'open'"))
        .values(state=sa.bindparam("new_state"), handled_seq=sa.bindparam("seq"))
    )


_OPEN, _CLOSE = _open_ones(), _closing()


class Due(NamedTuple):
    """An open deadline that is over, with what the sweep needs of its listing, if it is of one."""

    id: str
    kind: str
    target_id: str
    due_on: date
    earliest_on: date
    subject_id: str | None
    sector: str | None
    list_kind: str | None
    valid_to: date | None
    exit_ground: str | None
    public: bool


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


def read(change: Change, ids: Sequence[str]) -> list[Due]:
    """The deadlines of a chunk that are still open, in key order."""
    rows = _OPEN.all(change.connection, {"ids": json.dumps(ids)})
    return [_due(*row) for row in rows]


def _due(
    id: str, kind: str, target_id: str, due_on: Any, earliest_on: Any,
    subject_id: str, sector: str, list_kind: str, valid_to: Any, ground: str, public: Any,
) -> Due:  # fmt: skip
    end = day(valid_to) if valid_to is not None else None
    return Due(
        id, kind, target_id, day(due_on), day(earliest_on),
        subject_id, sector, list_kind, end, ground, bool(public),
    )  # fmt: skip


def named_state(id: str, state: str) -> list[str]:
    """What an entry names of a deadline that is set to a state."""
    return [state_of(tables.deadlines), id, state]


def close(change: Change, ids: Sequence[str], state: str) -> None:
    """Set the deadlines of a chunk to a state; the caller's entries name it."""
    if ids:
        values = {"ids": json.dumps(ids), "new_state": state, "seq": change.next_seq}
        _CLOSE.run(change.connection, values)
