"""Figures of records as whole numbers, so that criteria can be asked of everybody in one statement.

Money is in fen, ratios in millionths, dates are places in a grid of months of 31 days (it keeps
their order, and to add a month is to add 31); text is a keyed hash: equal or not, and nothing else.
All of it is derived from `records`, and erased with them; only fields that a criterion asks of are
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from registry.domain.errors import NotReady
from registry.domain.figure import SCALES
from registry.domain.record import FieldType, Record, Value
from registry.store import tables
from registry.store.transaction import Change, Reading, insert_rows
from registry.store.vault import Vault

MONTH = 31
_LARGEST = 2**63 - 1

# field -> (slot, type), for a kind of records
Slots = Mapping[str, tuple[int, FieldType]]


def grid(day: date) -> int:
    """The place of a day in a grid of months of 31 days."""
    return (day.year * 12 + day.month - 1) * MONTH + day.day - 1


def hashed(vault: Vault, field: str, text: str) -> int:
    """A keyed hash of 62 bits: equal texts of a field have the same."""
    return int(vault.blind("figure", field, text)[:16], 16) >> 2


def figure(vault: Vault, field: str, type: FieldType, value: Value | None) -> int | None:
    """The number that stands for a value of the field; None where it is absent, or no value of
    the type."""
    if value is None:
        return None
    if type in SCALES:
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            return None
        scaled = Decimal(value) * SCALES[type]
        whole = int(scaled)
        return whole if whole == scaled and abs(whole) <= _LARGEST else None
    if type is FieldType.DATE:
        return grid(value) if isinstance(value, date) else None
    if type is FieldType.FLAG:
        return int(value) if isinstance(value, bool) else None
    return hashed(vault, field, value) if isinstance(value, str) else None


def slots(reading: Reading, kinds: Iterable[str]) -> dict[str, Slots]:
    """The slots of the fields of these kinds."""
    table = tables.figure_slots
    found: dict[str, dict[str, tuple[int, FieldType]]] = {kind: {} for kind in kinds}
    statement = sa.select(table).where(table.c.kind.in_(list(found)))
    for row in reading.connection.execute(statement):
        found[row.kind][row.field] = (row.slot, FieldType(row.type))
    return dict(found)


def entered(reading: Reading, kinds: Iterable[str]) -> bool:
    """True if all these kinds have figures."""
    table = tables.figure_kinds
    wanted = set(kinds)
    statement = sa.select(table.c.kind).where(table.c.kind.in_(wanted))
    return set(reading.connection.execute(statement).scalars()) == wanted


def prepare(change: Change, needed: Mapping[str, Mapping[str, FieldType]]) -> None:
    """Give every field that criteria ask of a slot. A kind whose slots change is filled again."""
    table = tables.figure_kinds
    known = set(change.connection.execute(sa.select(table.c.kind)).scalars())
    current = slots(change, needed)
    for kind, fields in sorted(needed.items()):
        if kind not in known:
            change.connection.execute(sa.insert(table), {"kind": kind, "place": 0})
        kept = {name: one for name, one in current[kind].items() if fields.get(name) is one[1]}
        if kept.keys() != fields.keys():
            _assign(change, kind, fields, kept)


def _assign(
    change: Change, kind: str, fields: Mapping[str, FieldType], kept: Mapping[str, Any]
) -> None:
    """Keep the slots that fit, give the others out anew, and begin to fill from the start."""
    if len(fields) > tables.SLOTS:
        raise NotReady(
            f"The criteria on {kind} ask of {len(fields)} fields; {tables.SLOTS} can be evaluated."
        )
    used = {slot for slot, _ in kept.values()}
    free = (number for number in range(1, tables.SLOTS + 1) if number not in used)
    fresh = [
        {"kind": kind, "field": name, "type": str(type), "slot": next(free)}
        for name, type in sorted(fields.items())
        if name not in kept
    ]
    table = tables.figure_slots
    gone = sa.delete(table).where(table.c.kind == kind, table.c.field.not_in(list(kept)))
    change.connection.execute(gone)
    change.connection.execute(sa.insert(table), fresh)
    change.connection.execute(sa.delete(tables.figures).where(tables.figures.c.kind == kind))
    again = sa.update(tables.figure_kinds).where(tables.figure_kinds.c.kind == kind)
    change.connection.execute(again.values(place=0))


def row_of(vault: Vault, record: Record, known_from: int, layout: Slots) -> dict[str, Any]:
    """The row of a record's version."""
    row: dict[str, Any] = {f"v{number}": None for number in range(1, tables.SLOTS + 1)}
    row |= {"kind": record.kind, "subject_id": record.subject_id, "record_id": record.id}
    row["known_from"] = known_from
    row["decided_on"] = 0 if record.annulled_on else grid(record.decided_on)
    if not record.annulled_on:
        for name, (slot, type) in layout.items():
            row[f"v{slot}"] = figure(vault, name, type, record.fields.get(name))
    return row


def add(change: Change, records: Sequence[Record]) -> None:
    """Enter records that are written in this change; a kind that no criterion asks of has none."""
    kinds = {record.kind for record in records}
    table = tables.figure_kinds
    statement = sa.select(table.c.kind).where(table.c.kind.in_(list(kinds)))
    evaluated = set(change.connection.execute(statement).scalars())
    layout = slots(change, evaluated)
    rows = [
        row_of(change.vault, record, change.next_seq, layout[record.kind])
        for record in records
        if record.kind in evaluated
    ]
    if rows:
        insert_rows(change.connection, tables.figures, rows)


def replace(change: Change, record: Record) -> None:
    """Enter a record's next version in the place of the one before."""
    table = tables.figures
    gone = sa.delete(table).where(table.c.kind == record.kind, table.c.record_id == record.id)
    change.connection.execute(gone.where(table.c.subject_id == record.subject_id))
    add(change, [record])


def erase(change: Change, subject_id: str) -> None:
    """Take out what is derived from the records of a subject whose key is destroyed."""
    for table in (tables.figures, tables.evaluation_hits):
        change.connection.execute(sa.delete(table).where(table.c.subject_id == subject_id))
