"""Agencies, actors, tokens, and which to-verify rules an agency has accepted."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry.domain.actor import Actor, Agency, Role
from registry.store import tables
from registry.store.transaction import Change, Reading, new_id


@dataclass(frozen=True)
class StoredToken:
    """A token that was given out: by its id, of an agency (its code), held by an actor (an opaque
    id). What it looks like nobody knows but who holds it."""

    id: str
    agency: str
    actor: str
    roles: tuple[str, ...]
    expires_at: datetime | None
    revoked: bool

    def state(self, now: datetime) -> str:
        """revoked, expired or valid."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


def add_agency(
    change: Change, code: str, name: str, profile: str, level: str, sectors: Sequence[str]
) -> str:
    """Store a new agency."""
    id = new_id()
    change.insert(
        tables.agencies,
        id,
        code=code,
        name=name,
        profile=profile,
        level=level,
        sectors=sorted(sectors),
    )
    return id


def agency_by_code(reading: Reading, code: str) -> Agency | None:
    """An agency by its code."""
    row = reading.one(tables.agencies, tables.agencies.c.code == code)
    return _agency(row) if row else None


def agency(reading: Reading, id: str) -> Agency | None:
    """An agency by its id."""
    row = reading.one(tables.agencies, tables.agencies.c.id == id)
    return _agency(row) if row else None


def agencies(reading: Reading) -> list[Agency]:
    """All agencies."""
    return [_agency(row) for row in reading.rows(tables.agencies)]


def actor_id(change: Change, agency_id: str, name: str) -> str:
    """The actor of this name in the agency, made if new: two tokens of one person are one actor."""
    index = name_index(change, agency_id, name)
    row = change.one(tables.actors, tables.actors.c.name_index == index)
    if row is not None:
        return str(row.id)
    id = new_id()
    sealed = change.seal_json(name, f"actors:{id}", None)
    change.insert(tables.actors, id, agency_id=agency_id, name_index=index, sealed=sealed)
    return id


def name_index(reading: Reading, agency_id: str, name: str) -> str:
    """The blind index of a person's name within an agency."""
    return reading.vault.blind("actor", agency_id, fold_person(name))


def fold_person(name: str) -> str:
    """The form in which names of persons are compared: width, case and spaces make no second
    person."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def actor_name(reading: Reading, id: str) -> str | None:
    """The name behind an opaque actor id."""
    row = reading.one(tables.actors, tables.actors.c.id == id)
    return str(reading.open_json(row.sealed, f"actors:{id}", None)) if row else None


def add_token(
    change: Change,
    digest: str,
    actor: str,
    roles: Sequence[Role],
    subject_id: str | None,
    expires_at: datetime | None,
) -> str:
    """Store a token by its digest; the token itself is never stored."""
    id = new_id()
    change.insert(
        tables.tokens,
        id,
        digest=digest,
        actor_id=actor,
        roles=sorted(map(str, roles)),
        subject_id=subject_id,
        expires_at=expires_at,
        revoked=False,
    )
    return id


def revoke_token(change: Change, id: str) -> bool:
    """Revoke a token; False if there is none."""
    row = change.one(tables.tokens, tables.tokens.c.id == id)
    if row is None:
        return False
    values = {name: getattr(row, name) for name in ("digest", "actor_id", "roles", "subject_id")}
    change.insert(tables.tokens, id, **values, expires_at=row.expires_at, revoked=True)
    return True


def tokens(reading: Reading, agency_id: str | None = None) -> list[StoredToken]:
    """The tokens that were ever given out, of one agency or of all, in order of their ids."""
    codes = {one.id: one.code for one in agencies(reading)}
    asked = reading.equal(tables.actors, {"agency_id": agency_id})
    home = {row.id: codes[row.agency_id] for row in reading.rows(tables.actors, *asked)}
    found = [
        StoredToken(
            row.id, home[row.actor_id], row.actor_id, tuple(row.roles), row.expires_at, row.revoked
        )
        for row in reading.rows(tables.tokens)
        if row.actor_id in home
    ]
    return sorted(found, key=lambda one: one.id)


def token_id(reading: Reading, digest: str) -> str | None:
    """The id of the token with this digest, revoked or not."""
    row = reading.one(tables.tokens, tables.tokens.c.digest == digest)
    return str(row.id) if row else None


def token_holder(reading: Reading, id: str) -> tuple[Actor, datetime | None] | None:
    """(actor, expiry) of a token that is not revoked."""
    row = reading.one(tables.tokens, tables.tokens.c.id == id)
    if row is None or row.revoked:
        return None
    person = reading.one(tables.actors, tables.actors.c.id == row.actor_id)
    home = agency(reading, person.agency_id) if person else None
    if person is None or home is None:
        return None
    roles = frozenset(Role(role) for role in row.roles)
    return Actor(person.id, home, roles, row.subject_id), row.expires_at


def accept_rule(
    change: Change, agency_id: str, criterion: str, version: str, statement: str
) -> str:
    """Store that an agency accepts a to-verify rule by name."""
    id = new_id()
    change.insert(
        tables.acceptances,
        id,
        agency_id=agency_id,
        criterion=criterion,
        version=version,
        statement=statement,
    )
    return id


def has_accepted(reading: Reading, agency_id: str, criterion: str, version: str) -> bool:
    """True if the agency accepted this version."""
    table = tables.acceptances
    row = reading.one(
        table,
        table.c.agency_id == agency_id,
        table.c.criterion == criterion,
        table.c.version == version,
    )
    return row is not None


def _agency(row: Any) -> Agency:
    return Agency(row.id, row.code, row.name, row.profile, row.level, frozenset(row.sectors))
