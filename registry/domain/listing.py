"""Listings (名单条目): the effect of a determination in time; in force is computed, never set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from registry.domain.legal import Citation
from registry.domain.severity import Severity
from registry.domain.validity import Term, day_of, start_of


class ListKind(StrEnum):
    """Red 红名单, black 黑名单, watch 重点关注名单, alert 大数据警示名单."""

    RED = "red"
    BLACK = "black"
    WATCH = "watch"
    ALERT = "alert"


class ListingStatus(StrEnum):
    """Computed from (listing, instant)."""

    PENDING = "pending"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    ENDED = "ended"


class ExitGround(StrEnum):
    """How a listing ended (退出)."""

    OBJECTION_UPHELD = "objection_upheld"
    REPAIRED = "repaired"
    EXPIRED = "expired"
    CRITERIA_CHANGED = "criteria_changed"
    BLACKLISTED = "blacklisted"
    WATCHLISTED = "watchlisted"
    BENEFIT_ABUSED = "benefit_abused"
    BASIS_ANNULLED = "basis_annulled"
    BELOW_THRESHOLD = "below_threshold"
    VOIDED = "voided"


# These mean that the listing should not have been: no watch listing follows them (EXT-03),
# and one that was written in advance is cancelled.
MISTAKES = frozenset({ExitGround.OBJECTION_UPHELD, ExitGround.BASIS_ANNULLED, ExitGround.VOIDED})


@dataclass(frozen=True)
class Suspension:
    """`verification`: shown, sanctions rest. `late`: absent from answers, counts for nothing."""

    kind: str
    since: datetime
    until: datetime | None = None

    def covers(self, instant: datetime) -> bool:
        """True from `since` up to, not including, `until`."""
        return self.since <= instant and (self.until is None or instant < self.until)


@dataclass(frozen=True)
class Exit:
    """An ending other than by time: its ground, legal day and the instant from which it works."""

    ground: ExitGround
    on: date
    at: datetime


REPRESENTATIVE = "legal_representative"
# In what a person answers for an organisation (宿迁 art. 38): the only words for it anywhere.
ROLES = (
    REPRESENTATIVE,
    "principal",
    "directly_responsible",
    "senior_manager",
    "responsible_director",
    "shareholder",
    "registered_practitioner",
)


@dataclass(frozen=True)
class ResponsiblePerson:
    """A person answering for a listed organisation, by role, e.g. legal_representative."""

    subject_id: str
    name: str
    role: str


@dataclass(frozen=True)
class RepairTerms:
    """What the decision says about repair at listing time (DET-12)."""

    repairable: str
    ways: tuple[str, ...]
    earliest_on: date | None


class Course:
    """What time does to an entry: computed from its period, its exit and its suspensions."""

    list_kind: ListKind
    valid_from: date
    valid_to: date
    exit: Exit | None
    suspensions: tuple[Suspension, ...]

    def exit_at(self, instant: datetime) -> tuple[ExitGround, date] | None:
        """Ground and legal day of the ending that has happened at the instant, if any."""
        if self.exit is not None and self.exit.at <= instant:
            return self.exit.ground, self.exit.on
        if self.valid_to <= day_of(instant):
            return ExitGround.EXPIRED, self.valid_to
        return None

    def suspension_at(self, instant: datetime) -> Suspension | None:
        """The suspension that covers the instant; `late` wins, since it hides the listing."""
        if not self.suspensions:
            return None
        found = [one for one in self.suspensions if one.covers(instant)]
        return next((one for one in found if one.kind == "late"), found[0] if found else None)

    def status_at(self, instant: datetime) -> ListingStatus:
        """Pending, in force, suspended or ended at the instant."""
        if self.exit_at(instant) is not None:
            return ListingStatus.ENDED
        if day_of(instant) < self.valid_from:
            return ListingStatus.PENDING
        if self.suspension_at(instant) is not None:
            return ListingStatus.SUSPENDED
        return ListingStatus.IN_FORCE

    def is_in_force(self, instant: datetime) -> bool:
        """True if the listing has effect at the instant."""
        return self.status_at(instant) is ListingStatus.IN_FORCE

    def is_late(self, instant: datetime) -> bool:
        """True while the authority is late: absent from every answer."""
        found = self.suspension_at(instant)
        return found is not None and found.kind == "late"


@dataclass(frozen=True)
class Elsewhen(Course):
    """A listing whose period does not cover the day asked about: no answer shows it, and this is
    all that one can still depend on (the green channel asks about former entries)."""

    list_kind: ListKind
    valid_from: date
    valid_to: date
    exit: Exit | None = None
    suspensions: tuple[Suspension, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Entry(Course):
    """A listing as far as a check reads it; `valid_to` is the first day no longer in force.
    `joint_until` is the first day on which no sanction of another sector follows it any more, None
    if none ever does."""

    id: str
    sector: str
    list_kind: ListKind
    severity: Severity | None
    criterion: str
    criterion_version: str
    basis: tuple[Citation, ...]
    reason: str
    reason_zh: str
    agency_id: str
    valid_from: date
    valid_to: date
    exit: Exit | None = None
    suspensions: tuple[Suspension, ...] = ()
    joint_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Listing(Entry):
    """One listing, whole, as known at some point.

    `rule_text` is the criterion's wording at confirmation, so that it can be shown after the rule
    has changed (CRI-14); `media` are the designated media in which the entry is announced.
    `categories` are those of serious misconduct that it was decided under.
    """

    subject_id: str
    basis_code: int
    determination_id: str
    determined_on: date
    repair: RepairTerms
    public: bool
    responsible: tuple[ResponsiblePerson, ...] = ()
    follows: str | None = None
    term: Term | None = None
    decided_by: str = ""
    record_ids: tuple[str, ...] = ()
    rule_text: str = ""
    media: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def last_effect(self) -> datetime:
        """The first instant from which the listing can no longer have effect."""
        end = start_of(self.valid_to)
        return min(end, self.exit.at) if self.exit else end


def to_json(listing: Entry, instant: datetime, basis: Iterable[Citation]) -> dict[str, Any]:
    """What an answer shows of a listing."""
    suspension = listing.suspension_at(instant)
    return {
        "id": listing.id,
        "sector": listing.sector,
        "list_kind": str(listing.list_kind),
        "severity": listing.severity.to_json() if listing.severity else None,
        "criterion": listing.criterion,
        "criterion_version": listing.criterion_version,
        "status": str(listing.status_at(instant)),
        "suspension": _suspension(suspension),
        "reason": listing.reason,
        "reason_zh": listing.reason_zh,
        "authority": listing.agency_id,
        "basis": [citation.to_json() for citation in basis],
        "valid_from": listing.valid_from.isoformat(),
        "valid_to": listing.valid_to.isoformat(),
    }


def _suspension(suspension: Suspension | None) -> dict[str, str] | None:
    if suspension is None:
        return None
    return {"kind": suspension.kind, "since": day_of(suspension.since).isoformat()}
