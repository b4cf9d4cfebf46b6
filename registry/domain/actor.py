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
