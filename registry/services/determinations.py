"""Determinations, step by step from a proposal to the decision, and why not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from registry.domain.confirmation import Setting, latest_day, screened_out
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
    Conflict,
    Duplicate,
    InvalidInput,
    NotFound,
    RulesNotEnabled,
    ScreenedOut,
    StepMissing,
)
from registry.domain.finding import Reason
from registry.domain.listing import ListKind
from registry.domain.record import Record
from registry.services import access
from registry.services.work import View, Work
from registry.store import access as acceptances
from registry.store import announcements, deadlines, listings
from registry.store import determinations as store
from registry.store import records as record_store
from registry.store import subjects as subject_store
from registry.store.transaction import new_id


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
    _require_end(work, case, rule, records, ends_on)
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
    return saved(work, moved_case, "determination.noticed")


def _require_end(
    work: Work,
    case: Determination,
    rule: CriterionVersion,
    records: Sequence[Record],
    ends_on: date | None,
) -> None:
    """A warning names the day on which it ends: one that the listing can have (WCH-02)."""
    if case.list_kind is not ListKind.WATCH:
        if ends_on is not None:
            raise InvalidInput.field("ends_on", "only the warning of a watch case has one")
        return
    if ends_on is None:
        raise InvalidInput.field("ends_on", "a warning names the day on which it ends")
    if ends_on <= work.today:
        raise InvalidInput.field("ends_on", "must lie after today")
    subject = subject_store.get(work.change, case.subject_id)
    assert subject is not None
    latest = latest_day(
        Setting(rule, tuple(records), subject.kind, work.profile, (), work.now, work.actor.id)
    )
    if ends_on > latest:
        raise InvalidInput.field(
            "ends_on", f"must not lie after {latest}, the end of the longest term that is allowed"
        )


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
    return saved(work, case, "submission.received"), said


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
    return saved(work, replace(case, submissions=rest), "submission.answered")


def publicise(work: Work, id: str) -> Determination:
    """Show the preliminary list; a red candidate is screened first."""
    access.require(work.actor, "publicise a determination")
    case = _own(work, id)
    state = moved(case.state, "publicise")
    demanded = needed(work.view(), case)
    if demanded.publicity is None:
        raise Conflict("Nothing demands publicity of this case: confirm it without.")
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
    subject = subject_store.get(work.change, case.subject_id)
    assert subject is not None
    row = {
        "id": new_id(),
        "kind": "publicity",
        "target_id": case.id,
        "subject_id": case.subject_id,
        "sector": case.sector,
        "list_kind": str(case.list_kind),
        "on_day": work.today,
        "public": not subject.kind.is_person,
        "withdrawn": False,
    }
    announcements.add_row(work.change, row)
    shown = replace(case, state=state, publicised_on=work.today, publicity=due)
    return saved(work, shown, "determination.publicised")


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
    return saved(work, replace(case, state=state, drop_reason=reason), "determination.dropped")


def rule_of(view: View, case: Determination) -> CriterionVersion:
    """The version under which the case was opened; RulesNotEnabled where no plugin gives it."""
    found = _enabled(view, case)
    if found is None:
        raise RulesNotEnabled(case.criterion, case.criterion_version)
    return found


def _enabled(view: View, case: Determination) -> CriterionVersion | None:
    known = view.rulebook.criterion_versions(case.criterion)
    return next((one for one in known if one.version == case.criterion_version), None)


def needed(view: View, case: Determination) -> Demands:
    """What criterion, profile and subject kind demand of the case; RulesNotEnabled as above."""
    rule = rule_of(view, case)
    agency = view.context.agencies[case.agency_id]
    subject = subject_store.get(view.reading, case.subject_id)
    assert subject is not None
    accepted = acceptances.has_accepted(view.reading, agency.id, rule.code, rule.version)
    profile = view.rulebook.profile(agency.profile)
    return demands(_said(rule) if accepted else rule, subject.kind, profile, accepted, view.today)


def _said(rule: CriterionVersion) -> CriterionVersion:
    """The rule as an agency cites it that took it over by name."""
    told = replace(rule.notice, basis=tuple(one.accepted() for one in rule.notice.basis))
    return replace(rule, notice=told, basis=tuple(one.accepted() for one in rule.basis))


def next_steps(view: View, case: Determination) -> tuple[Missing, ...]:
    """What is still to be done before the case can be confirmed."""
    if case.state in (State.CONFIRMED, State.DROPPED):
        return ()
    if _enabled(view, case) is None:
        return (Missing("enable_rules", ()),)
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


def saved(work: Work, case: Determination, kind: str) -> Determination:
    """The case, stored and journalled under this kind."""
    store.save(work.change, case)
    facts = {
        "determination_id": case.id,
        "subject_id": case.subject_id,
        "criterion": case.criterion,
        "state": str(case.state),
    }
    work.change.record(kind, facts, case.subject_id)
    return case
