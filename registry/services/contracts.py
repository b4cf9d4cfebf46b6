"""Pledges and contracts (承诺与契约, 宿迁 art. 24): a department binds a comprehensive market
subject (综合类市场主体), which manages single subjects by contract on its behalf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.domain.errors import Duplicate, InvalidInput, NotFound
from registry.services import access, subjects
from registry.services.work import View, Work
from registry.store import archives, tables
from registry.store import records as record_store

BREACH = "12(4)"  # item of the catalogue: breach of a pledge and contract


@dataclass(frozen=True)
class Contract:
    """Who manages whom for which department, since and until when, and the records of breaches.
    The pledge of the comprehensive subject itself has it on both sides."""

    id: str
    agency_id: str
    manager_id: str
    subject_id: str
    valid_from: date
    valid_to: date | None
    document_no: str
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewContract:
    """A contract to be entered; without `subject_id` it is the manager's own pledge."""

    manager_id: str
    valid_from: date
    document_no: str
    subject_id: str | None = None
    valid_to: date | None = None


def add(work: Work, new: NewContract) -> Contract:
    """Enter a contract for the department of the actor. A single subject is bound only through a
    manager that has pledged itself to the same department."""
    access.require(work.actor, "enter a contract")
    view = work.view()
    subject_id = new.subject_id or new.manager_id
    for id in (new.manager_id, subject_id):
        if subjects.get(view, id).kind.is_person:
            raise InvalidInput.field("subject_id", "is a person: market subjects are bound")
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise InvalidInput.field("valid_to", "must lie after valid_from")
    if subject_id != new.manager_id and not _has_pledged(work, new):
        raise InvalidInput.field("manager_id", "has no pledge to this department then")
    id = archives.add_sealed(
        work.change,
        tables.contracts,
        {"document_no": new.document_no},
        subject_id=subject_id,
        manager_id=new.manager_id,
        agency_id=work.actor.agency.id,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
    )
    facts = {"contract_id": id, "subject_id": subject_id, "manager_id": new.manager_id}
    work.change.record("contract.entered", facts, subject_id)
    return _get(view, id)


def _has_pledged(work: Work, new: NewContract) -> bool:
    pledges = archives.of(
        work.change, tables.contracts, subject_id=new.manager_id, manager_id=new.manager_id
    )
    return any(
        one["agency_id"] == work.actor.agency.id
        and one["valid_from"] <= new.valid_from
        and (one["valid_to"] is None or new.valid_from < one["valid_to"])
        for one in pledges
    )


def breach(work: Work, id: str, record_id: str) -> Contract:
    """Note that a record of misconduct is a breach of the contract: one under item 12(4)."""
    access.require(work.actor, "enter a contract")
    view = work.view()
    contract = _get(view, id)
    if contract.agency_id != work.actor.agency.id:
        raise NotFound("contract")
    found = record_store.get_many(work.change, [record_id])
    if not found or found[0].subject_id != contract.subject_id:
        raise InvalidInput.field("record_id", "is no record of the subject that is bound")
    kind = work.rulebook.record_kind(found[0].kind)
    if kind is None or kind.catalogue_item != BREACH:
        raise InvalidInput.field("record_id", f"is no breach under item {BREACH} of the catalogue")
    if found[0].annulled_on is not None:
        raise InvalidInput.field("record_id", "was returned or annulled")
    if record_id in contract.breaches:
        raise Duplicate("This breach", id)
    archives.add(work.change, tables.contract_breaches, contract_id=id, record_id=record_id)
    facts = {"contract_id": id, "record_id": record_id}
    work.change.record("contract.breached", facts, contract.subject_id)
    return _get(view, id)


def of_subject(view: View, subject_id: str) -> list[Contract]:
    """The contracts in which a subject is bound or manages."""
    subjects.get(view, subject_id)
    bound = archives.of(view.reading, tables.contracts, subject_id=subject_id)
    managed = archives.of(view.reading, tables.contracts, manager_id=subject_id)
    ids = dict.fromkeys(row["id"] for row in (*bound, *managed))
    return [_get(view, id) for id in ids]


def _get(view: View, id: str) -> Contract:
    found = archives.get(view.reading, tables.contracts, id)
    if found is None:
        raise NotFound("contract")
    breaches = archives.of(view.reading, tables.contract_breaches, contract_id=id)
    return Contract(
        id,
        found["agency_id"],
        found["manager_id"],
        found["subject_id"],
        found["valid_from"],
        found["valid_to"],
        found.get("document_no", ""),
        tuple(one["record_id"] for one in breaches),
    )
