"""Measure editions: drafts change, published ones do not. A measure is kept as its document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.store import tables
from registry.store.transaction import Change, Reading, new_id


@dataclass(frozen=True)
class StoredEdition:
    """An edition as stored; `measures` are documents in the shape of the rulebook."""

    id: str
    sector: str
    name: str
    state: str
    effective_from: date | None
    published_seq: int | None
    measures: tuple[dict[str, Any], ...]


def add_draft(change: Change, sector: str, name: str, measures: Sequence[dict[str, Any]]) -> str:
    """Store a new draft."""
    id = new_id()
    save(change, StoredEdition(id, sector, name, "draft", None, None, tuple(measures)))
    return id


def save(change: Change, edition: StoredEdition) -> None:
    """Write an edition as it now stands."""
    change.insert(
        tables.editions,
        edition.id,
        sector=edition.sector,
        name=edition.name,
        state=edition.state,
        effective_from=edition.effective_from,
        published_seq=edition.published_seq,
        measures=list(edition.measures),
    )


def get(reading: Reading, id: str) -> StoredEdition | None:
    """An edition as known."""
    row = reading.one(tables.editions, tables.editions.c.id == id)
    return _edition(row) if row else None


def of_sector(reading: Reading, sector: str | None) -> list[StoredEdition]:
    """All editions of a sector, or of all, in order of writing."""
    conditions = [tables.editions.c.sector == sector] if sector else []
    return [_edition(row) for row in reading.rows(tables.editions, *conditions)]


def published(reading: Reading) -> list[StoredEdition]:
    """Published editions in order of publication."""
    rows = reading.rows(tables.editions, tables.editions.c.state == "published")
    return sorted((_edition(row) for row in rows), key=lambda one: one.published_seq or 0)


def in_effect(reading: Reading, sector: str, day: date) -> StoredEdition | None:
    """The published edition of a sector in effect on a day: the latest to begin."""
    begun = [
        one
        for one in published(reading)
        if one.sector == sector and one.effective_from is not None and one.effective_from <= day
    ]
    return max(begun, key=lambda one: (one.effective_from, one.published_seq), default=None)


def _edition(row: Any) -> StoredEdition:
    return StoredEdition(
        row.id,
        row.sector,
        row.name,
        row.state,
        row.effective_from,
        row.published_seq,
        tuple(row.measures),
    )
