"""Ratings: made by providers and authorities, read beside the subject they are of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api import masking
from registry.api.paging import page_of_all
from registry.api.reads import reads
from registry.api.schemas.ratings import (
    LedgerOut,
    LedgerQuery,
    RatingEditionPage,
    RatingEditionQuery,
    RatingIn,
    RatingOut,
    RatingPage,
    RatingQuery,
    WithdrawalIn,
)
from registry.api.writes import writes
from registry.domain.errors import InvalidInput
from registry.domain.rating import Ground, Rating, RatingItem, RatingState, in_force
from registry.domain.scoring import Stated
from registry.domain.validity import day_of
from registry.services import ledgers, rating_lists, ratings, scoring, subjects
from registry.services.rating_lists import ListEdition, ListRow
from registry.services.scoring import NewScore
from registry.services.work import View, Work
from registry.store.codec import day_out

blueprint = Blueprint("ratings", __name__, url_prefix="/api/v1")


def shape(view: View, rating: Rating, counted: Iterable[Rating]) -> dict[str, Any]:
    """A rating as this asker may see it; `counted` are the ratings in force."""
    subject = subjects.known(view, rating.subject_id)
    whole = subject is not None and (
        not subject.kind.is_person
        or masking.sees_person(view, subject)
        or (view.actor is not None and view.actor.agency.id == rating.agency_id)
    )
    return {
        "id": rating.id,
        "subject_id": rating.subject_id,
        "sector": rating.sector,
        "scorecard": rating.scorecard,
        "scorecard_version": rating.scorecard_version,
        "title": rating.title,
        "title_zh": rating.title_zh,
        "rater": view.context.agency_names.get(rating.agency_id),
        "rated_by": rating.rated_by,
        "rated_on": day_out(rating.rated_on),
        "valid_from": day_out(rating.valid_from),
        "valid_to": day_out(rating.valid_to),
        "state": str(rating.state),
        "in_force": any(one.id == rating.id for one in counted),
        "grade": rating.grade,
        "grade_title": rating.grade_title or None,
        "grade_title_zh": rating.grade_title_zh or None,
        "score": f"{rating.score:f}" if rating.score is not None else None,
        "rank": rating.rank,
        "edition": rating.edition,
        "source": rating.source or None,
        "third_party": rating.third_party,
        "withdrawn_because": (rating.withdrawn_because or None) if whole else None,
        "items": [_item(one, whole) for one in rating.items],
        "grounds": [_ground(one, whole) for one in rating.grounds],
        "basis": [citation.to_json() for citation in rating.basis],
    }


def _item(one: RatingItem, whole: bool) -> dict[str, Any]:
    return {
        "code": one.code,
        "title": one.title,
        "title_zh": one.title_zh,
        "points": f"{one.points:f}",
        "count": one.count,
        "reason": one.reason if whole else "",
        "record_ids": list(one.record_ids) if whole else [],
        "basis": [citation.to_json() for citation in one.basis],
    }


def _ground(one: Ground, whole: bool) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "code": one.code,
        "text": one.text,
        "text_zh": one.text_zh,
        "reason": one.reason if whole else "",
        "record_ids": list(one.record_ids) if whole else [],
        "basis": [citation.to_json() for citation in one.basis],
    }


@blueprint.route("/ratings")
class Ratings(MethodView):
    @writes("make a rating", RatingOut, body=RatingIn)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """Score a subject, or take over what a published list says of it."""
        subject_id = _subject(work, sent)
        made = _listed(work, sent, subject_id) if "edition" in sent else _scored(work, sent)
        view = work.view()
        return shape(view, made, in_force(ratings.of_subject(view, subject_id), work.today))


def _subject(work: Work, sent: dict[str, Any]) -> str:
    named = sent.pop("subject", None)
    if named is not None:
        number = named["identifier"]
        sent["subject_id"] = subjects.require_known(work, number["scheme"], number["value"]).id
    return str(sent["subject_id"])


def _scored(work: Work, sent: dict[str, Any]) -> Rating:
    new = NewScore(
        sent["scorecard"],
        sent["subject_id"],
        tuple(Stated(one["code"], one["reason"], one["count"]) for one in sent.get("items", ())),
        sent.get("rated_on"),
        RatingState(sent["state"]),
        sent.get("source", ""),
    )
    return scoring.score_subject(work, new)


def _listed(work: Work, sent: dict[str, Any], subject_id: str) -> Rating:
    edition = ListEdition(
        sent["scorecard"],
        sent["edition"],
        sent["rated_on"],
        RatingState(sent["state"]),
        sent.get("source", ""),
        sent.get("valid_from"),
        sent.get("valid_to"),
    )
    score = Decimal(sent["score"]) if "score" in sent else None
    row = ListRow(subject_id, sent.get("grade"), score, sent.get("rank"))
    try:
        return rating_lists.record_published(work, edition, row)
    except InvalidInput as error:  # here it is one row, and its fields are those of the request
        told = {name.removeprefix("rows.0."): said for name, said in error.errors.items()}
        raise InvalidInput(told) from None


@blueprint.route("/ratings/<string:id>/withdraw")
class Withdrawal(MethodView):
    @writes("withdraw a rating", RatingOut, body=WithdrawalIn, status=200, noun="rating")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Take a rating of one's own agency back: it counts no more."""
        return shape(work.view(), ratings.withdraw(work, id, sent["reason"]), ())


