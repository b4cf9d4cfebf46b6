"""Confirming a case: the second person, every step done, and what then stands in the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry.domain import confirmation
from registry.domain.confirmation import Confirmed, Decision, Setting
from registry.domain.determination import Determination, State, missing_steps, moved
from registry.domain.errors import InvalidInput, NotFound, StepMissing, TwoPersonRule
from registry.domain.legal import Citation
from registry.domain.listing import (
    REPRESENTATIVE,
    Listing,
    ListKind,
    RepairTerms,
    ResponsiblePerson,
)
from registry.domain.subject import Subject
from registry.domain.validity import Term
from registry.services import access, determinations, links, proposals
from registry.services.subjects import NewPerson, person
from registry.services.work import Work
from registry.store import announcements, deadlines, listings
from registry.store import determinations as store
from registry.store import records as record_store
from registry.store import subjects as subject_store
from registry.store.transaction import new_id


@dataclass(frozen=True)
class Answerable:
    """A person named as answering for the listed organisation, with the role."""

    person: NewPerson
    role: str


@dataclass(frozen=True)
class Confirmation:
    """What the reviewer sets; None means what the rule and the profile give."""

    valid_from: date | None = None
    term: Term | None = None
    repair: RepairTerms | None = None
    watch_term: Term | None = None
    responsible: Sequence[Answerable] | None = None


def confirm(work: Work, id: str, decided: Confirmation) -> tuple[Determination, Listing]:
    """Put a case in force; StepMissing names what was left out, TwoPersonRule refuses the
    proposer. Listing, watch listing, ended red listings and announcements are one change."""
    access.require(work.actor, "confirm a determination")
    case = store.get(work.change, id)
    if case is None or case.agency_id != work.actor.agency.id:
        raise NotFound("determination")
    state = moved(case.state, "confirm")
    if case.proposed_by == work.actor.id:
        raise TwoPersonRule
    view = work.view()
    demanded = determinations.needed(view, case)
    missing = missing_steps(case, demanded, work.today)
    if missing:
        raise StepMissing(missing)
    determinations.screen(work, case)
    subject = subject_store.get(work.change, case.subject_id)
    assert subject is not None
    setting = _setting(work, case, subject)
    decision = Decision(
        decided.valid_from,
        decided.term,
        decided.repair,
        decided.watch_term,
        _responsible(work, subject, decided.responsible),
    )
    reds = [
        one
        for one in listings.of_subject(work.change, case.subject_id)
        if one.list_kind is ListKind.RED
    ]
    made = confirmation.confirm(case, setting, decision, reds, (new_id(), new_id()))
    _write(work, made)
    done = replace(case, state=state, confirmed_by=work.actor.id, listing_id=made.listing.id)
    return _closed(work, done), made.listing


def _closed(work: Work, done: Determination) -> Determination:
    for kind in ("defence", "publicity"):
        deadlines.close(work.change, "met", done.id, kind)
    store.save(work.change, done)
    facts = {
        "determination_id": done.id,
        "listing_id": done.listing_id,
        "state": str(State.CONFIRMED),
    }
    work.change.record("determination.confirmed", facts, done.subject_id)
    return done


def _setting(work: Work, case: Determination, subject: Subject) -> Setting:
    rule = determinations.rule_of(work.view(), case)
    records = record_store.get_many(work.change, case.record_ids)
    if any(record.annulled_on for record in records):
        raise InvalidInput.field("record_ids", "a record was annulled: nothing may rest on it")
    basis: tuple[Citation, ...] = tuple(citation.accepted() for citation in rule.basis)
    return Setting(
        rule,
        tuple(records),
        subject.kind,
        work.profile,
        basis,
        work.now,
        work.actor.id,
        proposals.categories_of(work, rule, records),
    )


def _responsible(
    work: Work, subject: Subject, named: Sequence[Answerable] | None
) -> tuple[ResponsiblePerson, ...]:
    if subject.kind.is_person:
        if named:
            raise InvalidInput.field("responsible_persons", "nobody answers for a person")
        return ()
    if named is None:
        heads = links.on_day(work.view(), subject.id, work.today)
        return tuple(
            ResponsiblePerson(one.person.id, "", REPRESENTATIVE)
            for one in heads
            if one.role == REPRESENTATIVE
        )
    found = []
    for index, one in enumerate(named):
        field = f"responsible_persons.{index}.identifier"
        found.append(ResponsiblePerson(person(work, one.person, field), one.person.name, one.role))
    return tuple(found)


def _write(work: Work, made: Confirmed) -> None:
    for listing in (made.listing, made.watch):
        if listing is None:
            continue
        listings.save(work.change, listing)
        put_up(work, listing)
    listings.link_persons(work.change, made.listing)
    for red in made.ended:
        assert red.exit is not None
        listings.save(work.change, red)
        deadlines.close(work.change, "met", red.id, "expiry")
        # it may have been ended today, or be about to end on a later day
        announcements.move(work.change, "exited", red, red.exit.on)
        work.change.record(
            "listing.exited", _facts(red, str(red.exit.ground), red.exit.on), red.subject_id
        )


def put_up(work: Work, listing: Listing) -> None:
    """Announce a listing from its first day, watch its last one, and journal it."""
    announcements.add(work.change, "listed", listing, listing.valid_from)
    deadlines.open_new(
        work.change,
        "expiry",
        "listing",
        listing.id,
        listing.agency_id,
        listing.valid_to,
        listing.valid_to,
    )
    facts = {
        "listing_id": listing.id,
        "subject_id": listing.subject_id,
        "list_kind": str(listing.list_kind),
        "sector": listing.sector,
        "valid_from": listing.valid_from.isoformat(),
        "valid_to": listing.valid_to.isoformat(),
    }
    work.change.record("listing.listed", facts, listing.subject_id)


def _facts(listing: Listing, ground: str, on: date) -> dict[str, str]:
    return {
        "listing_id": listing.id,
        "subject_id": listing.subject_id,
        "list_kind": str(listing.list_kind),
        "sector": listing.sector,
        "ground": ground,
        "on": on.isoformat(),
    }
