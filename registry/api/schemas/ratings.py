"""Scorecards and ratings as they are sent and shown. Points are decimal strings, exact."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validates_schema

from registry.api.fields import (
    AsOf,
    Choice,
    Day,
    Moment,
    Nested,
    Pattern,
    RequestSchema,
    Several,
    Text,
    Whole,
    code,
    ident,
)
from registry.api.paging import PageQuery
from registry.api.query import QuerySchema
from registry.api.schemas.listings import AS_OF
from registry.api.schemas.records import KnownSubjectIn
from registry.api.schemas.rules import RuleOut
from registry.api.schemas.shared import AnswerSchema, basis, day, maybe, page_schema, text
from registry.domain.rating import RatingState

MET_BY = ["records", "listing", "earlier_rating", "rater"]
STATES = [str(state) for state in RatingState]
OPEN_STATES = [state for state in STATES if state != RatingState.WITHDRAWN]
LISTED_ONLY = ("grade", "score", "rank", "valid_from", "valid_to")


class GradeOut(AnswerSchema):
    """A grade; those of a scorecard stand from the best to the worst."""

    code = text()
    title = text()
    title_zh = text()


class LineOut(AnswerSchema):
    """What may count: met by records, a listing, an earlier rating, or as the rater states."""

    code = text()
    title = text()
    title_zh = text()
    met_by = text(metadata={"enum": MET_BY})
    record_kinds = fields.List(fields.String(), required=True)
    basis = basis()


class ItemOut(LineOut):
    """Points for each time it is met; together at most `most`, by amount."""

    points = text()
    most = maybe()


class DirectOut(LineOut):
    """A grade whatever the points, where they reach `at_least`."""

    grade = text()
    at_least = maybe()


class KnockOutOut(LineOut):
    """Once met, no grade better than `best`."""

    best = text()


class BandOut(AnswerSchema):
    """The totals that give a grade."""

    grade = text()
    at_least = maybe()
    above = maybe()
    at_most = maybe()
    below = maybe()
    basis = basis()


class RuleTextOut(AnswerSchema):
    """One of the texts by which a rating is made and used."""

    text_zh = text()
    basis = basis()


class ApprovalOut(AnswerSchema):
    """Who approved the scorecard, and since when it is published."""

    authority = text()
    document = text()
    approved_on = day()
    published_on = day()


class ScorecardOut(RuleOut):
    """One version of a scorecard. `scores` false: it only names the grades of published lists."""

    sector = text()
    title = text()
    title_zh = text()
    subject_kinds = fields.List(fields.String(), required=True)
    third_party = fields.Boolean(required=True)
    period = text()
    term = maybe()
    grades = fields.List(fields.Nested(GradeOut), required=True)
    start = maybe()
    items = fields.List(fields.Nested(ItemOut), required=True)
    bands = fields.List(fields.Nested(BandOut), required=True)
    direct = fields.List(fields.Nested(DirectOut), required=True)
    knock_outs = fields.List(fields.Nested(KnockOutOut), required=True)
    rules = fields.Dict(keys=fields.String(), values=fields.Nested(RuleTextOut), required=True)
    approval = fields.Nested(ApprovalOut, allow_none=True)
    scores = fields.Boolean(required=True)


ScorecardPage = page_schema(ScorecardOut, "ScorecardPage")


class StatedIn(RequestSchema):
    """A line that no record shows, as the rater states it: how often, and why."""

    code = Pattern(r"^[a-z][a-z0-9_]{0,79}$", "the code of a line of the scorecard", required=True)
    reason = Text(required=True)
    count = Whole(1, 1000, load_default=1)


class RatingIn(RequestSchema):
    """With `edition`: a grade that a published list gives, taken over as it stands. Without: the
    subject is scored, from its records and what `items` state."""

    scorecard = code(required=True)
    subject_id = ident()
    subject = Nested(KnownSubjectIn)
    rated_on = Day()
    state = Choice(OPEN_STATES, load_default="published")
    source = Text(300)
    items = Several(Nested(StatedIn))
    edition = Text(80)
    grade = Text(40)
    score = Pattern(r"^-?[0-9]{1,6}(\.[0-9]{1,4})?$", "a score such as 92.5, as text")
    rank = Whole(1, 10_000_000)
    valid_from = Day()
    valid_to = Day()

    @validates_schema
    def one_of_two(self, data: dict[str, object], **_: object) -> None:
        """The subject by id or by identifier; what a list gives only with its edition."""
        if ("subject_id" in data) is ("subject" in data):
            raise ValidationError("give subject_id or subject, one of the two", "subject_id")
        listed = [name for name in LISTED_ONLY if name in data]
        if listed and "edition" not in data:
            raise ValidationError("belongs to a published list: name its edition", listed[0])
        if "edition" in data and "items" in data:
            raise ValidationError("a list's grade is taken over: nothing is scored", "items")
        if "edition" in data and "rated_on" not in data:
            raise ValidationError("is required with an edition", "rated_on")


class WithdrawalIn(RequestSchema):
    """Why a rating is taken back."""

    reason = Text(required=True)


class RatingQuery(PageQuery):
    """By which scorecard, at which instant, as known at another."""

    scorecard = code()
    as_of = AsOf(metadata=AS_OF)
    known_at = Moment(metadata={"description": "What the registry knew then."})


class RatingItemOut(AnswerSchema):
    """A line of the score. The points of all lines add up to `score`."""

    code = text()
    title = text()
    title_zh = text()
    points = text()
    count = fields.Integer(required=True)
    reason = fields.String(required=True)
    record_ids = fields.List(fields.String(), required=True)
    basis = basis()


class GroundOut(AnswerSchema):
    """Why the grade is what it is."""

    kind = text(metadata={"enum": ["band", "direct", "knock_out"]})
    code = text()
    text = text()
    text_zh = fields.String(required=True)
    reason = fields.String(required=True)
    record_ids = fields.List(fields.String(), required=True)
    basis = basis()


class RatingOut(AnswerSchema):
    """A rating: who rated, by which version, when, with which grade, and how it came about."""

    id = text()
    subject_id = text()
    sector = text()
    scorecard = text()
    scorecard_version = text()
    title = text()
    title_zh = text()
    rater = maybe()
    rated_by = text()
    rated_on = day()
    valid_from = day()
    valid_to = day()
    state = text(metadata={"enum": STATES})
    in_force = fields.Boolean(required=True)
    grade = maybe()
    grade_title = maybe()
    grade_title_zh = maybe()
    score = maybe()
    rank = fields.Integer(allow_none=True)
    edition = maybe()
    source = maybe()
    third_party = fields.Boolean(required=True)
    withdrawn_because = maybe()
    items = fields.List(fields.Nested(RatingItemOut), required=True)
    grounds = fields.List(fields.Nested(GroundOut), required=True)
    basis = basis()


class LedgerQuery(QuerySchema):
    """Points by which scorecard, given by which day."""

    scorecard = code(required=True)
    on = Day(metadata={"description": "Today if left out."})


class LedgerEntryOut(AnswerSchema):
    """Points for one record."""

    record_id = text()
    decided_on = day()
    document_no = text()
    code = text()
    title = text()
    title_zh = text()
    points = text()
    basis = basis()


class LedgerSumOut(AnswerSchema):
    """The total of a period, and the band that it lies in; `to` is the first day after it."""

    from_ = fields.String(data_key="from", attribute="from", metadata={"format": "date"})
    to = day()
    points = text()
    band = maybe()
    basis = basis()


class LedgerOut(AnswerSchema):
    """A ledger of points; it is no rating and has no effect of its own."""

    subject_id = text()
    scorecard = text()
    version = text()
    status = text()
    entries = fields.List(fields.Nested(LedgerEntryOut), required=True)
    sums = fields.List(fields.Nested(LedgerSumOut), required=True)


class RatingEditionQuery(PageQuery):
    """Editions of one scorecard, or of all."""

    scorecard = code()


class RatingEditionOut(AnswerSchema):
    """A published list or its draft: how many subjects have which grade."""

    scorecard = text()
    edition = text()
    state = text(metadata={"enum": OPEN_STATES})
    rater = maybe()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    total = fields.Integer(required=True)


RatingPage = page_schema(RatingOut, "RatingPage")
RatingEditionPage = page_schema(RatingEditionOut, "RatingEditionPage")
