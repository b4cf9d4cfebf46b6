"""Consents of natural persons (宿迁 art. 15): what may be held of them only with one, and for which
purposes it may then be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.domain.check import PURPOSES
from registry.domain.errors import IllegalTransition, InvalidInput, NotFound
from registry.services import access, subjects
from registry.services.work import View, Work
from registry.store import archives, tables


@dataclass(frozen=True)
class Consent:
    """A consent as given: for which purposes, in writing or not, and whether the possible adverse
    consequences had been explained."""

    id: str
    subject_id: str
    agency_id: str
    purposes: tuple[str, ...]
    written: bool
    consequences_explained: bool
    given_on: date
    withdrawn_on: date | None
    document_no: str

    def holds(self, on: date) -> bool:
        """True while it is given and not withdrawn."""
        return self.given_on <= on and (self.withdrawn_on is None or on < self.withdrawn_on)


@dataclass(frozen=True)
class NewConsent:
    """A consent to be entered."""

    purposes: Sequence[str]
    written: bool
    consequences_explained: bool
    given_on: date
    document_no: str


def add(work: Work, subject_id: str, new: NewConsent) -> Consent:
    """Enter a person's consent, given to the provider that enters it."""
    access.require(work.actor, "enter a consent")
    if not subjects.get(work.view(), subject_id).kind.is_person:
        raise InvalidInput.field("subject_id", "is no person: only persons consent")
    if new.given_on > work.today:
        raise InvalidInput.field("given_on", "must not lie after today")
    if not new.purposes or any(one not in PURPOSES for one in new.purposes):
        raise InvalidInput.field("purposes", "must be among " + ", ".join(PURPOSES))
    purposes = sorted(set(new.purposes))
    id = archives.add_sealed(
        work.change,
        tables.consents,
        {"document_no": new.document_no},
        subject_id=subject_id,
        agency_id=work.actor.agency.id,
        purposes=purposes,
        written=new.written,
        consequences_explained=new.consequences_explained,
        given_on=new.given_on,
        withdrawn_on=None,
    )
    facts = {"subject_id": subject_id, "consent_id": id, "purposes": purposes}
    work.change.record("consent.given", facts, subject_id)
    return get(work.view(), id)


def withdraw(work: Work, id: str) -> Consent:
    """Note that a consent was withdrawn: from today on nothing new rests on it, and nothing that
    did is used."""
    access.require(work.actor, "enter a consent")
    found = get(work.view(), id)
    if found.agency_id != work.actor.agency.id:
        raise NotFound("consent")
    if found.withdrawn_on is not None:
        raise IllegalTransition("withdrawn", "withdraw the consent")
    archives.change_to(work.change, tables.consents, id, withdrawn_on=work.today)
    facts = {"subject_id": found.subject_id, "consent_id": id}
    work.change.record("consent.withdrawn", facts, found.subject_id)
    return get(work.view(), id)


def get(view: View, id: str) -> Consent:
    """A consent as known; NotFound if there is none."""
    found = archives.get(view.reading, tables.consents, id)
    if found is None:
        raise NotFound("consent")
    return Consent(
        id,
        found["subject_id"],
        found["agency_id"],
        tuple(found["purposes"]),
        found["written"],
        found["consequences_explained"],
        found["given_on"],
        found["withdrawn_on"],
        found.get("document_no", ""),
    )


def required(work: Work, id: str | None, subject_id: str, field: str) -> Consent | None:
    """The consent that a record names; InvalidInput unless it is this person's, given to this
    provider, and still stands."""
    if id is None:
        return None
    found = archives.get(work.change, tables.consents, id)
    own = {"subject_id": subject_id, "agency_id": work.actor.agency.id}
    if found is None or any(found[name] != value for name, value in own.items()):
        raise InvalidInput.field(field, "is no consent of this person to you")
    consent = get(work.view(), id)
    if not consent.holds(work.today):
        raise InvalidInput.field(field, "was withdrawn")
    return consent
