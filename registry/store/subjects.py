"""Subjects, their identifiers and their keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from registry.domain.subject import Identifier, Subject, SubjectKind
from registry.store import tables
from registry.store.among import among
from registry.store.transaction import Change, Reading, Together, insert_rows, new_id
from registry.store.vault import ErasedError, SubjectKey

ERASED_NAME = "-"


def fold_name(name: str) -> str:
    """The form in which organisations' names are compared: width, case, spaces and brackets."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in text if not one.isspace() and one not in "()[]{}·.,")


def blind(reading: Reading, identifier: Identifier) -> str:
    """The blind index of an identifier."""
    return reading.vault.blind(identifier.scheme, identifier.value)


class Fresh(NamedTuple):
    """A subject about to be stored for the first time, under the id it will have; `blinds` are the
    blind indexes of its identifiers, where they are known already."""

    id: str
    kind: SubjectKind
    name: str
    identifiers: tuple[Identifier, ...] = ()
    other_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    representative_id: str | None = None
    full_capacity: bool = True
    blinds: tuple[str, ...] = ()


def add_many(change: Change, fresh: Sequence[Fresh]) -> None:
    """Store new subjects, each with its own key and a journal entry of its own; the caller has
    looked for duplicates."""
    keys = []
    for one in fresh:
        key = change.vault.new_subject_key(one.id)
        keys.append({"subject_id": one.id, "key_id": key.key_id, "wrapped": key.wrapped})
        change.hold_key(key)
    if keys:
        insert_rows(change.connection, tables.subject_keys, keys)
    change.insert_together("subject.added", [_together(change, one) for one in fresh])


def _together(change: Change, one: Fresh) -> Together:
    rows: list[tuple[sa.Table, dict[str, Any]]] = [
        (tables.subjects, {"id": one.id, "known_since": change.now, **_columns(change, one)})
    ]
    blinds = one.blinds or [blind(change, number) for number in one.identifiers]
    rows += [
        (tables.identifiers, _number(change, one.id, number, blinded))
        for number, blinded in zip(one.identifiers, blinds, strict=True)
    ]
    if not one.kind.is_person:
        keys = dict.fromkeys(fold_name(name) for name in one.other_names)
        rows += [(tables.subject_names, _name(one.id, key)) for key in keys]
    return {"subject_id": one.id, "kind": str(one.kind)}, one.id, rows


def _columns(change: Change, one: Fresh) -> dict[str, Any]:
    """What a version of a subject says of it."""
    private: dict[str, Any] = {
        "other_names": list(one.other_names),
        "addresses": list(one.addresses),
        "full_capacity": one.full_capacity,
    }
    if one.kind.is_person:
        private["name"] = one.name
    return {
        "kind": str(one.kind),
        "name": None if one.kind.is_person else one.name,
        "name_key": None if one.kind.is_person else fold_name(one.name),
        "provisional": not one.identifiers,
        "representative_id": one.representative_id,
        "sealed": change.seal_json(private, f"subjects:{one.id}", one.id),
    }


def _name(subject_id: str, key: str) -> dict[str, Any]:
    return {"id": new_id(), "subject_id": subject_id, "name_key": key, "held": True}


def _number(
    change: Change, subject_id: str, identifier: Identifier, blinded: str
) -> dict[str, Any]:
    id = new_id()
    return {
        "id": id,
        "subject_id": subject_id,
        "scheme": identifier.scheme,
        "blind": blinded,
        "sealed": change.seal_json(identifier.value, f"identifiers:{id}", subject_id),
    }


def save(change: Change, now: Subject, identifiers: tuple[Identifier, ...]) -> None:
    """Store the next version of a subject, its further names with it; the caller journals it."""
    content = Fresh(
        now.id,
        now.kind,
        now.name,
        identifiers,
        now.other_names,
        now.addresses,
        now.representative_id,
        now.full_capacity,
    )
    change.insert(tables.subjects, now.id, known_since=now.known_since, **_columns(change, content))
    if now.kind.is_person:
        return
    table = tables.subject_names
    wanted = dict.fromkeys(fold_name(name) for name in now.other_names)
    known = {row.name_key: row for row in change.rows(table, table.c.subject_id == now.id)}
    for key, row in known.items():
        if row.held is not (key in wanted):
            change.insert(table, row.id, subject_id=now.id, name_key=key, held=key in wanted)
    change.insert_many(table, [_name(now.id, key) for key in wanted if key not in known], True)


def add_identifiers(change: Change, subject_id: str, identifiers: Sequence[Identifier]) -> None:
    """Store further identifiers of a subject; the caller has looked for duplicates."""
    rows = [_number(change, subject_id, one, blind(change, one)) for one in identifiers]
    change.insert_many(tables.identifiers, rows, fresh=True)


