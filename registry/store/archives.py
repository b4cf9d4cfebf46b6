"""What belongs to a subject's archive beside the subject itself: who answers for it, its end, its
occupations, contracts, consents and what third parties say. Each thing keeps all its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.store import tables
from registry.store.transaction import Change, Reading, new_id
from registry.store.vault import ErasedError

Content = dict[str, Any]


def add(change: Change, table: sa.Table, **content: Any) -> str:
    """Write the first version of a thing; the caller journals it."""
    id = new_id()
    change.insert_many(table, [{"id": id, **content}], fresh=True)
    return id


def add_sealed(change: Change, table: sa.Table, private: Mapping[str, Any], **content: Any) -> str:
    """The same with texts under the key of the subject that it is about."""
    id = new_id()
    sealed = change.seal_json(dict(private), f"{table.name}:{id}", content["subject_id"])
    change.insert_many(table, [{"id": id, **content, "sealed": sealed}], fresh=True)
    return id


def change_to(change: Change, table: sa.Table, id: str, **changed: Any) -> None:
    """Write a further version: the last one with some columns changed."""
    row = change.one(table, table.c.id == id)
    assert row is not None
    kept = {
        name: value
        for name, value in row._mapping.items()
        if name not in ("place", "id", "known_from", "known_to")
    }
    change.insert(table, id, **{**kept, **changed})


def get(reading: Reading, table: sa.Table, id: str) -> Content | None:
    """A thing as known, with its texts."""
    row = reading.one(table, table.c.id == id)
    return _content(reading, table, row) if row else None


def of(reading: Reading, table: sa.Table, **wanted: Any) -> list[Content]:
    """Things as known whose columns have these values, in order of writing."""
    rows = reading.rows(table, *reading.equal(table, wanted))
    return [_content(reading, table, row) for row in rows]


def _content(reading: Reading, table: sa.Table, row: Any) -> Content:
    found = dict(row._mapping)
    if "sealed" in found:
        try:
            opened = reading.open_json(
                found.pop("sealed"), f"{table.name}:{row.id}", row.subject_id
            )
        except ErasedError:
            opened = {}
        found.update(opened)
    return found


def end_of(reading: Reading, subject_id: str) -> tuple[date, str] | None:
    """(day, ground) of a subject's end, if it has ended."""
    row = reading.one(tables.subject_ends, tables.subject_ends.c.subject_id == subject_id)
    return (row.ended_on, row.ground) if row else None


def occupied(reading: Reading, occupation: str, after: str, limit: int) -> Sequence[str]:
    """Ids of the persons with an occupation, in key order after one."""
    table = tables.subject_occupations
    asked = (
        sa.select(table.c.subject_id)
        .where(
            reading.known(table),
            table.c.occupation == occupation,
            table.c.held,
            table.c.subject_id > after,
        )
        .order_by(table.c.subject_id)
        .limit(limit)
    )
    return list(reading.connection.execute(asked).scalars())


def last_deliveries(reading: Reading) -> dict[str, Any]:
    """By agency, the instant at which its last record arrived."""
    table, journal = tables.records, tables.journal
    last = (
        sa.select(table.c.agency_id, sa.func.max(table.c.known_from).label("seq"))
        .group_by(table.c.agency_id)
        .subquery()
    )
    # the rows of a change are known from its first entry
    asked = sa.select(last.c.agency_id, journal.c.at).join(journal, journal.c.seq == last.c.seq)
    return {row.agency_id: row.at for row in reading.connection.execute(asked)}


def written_at(reading: Reading, seq: int) -> Any:
    """The instant of an entry of the main chain."""
    table = tables.journal
    return reading.connection.execute(sa.select(table.c.at).where(table.c.seq == seq)).scalar()
