"""Subjects, their identifiers and their keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from registry.domain.subject import Identifier, Subject, SubjectKind
from registry.store import tables
from registry.store.transaction import Change, Reading, new_id
from registry.store.vault import ErasedError

ERASED_NAME = "-"
CHUNK = 500  # ids in one statement; all builds of SQLite take that many


def fold_name(name: str) -> str:
    """The form in which organisations' names are compared: width, case, spaces and brackets."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in text if not one.isspace() and one not in "()[]{}·.,")


def blind(reading: Reading, identifier: Identifier) -> str:
    """The blind index of an identifier."""
    return reading.vault.blind(identifier.scheme, identifier.value)


def add(
    change: Change,
    kind: SubjectKind,
    name: str,
    identifiers: Sequence[Identifier],
    *,
    other_names: Sequence[str] = (),
    addresses: Sequence[str] = (),
    representative_id: str | None = None,
    full_capacity: bool = True,
) -> str:
    """Store a new subject with its own key; the caller has looked for duplicates."""
    id = new_id()
    _add_key(change, id)
    private: dict[str, Any] = {
        "other_names": list(other_names),
        "addresses": list(addresses),
        "full_capacity": full_capacity,
    }
    if kind.is_person:
        private["name"] = name
    row = {
        "id": id,
        "kind": str(kind),
        "name": None if kind.is_person else name,
        "name_key": None if kind.is_person else fold_name(name),
        "provisional": not identifiers,
        "representative_id": representative_id,
        "known_since": change.now,
        "sealed": change.seal_json(private, f"subjects:{id}", id),
    }
    change.insert_many(tables.subjects, [row], fresh=True)
    change.insert_many(
        tables.identifiers, [_number(change, id, one) for one in identifiers], fresh=True
    )
    return id


def _add_key(change: Change, id: str) -> None:
    key_id, wrapped = change.vault.new_subject_key(id)
    row = {"subject_id": id, "key_id": key_id, "wrapped": wrapped}
    change.connection.execute(sa.insert(tables.subject_keys), row)


def _number(change: Change, subject_id: str, identifier: Identifier) -> dict[str, Any]:
    id = new_id()
    return {
        "id": id,
        "subject_id": subject_id,
        "scheme": identifier.scheme,
        "blind": blind(change, identifier),
        "sealed": change.seal_json(identifier.value, f"identifiers:{id}", subject_id),
    }


def get(reading: Reading, id: str) -> Subject | None:
    """A subject as known; an erased person keeps a nameless shell."""
    row = reading.one(tables.subjects, tables.subjects.c.id == id)
    return from_row(reading, row) if row else None


def get_many(reading: Reading, ids: Iterable[str]) -> list[Subject]:
    """The subjects with these ids, as known; those that are none are left out."""
    wanted = list(dict.fromkeys(ids))
    found: list[Subject] = []
    for start in range(0, len(wanted), CHUNK):
        some = tables.subjects.c.id.in_(wanted[start : start + CHUNK])
        found += [from_row(reading, row) for row in reading.rows(tables.subjects, some)]
    return found


def find(reading: Reading, identifier: Identifier) -> Subject | None:
    """The one subject that holds an identifier."""
    holder = reading.one(
        tables.identifiers, tables.identifiers.c.blind == blind(reading, identifier)
    )
    return get(reading, holder.subject_id) if holder else None


def named(reading: Reading, name: str) -> list[Subject]:
    """Organisations of exactly this name, folded. Persons are never found by name."""
    rows = reading.rows(tables.subjects, tables.subjects.c.name_key == fold_name(name))
    return [from_row(reading, row) for row in rows]


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
