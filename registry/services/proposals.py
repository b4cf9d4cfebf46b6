"""Proposals: what opens a determination, by hand or by law, and what keeps it shut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from registry.domain.actor import ASSOCIATION
from registry.domain.criterion import CriterionVersion, decided_last
from registry.domain.determination import (
    Determination,
    State,
)
from registry.domain.errors import (
    CriterionNotInForce,
    CriterionNotMet,
    Duplicate,
    InvalidInput,
    NotPermitted,
)
from registry.domain.finding import Finding
from registry.domain.record import Record
from registry.domain.subject import Subject
from registry.rulebook.categories import categories
from registry.services import access, subjects
from registry.services.determinations import saved
from registry.services.judging import judge
from registry.services.work import Work
from registry.store import determinations as store
from registry.store import records as record_store
from registry.store import subjects as subject_store
from registry.store.transaction import new_id


def propose(
    work: Work, criterion: str, subject_id: str, record_ids: Sequence[str]
) -> Determination:
    """Open a case: the records must meet the version in force on their latest decision date."""
    access.require(work.actor, "propose a determination")
    if work.actor.agency.level == ASSOCIATION:
        raise NotPermitted("determine: only state organs at county level or above do (DET-01)")
    subject, records = _subject(work, subject_id), _records(work, subject_id, record_ids)
    rule = _version(work, criterion, decided_last(records))
    if not work.actor.agency.covers(rule.sector):
        raise NotPermitted("determine in this sector")
    if not rule.covers(subject.kind):
        raise InvalidInput.field("subject_id", f"{criterion} does not list a {subject.kind}")
    subjects.require_listable(work, subject)
    categories_of(work, rule, records)
    finding = judge(rule, records, work.ask)
    if not finding.met:
        raise CriterionNotMet(criterion, finding.reasons)
    if set(finding.record_ids) != set(record_ids):
        # its date would choose the version and its end start the term
        raise InvalidInput.field(
            "record_ids", "a record does not serve the criterion: leave it out"
        )
    _require_no_case(work, criterion, record_ids)
    return _open(work, rule, subject_id, finding, record_ids)


def open_by_law(work: Work, record: Record) -> list[Determination]:
    """Open the cases that the law makes a duty as soon as the record is filed (应当列入): those of
    the mandatory criteria that this record alone meets, in the name of the agency that filed it.
    From there they are cases like any other; to drop one takes a written reason."""
    subject = subject_store.get(work.change, record.subject_id)
    assert subject is not None
    opened = []
    for rule in work.rulebook.criteria(on=record.decided_on):
        fits = rule.mandatory and record.kind in rule.record_kinds and rule.covers(subject.kind)
        if not fits or not work.actor.agency.covers(rule.sector):
            continue
        finding = rule.evaluate([record])
        if finding.met and _may_be_listed(work, subject, rule, record):
            opened.append(_open(work, rule, subject.id, finding, [record.id]))
    return opened


def _may_be_listed(work: Work, subject: Subject, rule: CriterionVersion, record: Record) -> bool:
    """False where the law keeps the subject off every list: the record stands all the same."""
    try:
        subjects.require_listable(work, subject)
        categories_of(work, rule, [record])
    except InvalidInput:
        return False
    return True


def categories_of(work: Work, rule: CriterionVersion, records: Sequence[Record]) -> tuple[str, ...]:
    """The categories of serious misconduct under which the jurisdiction may list by this rule, on
    these records (D-15); InvalidInput if its set names none of them."""
    own = rule.categories_of(records)
    if rule.categories_field is not None and not own:
        raise InvalidInput.field(
            "record_ids", f"no record names a category of misconduct ({rule.categories_field})"
        )
    if not own or "category_set" not in work.profile.parameters:
        return own
    chosen = str(work.profile.value("category_set", work.today))
    known = categories().sets.get(chosen)
    named = known.categories if known is not None else ()
    found = tuple(code for code in own if code in named)
    if not found:
        raise InvalidInput.field(
            "criterion", f"is of no category that the set {chosen} of the profile names"
        )
    return found


def _open(
    work: Work,
    rule: CriterionVersion,
    subject_id: str,
    finding: Finding,
    record_ids: Sequence[str],
) -> Determination:
    case = Determination(
        id=new_id(),
        subject_id=subject_id,
        criterion=rule.code,
        criterion_version=rule.version,
        sector=rule.sector,
        list_kind=rule.list_kind,
        record_ids=tuple(record_ids),
        agency_id=work.actor.agency.id,
        proposed_by=work.actor.id,
        proposed_on=work.today,
        state=State.PROPOSED,
        reasons=finding.reasons,
    )
    store.link_records(work.change, case)
    return saved(work, case, "determination.proposed")


def _require_no_case(work: Work, criterion: str, record_ids: Sequence[str]) -> None:
    """Duplicate if a record carries an open or confirmed case of the criterion; its id is named to
    the agency whose it is."""
    open_case = record_store.in_case(work.change, criterion, record_ids)
    if open_case is not None:
        known = store.get(work.change, open_case)
        own = known is not None and known.agency_id == work.actor.agency.id
        raise Duplicate(
            "A case of this criterion on one of these records", open_case if own else None
        )


def _records(work: Work, subject_id: str, record_ids: Sequence[str]) -> list[Record]:
    if len(set(record_ids)) != len(record_ids):
        raise InvalidInput.field("record_ids", "a record stands twice")
    found = record_store.get_many(work.change, record_ids)
    if len(found) != len(record_ids) or any(one.subject_id != subject_id for one in found):
        raise InvalidInput.field("record_ids", "all must be records of this subject")
    if any(one.annulled_on for one in found):
        raise InvalidInput.field("record_ids", "a record was annulled: nothing may rest on it")
    if any(one.consent_id for one in found):
        raise InvalidInput.field("record_ids", "a record rests on consent for other purposes")
    return found


def _subject(work: Work, id: str) -> Subject:
    found = subject_store.get(work.change, id)
    if found is None:
        raise InvalidInput.field("subject_id", "is no subject of the registry")
    return found


def _version(work: Work, criterion: str, on: date) -> CriterionVersion:
    if not work.rulebook.criterion_versions(criterion):
        raise InvalidInput.field("criterion", "is no criterion of an enabled sector")
    found = work.rulebook.criterion(criterion, on)
    if found is None:
        raise CriterionNotInForce(criterion, on)
    return found
