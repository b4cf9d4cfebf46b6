"""Listings as they are asked for and shown."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import AsOf, Choice, Moment, RequestSchema, Text, code, ident
from registry.api.paging import PageQuery
from registry.api.query import QuerySchema
from registry.api.schemas.shared import (
    AnswerSchema,
    SeverityOut,
    basis,
    day,
    maybe,
    page_schema,
    text,
)
from registry.domain.listing import ExitGround, ListingStatus, ListKind

AS_OF = {
    "description": "When it was true: an instant, or a date meaning its noon. It may lie ahead.",
    "anyOf": [{"format": "date"}, {"format": "date-time"}],
}


class InstantQuery(QuerySchema):
    """When it was true, and what was known then."""

    as_of = AsOf(metadata=AS_OF)
    known_at = Moment(metadata={"description": "What the registry knew then."})


class ListingQuery(PageQuery):
    """Which listings, and at which instant."""

    subject_id = ident()
    sector = code()
    list_kind = Choice(ListKind)
    status = Choice(ListingStatus)
    as_of = AsOf(metadata=AS_OF)
    known_at = Moment(metadata={"description": "What the registry knew then."})


class ExitIn(RequestSchema):
    """Why a listing ends."""

    ground = Choice((ExitGround.CRITERIA_CHANGED, ExitGround.BENEFIT_ABUSED), required=True)
    reason = Text(required=True)


class SuspensionOut(AnswerSchema):
    """Why sanctions rest, and since when."""

    kind = text(metadata={"enum": ["verification", "late"]})
    since = day()


class ExitOut(AnswerSchema):
    """How a listing ended; the day is the first not in force."""

    ground = text(metadata={"enum": [str(ground) for ground in ExitGround]})
    on = day()


class RepairTermsOut(AnswerSchema):
    """What the decision says about repair."""

    repairable = fields.Boolean(required=True)
    ways = fields.List(fields.String(), required=True)
    earliest_on = day()


class PublicationOut(AnswerSchema):
    """Whether the public sees the listing, and from which day."""

    public = fields.Boolean(required=True)
    since = day()
    media = fields.List(fields.String(), metadata={"description": "Designated media."})


class ListingOut(AnswerSchema):
    """A listing at the instant asked about. Who decided, and on which records, is shown to those
    with a token."""

    id = text()
    subject_id = text()
    sector = text()
    list_kind = text(metadata={"enum": [str(kind) for kind in ListKind]})
    severity = fields.Nested(SeverityOut, allow_none=True)
    criterion = text()
    criterion_version = text()
    criterion_text = fields.String(metadata={"description": "The rule's wording when applied."})
    basis = basis()
    basis_code = fields.Integer()
    reason = fields.String(required=True)
    reason_zh = fields.String()
    authority = maybe()
    determined_on = day()
    valid_from = day()
    valid_to = day()
    status = text(metadata={"enum": [str(status) for status in ListingStatus]})
    suspension = fields.Nested(SuspensionOut, allow_none=True)
    exit = fields.Nested(ExitOut, allow_none=True)
    repair = fields.Nested(RepairTermsOut, allow_none=True)
    publication = fields.Nested(PublicationOut)
    categories = fields.List(fields.String())
    joint_until = day()
    follows = maybe()
    determination_id = fields.String()
    decided_by = fields.String()
    record_ids = fields.List(fields.String())


ListingPage = page_schema(ListingOut, "ListingPage")
