"""The query log: one chain of checks per writer, sealed into the main chain. A row is committed
before its answer leaves. Rows keep the answer sealed; nothing in clear names the subject asked for.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from registry.store import tables
from registry.store.digests import commit_to, entry_hash
from registry.store.prepared import Prepared, instant_for
from registry.store.transaction import GENESIS, Change, Reading
from registry.store.types import iso
from registry.store.vault import ErasedError

# A writer that has rested this long begins a new chain; after twice that its chain is closed.
RESTED = timedelta(hours=1)
_insert = Prepared(sa.insert(tables.checks))


@dataclass
class Writer:
    """A chain that one thread appends to; `seq` and `hash` are those of its last row."""

    chain: str
    seq: int = 0
    hash: str = GENESIS
    at: datetime | None = None


class Writers(threading.local):
    """Each thread's own writer. After a commit that failed a new chain is begun, since it is not
    known whether the row was stored."""

    writer: Writer | None = None

    def current(self, connection: sa.Connection, now: datetime) -> Writer:
        """This thread's writer, its chain opened with its first row. One that has rested long is
        left behind: its chain may have been closed."""
        last = self.writer.at if self.writer is not None else None
        if last is not None and not last <= now <= last + RESTED:
            self.writer = None
        if self.writer is None:
            self.writer = Writer(f"checks-{secrets.token_hex(8)}")
        if self.writer.seq == 0:
            connection.execute(
                sa.insert(tables.chains),
                {"chain": self.writer.chain, "sealed_seq": 0, "closed": False},
            )
        return self.writer

    def abandon(self) -> None:
        """Begin a new chain with the next row."""
        self.writer = None


class Row(NamedTuple):
    """What is to be logged of one check; `payload` is the JSON of request and answer."""

    id: str
    kind: str
    actor: str
    agency_id: str
    subject_id: str | None
    main_seq: int
    at: datetime
    payload: bytes


def append(reading: Reading, writer: Writer, row: Row) -> dict[str, object]:
    """Write the row; returns its receipt. The next one follows it, unless the caller's transaction
    fails: then the writer is to be abandoned."""
    salt = os.urandom(32)
    item = {
        "seq": writer.seq + 1,
        "chain": writer.chain,
        "at": iso(row.at),
        "kind": row.kind,
        "actor": row.actor,
        "commitment": commit_to(salt, row.payload),
        "prev_hash": writer.hash,
    }
    hash = entry_hash(item)
    key = reading.key_of(row.subject_id)
    subject_id = row.subject_id if key else None
    sealed = reading.vault.seal(salt + row.payload, _place(row, subject_id), key)
    _insert.run(
        reading.connection,
        {
            **item,
            "id": row.id,
            "at": instant_for(reading.connection, row.at),
            "agency_id": row.agency_id,
            "subject_id": subject_id,
            "main_seq": row.main_seq,
            "hash": hash,
            "sealed": sealed,
        },
    )
    writer.seq, writer.hash, writer.at = writer.seq + 1, hash, row.at
    return {"chain": writer.chain, "seq": writer.seq, "hash": hash}


@dataclass(frozen=True)
class Stored:
    """A logged check; `content` is None where its key was destroyed."""

    id: str
    kind: str
    at: datetime
    actor: str
    agency_id: str
    main_seq: int
    receipt: dict[str, Any]
    content: dict[str, Any] | None


def get(reading: Reading, id: str) -> Stored | None:
    """A logged check by its id."""
    row = reading.connection.execute(
        sa.select(tables.checks).where(tables.checks.c.id == id)
    ).first()
    if row is None:
        return None
    receipt = {"chain": row.chain, "seq": row.seq, "hash": row.hash}
    try:
        _, payload = open_row(reading, row)
        content = json.loads(payload)
    except ErasedError:
        content = None
    return Stored(
        row.id, row.kind, row.at, row.actor, row.agency_id, row.main_seq, receipt, content
    )


def open_row(reading: Reading, row: Any) -> tuple[bytes, bytes]:
    """(salt, payload) of a logged row; ErasedError where the key was destroyed."""
    key = reading.key_of(row.subject_id)
    opened = reading.vault.open(row.sealed, _place(row, row.subject_id), key)
    return opened[:32], opened[32:]


def _place(row: Any, subject_id: str | None) -> str:
    """What binds sealed content to its row, and to the columns that the hash does not cover."""
    return f"checks:{row.id}:{row.agency_id}:{row.main_seq}:{subject_id or ''}"


def item_of(row: Any) -> dict[str, Any]:
    """A row as the journal shows it."""
    return {
        "seq": row.seq,
        "chain": row.chain,
        "at": iso(row.at),
        "kind": row.kind,
        "actor": row.actor,
        "commitment": row.commitment,
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }


def seal(change: Change) -> int:
    """Journal the heads of chains that have grown since they were last sealed; close those whose
    writer has ended."""
    open_chains = sa.select(tables.chains).where(tables.chains.c.closed.is_(False))
    sealed = 0
    for chain in change.connection.execute(open_chains).all():
        head = _head_of(change.connection, chain.chain)
        if head is None or head.seq <= chain.sealed_seq:
            if head is None or head.at + 2 * RESTED < change.now:
                close_chain(change, chain.chain)
            continue
        change.connection.execute(
            sa.update(tables.chains)
            .where(tables.chains.c.chain == chain.chain)
            .values(sealed_seq=head.seq)
        )
        change.record("checks.sealed", {"chain": chain.chain, "seq": head.seq, "hash": head.hash})
        sealed += 1
    return sealed


def unsealed(reading: Reading) -> bool:
    """True if some open chain has grown since it was last sealed."""
    checks, chains = tables.checks, tables.chains
    grown = (
        sa.select(sa.literal(1))
        .select_from(chains)
        .where(
            chains.c.closed.is_(False),
            sa.exists().where(checks.c.chain == chains.c.chain, checks.c.seq > chains.c.sealed_seq),
        )
        .limit(1)
    )
    return reading.connection.execute(grown).first() is not None


def close_chain(change: Change, chain: str) -> None:
    """A writer that has ended appends no more."""
    change.connection.execute(
        sa.update(tables.chains).where(tables.chains.c.chain == chain).values(closed=True)
    )


def _head_of(connection: sa.Connection, chain: str) -> Any:
    table = tables.checks
    statement = (
        sa.select(table.c.seq, table.c.hash, table.c.at)
        .where(table.c.chain == chain)
        .order_by(table.c.seq.desc())
        .limit(1)
    )
    return connection.execute(statement).first()
