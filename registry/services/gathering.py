"""What a check may know: whom it is about, and all facts that the decision may use, read at one
place of the main chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.domain.actor import Actor
from registry.domain.check import CheckRequest, Facts, Incomplete, Reached
from registry.domain.measure import Edition
from registry.domain.profile import Profile
from registry.domain.rating import Rating
from registry.domain.subject import Subject
from registry.domain.validity import Term, day_of
from registry.services.context import Context
from registry.store import check_facts, listings, records, subjects
from registry.store.transaction import Reading

CLOCK_BEHIND = Incomplete(
    "clock", "The server's clock lies behind the journal: time is not certain."
)
BY_NAME = Incomplete(
    "identity", "By name only: an identity cannot be established. Send an identifier."
)


@dataclass(frozen=True)
class Sought:
    """Whom the check is about, in the form that is logged: a blind index, never the number."""

    blind: str
    name: str
    incomplete: tuple[Incomplete, ...] = ()

    def stored(self) -> dict[str, Any]:
        """For the log."""
        lacks = [[one.what, one.reason, one.sector] for one in self.incomplete]
        return {"blind": self.blind, "name": self.name, "incomplete": lacks}

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Sought:
        """From the log."""
        lacks = tuple(Incomplete(*one) for one in raw["incomplete"])
        return cls(raw["blind"], raw["name"], lacks)


def gather(
    reading: Reading, rules: Context, actor: Actor, request: CheckRequest, sought: Sought
) -> Facts:
    """All that the decision may use, read at one place of the main chain."""
    day = day_of(request.as_of)
    subject = check_facts.subject_of(reading, sought.blind) if sought.blind else None
    found, elsewhen = check_facts.listings_of(reading, subject.id, day) if subject else ((), ())
    reached: tuple[Reached, ...] = ()
    if subject is not None and subject.kind.is_person:
        reached = _reached(reading, subject.id)
    profile = rules.rulebook.profiles.get(actor.agency.profile)
    lacks = sought.incomplete
    if profile is None:
        lacks = (
            *lacks,
            Incomplete("profile", f"The profile {actor.agency.profile} is not enabled."),
        )
    named = len(subjects.named(reading, sought.name)) if sought.name else 0
    if sought.name:
        lacks = (*lacks, BY_NAME)
    return Facts(
        subject=subject,
        matched_by="name" if sought.name else "identifier",
        listings=found,
        reached=reached,
        editions=rules.editions_on(day),
        proposed=rules.unpublished(request.matter, day),
        enabled=rules.enabled,
        agency_code=actor.agency.code,
        agencies=rules.agency_names,
        profile=profile,
        rulebook_digest=rules.rulebook.digest,
        candidates=named,
        last_misconduct_on=_last_misconduct(reading, subject, profile, day),
        incomplete=lacks,
        subject_name=sought.name or None,
        elsewhen=elsewhen,
        ratings=_rated(reading, subject, rules.editions_on(day), request.matter),
    )


def _rated(
    reading: Reading, subject: Subject | None, editions: Mapping[str, Edition], matter: str
) -> tuple[Rating, ...] | None:
    """Read only where one can matter: this is the path that everybody waits for."""
    if subject is None or not any(matter in one.rated for one in editions.values()):
        return None
    return check_facts.ratings_of(reading, subject.id)


def _last_misconduct(
    reading: Reading, subject: Subject | None, profile: Profile | None, day: date
) -> date | None:
    """Looked up only where it can matter: for a subject known as long as the green channel asks."""
    if subject is None or profile is None:
        return None
    clean = Term(years=int(profile.value("green.clean_years", day)))
    if clean.after(day_of(subject.known_since)) > day:
        return None
    return records.last_misconduct(reading, subject.id, day)


def _reached(reading: Reading, person_id: str) -> tuple[Reached, ...]:
    found = []
    for listing, role in listings.reaching(reading, person_id):
        organisation = subjects.get(reading, listing.subject_id)
        if organisation is not None:
            found.append(Reached(listing, organisation, role))
    return tuple(found)
