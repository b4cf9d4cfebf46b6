"""The shape of `standard` in sector.yaml."""

from __future__ import annotations

from marshmallow import fields

from registry.domain.standard import APPROVERS, STANDARD_LEVELS
from registry.rulebook.fields import Day, OneOf, Text
from registry.rulebook.rule_schema import RuleSchema


class ApprovalSchema(RuleSchema):
    """Who approved a local standard."""

    by = OneOf(APPROVERS, required=True)
    document = Text(required=True)
    approved_on = Day(required=True)


class ConsultationSchema(RuleSchema):
    """The public consultation."""

    opened_on = Day(required=True)
    closed_on = Day(required=True)
    summary = Text(required=True)


class EvaluationSchema(RuleSchema):
    """The evaluation by a third party."""

    evaluator = Text(required=True)
    last_on = Day(load_default=None, allow_none=True)
    summary = Text(load_default="")


class StandardSchema(RuleSchema):
    """How a criteria set of an authority's own was made."""

    level = OneOf(STANDARD_LEVELS, required=True)
    approvals = fields.List(fields.Nested(ApprovalSchema), load_default=list)
    consultation = fields.Nested(ConsultationSchema, load_default=None)
    evaluation = fields.Nested(EvaluationSchema, load_default=None)
