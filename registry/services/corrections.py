"""What happens to a record after it was filed: the centre returns it with reasons, its provider
sends it again or corrects it. Every version stays, with who wrote it (宿迁 art. 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from registry.domain.errors import IllegalTransition, InvalidInput, NotFound, PurposeNotAgreed
from registry.domain.record import Record
from registry.services import access, consents, records
from registry.services.records import NewRecord
from registry.services.work import View, Work
from registry.store import archives
from registry.store import records as store


@dataclass(frozen=True)
class Version:
    """A record as it was from an instant on, and who wrote it so."""

    record: Record
    submitted_by: str
    at: datetime


def give_back(work: Work, id: str, reasons: Sequence[str]) -> Record:
    """Return a record to its provider: until it is sent again nothing rests on it."""
    access.require(work.actor, "return a record")
    found = _stored(work.view(), id)
    if found.annulled_on is not None:
        raise IllegalTransition(records.state_of(found), "return the record")
    _require_free(work, found)
    returned = replace(found, returned=tuple(reasons), annulled_on=work.today)
    store.save(work.change, returned, None)
    facts = {"record_id": id, "subject_id": found.subject_id}
    work.change.record("record.returned", facts, found.subject_id)
    return returned


def send_again(work: Work, id: str, new: NewRecord) -> Record:
    """Write a record's next version: a returned one is filed with it. Only who provided it may, and
    only while no case rests on it."""
    access.require(work.actor, "file a record")
    before = _stored(work.view(), id)
    if before.provider != work.actor.agency.id:
        raise NotFound("record")
    if before.annulled_on is not None and not before.returned:
        raise IllegalTransition("annulled", "correct the record")
    _require_free(work, before)
    fresh = records.prepare(work, new, lambda: records.subject_of(work, new))
    if fresh.record.subject_id != before.subject_id or fresh.record.kind != before.kind:
        raise InvalidInput.field("kind", "a record keeps its subject and kind: file another")
    record = replace(fresh.record, id=id)
    store.save(work.change, record, work.actor.id)
    facts = {"record_id": id, "subject_id": record.subject_id, "kind": record.kind}
    work.change.record("record.corrected", facts, record.subject_id)
    records.open_cases(work, [record])
    return record


def versions(view: View, id: str) -> list[Version]:
    """Every version of a record, the first one first, for who may read the record."""
    records.get(view, id)
    return [
        Version(record, by, archives.written_at(view.reading, seq) or view.now)
        for record, by, seq in store.versions(view.reading, id)
    ]


def use(work: Work, id: str, purpose: str, case_no: str) -> Record:
    """Read a record for a purpose. One that rests on a person's consent serves only the purposes
    that were agreed, while the consent stands; any other use is refused, and that is logged."""
    found = records.readable(work.view(), id)
    if found.consent_id is not None:
        consent = consents.get(work.view(), found.consent_id)
        if purpose not in consent.purposes or not consent.holds(work.today):
            facts = {"record_id": id, "purpose": purpose, "case_no": case_no}
            raise PurposeNotAgreed(purpose, "record.refused", facts, found.subject_id)
        facts = {"record_id": id, "purpose": purpose, "case_no": case_no}
        work.change.record("record.used", facts, found.subject_id)
    return found


def _stored(view: View, id: str) -> Record:
    found = store.get_many(view.reading, [id])
    if not found:
        raise NotFound("record")
    return found[0]


def _require_free(work: Work, record: Record) -> None:
    if store.rested_on(work.change, record.id):
        raise IllegalTransition("part of a case", "change the record")
