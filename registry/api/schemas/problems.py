"""The one body of all errors (RFC 9457)."""

from __future__ import annotations

from marshmallow import fields

from registry.api.schemas.shared import AnswerSchema, BasisOut, text


class MissingOut(AnswerSchema):
    """A step that is still to be done, and from which day it can be relied on."""

    action = text()
    earliest_on = fields.String(metadata={"format": "date"})
    basis = fields.List(fields.Nested(BasisOut), required=True)


class ReasonOut(AnswerSchema):
    """One clause of a criterion: what was found, what is asked, and where it is written."""

    met = fields.Boolean(required=True)
    text = fields.String(required=True)
    text_zh = fields.String(required=True)
    basis = fields.List(fields.Nested(BasisOut), required=True)


class ProblemOut(AnswerSchema):
    """An error. `code` is stable and documented; the members after it stand where they apply."""

    type = text(metadata={"format": "uri"})
    title = text()
    status = fields.Integer(required=True)
    detail = text()
    instance = text(metadata={"format": "uri"})
    code = text()
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Field to messages; with 422 only."},
    )
    missing = fields.List(fields.Nested(MissingOut))
    reasons = fields.List(fields.Nested(ReasonOut))
    id = fields.String()
    state = fields.String()
    action = fields.String()
    criterion = fields.String()
    version = fields.String()
    on = fields.String()
    matter = fields.String()
    limit = fields.Integer()
