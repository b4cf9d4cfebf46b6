"""Checks: the question, for the document and as the yardstick of check_body, and the answer."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validates_schema

from registry.api.fields import AsOf, Choice, Moment, Nested, RequestSchema, Text, code
from registry.api.schemas.listings import AS_OF, SuspensionOut
from registry.api.schemas.shared import AnswerSchema, SeverityOut, basis, day, instant, maybe, text
from registry.api.schemas.subjects import IdentifierIn
from registry.domain.check import PURPOSES

ONE_OF_TWO = "give identifier or name, one of the two"


class CheckedSubjectIn(RequestSchema):
    """Whom the approval is about: by identifier; by name only the answer is undetermined."""

    identifier = Nested(IdentifierIn)
    name = Text(200)

    @validates_schema
    def one_of_two(self, data: dict[str, object], **_: object) -> None:
        """By identifier or by name."""
        if ("identifier" in data) is ("name" in data):
            raise ValidationError(ONE_OF_TWO, "identifier")


class CheckIn(RequestSchema):
    """What is about to be decided, about whom, for which purpose and in which case."""

    subject = Nested(CheckedSubjectIn, required=True)
    matter = code(required=True)
    purpose = Choice(PURPOSES, required=True)
    case_no = Text(200, required=True)
    as_of = AsOf(metadata=AS_OF)
    known_at = Moment(metadata={"description": "What the registry knew then; not after now."})


class ViaOut(AnswerSchema):
    """The organisation through which a measure reaches a person, and the person's role in it."""

    subject_id = text()
    name = text()
    role = text()


class AppliedOut(AnswerSchema):
    """A measure that applies, by which article, until when."""

    code = text()
    name = text()
    name_zh = text()
    kind = text()
    force = text()
    content = text()
    content_zh = text()
    implementer = text()
    basis = basis()
    listing_id = maybe()
    rating_id = fields.String(metadata={"description": "Where it follows from a rating."})
    until = day()
    via = fields.Nested(ViaOut, allow_none=True)


class GroupOut(AnswerSchema):
    """By force: `mandatory` must be applied, `recommended` may be."""

    mandatory = fields.List(fields.Nested(AppliedOut), required=True)
    recommended = fields.List(fields.Nested(AppliedOut), required=True)


class FoundListingOut(AnswerSchema):
    """A listing in force, or suspended for verification."""

    id = text()
    sector = text()
    list_kind = text()
    severity = fields.Nested(SeverityOut, allow_none=True)
    criterion = text()
    criterion_version = text()
    status = text()
    suspension = fields.Nested(SuspensionOut, allow_none=True)
    reason = text()
    reason_zh = fields.String()
    authority = maybe()
    basis = basis()
    valid_from = day()
    valid_to = day()


class ThroughOut(FoundListingOut):
    """An organisation's listing on which something rests that reaches the person asked about."""

    via = fields.Nested(ViaOut, required=True)


class FoundRatingOut(AnswerSchema):
    """A rating in force."""

    id = text()
    sector = text()
    scorecard = text()
    scorecard_version = text()
    grade = maybe()
    grade_title = fields.String(required=True)
    grade_title_zh = fields.String(required=True)
    rater = maybe()
    rated_on = day()
    edition = maybe()
    third_party = fields.Boolean(
        required=True, metadata={"description": "A credit agency's; `source` is its report."}
    )
    source = maybe()
    basis = basis()
    valid_from = day()
    valid_to = day()


class CheckedSubjectOut(AnswerSchema):
    """Whom the answer is about."""

    id = maybe()
    name = maybe()
    known = fields.Boolean(required=True)
    matched_by = text(metadata={"enum": ["identifier", "name"]})


class DroppedOut(AnswerSchema):
    """A sanction that a plugin proposes and no edition in effect holds."""

    code = text()
    name = text()
    sector = text()
    reason = text()


class IncompleteOut(AnswerSchema):
    """Something that was needed and could not be consulted."""

    what = text()
    sector = maybe()
    reason = text()


class GreenChannelOut(AnswerSchema):
    """Whether the subject qualifies for the green channel on the day."""

    eligible = fields.Boolean(required=True)
    reason = text()


class RulebookRefOut(AnswerSchema):
    """The rulebook that the answer was given by, and the release of the time zone data."""

    digest = text()
    tzdata = fields.String()  # absent in answers of before it was named


class ReceiptOut(AnswerSchema):
    """The place of the answer in the query log."""

    chain = text()
    seq = fields.Integer(required=True)
    hash = text()


class CheckOut(AnswerSchema):
    """The answer."""

    id = text()
    outcome = text(
        metadata={"enum": ["restricted", "undetermined", "caution", "favoured", "clear"]}
    )
    as_of = instant()
    known_at = instant()
    matter = text()
    purpose = text()
    subject = fields.Nested(CheckedSubjectOut, required=True)
    sanctions = fields.Nested(GroupOut, required=True)
    incentives = fields.Nested(GroupOut, required=True)
    listings = fields.List(fields.Nested(FoundListingOut), required=True)
    through = fields.List(
        fields.Nested(ThroughOut),
        metadata={"description": "Only where a measure reaches a person through an organisation."},
    )
    ratings = fields.List(
        fields.Nested(FoundRatingOut),
        metadata={"description": "Only where a measure in effect for the matter follows ratings."},
    )
    candidates = fields.Integer(required=True)
    dropped = fields.List(fields.Nested(DroppedOut), required=True)
    green_channel = fields.Nested(GreenChannelOut, required=True)
    incomplete = fields.List(fields.Nested(IncompleteOut), required=True)
    rulebook = fields.Nested(RulebookRefOut, required=True)
    receipt = fields.Nested(ReceiptOut, required=True)


class ReplayOut(AnswerSchema):
    """Whether computing the answer again gives the same; null where content was erased."""

    same = fields.Boolean(required=True, allow_none=True)
    reason = fields.String()
