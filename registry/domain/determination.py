"""Determinations (认定): the case from proposal to listing, and the steps it may not skip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.errors import IllegalTransition
from registry.domain.finding import Reason
from registry.domain.legal import Citation, RuleStatus
from registry.domain.listing import ListKind
from registry.domain.profile import Profile
from registry.domain.subject import SubjectKind
from registry.domain.workdays import Calendar, Due, later


class State(StrEnum):
    """proposed -> [noticed] -> [publicised] -> confirmed or dropped."""

    PROPOSED = "proposed"
    NOTICED = "noticed"
    PUBLICISED = "publicised"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"


TRANSITIONS: dict[str, dict[State, State]] = {
    "notice": {State.PROPOSED: State.NOTICED},
    "publicise": {State.PROPOSED: State.PUBLICISED, State.NOTICED: State.PUBLICISED},
    "confirm": {
        State.PROPOSED: State.CONFIRMED,
        State.NOTICED: State.CONFIRMED,
        State.PUBLICISED: State.CONFIRMED,
    },
    "drop": {
        State.PROPOSED: State.DROPPED,
        State.NOTICED: State.DROPPED,
        State.PUBLICISED: State.DROPPED,
    },
    "submit": {
        State.PROPOSED: State.PROPOSED,
        State.NOTICED: State.NOTICED,
        State.PUBLICISED: State.PUBLICISED,
    },
}


def moved(state: State, action: str) -> State:
    """The state after an action; IllegalTransition if the graph has no such arrow."""
    try:
        return TRANSITIONS[action][state]
    except KeyError:
        raise IllegalTransition(state, action) from None


@dataclass(frozen=True)
class Missing:
    """A step that is still to be done, and from which day it can be relied on."""

    action: str
    basis: tuple[Citation, ...]
    earliest_on: date | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's shape; `earliest_on` only where a period runs."""
        shape: dict[str, Any] = {
            "action": self.action,
            "basis": [citation.to_json() for citation in self.basis],
        }
        if self.earliest_on is not None:
            shape["earliest_on"] = self.earliest_on.isoformat()
        return shape


@dataclass(frozen=True)
class Submission:
    """What the subject said, and what the authority answered."""

    id: str
    statement: str
    received_on: date
    outcome: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Determination:
    """One case. `proposed_by` and `confirmed_by` are actors; the two are never the same."""

    id: str
    subject_id: str
    criterion: str
    criterion_version: str
    sector: str
    list_kind: ListKind
    record_ids: tuple[str, ...]
    agency_id: str
    proposed_by: str
    proposed_on: date
    state: State
    reasons: tuple[Reason, ...]
    served_on: date | None = None
    ends_on: date | None = None
    defence: Due | None = None
    publicised_on: date | None = None
    publicity: Due | None = None
    submissions: tuple[Submission, ...] = ()
    listing_id: str | None = None
    confirmed_by: str | None = None
    drop_reason: str = ""


@dataclass(frozen=True)
class Demands:
    """What criterion, profile and subject kind together demand of a case: the stricter wins."""

    notice: tuple[Citation, ...] | None
    publicity: tuple[Citation, ...] | None
    warning: tuple[Citation, ...] | None
    accept_rule: tuple[Citation, ...] | None


PERSONS_ARE_TOLD = Citation(
    "关于加强和规范守信联合激励和失信联合惩戒对象名单管理工作的指导意见（发改财金规〔2017〕1798号）",
    "（七）",
    statute=False,
)


def demands(
    criterion: CriterionVersion, kind: SubjectKind, profile: Profile, accepted: bool, on: date
) -> Demands:
    """The steps of a case under this criterion, for this kind of subject, in this jurisdiction."""
    notice: list[Citation] = []
    if criterion.notice.required:
        notice.extend(criterion.notice.basis or criterion.basis)
    if criterion.list_kind is not ListKind.RED:  # an honour needs no hearing of its own
        scope = profile.at("notice.scope", on)
        if scope.value == "all":
            notice.append(scope.citation("notice.scope"))
        if kind.is_person and not notice:
            notice.append(PERSONS_ARE_TOLD)
    publicity: Citation | None = None
    if criterion.list_kind is ListKind.RED:
        publicity = profile.at("red.publicity.required", on).citation("red.publicity.required")
    elif criterion.list_kind is ListKind.BLACK and profile.value("black.publicity", on):
        publicity = profile.at("black.publicity", on).citation("black.publicity")
    warned = criterion.list_kind is ListKind.WATCH
    open_rule = criterion.status is RuleStatus.TO_VERIFY and not accepted
    return Demands(
        notice=tuple(notice) if notice and not warned else None,
        publicity=(publicity,) if publicity else None,
        warning=criterion.basis if warned else None,
        accept_rule=criterion.basis if open_rule else None,
    )


def missing_steps(case: Determination, needed: Demands, today: date) -> tuple[Missing, ...]:
    """What keeps the case from being confirmed today, in the order in which it can be done."""
    missing: list[Missing] = []
    if needed.accept_rule is not None:
        missing.append(Missing("accept_rule", needed.accept_rule))
    if needed.notice is not None and case.served_on is None:
        missing.append(Missing("notice", needed.notice))
    if needed.warning is not None and (case.served_on is None or case.ends_on is None):
        missing.append(Missing("warning", needed.warning))
    if case.served_on is not None and (case.defence is None or today < case.defence.earliest_on):
        # also where nobody demanded the notice: once time to answer is given, it is kept
        told = needed.notice or needed.warning or ()
        earliest = case.defence.earliest_on if case.defence is not None else None
        missing.append(Missing("defence_window", told, earliest))
    if any(submission.outcome is None for submission in case.submissions):
        missing.append(Missing("answer_submission", needed.notice or ()))
    if needed.publicity is not None:
        if case.publicity is None:
            missing.append(Missing("publicity", needed.publicity))
        elif today < case.publicity.earliest_on:
            missing.append(Missing("publicity", needed.publicity, case.publicity.earliest_on))
    return tuple(missing)


def defence_period(
    criterion: CriterionVersion, profile: Profile, calendar: Calendar, served_on: date
) -> Due:
    """The time to answer a notice: the rule's own days or the profile's, the later last day."""
    due = _period("notice.defence_days", profile, calendar, served_on)
    own = criterion.notice.reply_days
    if own is None:
        return due
    count = (
        calendar.after_working_days if criterion.notice.working else calendar.after_calendar_days
    )
    return later(due, count(served_on, own))


def publicity_period(
    list_kind: ListKind, profile: Profile, calendar: Calendar, publicised_on: date
) -> Due:
    """How long a preliminary list is shown before it can be confirmed."""
    name = "red.publicity.days" if list_kind is ListKind.RED else "black.publicity.days"
    return _period(name, profile, calendar, publicised_on)


def _period(name: str, profile: Profile, calendar: Calendar, event: date) -> Due:
    """A number of days of the profile, as it stood on the day of the event (ORG-12), counted in
    the days that the profile says (D-13)."""
    working = profile.counts_working_days(name, event)
    count = calendar.after_working_days if working else calendar.after_calendar_days
    return count(event, int(profile.value(name, event)))
