"""Subjects as they are sent and shown."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validates_schema

from registry.api.fields import Choice, Flag, Nested, RequestSchema, Several, Text
from registry.api.schemas.shared import AnswerSchema, instant, maybe, page_schema, text
from registry.domain.check import PURPOSES
from registry.domain.scripts import MARKS
from registry.domain.subject import SubjectKind


class IdentifierIn(RequestSchema):
    """A number and the scheme it belongs to. It travels in bodies only, never in an address."""

    scheme = Text(60, required=True)
    value = Text(64, required=True)


class PersonIn(RequestSchema):
    """A person named with one identifier."""

    name = Text(200, required=True)
    identifier = Nested(IdentifierIn, required=True)


class SubjectIn(RequestSchema):
    """A subject as first entered."""

    kind = Choice(SubjectKind, required=True)
    name = Text(200, required=True)
    identifiers = Several(Nested(IdentifierIn), most=5, load_default=list)
    other_names = Several(Text(200), most=20, load_default=list)
    addresses = Several(Text(300), most=20, load_default=list)
    representative = Nested(PersonIn)
    full_capacity = Flag(load_default=True)


class LookupIn(RequestSchema):
    """Whom to find: by identifier, or an organisation by name."""

    identifier = Nested(IdentifierIn)
    name = Text(200)
    purpose = Choice(PURPOSES)
    case_no = Text(200)

    @validates_schema
    def one_of_two(self, data: dict[str, object], **_: object) -> None:
        """By identifier or by name."""
        if ("identifier" in data) is ("name" in data):
            raise ValidationError("give identifier or name, one of the two", "identifier")


class IdentifierOut(AnswerSchema):
    """A person's number is never shown but for its first and last character."""

    scheme = text()
    value = text()


class RepresentativeOut(AnswerSchema):
    """The legal representative or head; a subject of its own."""

    id = text()
    name = text()


class EndOut(AnswerSchema):
    """When and how a subject ended."""

    on = fields.String(required=True, metadata={"format": "date"})
    ground = text()


class SubjectOut(AnswerSchema):
    """A subject; names of persons are masked but for those who may see them."""

    id = text()
    kind = text(metadata={"enum": [str(kind) for kind in SubjectKind]})
    name = text()
    provisional = fields.Boolean(required=True)
    known_since = instant()
    identifiers = fields.List(fields.Nested(IdentifierOut), required=True)
    other_names = fields.List(fields.String())
    to_review = fields.List(
        fields.String(metadata={"enum": list(MARKS)}),
        metadata={"description": "What about the names a person should look at."},
    )
    addresses = fields.List(fields.String())
    representative = fields.Nested(RepresentativeOut, allow_none=True)
    full_capacity = fields.Boolean()
    ended = fields.Nested(EndOut, allow_none=True)


class FoundOut(AnswerSchema):
    """What a look-up found."""

    items = fields.List(fields.Nested(SubjectOut), required=True)


class TimelineEntryOut(AnswerSchema):
    """One thing that happened to the subject, in plain words."""

    at = instant()
    kind = fields.String(required=True)
    text = fields.String(required=True)
    text_zh = fields.String(required=True)
    target_id = maybe()


TimelinePage = page_schema(TimelineEntryOut, "TimelinePage")
