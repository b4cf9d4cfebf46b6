"""What a check reads, in statements built once: the subject by its blind index with its key, and
its listings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from registry.domain.listing import Listing
from registry.domain.subject import Subject
from registry.store import listings, subjects, tables
from registry.store.transaction import Reading
from registry.store.vault import SubjectKey


def _known(table: sa.Table, past: bool) -> sa.ColumnElement[bool]:
    if not past:
        return table.c.known_to.is_(None)
    seq: sa.BindParameter[int] = sa.bindparam("seq")
    return sa.and_(
        table.c.known_from <= seq, sa.or_(table.c.known_to.is_(None), table.c.known_to > seq)
    )


def _subject(past: bool) -> sa.Select[Any]:
    numbers, keys, table = tables.identifiers, tables.subject_keys, tables.subjects
    return (
        sa.select(table, keys.c.key_id, keys.c.wrapped)
        .select_from(numbers)
        .join(table, table.c.id == numbers.c.subject_id)
        .outerjoin(keys, keys.c.subject_id == table.c.id)
        .where(numbers.c.blind == sa.bindparam("blind"), _known(numbers, past), _known(table, past))
    )


def _listings(past: bool) -> sa.Select[Any]:
    table = tables.listings
    return (
        sa.select(table)
        .where(table.c.subject_id == sa.bindparam("subject"), _known(table, past))
        .order_by(table.c.place)
    )


_SUBJECT = {past: _subject(past) for past in (False, True)}
_LISTINGS = {past: _listings(past) for past in (False, True)}


def subject_of(reading: Reading, blind: str) -> Subject | None:
    """The subject that holds the identifier with this blind index, as known."""
    past = reading.seq is not None
    row = reading.connection.execute(_SUBJECT[past], _bound(reading, blind=blind)).first()
    if row is None:
        return None
    if row.wrapped is not None:
        reading.hold_key(SubjectKey(row.id, row.key_id, row.wrapped))
    return subjects.from_row(reading, row)


def listings_of(reading: Reading, subject_id: str) -> tuple[Listing, ...]:
    """All listings of the subject, as known."""
    past = reading.seq is not None
    found = reading.connection.execute(_LISTINGS[past], _bound(reading, subject=subject_id))
    return tuple(listings.from_row(reading, row) for row in found)


def _bound(reading: Reading, **values: Any) -> dict[str, Any]:
    return values if reading.seq is None else {**values, "seq": reading.seq}
