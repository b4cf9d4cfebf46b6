"""Records: what providers report, checked against the record kinds of the rulebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.domain.errors import Duplicate, InvalidInput, NotFound, NotPermitted
from registry.domain.record import FieldErrors, Record, RecordKind, Value, prohibited_category
from registry.domain.severity import SCHEMES
from registry.services import access, personal, proposals
from registry.services.subjects import require_known
from registry.services.work import View, Work
from registry.store import records as store
from registry.store import subjects
from registry.store.transaction import new_id

GRADES = SCHEMES["suqian-draft-2018"]
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
    grade: str | None = None
    consent_id: str | None = None
    legal_basis: str | None = None
    market: bool = False


def add(work: Work, new: NewRecord) -> Record:
    """File a record. InvalidInput names each field that is wrong and the rule it breaks."""
    fresh = prepare(work, new, lambda: subject_of(work, new))
    require_new(work, fresh)
    file_all(work, [fresh])
    return fresh.record


def require_new(work: Work, fresh: store.Fresh) -> None:
    """Duplicate if the provider has filed the very same before, and it stands, be it in a later
    version: one document that is sent twice must not list anybody twice."""
    first = store.marked(work.change, [fresh.mark]).get(fresh.mark)
    if first is None:
        return
    filed = store.of_subject(work.change, fresh.record.subject_id)
    for one in filed:
        same = one.id == first or store.mark_of(work.change, one) == fresh.mark
        if same and one.annulled_on is None:
            raise Duplicate("This very record", one.id)


def file_all(work: Work, fresh: Sequence[store.Fresh]) -> None:
    """Store records that were prepared, and open the cases that the law makes a duty."""
    store.add_many(work.change, fresh)
    open_cases(work, [one.record for one in fresh])


def open_cases(work: Work, filed: Sequence[Record]) -> None:
    """Open the cases that the law makes a duty as soon as records are filed."""
    rules = work.rulebook.criteria()
    by_duty = {kind for rule in rules if rule.mandatory for kind in rule.record_kinds}
    for record in filed:
        if record.kind in by_duty:
            proposals.open_by_law(work, record)


def prepare(work: Work, new: NewRecord, subject: Callable[[], str]) -> store.Fresh:
    """A record read and checked, ready to be stored; `subject` finds the id of whom it is about,
    or raises InvalidInput."""
    access.require(work.actor, "file a record")
    kind = _kind(work, new)
    subject_id = subject()
    try:
        values = kind.read(new.fields)
    except FieldErrors as error:
        raise InvalidInput(
            {f"fields.{name}": said for name, said in error.errors.items()}
        ) from None
    _require_possible(work, kind, new, values)
    number = new.document_no or (
        str(values.get(kind.number_field, "")) if kind.number_field else ""
    )
    if not number:
        raise InvalidInput.field("document_no", "is required: which document says so?")
    record = Record(
        new_id(),
        subject_id,
        kind.code,
        new.decided_on,
        values,
        number,
        new.ended_on,
        work.actor.agency.id,
        grade=_grade(work, kind, new.grade),
        consent_id=new.consent_id,
        legal_basis=personal.require_basis(work, kind, new, subject_id),
        market=new.market,
    )
    mark = store.mark_of(work.change, record)
    return store.Fresh(record, kind.content, work.actor.agency.id, work.actor.id, mark)


def _require_possible(
    work: Work, kind: RecordKind, new: NewRecord, values: Mapping[str, Value]
) -> None:
    """What has happened lies not after today: decision, end of the act, what is marked `past`; and
    the dates and years lie in an order that can be."""
    dates: dict[str, Value | None] = {"decided_on": new.decided_on, "ended_on": new.ended_on}
    for name in kind.past_dates:
        dates[f"fields.{name}"] = values.get(name)
    wrong: dict[str, list[str]] = {}
    if new.decided_on <= work.today:  # by a day that is wrong itself nothing else is judged
        order = kind.out_of_order(values, new.decided_on)
        wrong.update((f"fields.{name}", said) for name, said in order.items())
    for name, day in dates.items():
        if isinstance(day, date) and day > work.today:
            wrong.setdefault(name, []).append("must not lie after today")
        if isinstance(day, int) and day > work.today.year:
            wrong.setdefault(name, []).append("must not lie after this year")
    if wrong:
        raise InvalidInput(wrong)


def _grade(work: Work, kind: RecordKind, given: str | None) -> str | None:
    """One of the three grades of misconduct; other words only as the profile's aliases (D-08)."""
    if given is None:
        return None
    if kind.content != "misconduct":
        raise InvalidInput.field("grade", "only misconduct is graded")
    alias = f"grade.alias.{given}"
    if alias in work.profile.parameters:
        given = str(work.profile.value(alias, work.today))
    if given not in GRADES:
        raise InvalidInput.field("grade", "must be one of " + ", ".join(GRADES))
    return given


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
    if not work.actor.agency.may_file(kind.filed_by):
        raise NotPermitted("file a record of this kind")
    if kind.penalty and new.procedure == "simplified":
        raise InvalidInput.field("procedure", NOT_A_PENALTY)
    if kind.penalty and new.slight:
        raise InvalidInput.field("slight", NOT_A_PENALTY)
    return kind


def subject_of(work: Work, new: NewRecord) -> str:
    """The id of whom a record is about; InvalidInput if it is nobody known."""
    if new.identifier is not None:
        return require_known(work, *new.identifier).id
    found = subjects.get(work.change, new.subject_id or "")
    if found is None:
        raise InvalidInput.field("subject_id", "is no subject of the registry")
    return found.id


def state_of(record: Record) -> str:
    """filed, returned to its provider, or annulled."""
    if record.annulled_on is None:
        return "filed"
    return "returned" if record.returned else "annulled"


def get(view: View, id: str) -> Record:
    """A record. One that rests on a person's consent others than its provider read only by naming
    the purpose (`corrections.use`)."""
    found = readable(view, id)
    assert view.actor is not None
    if found.consent_id is not None and found.provider != view.actor.agency.id:
        raise NotPermitted("read a record that rests on consent without naming the purpose")
    return found


def readable(view: View, id: str) -> Record:
    """A record: its provider sees its own; those who determine see what they may rest on."""
    assert view.actor is not None
    access.require(view.actor, "read a record")
    found = store.get_many(view.reading, [id])
    wider = access.may(view.actor, "read a determination") or access.may(
        view.actor, "read the journal"
    )
    own = bool(found) and found[0].provider == view.actor.agency.id
    concerns = bool(found) and view.actor.agency.covers(found[0].kind.split(".")[0])
    if not found or not (own or (wider and concerns)):
        raise NotFound("record")
    return found[0]


def classes_of(view: View, record: Record) -> tuple[str, str | None]:
    """(organisation or person, content) of a record; the content is that of its kind, None where
    no enabled sector has it any more."""
    subject = subjects.get(view.reading, record.subject_id)
    person = subject is not None and subject.kind.is_person
    kind = view.rulebook.record_kind(record.kind)
    return "person" if person else "organisation", kind.content if kind is not None else None
