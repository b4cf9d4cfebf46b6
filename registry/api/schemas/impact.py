"""The impact of rules, and proposed removals."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Choice, RequestSchema, Text
from registry.api.paging import PageQuery
from registry.api.schemas.shared import AnswerSchema, basis, day, maybe, page_schema, text
from registry.domain.removal import RemovalState


class ImpactIn(RequestSchema):
    """Rules as they are stored, by code: `sectors`, `profiles`, `calendars`. They take the place of
    active ones of the same code; `registry rules impact --document` prints them."""

    rulebook = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)


class ImpactReasonOut(AnswerSchema):
    """A clause: what was found, what the rule asks, and where it is written."""

    met = fields.Boolean(required=True)
    text_zh = text()
    basis = basis()
    text = fields.String(required=True)


def _reasons() -> fields.List[object]:
    return fields.List(fields.Nested(ImpactReasonOut), required=True)


class EnterOut(AnswerSchema):
    """A subject that would meet a criterion, and does not under the active rules."""

    criterion = text()
    version = text()
    subject_id = text()
    record_ids = fields.List(fields.String(), required=True)
    reasons = _reasons()


class LeaveOut(AnswerSchema):
    """A live listing that would no longer meet its standard; without a new version it is
    repealed."""

    listing_id = text()
    subject_id = text()
    criterion = text()
    old_version = text()
    new_version = maybe()
    effective_on = day()
    reasons = _reasons()


class MeasuredOut(AnswerSchema):
    """A live listing or a rating in force for which other measures would be proposed. Of a rating
    `listing_id` and `criterion` are null, of a listing `rating_id`, `scorecard` and `grade`."""

    listing_id = maybe(required=True)
    rating_id = maybe(required=True)
    subject_id = text()
    criterion = maybe(required=True)
    scorecard = maybe(required=True)
    grade = maybe(required=True)
    gained = fields.List(fields.String(), required=True)
    lost = fields.List(fields.String(), required=True)
    changed = fields.List(fields.String(), required=True)
    basis = basis()


class RewrittenOut(AnswerSchema):
    """A version that is active with another text, not added beside it; without `parts` it is
    gone."""

    code = text()
    version = text()
    parts = fields.List(fields.String(), required=True)


class ImpactOut(AnswerSchema):
    """What would change; `counts` are of all, the lists hold the first thousand of each."""

    active = text(metadata={"description": "Digest of the active rulebook."})
    proposed = text(metadata={"description": "Digest of the rulebook compared with it."})
    criteria = fields.List(fields.String(), required=True)
    rewritten = fields.List(fields.Nested(RewrittenOut), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    enter = fields.List(fields.Nested(EnterOut), required=True)
    leave = fields.List(fields.Nested(LeaveOut), required=True)
    measures = fields.List(fields.Nested(MeasuredOut), required=True)


class RemovalQuery(PageQuery):
    """Which removals."""

    state = Choice(RemovalState)


class DeclineIn(RequestSchema):
    """Why the listing stays."""

    reason = Text(required=True)


class RemovalOut(AnswerSchema):
    """A proposal to end a listing because its standard changed, with the old and the new version;
    without a new one it is repealed."""

    id = text()
    listing_id = text()
    subject_id = text()
    criterion = text()
    old_version = text()
    new_version = maybe()
    effective_on = day()
    proposed_on = day()
    state = text(metadata={"enum": [str(state) for state in RemovalState]})
    reasons = _reasons()
    decision_reason = maybe()


RemovalPage = page_schema(RemovalOut, "RemovalPage")
