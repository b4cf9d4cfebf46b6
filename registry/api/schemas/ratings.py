"""Scorecards and ratings as they are sent and shown. Points are decimal strings, exact."""

from __future__ import annotations

from marshmallow import fields

from registry.api.schemas.rules import RuleOut
from registry.api.schemas.shared import AnswerSchema, basis, day, maybe, page_schema, text

MET_BY = ["records", "listing", "earlier_rating", "rater"]


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
