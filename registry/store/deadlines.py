"""The table of obligations; the content of a row never changes, its state is set once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.domain.deadline import Deadline
from registry.domain.validity import start_of
from registry.domain.workdays import Due
from registry.store import tables
from registry.store.transaction import Change, Reading, new_id


def open_new(
    change: Change,
    kind: str,
    target_type: str,
    target_id: str,
    owner: str,
    due_on: date,
    earliest_on: date,
    provisional: bool = False,
) -> Deadline:
    """Open a deadline; the same kind, target and day twice is refused by the database."""
    deadline = Deadline(
        new_id(), kind, target_type, target_id, owner, due_on, earliest_on, provisional
    )
    row = {
        "id": deadline.id,
        "kind": kind,
        "target_type": target_type,
        "target_id": target_id,
        "owner": owner,
        "due_on": due_on,
        "earliest_on": earliest_on,
        "provisional": provisional,
        "state": "open",
        "known_from": change.next_seq,
    }
    change.add_rows(tables.deadlines, [row])
    return deadline


def close(change: Change, state: str, target_id: str, kind: str) -> None:
    """Set the open deadlines of a kind on a target to met or lapsed; the next entry names them."""
    table = tables.deadlines
    closed = change.connection.execute(
        sa.update(table)
        .where(table.c.target_id == target_id, table.c.kind == kind, table.c.state == "open")
        .values(state=state, handled_seq=change.next_seq)
        .returning(table.c.id)
    )
    for id in sorted(closed.scalars()):
        change.name_state(table, id, state)


def of_target(reading: Reading, target_id: str) -> list[Deadline]:
    """All deadlines on a target."""
    table = tables.deadlines
    statement = sa.select(table).where(table.c.target_id == target_id).order_by(table.c.id)
    return [from_row(row) for row in reading.connection.execute(statement)]


def provisional(reading: Reading) -> list[Deadline]:
    """Open deadlines that were counted without calendar data."""
    table = tables.deadlines
    statement = (
        sa.select(table)
        .where(table.c.state == "open", table.c.provisional.is_(True))
        .order_by(table.c.id)
    )
    return [from_row(row) for row in reading.connection.execute(statement)]


def move(change: Change, id: str, due: Due) -> None:
    """Set a deadline to its recounted day; the caller journals it."""
    table = tables.deadlines
    row = change.connection.execute(sa.select(table).where(table.c.id == id)).one()
    days = {
        "due_on": due.due_on,
        "earliest_on": due.earliest_on,
        "provisional": due.provisional,
    }
    change.connection.execute(sa.update(table).where(table.c.id == id).values(days))
    change.name_row(table, id, {**row._mapping, **days})


def next_due(reading: Reading, after: date) -> Any | None:
    """The instant at which the next deadline is over, if one is open."""
    table = tables.deadlines
    statement = sa.select(sa.func.min(table.c.earliest_on)).where(
        table.c.state == "open", table.c.earliest_on > after
    )
    day = reading.connection.execute(statement).scalar()
    return start_of(day) if day else None


def page(
    reading: Reading, wanted: Mapping[str, str | None], after: str, limit: int
) -> list[Deadline]:
    """Deadlines whose columns are as wanted, by id."""
    table = tables.deadlines
    conditions = reading.equal(table, wanted)
    statement = (
        sa.select(table).where(table.c.id > after, *conditions).order_by(table.c.id).limit(limit)
    )
    return [from_row(row) for row in reading.connection.execute(statement)]


def from_row(row: Any) -> Deadline:
    """A stored row as a deadline."""
    return Deadline(
        row.id,
        row.kind,
        row.target_type,
        row.target_id,
        row.owner,
        row.due_on,
        row.earliest_on,
        row.provisional,
        row.state,
    )
