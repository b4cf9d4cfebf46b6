"""The shape of each kind of rule file (docs/rule-files.md). Unknown keys are errors."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry.domain.actor import LEVELS
from registry.domain.check import PURPOSES
from registry.domain.criterion import Clock
from registry.domain.listing import ROLES, ListKind
from registry.domain.measure import Force, MeasureKind
from registry.domain.penalty import PenaltyKind
from registry.domain.record import FieldType
from registry.domain.subject import SubjectKind
from registry.rulebook.fields import (
    DOTTED_CODE,
    LABEL,
    NAME,
    SECTOR_CODE,
    Count,
    Day,
    Distinct,
    Flag,
    Label,
    Named,
    OneOf,
    Plain,
    TermText,
    Text,
)
from registry.rulebook.rule_schema import RuleSchema as RuleSchema
from registry.rulebook.standard_schemas import StandardSchema

# `alert` is no list that a criterion can put somebody on: it follows from watch listings.
LISTED = (ListKind.RED, ListKind.BLACK, ListKind.WATCH)
STATUSES = ("verified", "to_verify")


def _status() -> OneOf:
    return OneOf(STATUSES, load_default="verified")


def kinds_of_subject() -> Distinct:
    return Distinct(OneOf(SubjectKind), required=True)


class BasisSchema(RuleSchema):
    """A citation: which instrument, which article."""

    instrument = Text(LABEL, required=True)
    article = Text(limit=200, required=True)
    status = _status()


def _basis(**more: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(BasisSchema), **more)


class SeveritySchema(RuleSchema):
    scheme = Text(required=True)
    level = Text(required=True)


class MatterSchema(RuleSchema):
    code = Text(DOTTED_CODE, required=True)
    purpose = OneOf(PURPOSES, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)


class DirectoryEntrySchema(RuleSchema):
    code = Text(LABEL, required=True)
    title = Text(required=True)


class InstrumentSchema(RuleSchema):
    code = Text(LABEL, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    statute = Flag(required=True)
    valid_from = Day(required=True, allow_none=True)
    link = Text(load_default="")


class SectorSchema(RuleSchema):
    """sector.yaml"""

    code = Text(SECTOR_CODE, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    authority = Text(required=True)
    authority_zh = Text(required=True)
    key_field = Flag(required=True)
    jurisdictions = Distinct(Text(LABEL), required=True)
    directory = fields.List(fields.Nested(DirectoryEntrySchema), required=True)
    instruments = fields.List(fields.Nested(InstrumentSchema), required=True)
    matters = fields.List(fields.Nested(MatterSchema), load_default=list)
    standard = fields.Nested(StandardSchema, load_default=None)


class FieldSchema(RuleSchema):
    type = OneOf(FieldType, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    required = Flag(load_default=False)
    values = Distinct(Text(NAME), load_default=list)
    past = Flag(load_default=False)
    # Without a default, as below: an earlier document lacks the keys and keeps its digest.
    not_before = Text(NAME)
    not_after = Text(NAME)
    values_zh = Distinct(Text())


class RecordKindSchema(RuleSchema):
    code = Text(DOTTED_CODE, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    content = OneOf(("basic", "good", "misconduct"), required=True)
    basis_code = Count(1, 5, required=True)
    catalogue_item = Text(required=True)
    penalty = Flag(required=True)
    number_field = Text(NAME, load_default=None)
    filed_by = Distinct(OneOf(LEVELS))
    minimum_age = Count(1, 120)
    field_specs = Named(NAME, fields.Nested(FieldSchema), required=True, data_key="fields")


class RecordsSchema(RuleSchema):
    """records.yaml"""

    kinds = fields.List(fields.Nested(RecordKindSchema), required=True)


class NoticeSchema(RuleSchema):
    required = Flag()
    reply_days = Count(1, 365)
    unit = OneOf(("working", "calendar"))
    status = OneOf(STATUSES)
    basis = _basis()


class TermSchema(RuleSchema):
    max = TermText()
    min = TermText()
    months_field = Text(NAME)
    from_field = Text(NAME)
    clock = OneOf(Clock)
    statutory = Flag()
    joint = TermText()
    status = OneOf(STATUSES)
    basis = _basis()


class RepeatBarSchema(RuleSchema):
    count = Count(1, 100, required=True)
    window = TermText(required=True)


class RepairRefusalSchema(RuleSchema):
    """What repair is refused for, whatever else is fulfilled."""

    code = Text(NAME, required=True)
    title = Text(limit=200, required=True)
    title_zh = Text(limit=200, required=True)
    record_kinds = Distinct(Text(DOTTED_CODE), load_default=list, empty=True)
    criteria = Distinct(Text(DOTTED_CODE), load_default=list, empty=True)
    basis = _basis(required=True)


class RepairSchema(RuleSchema):
    repairable = OneOf(("yes", "no", "after_expiry"))
    min_publication = TermText()
    cooling_off = TermText()
    documents = Distinct(Text(NAME), empty=True)
    ways = Distinct(Text(NAME), empty=True)
    immediate_ways = Distinct(Text(NAME), empty=True)
    training_required = Flag()
    decision_days = Count(1, 365)
    extension_days = Count(1, 365)
    repeat_bar = fields.Nested(RepeatBarSchema)
    restart_on_fraud = Flag()
    temporary_lifting = Distinct(Text(NAME), empty=True)
    refused_if = fields.List(fields.Nested(RepairRefusalSchema))
    status = OneOf(STATUSES)
    basis = _basis()


class PublicationSchema(RuleSchema):
    public = Flag()
    media = Distinct(Text(), empty=True)
    persons = _basis()


class _PartsSchema(RuleSchema):
    """What lists.yaml may preset and a version may say itself; merged key by key."""

    notice = fields.Nested(NoticeSchema)
    term = fields.Nested(TermSchema)
    repair = fields.Nested(RepairSchema)
    publication = fields.Nested(PublicationSchema)


class ListDefaultsSchema(_PartsSchema):
    severity = fields.Nested(SeveritySchema)
    categories = Distinct(Text(NAME))


class ListsSchema(RuleSchema):
    """lists.yaml"""

    red = fields.Nested(ListDefaultsSchema)
    black = fields.Nested(ListDefaultsSchema)
    watch = fields.Nested(ListDefaultsSchema)


class ShareSchema(RuleSchema):
    at_least = Plain(load_default=None)
    at_most = Plain(load_default=None)


class PeriodSchema(RuleSchema):
    at_least = TermText(load_default=None, allow_none=True)
    at_most = TermText(load_default=None, allow_none=True)


class PenaltySchema(RuleSchema):
    """What may be imposed for the act, and within which limits."""

    kind = OneOf(PenaltyKind, required=True)
    whom = Text(limit=200, required=True)
    whom_zh = Text(limit=200, required=True)
    of = Text(NAME, load_default=None, allow_none=True)
    share = fields.Nested(ShareSchema, load_default=None, allow_none=True)
    amount = fields.Nested(ShareSchema, load_default=None, allow_none=True)
    period = fields.Nested(PeriodSchema, load_default=None, allow_none=True)
    for_life = Flag(load_default=False)
    basis = _basis(required=True)


class PredicateSchema(RuleSchema):
    """A function of the plugin, where the condition cannot say it; beside `when`, never instead."""

    code = Text(DOTTED_CODE, required=True)
    basis = _basis()


class VersionSchema(_PartsSchema):
    version = Label(LABEL, required=True)
    valid_from = Day(required=True)
    valid_to = Day(load_default=None, allow_none=True)
    status = OneOf(STATUSES, required=True)
    basis = _basis(required=True)
    checked_on = Day(required=True)
    text_zh = Text(limit=20_000, load_default="")
    supersedes = Text(load_default="")
    when = Plain(required=True)
    penalties = fields.List(fields.Nested(PenaltySchema))
    predicate = fields.Nested(PredicateSchema)


class CriterionSchema(RuleSchema):
    """criteria/<name>.yaml"""

    code = Text(DOTTED_CODE, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    list_kind = OneOf(LISTED, required=True)
    severity = fields.Nested(SeveritySchema)
    subject_kinds = kinds_of_subject()
    record_kinds = Distinct(Text(DOTTED_CODE), required=True)
    directory_entry = Text(LABEL, required=True)
    basis_code = Count(1, 5, required=True)
    mandatory = Flag()
    categories = Distinct(Text(NAME))
    categories_field = Text(NAME)
    versions = fields.List(fields.Nested(VersionSchema), required=True)


class RatedTargetSchema(RuleSchema):
    scorecard = Text(DOTTED_CODE, required=True)
    grades = Distinct(Text(LABEL), required=True)


class TargetSchema(RuleSchema):
    list_kinds = Distinct(OneOf(ListKind), empty=True, load_default=list)
    ratings = fields.List(fields.Nested(RatedTargetSchema), load_default=list)
    subject_kinds = kinds_of_subject()
    criteria = Distinct(Text(DOTTED_CODE), empty=True, load_default=list)
    severity_from = fields.Nested(SeveritySchema, load_default=None)
    every_sector = Flag()


class MeasureSchema(RuleSchema):
    code = Text(DOTTED_CODE, required=True)
    version = Label(LABEL, required=True)
    name = Text(required=True)
    name_zh = Text(required=True)
    kind = OneOf(MeasureKind, required=True)
    force = OneOf(Force, required=True)
    content = Text(required=True)
    content_zh = Text(required=True)
    implementer = Text(required=True)
    matters = Distinct(Text(), required=True)
    target = fields.Nested(TargetSchema, required=True)
    basis = _basis(required=True)
    reaches = Distinct(OneOf(ROLES), empty=True, load_default=list)
    memorandum = Text(LABEL, load_default="")
    signatories = Distinct(Text(), empty=True, load_default=list)
    parent = Text(DOTTED_CODE)
    period_of = Text(LABEL)
    valid_from = Day(required=True)
    valid_to = Day(load_default=None, allow_none=True)


class MeasuresSchema(RuleSchema):
    """measures.yaml"""

    measures = fields.List(fields.Nested(MeasureSchema), required=True)


class ParameterSchema(RuleSchema):
    value = Plain(required=True)
    since = Day(required=True)
    source = Text(required=True)
    # Without a default: where nothing is said the document lacks the key, so that the digest of
    # a profile without notes is the same as before there were any.
    note = Text(limit=200)
    status = _status()


class ProfileSchema(RuleSchema):
    """profiles/<code>.yaml"""

    code = Text(LABEL, required=True)
    title = Text(required=True)
    parent = Text(LABEL, required=True, allow_none=True)
    parameters = Named(LABEL, fields.List(fields.Nested(ParameterSchema)), required=True)


class CaseRecordSchema(RuleSchema):
    kind = Text(DOTTED_CODE, required=True)
    decided_on = Day(required=True)
    ended_on = Day(load_default=None, allow_none=True)
    field_values = Plain(required=True, data_key="fields")


class ExpectationSchema(RuleSchema):
    met = Flag()
    not_in_force = Flag()
    matter = Text()
    measures = Distinct(Text(DOTTED_CODE), empty=True)
    valid_to = Day()
    repair_earliest = Day()


class CaseSchema(RuleSchema):
    """One worked case of cases/<criterion>.yaml"""

    title = Text(required=True)
    on = Day(required=True)
    subject_kind = OneOf(SubjectKind, load_default="enterprise")
    records = fields.List(fields.Nested(CaseRecordSchema), required=True)
    expect = fields.Nested(ExpectationSchema, required=True)


class CasesSchema(RuleSchema):
    """cases/<criterion>.yaml: a list; the loader gives it the one key."""

    cases = fields.List(fields.Nested(CaseSchema), required=True)
