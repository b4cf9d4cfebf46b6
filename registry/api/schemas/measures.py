"""Measures and the editions that publish them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from registry.api.fields import (
    Choice,
    Day,
    Flag,
    Nested,
    Optional,
    RequestSchema,
    Several,
    Text,
    code,
    ident,
)
from registry.api.paging import PageQuery
from registry.api.query import QuerySchema
from registry.api.schemas.shared import AnswerSchema, SeverityOut, basis, day, page_schema, text
from registry.domain.listing import ROLES, ListKind
from registry.domain.measure import Force, MeasureKind
from registry.domain.severity import SCHEMES
from registry.domain.subject import SubjectKind

LEVELS = sorted({level for levels in SCHEMES.values() for level in levels})


class EditionQuery(PageQuery):
    """Editions of one sector, or of all."""

    sector = code()


class CompareQuery(QuerySchema):
    """Against which edition; without it, the one of the sector in force."""

    with_ = ident(data_key="with")


class EditionIn(RequestSchema):
    """A new draft copies the edition in force, or the proposal if none is."""

    sector = code(required=True)
    name = Text(200)


class PublishIn(RequestSchema):
    """From which day it is in effect; today if left out."""

    effective_from = Day()


class CitationIn(RequestSchema):
    """A legal basis. The registry knows whether the instrument is a statute, and how far a
    citation that it holds is confirmed; one that it does not hold is `to_verify`, whatever is sent.
    """

    instrument = Text(300, required=True)
    article = Text(300, required=True)
    status = Choice(("verified", "to_verify", "accepted"), load_default="to_verify")


class SeverityIn(RequestSchema):
    """The lowest grade that the measure follows."""

    scheme = Choice(SCHEMES, required=True)
    level = Choice(LEVELS, required=True)


class RatedTargetIn(RequestSchema):
    """Ratings of one scorecard of the sector, with one of these grades."""

    scorecard = code(required=True)
    grades = Several(Text(40), most=20, least=1, required=True)


class TargetIn(RequestSchema):
    """Which listings the measure follows, and which ratings."""

    list_kinds = Several(Choice(ListKind), most=4, required=True)
    ratings = Several(Nested(RatedTargetIn), most=20, load_default=list)
    subject_kinds = Several(Choice(SubjectKind), most=7, least=1, required=True)
    criteria = Several(code(), load_default=list)
    severity_from = Nested(SeverityIn, allow_none=True, load_default=None)
    every_sector = Flag(load_default=False)

    @validates_schema
    def follows_something(self, data: dict[str, Any], **_: object) -> None:
        """Listings or ratings."""
        if not data["list_kinds"] and not data["ratings"]:
            raise ValidationError("must have 1 to 4 items, unless there are ratings", "list_kinds")


class MeasureIn(RequestSchema):
    """A whole measure, less what the registry fills."""

    name = Text(300, required=True)
    name_zh = Text(300, required=True)
    kind = Choice(MeasureKind, required=True)
    force = Choice(Force, required=True)
    content = Text(required=True)
    content_zh = Text(required=True)
    implementer = Text(300, required=True)
    basis = Several(Nested(CitationIn), most=20, required=True)
    matters = Several(code(), required=True)
    target = Nested(TargetIn, required=True)
    reaches = Several(Choice(ROLES), load_default=list)
    code = code()
    memorandum = Optional(300, load_default="")
    signatories = Several(Text(100), load_default=list)
    parent = Optional(200, load_default="")
    period_of = Optional(200, load_default="")


class RatedTargetOut(AnswerSchema):
    """Ratings of one scorecard, with one of these grades."""

    scorecard = text()
    grades = fields.List(fields.String(), required=True)


class TargetOut(AnswerSchema):
    """Which listings a measure follows, and which ratings."""

    list_kinds = fields.List(fields.String(), required=True)
    subject_kinds = fields.List(fields.String(), required=True)
    criteria = fields.List(fields.String(), required=True)
    severity_from = fields.Nested(SeverityOut, allow_none=True)
    ratings = fields.List(fields.Nested(RatedTargetOut), required=True)
    every_sector = fields.Boolean(metadata={"description": "Listings of other sectors as well."})


class MeasureOut(AnswerSchema):
    """A measure as an edition, or a plugin's proposal, holds it."""

    code = text()
    version = text()
    sector = text()
    name = text()
    name_zh = text()
    kind = text(metadata={"enum": [str(kind) for kind in MeasureKind]})
    force = text(metadata={"enum": [str(force) for force in Force]})
    content = text()
    content_zh = text()
    implementer = text()
    basis = basis()
    matters = fields.List(fields.String(), required=True)
    target = fields.Nested(TargetOut, required=True)
    reaches = fields.List(fields.String(), required=True)
    memorandum = fields.String()
    signatories = fields.List(fields.String())
    parent = fields.String(metadata={"description": "The measure that it is a kind of."})
    period_of = fields.String(
        metadata={"description": "The parameter of the profile with the most months it lasts."}
    )
    valid_from = day()
    valid_to = day()
    status = text()


class EditionOut(AnswerSchema):
    """An edition; a published one does not change."""

    id = text()
    sector = text()
    name = text()
    state = text(metadata={"enum": ["draft", "published"]})
    effective_from = day()
    measures = fields.List(fields.Nested(MeasureOut), required=True)


class ComparisonOut(AnswerSchema):
    """What an edition adds, leaves out and changes, by measure code."""

    added = fields.List(fields.String(), required=True)
    removed = fields.List(fields.String(), required=True)
    changed = fields.List(fields.String(), required=True)


class MeasureQuery(PageQuery):
    """What published editions hold on a day, or what plugins propose."""

    sector = code()
    list_kind = Choice(ListKind)
    kind = Choice(MeasureKind)
    force = Choice(Force)
    matter = code()
    on = Day(metadata={"description": "The editions in effect then; today if left out."})
    proposed = Choice(("true", "false"), load_default="false")


MeasurePage = page_schema(MeasureOut, "MeasurePage")
EditionPage = page_schema(EditionOut, "EditionPage")
