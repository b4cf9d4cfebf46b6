"""Stored rows against the journal: each is named there with its digest, and each that is named is
there; versions of a thing follow each other without a gap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Protocol

import sqlalchemy as sa

from registry.store import tables
from registry.store.catch_up import bad_figures
from registry.store.digests import row_digest
from registry.store.scratch import Scratch
from registry.store.streaming import Unreadable, stream
from registry.store.transaction import Reading, state_of

Bad = tuple[str, str, int]


class Counted(Protocol):
    """Where the number of rows looked at is kept."""

    rows: int


def bad_rows(reading: Reading, start: int, counts: Counted, scratch: Scratch) -> Iterator[Bad]:
    """(place, what is wrong, entry) of rows that are not as the journal says since `start`."""
    for name in tables.VERSIONED:
        yield from _guarded(name, _bad_versions(reading, name, start, counts, scratch))
    for name in tables.WRITTEN_ONCE:
        yield from _guarded(name, _bad_written_once(reading, name, start, counts, scratch))
    for thing, seq in scratch.left():
        what = f"it is not stored as journal entry {seq} wrote it: it was altered or taken away"
        yield thing, what, seq
    yield from _guarded(tables.rulebooks.name, _bad_rulebooks(reading))
    yield from _guarded(tables.figures.name, bad_figures(reading, start))


def _guarded(name: str, found: Iterator[Bad]) -> Iterator[Bad]:
    """A row that cannot be read is the last that is told of its table."""
    try:
        yield from found
    except Unreadable as error:
        after = error.after[0] if error.after else "the start"
        yield f"the row of {name} after {after}", "what is stored there cannot be read", 0


def _bad_versions(
    reading: Reading, name: str, start: int, counts: Counted, scratch: Scratch
) -> Iterator[Bad]:
    before: Any = None
    for row in stream(reading.connection, tables.metadata.tables[name], ["id", "known_from"]):
        if before is not None:
            follower = row.known_from if row.id == before.id else None
            yield from _bad_end(name, before, follower)
        before = row
        if row.known_from > start:
            yield from _bad_row(name, row.id, row, counts, scratch)
    if before is not None:
        yield from _bad_end(name, before, None)


def _bad_end(name: str, row: Any, follower: int | None) -> Iterator[Bad]:
    if row.known_to != follower:
        said, due = row.known_to or "now", follower or "now"
        what = f"the version of entry {row.known_from} is said to hold to {said}, it holds to {due}"
        yield f"{name} {row.id}", what, row.known_from


def _bad_written_once(
    reading: Reading, name: str, start: int, counts: Counted, scratch: Scratch
) -> Iterator[Bad]:
    table = tables.metadata.tables[name]
    key = [column.name for column in table.primary_key]
    for row in stream(reading.connection, table, key):
        thing = getattr(row, tables.WRITTEN_ONCE[name])
        bad = list(_bad_row(name, thing, row, counts, scratch))
        if getattr(row, "known_from", 0) > start or not start:
            yield from bad  # else it is older, or may be: found where it is named, else trusted
        if name == tables.deadlines.name:
            yield from _bad_state(row, start, scratch)


def _bad_state(row: Any, start: int, scratch: Scratch) -> Iterator[Bad]:
    """A deadline is open, or in the state that an entry of the change that handled it names."""
    place = f"{tables.deadlines.name} {row.id}"
    if (row.state == "open") != (row.handled_seq is None):
        what = f"it is {row.state} without having been handled, or handled and still open"
        yield place, what, row.known_from
        return
    handled = row.state != "open" and row.handled_seq > start
    if handled and not scratch.found(f"{state_of(tables.deadlines)} {row.id}", row.state):
        yield place, f"it is {row.state}, and no journal entry says so", row.handled_seq


def _bad_row(name: str, thing: str, row: Any, counts: Counted, scratch: Scratch) -> Iterator[Bad]:
    counts.rows += 1
    table = tables.metadata.tables[name]
    try:
        named = scratch.found(f"{name} {thing}", row_digest(table, row._mapping))
    except (ValueError, TypeError):
        named = False
    if not named:
        seq = getattr(row, "known_from", 0)
        what = "it was altered, or put there by another hand: no journal entry names what it holds"
        yield f"{name} {thing}", what, seq


def _bad_rulebooks(reading: Reading) -> Iterator[Bad]:
    table = tables.rulebooks
    for row in stream(reading.connection, table, ["digest"]):
        if f"sha256:{hashlib.sha256(row.document.encode()).hexdigest()}" != row.digest:
            yield f"rulebook {row.digest}", "its text is not that of its digest", 0
    stored = sa.select(table.c.digest)
    lost = sa.select(tables.activations.c.digest).where(tables.activations.c.digest.not_in(stored))
    for digest in reading.connection.execute(lost).scalars():
        yield f"rulebook {digest}", "it was activated and is not stored", 0
