"""What a check reads, in statements built once: the subject by its blind index with its key, and
its listings. The name of an organisation stands in clear; of what is sealed only the reasons of
listings that the answer can show are opened."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.domain.listing import Listing
from registry.domain.subject import Subject, SubjectKind
from registry.store import listings, subjects, tables
from registry.store.prepared import Prepared, day, document, instant
from registry.store.transaction import Reading
from registry.store.vault import SubjectKey


def _known(table: sa.Table, past: bool) -> sa.ColumnElement[bool]:
    if not past:
        return table.c.known_to.is_(None)
    seq: sa.BindParameter[int] = sa.bindparam("seq")
    return sa.and_(
        table.c.known_from <= seq, sa.or_(table.c.known_to.is_(None), table.c.known_to > seq)
    )


_SUBJECT_COLUMNS = ("id", "kind", "name", "provisional", "representative_id", "known_since")


def _subject(past: bool) -> Prepared:
    numbers, keys, table = tables.identifiers, tables.subject_keys, tables.subjects
    return Prepared(
        sa.select(*(table.c[name] for name in _SUBJECT_COLUMNS), keys.c.key_id, keys.c.wrapped)
        .select_from(numbers)
        .join(table, table.c.id == numbers.c.subject_id)
        .outerjoin(keys, keys.c.subject_id == table.c.id)
        .where(numbers.c.blind == sa.bindparam("blind"), _known(numbers, past), _known(table, past))
    )


def _listings(past: bool) -> Prepared:
    table = tables.listings
    return Prepared(
        sa.select(*(table.c[name] for name in listings.COLUMNS))
        .where(table.c.subject_id == sa.bindparam("subject"), _known(table, past))
        .order_by(table.c.place)
    )


_SUBJECT = {past: _subject(past) for past in (False, True)}
_LISTINGS = {past: _listings(past) for past in (False, True)}


def subject_of(reading: Reading, blind: str) -> Subject | None:
    """The subject that holds the identifier with this blind index, as known."""
    values = {"blind": blind, "seq": reading.seq}
    rows = _SUBJECT[reading.seq is not None].all(reading.connection, values)
    if not rows:
        return None
    id, kind, name, provisional, representative, since, key_id, wrapped = rows[0]
    if wrapped is not None:
        reading.hold_key(SubjectKey(id, key_id, bytes(wrapped)))
    if SubjectKind(kind).is_person:
        return subjects.get(reading, id)
    return Subject(
        id,
        SubjectKind(kind),
        name,
        bool(provisional),
        instant(since),
        representative_id=representative,
    )


def listings_of(reading: Reading, subject_id: str, on: date) -> tuple[Listing, ...]:
    """All listings of the subject, as known; without reason those no answer for the day shows."""
    values: dict[str, Any] = {"subject": subject_id, "seq": reading.seq}
    rows = _LISTINGS[reading.seq is not None].all(reading.connection, values)
    return tuple([_listing(reading, row, on) for row in rows])


def _listing(reading: Reading, row: Any, on: date) -> Listing:
    values = dict(zip(listings.COLUMNS, row, strict=True))
    for name in ("valid_from", "valid_to", "exit_on"):
        if values[name] is not None:
            values[name] = day(values[name])
    if values["exit_at"] is not None:
        values["exit_at"] = instant(values["exit_at"])
    values["terms"] = document(values["terms"])
    reason = ("", "")
    if values["valid_from"] <= on < values["valid_to"]:
        sealed = bytes(values["sealed"])
        reason = listings.open_reason(reading, values["id"], values["subject_id"], sealed)
    return listings.from_columns(values, reason)
