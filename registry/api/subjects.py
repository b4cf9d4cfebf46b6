"""Subjects: add, look up, read, and what happened to them."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api import masking
from registry.api.paging import PageQuery, page_of, place_of
from registry.api.reads import reads
from registry.api.schemas.subjects import FoundOut, LookupIn, SubjectIn, SubjectOut, TimelinePage
from registry.api.writes import writes
from registry.domain import scripts
from registry.domain.subject import Subject, SubjectKind
from registry.services import archives, subjects, timeline
from registry.services.subjects import NewPerson, NewSubject
from registry.services.work import View, Work
from registry.store.codec import day_out
from registry.store.types import iso

blueprint = Blueprint("subjects", __name__, url_prefix="/api/v1/subjects")


def shape(view: View, subject: Subject) -> dict[str, Any]:
    """A subject as this asker may see it."""
    head = subjects.representative_of(view, subject)
    other_names = masking.private_texts(view, subject, subject.other_names)
    ended = archives.end_of(view, subject)
    return {
        "id": subject.id,
        "kind": str(subject.kind),
        "name": masking.name_of(view, subject),
        "provisional": subject.provisional,
        "known_since": iso(subject.known_since),
        "identifiers": [
            masking.identifier_of(subject, one) for one in subjects.identifiers_of(view, subject)
        ],
        "other_names": other_names,
        "to_review": scripts.marks_of((subject.name, *other_names)),
        "addresses": masking.private_texts(view, subject, subject.addresses),
        "representative": {"id": head.id, "name": masking.name_of(view, head)} if head else None,
        "full_capacity": subject.full_capacity,
        "ended": {"on": day_out(ended[0]), "ground": ended[1]} if ended else None,
    }


def new_person(sent: dict[str, Any]) -> NewPerson:
    """A person as sent."""
    return NewPerson(sent["name"], sent["identifier"]["scheme"], sent["identifier"]["value"])


@blueprint.route("")
class Subjects(MethodView):
    @writes("add a subject", SubjectOut, body=SubjectIn, about="id")
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """Enter a subject."""
        head = sent.get("representative")
        new = NewSubject(
            kind=SubjectKind(sent["kind"]),
            name=sent["name"],
            identifiers=tuple((one["scheme"], one["value"]) for one in sent["identifiers"]),
            other_names=tuple(sent["other_names"]),
            addresses=tuple(sent["addresses"]),
            representative=new_person(head) if head else None,
            full_capacity=sent["full_capacity"],
        )
        added = subjects.add(work, new)
        return shape(work.view(), added)


@blueprint.route("/lookup")
class Lookup(MethodView):
    @writes("look up a subject", FoundOut, body=LookupIn, status=200)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """Find a subject by identifier, or organisations by name."""
        given = sent.get("identifier")
        identifier = (given["scheme"], given["value"]) if given else None
        found = subjects.look_up(
            work, identifier, sent.get("name"), sent.get("purpose"), sent.get("case_no")
        )
        view = work.view()
        return {"items": [shape(view, one) for one in found]}


@blueprint.route("/<subject:id>")
class OneSubject(MethodView):
    @reads(SubjectOut, action="read a subject", noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """A subject."""
        return shape(view, subjects.get(view, id))


@blueprint.route("/<subject:id>/timeline")
class Timeline(MethodView):
    @reads(TimelinePage, action="read a subject", query=PageQuery, noun="subject")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """What happened to the subject, in plain words, as far as the asker may know."""
        after = place_of("timeline", query.get("cursor"))
        found = timeline.page(view, id, after, query["limit"] + 1)
        return page_of("timeline", found, query["limit"], _entry)


def _entry(entry: timeline.Entry) -> dict[str, Any]:
    return {
        "at": iso(entry.at),
        "kind": entry.kind,
        "text": entry.text,
        "text_zh": entry.text_zh,
        "target_id": entry.target_id,
    }
