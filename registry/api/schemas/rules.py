"""The rules as the public reads them: each item dated, cited, and with the status of its basis."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Choice, Day, Pattern, RequestSchema, Text, code
from registry.api.paging import PageQuery
from registry.api.schemas.shared import (
    AnswerSchema,
    SeverityOut,
    basis,
    day,
    maybe,
    page_schema,
    text,
)
from registry.domain.check import PURPOSES
from registry.domain.listing import ListKind
from registry.domain.penalty import PenaltyKind

ON = {"description": "The version in force then; every version if left out."}
NOTE = "A remark of whoever keeps the profile, never part of a basis; null where there is none."


class RuleQuery(PageQuery):
    """Which rules, and on which day."""

    sector = code()
    on = Day(metadata=ON)


class CriterionQuery(RuleQuery):
    """Which criteria or repair rules."""

    list_kind = Choice(ListKind)


class MatterQuery(RuleQuery):
    """Which matters."""

    matter = code()
    purpose = Choice(PURPOSES)


class RuleOut(AnswerSchema):
    """What every rule says of itself; what has no version of its own says null."""

    code = text()
    version = maybe()
    valid_from = day()
    valid_to = day()
    basis = basis()
    status = text()


class SectorParameterOut(AnswerSchema):
    """A number of the sector's law that no rule reads; `value` is a decimal as text."""

    value = text()
    unit = text()
    title = text()
    title_zh = text()
    since = day()
    basis = basis()
    status = text()


class StandardApprovalOut(AnswerSchema):
    """Who approved a local standard, by which document."""

    by = text()
    document = text()
    approved_on = day()


class ConsultationOut(AnswerSchema):
    """How the public was consulted."""

    opened_on = day()
    closed_on = day()
    summary = text()


class EvaluationOut(AnswerSchema):
    """The third party, when it last evaluated, and until when it has to again."""

    evaluator = maybe()
    last_on = day()
    summary = fields.String()
    due_on = day()
    overdue = fields.Boolean(required=True)


class StandardOut(AnswerSchema):
    """How a criteria set of an authority's own was made, and is kept under review."""

    level = text()
    approvals = fields.List(fields.Nested(StandardApprovalOut), required=True)
    consultation = fields.Nested(ConsultationOut, allow_none=True)
    evaluation = fields.Nested(EvaluationOut)


class SectorOut(RuleOut):
    """A sector: who is competent, and the legal texts that its rules rest on."""

    title = text()
    title_zh = text()
    authority = text()
    authority_zh = text()
    key_field = fields.Boolean()
    jurisdictions = fields.List(fields.String())
    parameters = fields.Dict(keys=fields.String(), values=fields.Nested(SectorParameterOut))
    standard = fields.Nested(StandardOut, allow_none=True)


class FieldOut(AnswerSchema):
    """A field of the records that a criterion reads."""

    type = text()
    required = fields.Boolean(required=True)
    values = fields.List(fields.String())


class TermOut(AnswerSchema):
    """How long a listing lasts, and from what it counts."""

    clock = text()
    maximum = text()
    minimum = maybe()
    joint = maybe(metadata={"description": "How long sanctions of other sectors follow."})
    status = text()
    basis = basis()


class RangeOut(AnswerSchema):
    """Limits, both included; null where the law leaves one open."""

    at_least = maybe()
    at_most = maybe()


class PenaltyOut(AnswerSchema):
    """What may be imposed for the act: a fine as a share of a field or in yuan, a period."""

    kind = text(metadata={"enum": [str(kind) for kind in PenaltyKind]})
    whom = text()
    whom_zh = text()
    of = maybe()
    share = fields.Nested(RangeOut, allow_none=True)
    amount = fields.Nested(RangeOut, allow_none=True)
    period = fields.Nested(RangeOut, allow_none=True)
    for_life = fields.Boolean()
    basis = basis()


class NoticeOut(AnswerSchema):
    """Whether the subject is told first, and how long it has to answer."""

    required = fields.Boolean(required=True)
    reply_days = fields.Integer(allow_none=True)
    working = fields.Boolean()
    status = text()
    basis = basis()


