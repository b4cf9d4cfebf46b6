"""How far each plugin has been told what happened."""

from __future__ import annotations

import sqlalchemy as sa

from registry.store import tables
from registry.store.transaction import Change, Reading


def get(reading: Reading, plugin: str) -> int:
    """The last event the plugin has taken; 0 if it was never told any."""
    table = tables.event_cursors
    found = reading.connection.execute(sa.select(table.c.seq).where(table.c.plugin == plugin))
    return int(found.scalar() or 0)


def move(change: Change, plugin: str, seq: int) -> None:
    """The plugin has taken everything up to here."""
    table = tables.event_cursors
    updated = change.connection.execute(
        sa.update(table).where(table.c.plugin == plugin).values(seq=seq)
    )
    if not updated.rowcount:
        change.connection.execute(sa.insert(table), {"plugin": plugin, "seq": seq})
