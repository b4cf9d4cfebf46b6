"""Determinations: each step of a case is an action on it; every answer says what comes next."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.paging import PageQuery, page_of, place_of
from registry.api.reads import reads
from registry.api.schemas.determinations import (
    ConfirmationIn,
    DeterminationOut,
    DeterminationPage,
    NoticeIn,
    ProposalIn,
    ReasonIn,
    SubmissionAnswerIn,
    SubmissionIn,
)
from registry.api.subjects import new_person
from registry.api.writes import writes
from registry.domain.determination import Determination
from registry.domain.listing import RepairTerms
from registry.domain.workdays import Due
from registry.services import confirmations, determinations, proposals
from registry.services.confirmations import Answerable, Confirmation
from registry.services.work import View, Work
from registry.store.codec import day_out

blueprint = Blueprint("determinations", __name__, url_prefix="/api/v1/determinations")
NOUN = "determination"


def shape(view: View, case: Determination) -> dict[str, Any]:
    """A case with its finding, its periods and what is still to be done."""
    periods = {"defence": case.defence, "publicity": case.publicity}
    reasons = determinations.reasons_shown(view, case)
    return {
        "id": case.id,
        "state": str(case.state),
        "subject_id": case.subject_id,
        "criterion": case.criterion,
        "criterion_version": case.criterion_version,
        "sector": case.sector,
        "list_kind": str(case.list_kind),
        "record_ids": list(case.record_ids),
        "authority": view.context.agency_names.get(case.agency_id),
        "proposed_by": case.proposed_by,
        "proposed_on": day_out(case.proposed_on),
        "finding": {"met": True, "reasons": [one.to_json() for one in reasons]},
        "next": [one.to_json() for one in determinations.next_steps(view, case)],
        "served_on": day_out(case.served_on),
        "ends_on": day_out(case.ends_on),
        "publicised_on": day_out(case.publicised_on),
        "deadlines": [_due(kind, due) for kind, due in periods.items() if due is not None],
        "submissions": [
            {
                "id": one.id,
                "statement": one.statement,
                "received_on": day_out(one.received_on),
                "outcome": one.outcome,
                "reason": one.reason,
            }
            for one in case.submissions
        ],
        "listing_id": case.listing_id,
        "confirmed_by": case.confirmed_by,
        "drop_reason": case.drop_reason or None,
    }


def _due(kind: str, due: Due) -> dict[str, Any]:
    return {
        "kind": kind,
        "due_on": day_out(due.due_on),
        "earliest_on": day_out(due.earliest_on),
        "provisional": due.provisional,
    }


@blueprint.route("")
class Determinations(MethodView):
    @reads(DeterminationPage, action="read a determination", query=PageQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Cases of one's own agency."""
        after = place_of(NOUN, query.get("cursor"))
        found = determinations.page(view, after, query["limit"] + 1)
        return page_of(NOUN, found, query["limit"], lambda case: shape(view, case))

    @writes("propose a determination", DeterminationOut, body=ProposalIn)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """Open a case: the records must meet the criterion."""
        case = proposals.propose(work, sent["criterion"], sent["subject_id"], sent["record_ids"])
        return shape(work.view(), case)


@blueprint.route("/<string:id>")
class OneDetermination(MethodView):
    @reads(DeterminationOut, action="read a determination", noun=NOUN)
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """A case of one's own agency."""
        return shape(view, determinations.get(view, id))


@blueprint.route("/<string:id>/notice")
class Notice(MethodView):
    @writes("serve a notice", DeterminationOut, body=NoticeIn, status=200, noun=NOUN)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Enter that the notice, or a watch case's warning, was served."""
        case = determinations.notice(work, id, sent["served_on"], sent.get("ends_on"))
        return shape(work.view(), case)


@blueprint.route("/<string:id>/submissions")
class Submissions(MethodView):
    @writes("enter a submission", DeterminationOut, body=SubmissionIn, noun=NOUN)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Enter what the subject said; unanswered it blocks confirmation."""
        case, said = determinations.submit(work, id, sent["statement"], sent["received_on"])
        return {**shape(work.view(), case), "submission_id": said.id}


@blueprint.route("/<string:id>/submissions/<string:sid>/answer")
class SubmissionAnswer(MethodView):
    @writes("answer a submission", DeterminationOut, body=SubmissionAnswerIn, status=200, noun=NOUN)
    def post(self, work: Work, sent: dict[str, Any], id: str, sid: str) -> Any:
        """Answer a submission, once."""
        case = determinations.answer(work, id, sid, sent["outcome"], sent["reason"])
        return shape(work.view(), case)


@blueprint.route("/<string:id>/publicise")
class Publicise(MethodView):
    @writes("publicise a determination", DeterminationOut, status=200, noun=NOUN)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Show the preliminary list."""
        return shape(work.view(), determinations.publicise(work, id))


@blueprint.route("/<string:id>/confirm")
class Confirm(MethodView):
    @writes("confirm a determination", DeterminationOut, body=ConfirmationIn, status=200, noun=NOUN)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Put the case in force, as a second person."""
        repair, named = sent.get("repair"), sent.get("responsible_persons")
        decided = Confirmation(
            valid_from=sent.get("valid_from"),
            term=sent.get("term"),
            repair=RepairTerms(
                "yes" if repair["repairable"] else "no",
                tuple(repair["ways"]),
                repair.get("earliest_on"),
            )
            if repair
            else None,
            watch_term=sent.get("watch_term"),
            responsible=None
            if named is None
            else [Answerable(new_person(one), one["role"]) for one in named],
        )
        case, _ = confirmations.confirm(work, id, decided)
        return shape(work.view(), case)


@blueprint.route("/<string:id>/drop")
class Drop(MethodView):
    @writes("drop a determination", DeterminationOut, body=ReasonIn, status=200, noun=NOUN)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Close the case without a listing."""
        return shape(work.view(), determinations.drop(work, id, sent["reason"]))
