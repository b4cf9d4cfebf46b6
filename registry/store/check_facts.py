"""What a check reads, in statements built once: the subject by its blind index with its key, and
its listings. The name of an organisation stands in clear; of what is sealed only the reasons of
listings that the answer can show are opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from registry.domain.listing import Elsewhen, Entry, Exit, ListKind, Suspension
from registry.domain.rating import Rating
from registry.domain.subject import Subject, SubjectKind
from registry.store import listings, ratings, subjects, tables
from registry.store.among import among_sent
from registry.store.codec import citations_in, day_in, severity_in
from registry.store.prepared import Prepared, day, document, instant
from registry.store.transaction import Ahead, Reading
from registry.store.types import write_json
from registry.store.vault import SubjectKey


def _known(table: sa.Table, past: bool) -> sa.ColumnElement[bool]:
    if not past:
        return table.c.known_to.is_(None)
    seq: sa.BindParameter[int] = sa.bindparam("seq")
    return sa.and_(
        table.c.known_from <= seq, sa.or_(table.c.known_to.is_(None), table.c.known_to > seq)
    )


_SUBJECT_COLUMNS = ("id", "kind", "name", "provisional", "representative_id", "known_since")


def _subjects(past: bool) -> sa.Select[Any]:
    numbers, keys, table = tables.identifiers, tables.subject_keys, tables.subjects
    return (
        sa.select(*(table.c[name] for name in _SUBJECT_COLUMNS), keys.c.key_id, keys.c.wrapped)
        .select_from(numbers)
        .join(table, table.c.id == numbers.c.subject_id)
        .outerjoin(keys, keys.c.subject_id == table.c.id)
        .where(_known(numbers, past), _known(table, past))
    )


def _subject(past: bool) -> Prepared:
    return Prepared(_subjects(past).where(tables.identifiers.c.blind == sa.bindparam("blind")))


_LISTING_COLUMNS = (
    "id",
    "sector",
    "list_kind",
    "agency_id",
    "criterion",
    "valid_from",
    "valid_to",
    "exit_ground",
    "exit_on",
    "exit_at",
    "terms",
    "sealed",
)


def _all_listings(past: bool) -> sa.Select[Any]:
    table = tables.listings
    columns = (table.c[name] for name in _LISTING_COLUMNS)
    return sa.select(*columns).where(_known(table, past)).order_by(table.c.place)


def _listings(past: bool) -> Prepared:
    return Prepared(
        _all_listings(past).where(tables.listings.c.subject_id == sa.bindparam("subject"))
    )


def _ratings(past: bool) -> Prepared:
    table = tables.ratings
    return Prepared(
        sa.select(*(table.c[name] for name in ratings.COLUMNS))
        .where(table.c.subject_id == sa.bindparam("subject"), _known(table, past))
        .order_by(table.c.place)
    )


_SUBJECT = {past: _subject(past) for past in (False, True)}
_LISTINGS = {past: _listings(past) for past in (False, True)}
_RATINGS = {past: _ratings(past) for past in (False, True)}
_SUBJECTS_AHEAD = Prepared(
    _subjects(past=False)
    .add_columns(tables.identifiers.c.blind)
    .where(among_sent(tables.identifiers.c.blind, "blinds"))
)
_LISTINGS_AHEAD = Prepared(
    _all_listings(past=False)
    .add_columns(tables.listings.c.subject_id)
    .where(among_sent(tables.listings.c.subject_id, "subjects"))
)


def read_ahead(reading: Reading, blinds: Sequence[str]) -> None:
    """Read for many, in two statements, what `subject_of` and `listings_of` will be asked for."""
    ahead: Ahead = Ahead({blind: [] for blind in blinds}, {})
    sent = {"blinds": write_json(blinds)}
    for *row, blind in _SUBJECTS_AHEAD.all(reading.connection, sent):
        ahead.subjects[blind].append(row)
        ahead.listings[row[0]] = []
    sent = {"subjects": write_json(list(ahead.listings))}
    for *row, subject_id in _LISTINGS_AHEAD.all(reading.connection, sent):
        ahead.listings[subject_id].append(row)
    reading.ahead = ahead


def subject_of(reading: Reading, blind: str) -> Subject | None:
    """The subject that holds the identifier with this blind index, as known."""
    values = {"blind": blind, "seq": reading.seq}
    rows = reading.ahead.subjects.get(blind)
    if rows is None:
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


Known = tuple[tuple[Entry, ...], tuple[Elsewhen, ...]]


def listings_of(reading: Reading, subject_id: str, on: date) -> Known:
    """All listings of the subject, as known: those whose period covers the day, and the rest."""
    values: dict[str, Any] = {"subject": subject_id, "seq": reading.seq}
    covering: list[Entry] = []
    rest: list[Elsewhen] = []
    rows = reading.ahead.listings.get(subject_id)
    if rows is None:
        rows = _LISTINGS[reading.seq is not None].all(reading.connection, values)
    for row in rows:
        _, _, list_kind, _, _, start, end, ground, exit_on, exit_at, terms, _ = row
        valid_from, valid_to, terms = day(start), day(end), document(terms)
        exit = listings.exit_in(ground, exit_on and day(exit_on), exit_at and instant(exit_at))
        suspensions = listings.suspensions_in(terms["suspensions"])
        if valid_from <= on < valid_to:
            covering.append(
                _entry(reading, subject_id, row, terms, valid_from, valid_to, exit, suspensions)
            )
        else:
            rest.append(Elsewhen(ListKind(list_kind), valid_from, valid_to, exit, suspensions))
    return tuple(covering), tuple(rest)


def _entry(
    reading: Reading,
    subject_id: str,
    row: Any,
    terms: Mapping[str, Any],
    valid_from: date,
    valid_to: date,
    exit: Exit | None,
    suspensions: tuple[Suspension, ...],
) -> Entry:
    id, sector, list_kind, agency_id, criterion, *_, sealed = row
    reason, reason_zh = listings.open_reason(reading, id, subject_id, bytes(sealed))
    return Entry(
        id=id,
        sector=sector,
        list_kind=ListKind(list_kind),
        severity=severity_in(terms["severity"]),
        criterion=criterion,
        criterion_version=terms["version"],
        basis=citations_in(terms["basis"]),
        reason=reason,
        reason_zh=reason_zh,
        agency_id=agency_id,
        valid_from=valid_from,
        valid_to=valid_to,
        exit=exit,
        suspensions=suspensions,
        joint_until=day_in(terms.get("joint_until")),
    )


def ratings_of(reading: Reading, subject_id: str) -> tuple[Rating, ...]:
    """All ratings of the subject, as known, without the lines of their scores."""
    values: dict[str, Any] = {"subject": subject_id, "seq": reading.seq}
    rows = _RATINGS[reading.seq is not None].all(reading.connection, values)
    return tuple([_rating(reading, row) for row in rows])


def _rating(reading: Reading, row: Any) -> Rating:
    values = dict(zip(ratings.COLUMNS, row, strict=True))
    for name in ("rated_on", "valid_from", "valid_to"):
        if values[name] is not None:
            values[name] = day(values[name])
    values["terms"] = document(values["terms"])
    return ratings.from_columns(reading, values, lines=False)