@blueprint.route("/subjects/<subject:id>/ratings")
class SubjectRatings(MethodView):
    @reads(RatingPage, action="read a subject", query=RatingQuery, noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """The ratings of a subject, the earliest first, at an instant, as known at another."""
        on = day_of(query.get("as_of") or view.now)
        found = ratings.of_subject(view, id, query.get("scorecard"), query.get("known_at"))
        counted = in_force(found, on)
        keyed = [(_key(one.rated_on, place), one) for place, one in enumerate(found)]
        return page_of_all("ratings", keyed, query, lambda one: shape(view, one, counted))


@blueprint.route("/subjects/<subject:id>/points")
class SubjectPoints(MethodView):
    @reads(LedgerOut, action="read a points ledger", query=LedgerQuery, noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """What a subject was given points for, and the sums per period."""
        found = ledgers.get(view, id, query["scorecard"], query.get("on"))
        return {
            "subject_id": id,
            "scorecard": found.version.code,
            "version": found.version.version,
            "status": str(found.version.status),
            "entries": [
                {
                    "record_id": one.record.id,
                    "decided_on": day_out(one.record.decided_on),
                    "document_no": one.record.document_no,
                    "code": one.item.code,
                    "title": one.item.title,
                    "title_zh": one.item.title_zh,
                    "points": f"{one.item.points:f}",
                    "basis": [citation.to_json() for citation in one.item.basis],
                }
                for one in found.entries
            ],
            "sums": [
                {
                    "from": day_out(one.period.start),
                    "to": day_out(one.period.end),
                    "points": f"{one.total:f}",
                    "band": one.band.grade if one.band else None,
                    "basis": [c.to_json() for c in one.band.basis] if one.band else [],
                }
                for one in found.sums
            ],
        }


def _key(rated_on: date, place: int) -> str:
    return f"{rated_on.isoformat()}/{place:08d}"


@blueprint.route("/rating-editions")
class RatingEditions(MethodView):
    @reads(RatingEditionPage, query=RatingEditionQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Published rating lists and drafts for comment, with the number of each grade."""
        found = rating_lists.editions(view, query.get("scorecard"))
        keyed = [
            (f"{one.scorecard}/{one.edition}/{one.state}/{one.agency_id}", one) for one in found
        ]
        return page_of_all("rating-editions", keyed, query, lambda one: _edition(view, one))


def _edition(view: View, one: rating_lists.EditionCounts) -> dict[str, Any]:
    return {
        "scorecard": one.scorecard,
        "edition": one.edition,
        "state": one.state,
        "rater": view.context.agency_names.get(one.agency_id),
        "counts": dict(one.counts),
        "total": sum(one.counts.values()),
    }
