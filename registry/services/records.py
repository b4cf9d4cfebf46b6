"""Records: what providers report, checked against the record kinds of the rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from registry.domain.errors import InvalidInput, NotFound, NotPermitted
from registry.domain.record import FieldErrors, Record, RecordKind, prohibited_category
from registry.services import access
from registry.services.identifiers import parse
from registry.services.work import View, Work
from registry.store import records as store
from registry.store import subjects

# 宿迁 art. 12 (7): what may not be filed as a penalty
NOT_A_PENALTY = "is not collected: simplified procedure, or slight or remedied (art. 12)"


@dataclass(frozen=True)
class NewRecord:
    """A fact as reported; the subject by id or by identifier."""

    kind: str
    fields: Mapping[str, Any]
    decided_on: date
    subject_id: str | None = None
    identifier: tuple[str, str] | None = None
    document_no: str | None = None
    ended_on: date | None = None
    procedure: str = "ordinary"
    slight: bool = False


def add(work: Work, new: NewRecord) -> Record:
    """File a record. InvalidInput names each field that is wrong and the rule it breaks."""
    access.require(work.actor, "file a record")
    kind = _kind(work, new)
    subject_id = _subject(work, new)
    try:
        values = kind.read(new.fields)
    except FieldErrors as error:
        raise InvalidInput(
            {f"fields.{name}": said for name, said in error.errors.items()}
        ) from None
    for field, day in (("decided_on", new.decided_on), ("ended_on", new.ended_on)):
        if day is not None and day > work.today:
            raise InvalidInput.field(field, "must not lie after today")
    number = new.document_no or (
        str(values.get(kind.number_field, "")) if kind.number_field else ""
    )
    if not number:
        raise InvalidInput.field("document_no", "is required: which document says so?")
    record = Record(
        "",
        subject_id,
        kind.code,
        new.decided_on,
        values,
        number,
        new.ended_on,
        work.actor.agency.id,
    )
    id = store.add(work.change, record, kind.content, work.actor.agency.id, work.actor.id)
    facts = {"record_id": id, "subject_id": subject_id, "kind": kind.code}
    work.change.record("record.added", facts, subject_id)
    return replace(record, id=id)


def _kind(work: Work, new: NewRecord) -> RecordKind:
    for name in new.fields:
        category = prohibited_category(name)
        if category is not None:
            raise InvalidInput.field(f"fields.{name}", f"is never collected: {category}")
    kind = work.rulebook.record_kind(new.kind)
    if kind is None:
        raise InvalidInput.field("kind", "is no record kind of an enabled sector")
    if not work.actor.agency.covers(new.kind.split(".")[0]):
        raise NotPermitted("file a record of this sector")
    if kind.penalty and new.procedure == "simplified":
        raise InvalidInput.field("procedure", NOT_A_PENALTY)
    if kind.penalty and new.slight:
        raise InvalidInput.field("slight", NOT_A_PENALTY)
    return kind


def _subject(work: Work, new: NewRecord) -> str:
    if new.identifier is not None:
        identifier = parse(work.schemes, *new.identifier, work.today, "subject.identifier")
        found = subjects.find(work.change, identifier)
        if found is None:
            raise InvalidInput.field("subject.identifier", "is not known: add the subject first")
        return found.id
    found = subjects.get(work.change, new.subject_id or "")
    if found is None:
        raise InvalidInput.field("subject_id", "is no subject of the registry")
    return found.id


def get(view: View, id: str) -> Record:
    """A record: its provider sees its own; those who determine see what they may rest on."""
    assert view.actor is not None
    access.require(view.actor, "read a record")
    found = store.get_many(view.reading, [id])
    wider = access.may(view.actor, "read a determination") or access.may(
        view.actor, "read the journal"
    )
    if not found or not (wider or found[0].provider == view.actor.agency.id):
        raise NotFound("record")
    return found[0]
