"""The shape of scorecards/<name>.yaml (docs/rule-files.md). Unknown keys are errors."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from registry.domain.listing import ListKind
from registry.domain.scorecard import Period
from registry.rulebook.fields import (
    DOTTED_CODE,
    LABEL,
    NAME,
    Day,
    Distinct,
    Flag,
    Label,
    OneOf,
    Plain,
    Points,
    TermText,
    Text,
    plain,
)
from registry.rulebook.schemas import STATUSES, BasisSchema, RuleSchema, kinds_of_subject


class PeriodText(fields.Field[str]):
    """`year_before`, `year` or a term; loads in its canonical form."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        try:
            found = Period.parse(str(plain(value)))
        except ValueError as error:
            raise ValidationError(f"must be year_before, year or a term: {error}") from None
        return str(found.term) if found.term is not None else found.name


class ConsequenceSchema(RuleSchema):
    """How long the decision itself says that its consequence lasts."""

    from_ = Text(NAME, required=True, data_key="from", attribute="from")
    months = Text(NAME, required=True)


class RecordsTriggerSchema(RuleSchema):
    kinds = Distinct(Text(DOTTED_CODE), required=True)
    when = Plain(load_default=None)
    counts_for = TermText(load_default=None)
    lasts = fields.Nested(ConsequenceSchema, load_default=None)
    decided_from = Day(load_default=None)
    decided_before = Day(load_default=None)


class RatedTriggerSchema(RuleSchema):
    grades = Distinct(Text(LABEL), required=True)
    within = TermText(required=True)
    by = Distinct(Text(NAME), empty=True, load_default=list)


def _basis(**more: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(BasisSchema), **more)


class _LineSchema(RuleSchema):
    """What items, direct grades and knock-outs share: exactly one of the triggers."""

    code = Text(NAME, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    basis = _basis(required=True)
    records = fields.Nested(RecordsTriggerSchema, load_default=None)
    listed = Distinct(OneOf(ListKind), load_default=None)
    rated = fields.Nested(RatedTriggerSchema, load_default=None)
    stated = Flag(load_default=False)


class ItemSchema(_LineSchema):
    points = Points(required=True)
    most = Points(load_default=None)


class DirectSchema(_LineSchema):
    grade = Text(LABEL, required=True)
    at_least = Points(load_default=None)
    term = TermText(load_default=None)


class KnockOutSchema(_LineSchema):
    best = Text(LABEL, required=True)


class GradeSchema(RuleSchema):
    code = Text(LABEL, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)


class BandSchema(RuleSchema):
    grade = Text(LABEL, required=True)
    at_least = Points(load_default=None)
    above = Points(load_default=None)
    below = Points(load_default=None)
    at_most = Points(load_default=None)
    basis = _basis(load_default=list)


class StartSchema(RuleSchema):
    points = Points(required=True)
    basis = _basis(load_default=list)


class RuleTextSchema(RuleSchema):
    text_zh = Text(limit=20_000, required=True)
    basis = _basis(required=True)


class RulesSchema(RuleSchema):
    """The three texts of 宿迁 art. 30; one that is not there yet is left out."""

    points = fields.Nested(RuleTextSchema)
    grades = fields.Nested(RuleTextSchema)
    application = fields.Nested(RuleTextSchema)


class ApprovalSchema(RuleSchema):
    authority = Text(required=True)
    document = Text(required=True)
    approved_on = Day(required=True)
    published_on = Day(load_default=None, allow_none=True)


class ScorecardVersionSchema(RuleSchema):
    version = Label(LABEL, required=True)
    valid_from = Day(required=True)
    valid_to = Day(load_default=None, allow_none=True)
    status = OneOf(STATUSES, required=True)
    basis = _basis(required=True)
    checked_on = Day(required=True)
    supersedes = Text(load_default="")
    period = PeriodText(load_default="year_before")
    term = TermText(load_default=None, allow_none=True)
    grades = fields.List(fields.Nested(GradeSchema), load_default=list)
    start = fields.Nested(StartSchema, load_default=None, allow_none=True)
    items = fields.List(fields.Nested(ItemSchema), load_default=list)
    bands = fields.List(fields.Nested(BandSchema), load_default=list)
    direct = fields.List(fields.Nested(DirectSchema), load_default=list)
    knock_outs = fields.List(fields.Nested(KnockOutSchema), load_default=list)
    rules = fields.Nested(RulesSchema, load_default=dict)
    approval = fields.Nested(ApprovalSchema, load_default=None, allow_none=True)


class ScorecardSchema(RuleSchema):
    """scorecards/<name>.yaml"""

    code = Text(DOTTED_CODE, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    subject_kinds = kinds_of_subject()
    third_party = Flag()
    versions = fields.List(fields.Nested(ScorecardVersionSchema), required=True)
