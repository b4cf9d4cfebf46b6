"""Activated rulebooks, whole, by digest; which one was active at a place of the main chain."""

from __future__ import annotations

import sqlalchemy as sa

from registry.store import tables
from registry.store.transaction import Change, Reading

ACTIVE = "rulebook"


def store(change: Change, digest: str, document: str) -> None:
    """Keep a rulebook; the same digest is kept once."""
    table = tables.rulebooks
    known = change.connection.execute(sa.select(table.c.digest).where(table.c.digest == digest))
    if known.first() is None:
        change.connection.execute(
            sa.insert(table), {"digest": digest, "document": document, "recorded_at": change.now}
        )


def activate(change: Change, digest: str, fingerprint: str) -> None:
    """Make a stored rulebook the active one; `fingerprint` tells the plugins it was made from."""
    change.insert(tables.activations, ACTIVE, digest=digest, fingerprint=fingerprint)


def active_digest(reading: Reading) -> str | None:
    """The digest of the rulebook that is, or was then, active."""
    row = reading.one(tables.activations, tables.activations.c.id == ACTIVE)
    return str(row.digest) if row else None


def active_fingerprint(reading: Reading) -> str | None:
    """The fingerprint of the plugins that the active rulebook was made from."""
    row = reading.one(tables.activations, tables.activations.c.id == ACTIVE)
    return str(row.fingerprint) if row else None


def document(reading: Reading, digest: str) -> str | None:
    """A stored rulebook as canonical JSON text."""
    table = tables.rulebooks
    found = reading.connection.execute(sa.select(table.c.document).where(table.c.digest == digest))
    text = found.scalar()
    return str(text) if text is not None else None
