"""Health and readiness."""

from __future__ import annotations

from marshmallow import fields

from registry.api.schemas.shared import AnswerSchema, text


class HealthOut(AnswerSchema):
    """The process is alive."""

    status = text()


class ReadinessOut(AnswerSchema):
    """What is missing, by part; empty when ready."""

    status = text(metadata={"enum": ["ready", "not ready"]})
    missing = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
