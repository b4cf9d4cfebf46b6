"""The archive of a subject: who answers for it, its changes and its end, occupations, contracts,
consents, and what third parties say."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api import masking
from registry.api.paging import PageQuery, key_of, page_of, page_of_all
from registry.api.reads import reads
from registry.api.schemas import archives as schemas
from registry.api.schemas.subjects import SubjectOut
from registry.api.subjects import new_person, shape
from registry.api.writes import writes
from registry.services import archives, consents, contracts, links, occupations, references
from registry.services.archives import Update
from registry.services.consents import Consent, NewConsent
from registry.services.contracts import Contract, NewContract
from registry.services.links import Link, NewLink
from registry.services.occupations import Occupation
from registry.services.references import NewReference, Reference
from registry.services.work import View, Work
from registry.store.codec import day_out

blueprint = Blueprint("archives", __name__, url_prefix="/api/v1")


def link_shape(view: View, link: Link) -> dict[str, Any]:
    """A link; names of persons as this asker may see them."""
    return {
        "id": link.id,
        "person": {"id": link.person.id, "name": masking.name_of(view, link.person)},
        "role": link.role,
        "valid_from": day_out(link.valid_from),
        "valid_to": day_out(link.valid_to),
    }


def occupation_shape(one: Occupation) -> dict[str, Any]:
    """An occupation."""
    return {
        "code": one.code,
        "title": one.title,
        "title_zh": one.title_zh,
        "active": one.active,
    }


def contract_shape(view: View, one: Contract) -> dict[str, Any]:
    """A contract with its breaches."""
    return {
        "id": one.id,
        "agency": view.context.agency_names.get(one.agency_id),
        "manager_id": one.manager_id,
        "subject_id": one.subject_id,
        "valid_from": day_out(one.valid_from),
        "valid_to": day_out(one.valid_to),
        "document_no": one.document_no,
        "breaches": list(one.breaches),
    }


def consent_shape(view: View, one: Consent) -> dict[str, Any]:
    """A consent."""
    return {
        "id": one.id,
        "subject_id": one.subject_id,
        "agency": view.context.agency_names.get(one.agency_id),
        "purposes": list(one.purposes),
        "written": one.written,
        "consequences_explained": one.consequences_explained,
        "given_on": day_out(one.given_on),
        "withdrawn_on": day_out(one.withdrawn_on),
        "document_no": one.document_no,
    }


def reference_shape(one: Reference) -> dict[str, Any]:
    """An entry of a third party."""
    return {
        "id": one.id,
        "kind": "reference",
        "subject_id": one.subject_id,
        "source_kind": one.source_kind,
        "source": one.source,
        "polarity": one.polarity,
        "statement": one.statement,
        "observed_on": day_out(one.observed_on),
    }


@blueprint.route("/subjects/<subject:id>/update")
class Updates(MethodView):
    @writes("keep an archive", SubjectOut, body=schemas.UpdateIn, status=200, about="id")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Change a subject: its next version; the ones before stay."""
        head = sent.get("representative")
        new = Update(
            name=sent.get("name"),
            other_names=tuple(sent["other_names"]) if "other_names" in sent else None,
            addresses=tuple(sent["addresses"]) if "addresses" in sent else None,
            representative=new_person(head) if head else None,
            full_capacity=sent.get("full_capacity"),
        )
        return shape(work.view(), archives.update(work, id, new))


@blueprint.route("/subjects/<subject:id>/identifiers")
class Identifiers(MethodView):
    @writes("keep an archive", SubjectOut, body=schemas.IdentifyIn, about="id")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Give a provisional subject its numbers and its head."""
        numbers = [(one["scheme"], one["value"]) for one in sent["identifiers"]]
        found = archives.identify(work, id, numbers, new_person(sent["representative"]))
        return shape(work.view(), found)


@blueprint.route("/subjects/<subject:id>/end")
class End(MethodView):
    @writes("keep an archive", SubjectOut, body=schemas.EndIn, about="id")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Note that a subject is no more; its archive stays readable."""
        found = archives.end(work, id, sent["ended_on"], sent["ground"])
        return shape(work.view(), found)


