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
    Text,
    code,
    ident,
)
from registry.api.schemas.shared import AnswerSchema, day, maybe, text
from registry.api.schemas.subjects import IdentifierIn


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
    fields = fields.Dict(required=True)  # type: ignore[assignment]
    document_no = text()
    decided_on = day()
    ended_on = day()
    provider = maybe()
    grade = maybe()
    annulled_on = day()
