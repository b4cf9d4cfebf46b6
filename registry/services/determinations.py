"""Determinations: from proposal to listing, step by step, and why not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from registry.domain.actor import ASSOCIATION
from registry.domain.confirmation import screened_out
from registry.domain.criterion import CriterionVersion, decided_last
from registry.domain.determination import (
    Demands,
    Determination,
    Missing,
    State,
    Submission,
    defence_period,
    demands,
    missing_steps,
    moved,
    publicity_period,
)
from registry.domain.errors import (
    CriterionNotInForce,
    CriterionNotMet,
    Duplicate,
    InvalidInput,
    NotFound,
    NotPermitted,
    ScreenedOut,
    StepMissing,
)
from registry.domain.finding import Finding, Reason
from registry.domain.listing import ListKind
from registry.domain.record import Record
from registry.domain.subject import Subject
from registry.rulebook.categories import categories
from registry.services import access, subjects
from registry.services.judging import judge
from registry.services.work import View, Work
from registry.store import access as acceptances
from registry.store import announcements, deadlines, listings
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
    return _saved(work, case, "determination.proposed")


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


def notice(work: Work, id: str, served_on: date, ends_on: date | None = None) -> Determination:
    """Enter that the notice was served (on a watch case: the warning, with its end date)."""
    access.require(work.actor, "serve a notice")
    case = _own(work, id)
    state = moved(case.state, "notice")
    rule = rule_of(work.view(), case)
    records = record_store.get_many(work.change, case.record_ids)
    if served_on > work.today:
        raise InvalidInput.field("served_on", "must not lie after today")
    if served_on < decided_last(records):
        raise InvalidInput.field("served_on", "must not lie before the record's decision date")
    _require_end(work, case, ends_on)
    due = defence_period(rule, work.profile, work.calendar, served_on)
    deadlines.open_new(
        work.change,
        "defence",
        "determination",
        case.id,
        case.agency_id,
        due.due_on,
        due.earliest_on,
        due.provisional,
    )
    moved_case = replace(case, state=state, served_on=served_on, ends_on=ends_on, defence=due)
    return _saved(work, moved_case, "determination.noticed")


def _require_end(work: Work, case: Determination, ends_on: date | None) -> None:
    if case.list_kind is ListKind.WATCH:
        if ends_on is None:
            raise InvalidInput.field("ends_on", "a warning names the day on which it ends")
        if ends_on <= work.today:
            raise InvalidInput.field("ends_on", "must lie after today")
    elif ends_on is not None:
        raise InvalidInput.field("ends_on", "only the warning of a watch case has one")


def submit(
    work: Work, id: str, statement: str, received_on: date
) -> tuple[Determination, Submission]:
    """Enter what the subject said; it must be answered before confirmation."""
    access.require(work.actor, "enter a submission")
    case = _own(work, id)
    state = moved(case.state, "submit")
    if received_on > work.today:
        raise InvalidInput.field("received_on", "must not lie after today")
    said = Submission(new_id(), statement, received_on)
    case = replace(case, state=state, submissions=(*case.submissions, said))
    return _saved(work, case, "submission.received"), said


def answer(work: Work, id: str, submission_id: str, outcome: str, reason: str) -> Determination:
    """Answer a submission once, with reasons."""
    access.require(work.actor, "answer a submission")
    case = _own(work, id)
    moved(case.state, "submit")
    said = next((one for one in case.submissions if one.id == submission_id), None)
    if said is None:
        raise NotFound("submission")
    if said.outcome is not None:
        raise Duplicate("An answer to this submission")
    answered = replace(said, outcome=outcome, reason=reason)
    rest = tuple(answered if one is said else one for one in case.submissions)
    return _saved(work, replace(case, submissions=rest), "submission.answered")


def publicise(work: Work, id: str) -> Determination:
    """Show the preliminary list; a red candidate is screened first."""
    access.require(work.actor, "publicise a determination")
    case = _own(work, id)
    state = moved(case.state, "publicise")
    demanded = needed(work.view(), case)
    if demanded.publicity is None:
        raise InvalidInput.field("id", "nothing demands publicity of this case")
    for action, basis in (("notice", demanded.notice), ("warning", demanded.warning)):
        if basis is not None and case.served_on is None:
            raise StepMissing([Missing(action, basis)])  # the graph has no way back to it
    screen(work, case)
    due = publicity_period(case.list_kind, work.profile, work.calendar, work.today)
    deadlines.open_new(
        work.change,
        "publicity",
        "determination",
        case.id,
        case.agency_id,
        due.due_on,
        due.earliest_on,
        due.provisional,
    )
    kind = _subject(work, case.subject_id).kind
    row = {
        "id": new_id(),
        "kind": "publicity",
        "target_id": case.id,
        "subject_id": case.subject_id,
        "sector": case.sector,
        "list_kind": str(case.list_kind),
        "on_day": work.today,
        "public": not kind.is_person,
        "withdrawn": False,
    }
    announcements.add_row(work.change, row)
    shown = replace(case, state=state, publicised_on=work.today, publicity=due)
    return _saved(work, shown, "determination.publicised")


def screen(work: Work, case: Determination) -> None:
    """ScreenedOut if a red candidate stands, or will stand, on a black, watch or alert list."""
    if case.list_kind is not ListKind.RED:
        return
    if screened_out(listings.of_subject(work.change, case.subject_id), work.now):
        raise ScreenedOut


def drop(work: Work, id: str, reason: str) -> Determination:
    """Close a case without a listing."""
    access.require(work.actor, "drop a determination")
    case = _own(work, id)
    state = moved(case.state, "drop")
    for kind in ("defence", "publicity"):
        deadlines.close(work.change, "met", case.id, kind)
    announcements.withdraw(work.change, case.id, "publicity")
    return _saved(work, replace(case, state=state, drop_reason=reason), "determination.dropped")


def rule_of(view: View, case: Determination) -> CriterionVersion:
    """The version under which the case was opened."""
    for version in view.rulebook.criterion_versions(case.criterion):
        if version.version == case.criterion_version:
            return version
    raise CriterionNotInForce(case.criterion, case.criterion_version)


def needed(view: View, case: Determination) -> Demands:
    """What criterion, profile and subject kind demand of the case."""
    rule = rule_of(view, case)
    agency = view.context.agencies[case.agency_id]
    subject = subject_store.get(view.reading, case.subject_id)
    assert subject is not None
    accepted = acceptances.has_accepted(view.reading, agency.id, rule.code, rule.version)
    profile = view.rulebook.profile(agency.profile)
    return demands(rule, subject.kind, profile, accepted, view.today)


def next_steps(view: View, case: Determination) -> tuple[Missing, ...]:
    """What is still to be done before the case can be confirmed."""
    if case.state in (State.CONFIRMED, State.DROPPED):
        return ()
    return missing_steps(case, needed(view, case), view.today)


def reasons_shown(view: View, case: Determination) -> tuple[Reason, ...]:
    """The reasons as the case's own agency sees them: what it accepted by name says so."""
    agency, rule = case.agency_id, case.criterion
    if not acceptances.has_accepted(view.reading, agency, rule, case.criterion_version):
        return case.reasons
    return tuple(
        replace(reason, basis=tuple(citation.accepted() for citation in reason.basis))
        for reason in case.reasons
    )


def get(view: View, id: str) -> Determination:
    """A case of one's own agency."""
    assert view.actor is not None
    access.require(view.actor, "read a determination")
    case = store.get(view.reading, id)
    if case is None or case.agency_id != view.actor.agency.id:
        raise NotFound("determination")
    return case


def page(view: View, after: int, limit: int) -> list[tuple[int, Determination]]:
    """Cases of one's own agency."""
    assert view.actor is not None
    access.require(view.actor, "read a determination")
    return store.page(view.reading, view.actor.agency.id, after, limit)


def _own(work: Work, id: str) -> Determination:
    case = store.get(work.change, id)
    if case is None or case.agency_id != work.actor.agency.id:
        raise NotFound("determination")
    return case


def _saved(work: Work, case: Determination, kind: str) -> Determination:
    store.save(work.change, case)
    facts = {
        "determination_id": case.id,
        "subject_id": case.subject_id,
        "criterion": case.criterion,
        "state": str(case.state),
    }
    work.change.record(kind, facts, case.subject_id)
    return case
