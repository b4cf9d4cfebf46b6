"""Determinations: what is sent at each step, and the case as it stands."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import (
    Choice,
    Day,
    Flag,
    Nested,
    RequestSchema,
    Several,
    TermField,
    Text,
    code,
    ident,
)
from registry.api.schemas.problems import MissingOut, ReasonOut
from registry.api.schemas.shared import AnswerSchema, DueOut, day, maybe, page_schema, text
from registry.api.schemas.subjects import PersonIn
from registry.domain.determination import State
from registry.domain.listing import ROLES, ListKind


class ProposalIn(RequestSchema):
    """Which criterion which records meet."""

    criterion = code(required=True)
    subject_id = ident(required=True)
    record_ids = Several(ident(), most=100, least=1, required=True)


class NoticeIn(RequestSchema):
    """When the notice was served; a warning also names the day on which it ends."""

    served_on = Day(required=True)
    ends_on = Day()


class SubmissionIn(RequestSchema):
    """What the subject said."""

    statement = Text(10_000, required=True)
    received_on = Day(required=True)


class SubmissionAnswerIn(RequestSchema):
    """What the authority answers."""

    outcome = Choice(("accepted", "rejected"), required=True)
    reason = Text(required=True)


class RepairTermsIn(RequestSchema):
    """Whether, how and from when the listing can be repaired."""

    repairable = Flag(required=True)
    ways = Several(Text(200), most=20, load_default=list)
    earliest_on = Day()


class ResponsiblePersonIn(PersonIn):
    """A person who answers for the organisation."""

    role = Choice(ROLES, required=True)


class ConfirmationIn(RequestSchema):
    """What the reviewer sets; what is left out follows the rule and the profile."""

    valid_from = Day()
    term = TermField()
    repair = Nested(RepairTermsIn)
    watch_term = TermField()
    responsible_persons = Several(Nested(ResponsiblePersonIn), most=50)


class ReasonIn(RequestSchema):
    """Why."""

    reason = Text(required=True)


class FindingOut(AnswerSchema):
    """The result of the criterion on the records."""

    met = fields.Boolean(required=True)
    reasons = fields.List(fields.Nested(ReasonOut), required=True)


class SubmissionOut(AnswerSchema):
    """What was said, and answered."""

    id = text()
    statement = text()
    received_on = day()
    outcome = maybe()
    reason = text()


class DeterminationOut(AnswerSchema):
    """The case as it stands, and what is still to be done."""

    id = text()
    state = text(metadata={"enum": [str(state) for state in State]})
    subject_id = text()
    criterion = text()
    criterion_version = text()
    sector = text()
    list_kind = text(metadata={"enum": [str(kind) for kind in ListKind]})
    record_ids = fields.List(fields.String(), required=True)
    authority = maybe()
    proposed_by = text()
    proposed_on = day()
    finding = fields.Nested(FindingOut, required=True)
    next = fields.List(fields.Nested(MissingOut), required=True)
    served_on = day()
    ends_on = day()
    publicised_on = day()
    deadlines = fields.List(fields.Nested(DueOut), required=True)
    submissions = fields.List(fields.Nested(SubmissionOut), required=True)
    listing_id = maybe()
    confirmed_by = maybe()
    drop_reason = maybe()
    submission_id = fields.String(metadata={"description": "Of the submission just entered."})


DeterminationPage = page_schema(DeterminationOut, "DeterminationPage")
