"""Agencies, actors and tokens, as the command line and administrators manage them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from registry.domain.actor import LEVELS, Agency, Role
from registry.domain.errors import Duplicate, InvalidInput, NotFound
from registry.domain.record import clean_text
from registry.services import access
from registry.services.work import View, Work
from registry.store import access as store
from registry.store import subjects
from registry.store.access import StoredToken

# As over HTTP; a code is typed, stands in tables and in addresses.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


def add(
    work: Work, code: str, name: str, profile: str, level: str, sectors: Sequence[str]
) -> Agency:
    """Enter an agency; its profile and its sectors must exist."""
    access.require(work.actor, "manage access")
    if not CODE.fullmatch(code):
        raise InvalidInput.field(
            "code",
            "must be 1 to 60 letters (A to Z, a to z), digits, dots, hyphens and underscores, "
            "the first a letter or a digit",
        )
    if store.agency_by_code(work.change, code) is not None:
        raise Duplicate(f"Agency {code}")
    if profile not in work.rulebook.profiles:
        known = ", ".join(sorted(work.rulebook.profiles)) or "none is enabled"
        raise InvalidInput.field("profile", f"is not a profile of the rulebook: one of {known}")
    if level not in LEVELS:
        raise InvalidInput.field("level", "must be one of " + ", ".join(LEVELS))
    for sector in sectors:
        if sector not in work.rulebook.sectors:
            known = ", ".join(sorted(work.rulebook.sectors)) or "none is enabled"
            raise InvalidInput.field("sectors", f"{sector} is no sector of the rulebook: {known}")
    id = store.add_agency(work.change, code, name, profile, level, sectors)
    work.change.record("agency.added", {"agency_id": id, "code": code}, rules=True)
    found = store.agency(work.change, id)
    assert found is not None
    return found


def add_token(
    work: Work,
    agency_code: str,
    actor_name: str,
    roles: Sequence[Role],
    digest: str,
    subject_id: str | None = None,
    days: int | None = None,
) -> str:
    """Give a person of an agency a token, known by its digest; returns its id."""
    access.require(work.actor, "manage access")
    agency = store.agency_by_code(work.change, agency_code)
    if agency is None:
        raise InvalidInput.field("agency", f"there is no agency {agency_code}")
    try:
        clean_text(actor_name, 200)
    except ValueError as error:
        raise InvalidInput.field("actor", str(error)) from None
    if not roles:
        raise InvalidInput.field("role", "at least one is required")
    if (Role.SUBJECT in roles) is not (subject_id is not None):
        raise InvalidInput.field("subject", "the role subject, and only it, names a subject")
    if subject_id is not None and subjects.get(work.change, subject_id) is None:
        raise InvalidInput.field("subject", "is no subject of the registry")
    if days is not None and days < 1:
        raise InvalidInput.field("expires", "must be at least one day")
    actor = store.actor_id(work.change, agency.id, actor_name)
    expires_at = work.now + timedelta(days=days) if days is not None else None
    id = store.add_token(work.change, digest, actor, roles, subject_id, expires_at)
    facts = {"token_id": id, "actor_id": actor, "roles": sorted(map(str, roles))}
    work.change.record("token.added", facts, rules=True)
    return id


def revoke_token(work: Work, id: str) -> None:
    """Revoke a token; the next request with it is refused."""
    access.require(work.actor, "manage access")
    if not store.revoke_token(work.change, id):
        raise NotFound("token")
    work.change.record("token.revoked", {"token_id": id}, rules=True)


def tokens(view: View, agency_code: str | None = None) -> list[StoredToken]:
    """The tokens of an agency, or of all; revoked and expired ones too."""
    assert view.actor is not None
    access.require(view.actor, "read tokens")
    if agency_code is None:
        return store.tokens(view.reading)
    agency = store.agency_by_code(view.reading, agency_code)
    if agency is None:
        raise InvalidInput.field("agency", f"there is no agency {agency_code}")
    return store.tokens(view.reading, agency.id)


def page(view: View) -> list[Agency]:
    """All agencies."""
    assert view.actor is not None
    access.require(view.actor, "read agencies")
    return store.agencies(view.reading)
