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
    """The plugin has taken everything up to here. Never back: who lost the lead may still have an
    event in hand that the next leader has told since."""
    reached = get(change, plugin)
    if seq <= reached:
        return
    table = tables.event_cursors
    if reached:
        place = sa.update(table).where(table.c.plugin == plugin).values(seq=seq)
        change.connection.execute(place)
    else:
        change.connection.execute(sa.insert(table), {"plugin": plugin, "seq": seq})