def get(reading: Reading, id: str) -> Subject | None:
    """A subject as known; an erased person keeps a nameless shell."""
    row = reading.one(tables.subjects, tables.subjects.c.id == id)
    return from_row(reading, row) if row else None


def get_many(reading: Reading, ids: Iterable[str]) -> list[Subject]:
    """The subjects with these ids, as known; those that are none are left out."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    hold_keys(reading, wanted)
    rows = reading.rows(tables.subjects, among(tables.subjects.c.id, wanted))
    return [from_row(reading, row) for row in rows]


def find(reading: Reading, identifier: Identifier) -> Subject | None:
    """The one subject that holds an identifier."""
    holder = reading.one(
        tables.identifiers, tables.identifiers.c.blind == blind(reading, identifier)
    )
    return get(reading, holder.subject_id) if holder else None


def named(reading: Reading, name: str) -> list[Subject]:
    """Organisations of exactly this name, folded: their first name or a further one. Persons are
    never found by name."""
    key, table = fold_name(name), tables.subjects
    ids = {one.subject_id for one in _further(reading, [key])}
    rows = reading.rows(table, sa.or_(table.c.name_key == key, table.c.id.in_(ids)))
    return [from_row(reading, row) for row in rows]


def _further(reading: Reading, keys: Sequence[str]) -> Sequence[Any]:
    table = tables.subject_names
    return reading.rows(table, among(table.c.name_key, keys), table.c.held)


def by_names(reading: Reading, names: Iterable[str]) -> dict[str, list[tuple[str, bool]]]:
    """By folded name, (id, provisional) of the organisations that bear it, first or further."""
    keys = list({fold_name(name) for name in names})
    further: dict[str, list[str]] = {}
    for one in _further(reading, keys):
        further.setdefault(one.subject_id, []).append(one.name_key)
    table = tables.subjects
    asked = sa.select(table.c.id, table.c.name_key, table.c.provisional).where(
        reading.known(table), sa.or_(among(table.c.name_key, keys), among(table.c.id, further))
    )
    found: dict[str, list[tuple[str, bool]]] = {}
    wanted = set(keys)
    for id, key, provisional in reading.connection.execute(asked):
        for borne in dict.fromkeys([key, *further.get(id, ())]):
            if borne in wanted:
                found.setdefault(borne, []).append((id, bool(provisional)))
    return found


def holders(reading: Reading, blinds: Sequence[str]) -> dict[str, str]:
    """By blind index, the ids of the subjects that hold these identifiers."""
    table = tables.identifiers
    asked = sa.select(table.c.blind, table.c.subject_id).where(
        reading.known(table), among(table.c.blind, blinds)
    )
    return {row.blind: row.subject_id for row in reading.connection.execute(asked)}


def holders_of(reading: Reading, ids: Sequence[str]) -> dict[str, str]:
    """The same for all identifiers of these subjects."""
    table = tables.identifiers
    rows = reading.rows(table, among(table.c.subject_id, ids))
    return {row.blind: row.subject_id for row in rows}


def hold_keys(reading: Reading, ids: Sequence[str]) -> None:
    """Read the keys of many subjects at once."""
    table = tables.subject_keys
    asked = sa.select(table.c.subject_id, table.c.key_id, table.c.wrapped)
    for row in reading.connection.execute(asked.where(among(table.c.subject_id, ids))):
        reading.hold_key(SubjectKey(*row))


def identifiers_of(reading: Reading, id: str) -> list[Identifier]:
    """A subject's identifiers in clear, for those who may see them."""
    found = []
    for row in reading.rows(tables.identifiers, tables.identifiers.c.subject_id == id):
        try:
            value = reading.open_json(row.sealed, f"identifiers:{row.id}", id)
        except ErasedError:
            continue
        found.append(Identifier(row.scheme, value))
    return found


def from_row(reading: Reading, row: Any) -> Subject:
    """A stored row as a subject. An organisation's name needs no key."""
    kind = SubjectKind(row.kind)
    private: dict[str, Any] = {}
    try:
        private = reading.open_json(row.sealed, f"subjects:{row.id}", row.id)
    except ErasedError:
        private = {"name": ERASED_NAME}
    return Subject(
        id=row.id,
        kind=kind,
        name=private.get("name", ERASED_NAME) if kind.is_person else row.name,
        provisional=row.provisional,
        known_since=row.known_since,
        other_names=tuple(private.get("other_names", ())),
        addresses=tuple(private.get("addresses", ())),
        representative_id=row.representative_id,
        full_capacity=private.get("full_capacity", True),
    )
