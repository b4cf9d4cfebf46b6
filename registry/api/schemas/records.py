"""Records as they are sent and shown."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validates_schema

from registry.api.fields import (
    Choice,
    Day,
    Fields,
    Flag,
    Nested,
    RequestSchema,
    Several,
    Text,
    code,
    ident,
)
from registry.api.schemas.shared import AnswerSchema, day, instant, maybe, text
from registry.api.schemas.subjects import IdentifierIn
from registry.domain.check import PURPOSES


class KnownSubjectIn(RequestSchema):
    """A subject that the registry knows, by its identifier."""

    identifier = Nested(IdentifierIn, required=True)


class RecordIn(RequestSchema):
    """A fact as reported. `fields` are those of the record kind: see /api/v1/criteria."""

    subject_id = ident()
    subject = Nested(KnownSubjectIn)
    kind = code(required=True)
    fields = Fields(required=True)  # type: ignore[assignment]
    document_no = Text(200)
    decided_on = Day(required=True)
    ended_on = Day()
    procedure = Choice(("ordinary", "simplified"), load_default="ordinary")
    slight = Flag(load_default=False)
    grade = code()
    consent_id = ident()
    legal_basis = Text(200)
    market = Flag(load_default=False)

    @validates_schema
    def one_of_two(self, data: dict[str, object], **_: object) -> None:
        """By id or by identifier."""
        if ("subject_id" in data) is ("subject" in data):
            raise ValidationError("give subject_id or subject, one of the two", "subject_id")


class RecordOut(AnswerSchema):
    """A stored fact, classed by subject and by content. Money is a decimal string."""

    id = text()
    subject_id = text()
    kind = text()
    subject_class = text(metadata={"enum": ["organisation", "person"]})
    content = maybe(metadata={"enum": ["basic", "good", "misconduct", None]})
    returned = fields.List(fields.String(), required=True)
    market = fields.Boolean(required=True)
    fields = fields.Dict(required=True)  # type: ignore[assignment]
    document_no = text()
    decided_on = day()
    ended_on = day()
    provider = maybe()
    grade = maybe()
    annulled_on = day()
    state = text(metadata={"enum": ["filed", "returned", "annulled"]})
    consent_id = maybe()
    legal_basis = maybe()


class ReturnIn(RequestSchema):
    """Why a record goes back to its provider."""

    reasons = Several(Text(500), most=20, least=1, required=True)


class UseIn(RequestSchema):
    """For which purpose a record is read, and in which case."""

    purpose = Choice(PURPOSES, required=True)
    case_no = Text(200, required=True)


class RecordVersionOut(AnswerSchema):
    """A record as it was from an instant on; `submitted_by` is the opaque id of who wrote it so."""

    at = instant()
    submitted_by = text()
    record = fields.Nested(RecordOut, required=True)


class RecordVersionsOut(AnswerSchema):
    """Every version of a record, the first one first."""

    items = fields.List(fields.Nested(RecordVersionOut), required=True)
