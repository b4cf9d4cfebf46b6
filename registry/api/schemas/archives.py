"""What belongs to a subject's archive, as it is sent and shown."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry.api.fields import (
    Choice,
    Day,
    Flag,
    Nested,
    Pattern,
    RequestSchema,
    Several,
    TermField,
    Text,
    ident,
)
from registry.api.paging import PageQuery
from registry.api.query import QuerySchema
from registry.api.schemas.shared import AnswerSchema, day, maybe, page_schema, text
from registry.api.schemas.subjects import IdentifierIn, PersonIn, RepresentativeOut, SubjectOut
from registry.domain.check import PURPOSES
from registry.domain.listing import ROLES
from registry.services.archives import GROUNDS
from registry.services.deliveries import MODES
from registry.services.references import POLARITIES, SOURCES

WORD = r"^[a-z][a-z0-9_]{0,39}$"


def word(**kwargs: Any) -> Pattern:
    """The code of an occupation."""
    return Pattern(WORD, "a code such as tour_guide", **kwargs)


class UpdateIn(RequestSchema):
    """What is different now; what is left out stays."""

    name = Text(200)
    other_names = Several(Text(200), most=20)
    addresses = Several(Text(300), most=20)
    representative = Nested(PersonIn)
    full_capacity = Flag()


class IdentifyIn(RequestSchema):
    """The numbers of a subject that was provisional, and its head."""

    identifiers = Several(Nested(IdentifierIn), most=5, least=1, required=True)
    representative = Nested(PersonIn, required=True)


class EndIn(RequestSchema):
    """A subject is no more."""

    ended_on = Day(required=True)
    ground = Choice(GROUNDS, required=True)


class LinkIn(RequestSchema):
    """A person who answers for an organisation, since when."""

    person = Nested(PersonIn, required=True)
    role = Choice(ROLES, required=True)
    valid_from = Day(required=True)
    valid_to = Day()


class LinkEndIn(RequestSchema):
    """The first day on which the person no longer answers."""

    on = Day(required=True)


class OnQuery(QuerySchema):
    """A day; today, if left out."""

    on = Day(metadata={"description": "The day that is asked about; default: today."})


class LinkOut(AnswerSchema):
    """Who answers in which role. Without `id`: the head named when the organisation was entered."""

    id = maybe()
    person = fields.Nested(RepresentativeOut, required=True)
    role = text(metadata={"enum": list(ROLES)})
    valid_from = day()
    valid_to = day()


class LinksOut(AnswerSchema):
    """Who answers for an organisation on a day."""

    items = fields.List(fields.Nested(LinkOut), required=True)


class OccupationIn(RequestSchema):
    """An occupation as the coordinator keeps it."""

    title = Text(200, required=True)
    title_zh = Text(200, required=True)
    active = Flag(load_default=True)


class OccupationOut(AnswerSchema):
    """A key occupation (重点职业人群)."""

    code = text()
    title = text()
    title_zh = text()
    active = fields.Boolean(required=True)


OccupationPage = page_schema(OccupationOut, "OccupationPage")


class OccupationsIn(RequestSchema):
    """Exactly the occupations that a person has."""

    occupations = Several(word(), most=20, required=True)


class OccupationsOut(AnswerSchema):
    """The occupations of a person."""

    items = fields.List(fields.Nested(OccupationOut), required=True)


class PersonsQuery(PageQuery):
    """Which persons."""

    occupation = word(required=True, metadata={"description": "Those who have this occupation."})


PersonPage = page_schema(SubjectOut, "PersonPage")


class ContractIn(RequestSchema):
    """A contract; without `subject_id` the pledge of the comprehensive subject itself."""

    manager_id = ident(required=True)
    subject_id = ident()
    valid_from = Day(required=True)
    valid_to = Day()
    document_no = Text(200, required=True)


class BreachIn(RequestSchema):
    """A record of misconduct that is a breach of the contract."""

    record_id = ident(required=True)


class ContractOut(AnswerSchema):
    """A contract between department, comprehensive subject and single subject."""

    id = text()
    agency = maybe()
    manager_id = text()
    subject_id = text()
    valid_from = day()
    valid_to = day()
    document_no = text()
    breaches = fields.List(fields.String(), required=True)


class ContractsOut(AnswerSchema):
    """The contracts of a subject."""

    items = fields.List(fields.Nested(ContractOut), required=True)


class ConsentIn(RequestSchema):
    """A person's consent."""

    purposes = Several(Choice(PURPOSES), most=6, least=1, required=True)
    written = Flag(required=True)
    consequences_explained = Flag(required=True)
    given_on = Day(required=True)
    document_no = Text(200, required=True)


class ConsentOut(AnswerSchema):
    """A consent as it stands."""

    id = text()
    subject_id = text()
    agency = maybe()
    purposes = fields.List(fields.String(), required=True)
    written = fields.Boolean(required=True)
    consequences_explained = fields.Boolean(required=True)
    given_on = day()
    withdrawn_on = day()
    document_no = text()


class ReferenceIn(RequestSchema):
    """What a third party says; `independent`: it says so independently, fairly, objectively."""

    source_kind = Choice(SOURCES, required=True)
    source = Text(200, required=True)
    polarity = Choice(POLARITIES, required=True)
    statement = Text(2000, required=True)
    observed_on = Day(required=True)
    independent = Flag(required=True)


class ReferenceOut(AnswerSchema):
    """An entry of a third party: reference only (参考使用)."""

    id = text()
    kind = text(metadata={"enum": ["reference"]})
    subject_id = text()
    source_kind = text(metadata={"enum": list(SOURCES)})
    source = text()
    polarity = text(metadata={"enum": list(POLARITIES)})
    statement = text()
    observed_on = day()


class ReferencesOut(AnswerSchema):
    """What third parties say of a subject."""

    items = fields.List(fields.Nested(ReferenceOut), required=True)


class DeliveryIn(RequestSchema):
    """How a provider delivers."""

    mode = Choice(MODES, required=True)
    cycle = TermField()


class DeliveriesQuery(PageQuery):
    """Which providers."""

    late = Choice(("true", "false"), metadata={"description": "Only those overdue, or not."})


class DeliveryOut(AnswerSchema):
    """How a provider delivers, and whether its next batch is overdue."""

    agency = text()
    mode = text(metadata={"enum": list(MODES)})
    cycle = maybe()
    last_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    due_on = day()
    late = fields.Boolean(required=True)


DeliveryPage = page_schema(DeliveryOut, "DeliveryPage")
