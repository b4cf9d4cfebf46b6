"""Reading the journal: the main chain of changes and the chains of checks, in one shape."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from registry.store import tables
from registry.store.checks import item_of
from registry.store.transaction import MAIN, Reading
from registry.store.types import iso


def page(reading: Reading, chain: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Entries of a chain after a place, in order."""
    table = tables.journal if chain == MAIN else tables.checks
    statement = sa.select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    if chain != MAIN:
        statement = statement.where(tables.checks.c.chain == chain)
        return [item_of(row) for row in reading.connection.execute(statement)]
    return [main_item(row) for row in reading.connection.execute(statement)]


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
    """(salt, payload) of an entry; ErasedError where the key was destroyed."""
    key = reading.key_of(row.subject_id)
    opened = reading.vault.open(row.sealed, f"journal:{row.seq}", key)
    return opened[:32], opened[32:]


def facts_of(reading: Reading, row: Any) -> dict[str, Any]:
    """What an entry says."""
    _, payload = open_entry(reading, row)
    facts: dict[str, Any] = json.loads(payload)["facts"]
    return facts


def rows_after(reading: Reading, after: int, limit: int) -> list[Any]:
    """Raw rows of the main chain after a place."""
    table = tables.journal
    statement = sa.select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    return list(reading.connection.execute(statement))
