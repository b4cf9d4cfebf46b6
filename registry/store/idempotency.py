"""Idempotency keys: the stored result of a request, written in the transaction of its effect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from registry.domain.errors import IdempotencyMismatch
from registry.store import tables
from registry.store.transaction import Reading
from registry.store.vault import ErasedError


@dataclass(frozen=True)
class Asked:
    """Who asked what under which key; `request_hash` covers method, path, query and body."""

    actor_id: str
    key: str
    request_hash: str


def recall(reading: Reading, asked: Asked) -> tuple[int, Any] | None:
    """(status, body) stored for the key; IdempotencyMismatch if it stood for another request. Who
    asks with the same key meanwhile waits until this transaction has ended."""
    table, key = tables.idempotency, _key(reading, asked)
    _hold(reading, key)
    statement = sa.select(table).where(table.c.actor_id == asked.actor_id, table.c.key == key)
    row = reading.connection.execute(statement).first()
    if row is None:
        return None
    if row.request_hash != asked.request_hash:
        raise IdempotencyMismatch
    try:
        return row.status, reading.open_json(row.sealed, _place(asked), row.subject_id)
    except ErasedError:
        return row.status, {"erased": True}


def remember(
    reading: Reading, asked: Asked, status: int, body: Any, subject_id: str | None, at: datetime
) -> None:
    """Store the result of a request that took effect."""
    key_holder = subject_id if reading.key_of(subject_id) else None
    reading.connection.execute(
        sa.insert(tables.idempotency),
        {
            "actor_id": asked.actor_id,
            "key": _key(reading, asked),
            "request_hash": asked.request_hash,
            "status": status,
            "subject_id": key_holder,
            "sealed": reading.seal_json(body, _place(asked), key_holder),
            "at": at,
        },
    )


def _hold(reading: Reading, key: str) -> None:
    """On PostgreSQL checks go on beside each other; on SQLite one transaction writes at a time."""
    if reading.connection.dialect.name == "postgresql":
        digest = hashlib.sha256(key.encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        reading.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _key(reading: Reading, asked: Asked) -> str:
    """A key is whatever the caller makes up, an identity number at worst: it is kept blind."""
    return reading.vault.blind("idempotency", asked.actor_id, asked.key)


def _place(asked: Asked) -> str:
    return f"idempotency:{asked.actor_id}:{asked.key}"
