"""Records: figures in clear for evaluation in sets, texts sealed under the subject's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.domain.record import Record, Value
from registry.store import figures, tables
from registry.store.codec import value_in, value_out
from registry.store.transaction import Change, Reading, new_id


def add(
    change: Change,
    record: Record,
    content: str,
    agency_id: str,
    submitted_by: str,
) -> str:
    """Store a new record; its own `id` is ignored and a fresh one returned."""
    id = new_id()
    numbers = {
        name: value_out(one) for name, one in record.fields.items() if not isinstance(one, str)
    }
    texts = {name: one for name, one in record.fields.items() if isinstance(one, str)}
    private = {"document_no": record.document_no, "texts": texts, "grade": record.grade}
    change.insert_many(
        tables.records,
        [
            {
                "id": id,
                "subject_id": record.subject_id,
                "kind": record.kind,
                "content": content,
                "agency_id": agency_id,
                "submitted_by": submitted_by,
                "decided_on": record.decided_on,
                "ended_on": record.ended_on,
                "annulled_on": None,
                "figures": numbers,
                "sealed": change.seal_json(private, f"records:{id}", record.subject_id),
            }
        ],
        fresh=True,
    )
    figures.add(change, [replace(record, id=id)])
    return id


def get_many(reading: Reading, ids: Sequence[str]) -> list[Record]:
    """The records with these ids, as known."""
    rows = reading.rows(tables.records, tables.records.c.id.in_(list(ids)))
    return [from_row(reading, row) for row in rows]


def of_subject(reading: Reading, subject_id: str) -> list[Record]:
    """All records of a subject."""
    rows = reading.rows(tables.records, tables.records.c.subject_id == subject_id)
    return [from_row(reading, row) for row in rows]


def last_misconduct(reading: Reading, subject_id: str, until: date) -> date | None:
    """The last day of the latest misconduct on record, decided by `until`."""
    found = reading.rows(
        tables.records,
        tables.records.c.subject_id == subject_id,
        tables.records.c.content == "misconduct",
        tables.records.c.annulled_on.is_(None),
        tables.records.c.decided_on <= until,
    )
    return max((row.ended_on or row.decided_on for row in found), default=None)


def owner(reading: Reading, id: str) -> str | None:
    """The agency that provided a record."""
    row = reading.one(tables.records, tables.records.c.id == id)
    return row.agency_id if row else None


def from_row(reading: Reading, row: Any) -> Record:
    """A stored row as a record."""
    private: Mapping[str, Any] = reading.open_json(row.sealed, f"records:{row.id}", row.subject_id)
    fields: dict[str, Value] = {name: value_in(raw) for name, raw in row.figures.items()}
    fields.update(private["texts"])
    return Record(
        id=row.id,
        subject_id=row.subject_id,
        kind=row.kind,
        decided_on=row.decided_on,
        fields=fields,
        document_no=private["document_no"],
        ended_on=row.ended_on,
        provider=row.agency_id,
        annulled_on=row.annulled_on,
        grade=private["grade"],
    )


def in_case(reading: Reading, criterion: str, record_ids: Sequence[str]) -> str | None:
    """An open or confirmed case of the criterion that rests on one of the records."""
    cases = tables.determinations
    links = tables.case_records
    statement = (
        sa.select(cases.c.id)
        .join(links, links.c.determination_id == cases.c.id)
        .where(
            links.c.record_id.in_(list(record_ids)),
            links.c.criterion == criterion,
            cases.c.known_to.is_(None),
            cases.c.state != "dropped",
        )
        .limit(1)
    )
    found = reading.connection.execute(statement).scalar()
    return str(found) if found else None