class StepOut(AnswerSchema):
    """A step from a record to a listing, under the national profile."""

    step = text()
    subjects = fields.List(fields.String(), required=True)
    days = fields.Integer(allow_none=True)
    basis = basis()


class CriterionOut(RuleOut):
    """One version of a criterion."""

    sector = text()
    list_kind = text()
    severity = fields.Nested(SeverityOut, allow_none=True)
    title = text()
    title_zh = text()
    text_zh = fields.String()
    subject_kinds = fields.List(fields.String(), required=True)
    record_kinds = fields.List(fields.String(), required=True)
    term = fields.Nested(TermOut)
    notice = fields.Nested(NoticeOut)
    procedure = fields.List(fields.Nested(StepOut))
    basis_code = fields.Integer()
    directory_entry = maybe()
    mandatory = fields.Boolean()
    categories = fields.List(fields.String())
    categories_field = maybe()
    penalties = fields.List(fields.Nested(PenaltyOut))
    fields = fields.Dict(  # type: ignore[assignment]
        keys=fields.String(), values=fields.Nested(FieldOut), required=True
    )


class MatterOut(RuleOut):
    """What an agency may be about to decide; without `purpose` it fits any."""

    purpose = maybe()
    title = text()
    title_zh = text()


class RepairRefusalOut(AnswerSchema):
    """What repair is refused for: a record since the listing of one of the kinds, or that meets
    one of the criteria; without either, what the authority finds."""

    code = text()
    title = text()
    title_zh = text()
    record_kinds = fields.List(fields.String())
    criteria = fields.List(fields.String())
    basis = basis()


class RepairRuleOut(RuleOut):
    """How a listing under a criterion can be repaired."""

    sector = text()
    list_kind = text()
    repairable = text(metadata={"enum": ["yes", "no", "after_expiry"]})
    minimum_publication = maybe()
    cooling_off = maybe()
    documents = fields.List(fields.String())
    ways = fields.List(fields.String())
    immediate_ways = fields.List(fields.String())
    training = fields.Boolean()
    decision_days = fields.Integer(allow_none=True)
    extension_days = fields.Integer(allow_none=True)
    repeat_count = fields.Integer(allow_none=True)
    repeat_window = maybe()
    restart_on_fraud = fields.Boolean()
    temporary_lifting = fields.List(fields.String())
    refused_if = fields.List(fields.Nested(RepairRefusalOut))


class ParameterOut(AnswerSchema):
    """A number of a jurisdiction, and where it is written."""

    value = fields.Raw(required=True, allow_none=True)
    source = text()
    since = day()
    status = text()
    note = maybe(metadata={"description": NOTE})


class ProfileOut(RuleOut):
    """The numbers of a jurisdiction, its parent's already merged in."""

    parent = maybe()
    title = text()
    parameters = fields.Dict(
        keys=fields.String(), values=fields.Nested(ParameterOut), required=True
    )


class CalendarOut(RuleOut):
    """What a year's notice changes of Monday to Friday."""

    year = fields.Integer(required=True)
    holidays = fields.List(fields.String(), required=True)
    workdays = fields.List(fields.String(), required=True)
    notice = text()
    source = text()


class AcceptanceIn(RequestSchema):
    """Which version of a to-verify rule the authority takes over, in its own words."""

    version = Pattern(r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$", "the version of a rule", required=True)
    statement = Text(required=True)


class AcceptanceOut(AnswerSchema):
    """The rule as the authority's own determinations, listings and answers now show it."""

    criterion = text()
    version = text()
    statement = text()
    authority = text()
    status = text()


SectorPage = page_schema(SectorOut, "SectorPage")
CriterionPage = page_schema(CriterionOut, "CriterionPage")
MatterPage = page_schema(MatterOut, "MatterPage")
RepairRulePage = page_schema(RepairRuleOut, "RepairRulePage")
ProfilePage = page_schema(ProfileOut, "ProfilePage")
CalendarPage = page_schema(CalendarOut, "CalendarPage")
