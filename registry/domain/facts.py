"""What a check is about, and all that its decision may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from registry.domain.listing import Elsewhen, Entry, Listing
from registry.domain.measure import Edition, Measure
from registry.domain.profile import Profile
from registry.domain.rating import Rating
from registry.domain.subject import Subject
from registry.domain.validity import ZONE_DATA

# The six groups of purposes for which records must be consulted (CHK-02).
PURPOSES = (
    "licensing",
    "procurement_and_funding",
    "residence",
    "public_office",
    "awards",
    "other_management",
)


@dataclass(frozen=True)
class CheckRequest:
    """What was asked, in canonical form."""

    matter: str
    purpose: str
    case_no: str
    as_of: datetime
    known_at: datetime


@dataclass(frozen=True)
class Reached:
    """A listing of an organisation and the role in which the person asked about answers for it."""

    listing: Listing
    organisation: Subject
    role: str


@dataclass(frozen=True)
class Incomplete:
    """Something that was needed and could not be consulted."""

    what: str
    reason: str
    sector: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"what": self.what, "sector": self.sector, "reason": self.reason}


class Facts(NamedTuple):
    """All that the registry knew and that the decision may use. Nothing else reaches it.

    `editions`: by sector, in effect at the as-of date as known. `proposed`: by sector, what the
    rulebook's plugins propose, all of it or the sanctions for the matter that no edition holds.
    `enabled`: sectors whose plugin is enabled. `last_misconduct_on`: the last day of the latest
    misconduct record, if any. `elsewhen`: the subject's listings whose period does not cover the
    as-of date. `ratings`: all of the subject's; None where no edition in effect holds a measure for
    the matter that follows any.
    """

    subject: Subject | None
    matched_by: str
    listings: tuple[Entry, ...]
    reached: tuple[Reached, ...]
    editions: Mapping[str, Edition]
    proposed: Mapping[str, tuple[Measure, ...]]
    enabled: frozenset[str]
    agency_code: str
    agencies: Mapping[str, str]
    profile: Profile | None
    rulebook_digest: str
    candidates: int = 0
    last_misconduct_on: date | None = None
    incomplete: tuple[Incomplete, ...] = ()
    subject_name: str | None = None
    elsewhen: tuple[Elsewhen, ...] = ()
    zone_data: str = ZONE_DATA
    ratings: tuple[Rating, ...] | None = None