@blueprint.route("/subjects/<subject:id>/persons")
class Persons(MethodView):
    @reads(schemas.LinksOut, action="read a subject", query=schemas.OnQuery, noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """Who answers for an organisation on a day, by role."""
        found = links.on_day(view, id, query.get("on"))
        return {"items": [link_shape(view, one) for one in found]}

    @writes("keep an archive", schemas.LinkOut, body=schemas.LinkIn)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Link a person who answers for an organisation."""
        new = NewLink(
            new_person(sent["person"]), sent["role"], sent["valid_from"], sent.get("valid_to")
        )
        return link_shape(work.view(), links.add(work, id, new))


@blueprint.route("/subjects/<subject:id>/persons/<string:sid>/end")
class PersonEnd(MethodView):
    @writes("keep an archive", schemas.LinkOut, body=schemas.LinkEndIn, status=200)
    def post(self, work: Work, sent: dict[str, Any], id: str, sid: str) -> Any:
        """End a link."""
        return link_shape(work.view(), links.end(work, id, sid, sent["on"]))


@blueprint.route("/subjects/<subject:id>/occupations")
class SubjectOccupations(MethodView):
    @writes("keep an archive", schemas.OccupationsOut, body=schemas.OccupationsIn, status=200)
    def put(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Say which key occupations a person has."""
        found = occupations.give(work, id, sent["occupations"])
        return {"items": [occupation_shape(one) for one in found]}

    @reads(schemas.OccupationsOut, action="read a subject", noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """The key occupations of a person."""
        found = occupations.of_person(view, id)
        return {"items": [occupation_shape(one) for one in found]}


@blueprint.route("/occupations")
class Occupations(MethodView):
    @reads(schemas.OccupationPage, query=PageQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Key occupations."""
        found = list(occupations.known(view).items())
        return page_of_all("occupations", found, query, occupation_shape)


@blueprint.route("/occupations/<string:code>")
class OneOccupation(MethodView):
    @writes("keep occupations", schemas.OccupationOut, body=schemas.OccupationIn, status=200)
    def put(self, work: Work, sent: dict[str, Any], code: str) -> Any:
        """Add a key occupation, change one, or take it out of use."""
        return occupation_shape(occupations.keep(work, Occupation(code, **sent)))


@blueprint.route("/persons")
class PersonsByOccupation(MethodView):
    @reads(schemas.PersonPage, action="find persons by occupation", query=schemas.PersonsQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Persons with a key occupation."""
        after = key_of("persons", query.get("cursor"))
        found = occupations.persons(view, query["occupation"], after, query["limit"] + 1)
        keyed = [(one.id, one) for one in found]
        return page_of("persons", keyed, query["limit"], lambda one: shape(view, one))


@blueprint.route("/contracts")
class Contracts(MethodView):
    @writes("enter a contract", schemas.ContractOut, body=schemas.ContractIn)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """Enter a pledge or a contract."""
        return contract_shape(work.view(), contracts.add(work, NewContract(**sent)))


@blueprint.route("/contracts/<string:id>/breaches")
class Breaches(MethodView):
    @writes("enter a contract", schemas.ContractOut, body=schemas.BreachIn, noun="contract")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Note a breach of a contract."""
        return contract_shape(work.view(), contracts.breach(work, id, sent["record_id"]))


@blueprint.route("/subjects/<subject:id>/contracts")
class SubjectContracts(MethodView):
    @reads(schemas.ContractsOut, action="read a subject", noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """The contracts in which a subject is bound or manages."""
        found = contracts.of_subject(view, id)
        return {"items": [contract_shape(view, one) for one in found]}


@blueprint.route("/subjects/<subject:id>/consents")
class Consents(MethodView):
    @writes("enter a consent", schemas.ConsentOut, body=schemas.ConsentIn)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Enter a person's consent."""
        return consent_shape(work.view(), consents.add(work, id, NewConsent(**sent)))


@blueprint.route("/consents/<string:id>/withdraw")
class Withdrawal(MethodView):
    @writes("enter a consent", schemas.ConsentOut, status=200, noun="consent")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Note that a consent was withdrawn."""
        return consent_shape(work.view(), consents.withdraw(work, id))


@blueprint.route("/subjects/<subject:id>/references")
class References(MethodView):
    @writes("enter a reference", schemas.ReferenceOut, body=schemas.ReferenceIn)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Take in what a third party says of a subject."""
        return reference_shape(references.add(work, id, NewReference(**sent)))

    @reads(schemas.ReferencesOut, action="read references", noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """What third parties say of a subject: reference only."""
        found = references.of_subject(view, id)
        return {"items": [reference_shape(one) for one in found]}
