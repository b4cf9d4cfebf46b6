"""Bringing the figures of records up to date, and comparing them with the records. A record is
entered when it is filed; whatever was not (rows of an older release, a kind that a new criterion
asks of) is entered before anything is evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import sqlalchemy as sa

from registry.domain.errors import Unavailable
from registry.store import tables
from registry.store.figures import Slots, row_of, slots
from registry.store.records import from_row
from registry.store.streaming import PAGE, Unreadable, stream
from registry.store.transaction import Change, Reading
from registry.store.vault import ErasedError

CHUNK = 5_000  # places; a check waits for at most one chunk
Bad = tuple[str, str, int]


def catch_up(change: Change, kinds: Iterable[str]) -> bool:
    """Enter the records of a chunk of places whose present version is not in; False at the end."""
    places = _places(change, kinds)
    if not places:
        return False
    start, end = min(places.values()), _last_place(change)
    last = min(start + CHUNK, end)
    rows = _unlike(change, list(places), start, last)
    layout = slots(change, places)
    entered = [one for row in rows if (one := _entered(change, row, layout[row.kind])) is not None]
    _replace(change, rows, entered)
    table = tables.figure_kinds
    behind = sa.update(table).where(table.c.kind.in_(list(places)), table.c.place < last)
    change.connection.execute(behind.values(place=last))
    return last < end


def _replace(change: Change, rows: list[Any], entered: list[dict[str, Any]]) -> None:
    table = tables.figures
    old = sa.delete(table).where(
        table.c.kind == sa.bindparam("of"),
        table.c.subject_id == sa.bindparam("whose"),
        table.c.record_id == sa.bindparam("which"),
    )
    if rows:
        keys = [{"of": row.kind, "whose": row.subject_id, "which": row.id} for row in rows]
        change.connection.execute(old, keys)
    if entered:
        change.connection.execute(sa.insert(table), entered)


def _entered(reading: Reading, row: Any, layout: Slots) -> dict[str, Any] | None:
    """The row that stands for a stored record; None where the subject's key was destroyed."""
    try:
        record = from_row(reading, row)
    except ErasedError:
        return None
    return row_of(reading.vault, record, row.known_from, layout)


def _places(reading: Reading, kinds: Iterable[str] | None = None) -> dict[str, int]:
    table = tables.figure_kinds
    statement = sa.select(table.c.kind, table.c.place)
    if kinds is not None:
        statement = statement.where(table.c.kind.in_(list(kinds)))
    return {row.kind: row.place for row in reading.connection.execute(statement)}


def _last_place(reading: Reading) -> int:
    statement = sa.select(sa.func.max(tables.records.c.place))
    return int(reading.connection.execute(statement).scalar() or 0)


def _unlike(reading: Reading, kinds: list[str], after: int, last: int) -> list[Any]:
    """Records of these places whose present version is not entered."""
    records = tables.records
    statement = sa.select(records).where(
        records.c.place > after,
        records.c.place <= last,
        records.c.kind.in_(kinds),
        records.c.known_to.is_(None),
        sa.not_(_there(records)),
    )
    return list(reading.connection.execute(statement).all())


def _there(records: sa.Table) -> sa.ColumnElement[bool]:
    table = tables.figures
    return sa.exists().where(
        table.c.kind == records.c.kind,
        table.c.subject_id == records.c.subject_id,
        table.c.record_id == records.c.id,
        table.c.known_from == records.c.known_from,
    )


# What reading a record raises that another hand has written on: its columns may hold anything.
ALTERED = (Unavailable, ValueError, TypeError, AttributeError, KeyError)


def bad_figures(reading: Reading, start: int) -> Iterator[Bad]:
    """(place, what is wrong, entry) of figures known since `start` that are not their record's, and
    of records that should have some. Those of an older version wait to be entered again."""
    layout = slots(reading, _places(reading))
    rows = stream(
        reading.connection,
        tables.figures,
        ["kind", "subject_id", "decided_on", "record_id"],
        tables.figures.c.known_from > start,
    )
    while page := list(islice(rows, PAGE)):
        reading = Reading(reading.connection, reading.vault)  # without the keys it has gathered
        yield from _bad_page(reading, page, layout)
    yield from _lost(reading, start)


def _bad_page(reading: Reading, page: list[Any], layout: Mapping[str, Slots]) -> Iterator[Bad]:
    table = tables.records
    statement = sa.select(table).where(table.c.id.in_([row.record_id for row in page]))
    try:
        found = reading.connection.execute(statement).all()
    except (ValueError, TypeError) as error:
        raise Unreadable(table.name, None) from error
    versions = {(one.id, one.known_from): one for one in found}
    for row in page:
        record = versions.get((row.record_id, row.known_from))
        expected = None
        if record is not None and row.kind in layout:
            with suppress(*ALTERED):  # the record is told of itself
                expected = _entered(reading, record, layout[row.kind])
        if expected != dict(row._mapping):
            what = "they are not what the record says, or it was erased and they were left"
            yield f"figures {row.record_id}", what, row.known_from


def _lost(reading: Reading, start: int) -> Iterator[Bad]:
    """Records that a kind's place says are entered, and are not."""
    records, keys = tables.records, tables.subject_keys
    for kind, place in _places(reading).items():
        statement = (
            sa.select(records.c.id, records.c.known_from)
            .join(keys, keys.c.subject_id == records.c.subject_id)
            .where(
                records.c.kind == kind,
                records.c.place <= place,
                records.c.known_to.is_(None),
                records.c.known_from > start,
                sa.not_(_there(records)),
            )
            .order_by(records.c.place)
            .limit(1)
        )
        for row in reading.connection.execute(statement):
            yield (
                f"figures {row.id}",
                "they are missing: nobody would be found by it",
                row.known_from,
            )
