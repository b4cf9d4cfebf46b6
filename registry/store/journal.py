"""Reading the journal: the main chain of changes and the chains of checks, in one shape."""

from __future__ import annotations

import base64
import json
from typing import Any

import sqlalchemy as sa

from registry.store import tables
from registry.store.checks import item_of
from registry.store.transaction import ERASABLE, MAIN, Reading, entry_place, facts_place
from registry.store.types import iso
from registry.store.vault import ErasedError


def page(reading: Reading, chain: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Entries of a chain after a place, in order."""
    table = tables.journal if chain == MAIN else tables.checks
    statement = sa.select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    if chain != MAIN:
        statement = statement.where(tables.checks.c.chain == chain)
        return [item_of(row) for row in reading.connection.execute(statement)]
    return [main_item(row) for row in reading.connection.execute(statement)]


def hash_at(reading: Reading, seq: int) -> str | None:
    """The hash of an entry of the main chain; None if there is no such entry."""
    table = tables.journal
    found = reading.connection.execute(sa.select(table.c.hash).where(table.c.seq == seq)).scalar()
    return str(found) if found is not None else None


def main_item(row: Any) -> dict[str, Any]:
    """A row of the main chain as the journal shows it."""
    return {
        "seq": row.seq,
        "chain": MAIN,
        "at": iso(row.at),
        "kind": row.kind,
        "actor": row.actor,
        "commitment": row.commitment,
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }


def open_entry(reading: Reading, row: Any) -> tuple[bytes, bytes]:
    """(salt, payload) of an entry; Unavailable if it was altered."""
    opened = reading.vault.open(row.sealed, entry_place(row.seq, row.subject_id))
    return opened[:32], opened[32:]


def facts_of(reading: Reading, row: Any) -> dict[str, Any]:
    """What an entry says; {"erased": true} where the subject's key was destroyed."""
    _, payload = open_entry(reading, row)
    facts: dict[str, Any] = json.loads(payload)["facts"]
    if ERASABLE not in facts:
        return facts
    sealed = base64.b64decode(facts[ERASABLE])
    try:
        opened: dict[str, Any] = reading.open_json(sealed, facts_place(row.seq), row.subject_id)
    except ErasedError:
        return {"erased": True}
    return opened


def facts_of_kind(reading: Reading, kind: str) -> list[dict[str, Any]]:
    """What the entries of one kind say, each with its instant as `at`; the earliest first."""
    table = tables.journal
    rows = reading.connection.execute(
        sa.select(table).where(table.c.kind == kind).order_by(table.c.seq)
    )
    return [{**facts_of(reading, row), "at": iso(row.at)} for row in rows]


def rows_after(reading: Reading, after: int, limit: int) -> list[Any]:
    """Raw rows of the main chain after a place."""
    table = tables.journal
    statement = sa.select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    return list(reading.connection.execute(statement))


def of_subject(reading: Reading, subject_id: str, after: int, limit: int) -> list[Any]:
    """Raw rows of the main chain about a subject, after a place."""
    table = tables.journal
    statement = (
        sa.select(table)
        .where(table.c.subject_id == subject_id, table.c.seq > after)
        .order_by(table.c.seq)
        .limit(limit)
    )
    return list(reading.connection.execute(statement))
