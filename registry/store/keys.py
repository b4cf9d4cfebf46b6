"""Whether the key file is the one that this database was written with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from registry.domain.errors import NotReady, Unavailable
from registry.store import journal, tables
from registry.store.access import name_index
from registry.store.transaction import Reading, read_head

_ANOTHER = (
    "The key file is not the one this database was written with: put the right one back "
    "(REGISTRY_KEY_FILE). With another nobody would be found, and nothing stored would open."
)


def prove_keys(reading: Reading) -> bool:
    """True if the keys open what is stored and index it alike, False if nothing is stored yet;
    NotReady if they are others. An altered entry or two do not make them so."""
    head = read_head(reading.connection)
    if head.seq == 0:
        return False
    if not any(_opens(reading, seq) for seq in (1, head.seq, head.seq // 2 + 1)):
        raise NotReady(_ANOTHER)
    table = tables.actors
    last = sa.select(table).order_by(table.c.place.desc()).limit(1)
    row = reading.connection.execute(last).first()
    if row is not None and _indexes_otherwise(reading, row):
        raise NotReady(_ANOTHER + " Or its keys stand in another order than they did.")
    return True


def _opens(reading: Reading, seq: int) -> bool:
    table = tables.journal
    row = reading.connection.execute(sa.select(table).where(table.c.seq == seq)).first()
    try:
        return row is not None and bool(journal.open_entry(reading, row))
    except Unavailable:
        return False


def _indexes_otherwise(reading: Reading, row: Any) -> bool:
    try:
        name = reading.open_json(row.sealed, f"actors:{row.id}", None)
    except Unavailable:
        return False
    return name_index(reading, row.agency_id, name) != str(row.name_index)
