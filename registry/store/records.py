"""Records: figures in clear for evaluation in sets, texts sealed under the subject's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.domain.record import Record, Value
from registry.store import figures, tables
from registry.store.among import among
from registry.store.codec import day_out, value_in, value_out
from registry.store.transaction import Change, Reading, Together
from registry.store.types import write_sorted


@dataclass(frozen=True)
class Fresh:
    """A record about to be stored, under the id it will have; `mark` tells it from every other."""

    record: Record
    content: str
    agency_id: str
    submitted_by: str
    mark: str


def mark_of(reading: Reading, record: Record) -> str:
    """A keyed hash of all that a provider sent: the same again has the same."""
    fields = {name: value_out(one) for name, one in record.fields.items()}
    said = [
        record.provider,
        record.subject_id,
        record.kind,
        record.decided_on.isoformat(),
        day_out(record.ended_on),
        record.document_no,
        record.grade,
        fields,
    ]
    return reading.vault.blind("record", write_sorted(said).decode())


def marked(reading: Reading, marks: Sequence[str]) -> dict[str, str]:
    """By mark, the ids of the records that are stored already."""
    table = tables.record_marks
    asked = sa.select(table.c.mark, table.c.record_id).where(among(table.c.mark, marks))
    return {row.mark: row.record_id for row in reading.connection.execute(asked)}


def add_many(change: Change, fresh: Sequence[Fresh]) -> None:
    """Store new records, each with a journal entry of its own. A mark that is taken stays with
    the record that has it."""
    taken = marked(change, [one.mark for one in fresh])
    things: list[Together] = []
    for one in fresh:
        record = one.record
        rows: list[tuple[sa.Table, dict[str, Any]]] = [
            (tables.records, {"id": record.id, **_columns(change, one)})
        ]
        if one.mark not in taken:
            taken[one.mark] = record.id
            rows.append((tables.record_marks, {"mark": one.mark, "record_id": record.id}))
        facts = {"record_id": record.id, "subject_id": record.subject_id, "kind": record.kind}
        things.append((facts, record.subject_id, rows))
    change.insert_together("record.added", things)
    figures.add(change, [one.record for one in fresh])


def _columns(change: Change, fresh: Fresh) -> dict[str, Any]:
    record = fresh.record
    numbers = {
        name: value_out(found)
        for name, found in record.fields.items()
        if not isinstance(found, str)
    }
    texts = {name: found for name, found in record.fields.items() if isinstance(found, str)}
    private: dict[str, Any] = {
        "document_no": record.document_no,
        "texts": texts,
        "grade": record.grade,
    }
    rest = {
        "returned": list(record.returned),
        "consent_id": record.consent_id,
        "legal_basis": record.legal_basis,
        "market": record.market,
    }
    private |= {name: one for name, one in rest.items() if one}
    return {
        "subject_id": record.subject_id,
        "kind": record.kind,
        "content": fresh.content,
        "agency_id": fresh.agency_id,
        "submitted_by": fresh.submitted_by,
        "decided_on": record.decided_on,
        "ended_on": record.ended_on,
        "annulled_on": record.annulled_on,
        "figures": numbers,
        "sealed": change.seal_json(private, f"records:{record.id}", record.subject_id),
    }


def get_many(reading: Reading, ids: Sequence[str]) -> list[Record]:
    """The records with these ids, as known."""
    rows = reading.rows(tables.records, tables.records.c.id.in_(list(ids)))
    return [from_row(reading, row) for row in rows]


def of_subject(reading: Reading, subject_id: str) -> list[Record]:
    """All records of a subject."""
    rows = reading.rows(tables.records, tables.records.c.subject_id == subject_id)
    return [from_row(reading, row) for row in rows]


def subjects_of(reading: Reading, kinds: Sequence[str]) -> list[str]:
    """The subjects that have a record of one of these kinds, by id."""
    table = tables.records
    statement = (
        sa.select(table.c.subject_id)
        .where(reading.known(table), table.c.kind.in_(list(kinds)))
        .distinct()
        .order_by(table.c.subject_id)
    )
    return list(reading.connection.execute(statement).scalars())


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
        returned=tuple(private.get("returned", ())),
        consent_id=private.get("consent_id"),
        legal_basis=private.get("legal_basis"),
        market=private.get("market", False),
    )


def save(change: Change, record: Record, submitted_by: str | None) -> None:
    """Write the next version of a record, by who wrote the last one unless another is named; the
    caller journals it."""
    table = tables.records
    row = change.one(table, table.c.id == record.id)
    assert row is not None
    by = submitted_by or row.submitted_by
    fresh = Fresh(record, row.content, row.agency_id, by, "")
    change.insert(table, record.id, **_columns(change, fresh))
    figures.replace(change, record)


def versions(reading: Reading, id: str) -> list[tuple[Record, str, int]]:
    """Every version of a record with who wrote it and where in the main chain."""
    table = tables.records
    asked = sa.select(table).where(table.c.id == id).order_by(table.c.known_from)
    rows = reading.connection.execute(asked).all()
    return [(from_row(reading, row), row.submitted_by, row.known_from) for row in rows]


def rested_on(reading: Reading, record_id: str) -> bool:
    """True if a case that is open or was confirmed rests on the record."""
    cases, links = tables.determinations, tables.case_records
    statement = (
        sa.select(cases.c.id)
        .join(links, links.c.determination_id == cases.c.id)
        .where(
            links.c.record_id == record_id, cases.c.known_to.is_(None), cases.c.state != "dropped"
        )
        .limit(1)
    )
    return reading.connection.execute(statement).first() is not None


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
