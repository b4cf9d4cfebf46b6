"""Actors: natural persons acting for an agency, with roles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The contract's roles; a token may hold several."""

    PROVIDER = "provider"
    AUTHORITY = "authority"
    REVIEWER = "reviewer"
    AGENCY = "agency"
    COORDINATOR = "coordinator"
    OPERATOR = "operator"
    SUBJECT = "subject"
    AUDITOR = "auditor"
    ADMIN = "admin"


# Where an agency stands. State organs at county level or above determine; an association may only
# report what it did under its own rules (DET-01, D-14).
ASSOCIATION = "association"
LEVELS = ("county", "city", "province", "national", ASSOCIATION)


@dataclass(frozen=True)
class Agency:
    """An organisation that uses the registry. `sectors` empty means all."""

    id: str
    code: str
    name: str
    profile: str
    level: str
    sectors: frozenset[str] = frozenset()

    def covers(self, sector: str) -> bool:
        """True if the agency works in the sector."""
        return not self.sectors or sector in self.sectors

    def may_file(self, filed_by: tuple[str, ...]) -> bool:
        """True if it may file records of a kind: one for its level, and no other if it is an
        association."""
        return self.level in filed_by if filed_by else self.level != ASSOCIATION


@dataclass(frozen=True)
class Actor:
    """Who acts: a person of an agency (`id` is opaque), with the roles of the token shown."""

    id: str
    agency: Agency
    roles: frozenset[Role]
    subject_id: str | None = None

    def has(self, *roles: Role) -> bool:
        """True if at least one of the roles is held."""
        return bool(self.roles & set(roles))


@dataclass(frozen=True)
class Credentials:
    """What a caller shows: the bearer token, as sent."""

    bearer: str
