"""Who answers for an organisation, by role and day (宿迁 art. 38): legal representative, principal,
those directly responsible, senior managers, directors, shareholders, practitioners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.domain.errors import Duplicate, IllegalTransition, InvalidInput, NotFound
from registry.domain.listing import REPRESENTATIVE, ROLES
from registry.domain.subject import Subject
from registry.services import access, subjects
from registry.services.subjects import NewPerson
from registry.services.work import View, Work
from registry.store import archives, tables
from registry.store import subjects as subject_store


@dataclass(frozen=True)
class Link:
    """A person answering for an organisation in a role from a day until, but not on, another.
    `id` is None for the head who was named when the organisation was entered."""

    id: str | None
    person: Subject
    role: str
    valid_from: date | None
    valid_to: date | None

    def holds(self, on: date) -> bool:
        """True if it was so on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class NewLink:
    """Who, as what, since when."""

    person: NewPerson
    role: str
    valid_from: date
    valid_to: date | None = None


def add(work: Work, subject_id: str, new: NewLink) -> Link:
    """Link a person, who is entered if not yet known. The same role twice at once is refused."""
    access.require(work.actor, "keep an archive")
    organisation = _organisation(work.view(), subject_id)
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise InvalidInput.field("valid_to", "must lie after valid_from")
    if new.valid_from > work.today:
        raise InvalidInput.field("valid_from", "must not lie after today")
    person_id = subjects.person(work, new.person, "person.identifier")
    for known in _stored(work.view(), organisation):
        same = known.person.id == person_id and known.role == new.role
        if same and _overlap(known, new):
            raise Duplicate("This person in this role", known.id)
    id = archives.add(
        work.change,
        tables.subject_links,
        subject_id=subject_id,
        person_id=person_id,
        role=new.role,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        agency_id=work.actor.agency.id,
    )
    facts = {"subject_id": subject_id, "link_id": id, "person_id": person_id, "role": new.role}
    work.change.record("person.linked", facts, subject_id)
    person = subject_store.get(work.change, person_id)
    assert person is not None
    return Link(id, person, new.role, new.valid_from, new.valid_to)


def end(work: Work, subject_id: str, link_id: str, on: date) -> Link:
    """End a link: `on` is the first day on which the person no longer answers."""
    access.require(work.actor, "keep an archive")
    found = archives.get(work.change, tables.subject_links, link_id)
    if found is None or found["subject_id"] != subject_id:
        raise NotFound("link")
    if found["valid_to"] is not None:
        raise IllegalTransition("ended", "end the link")
    if on <= found["valid_from"]:
        raise InvalidInput.field("on", "must lie after the day on which it began")
    archives.change_to(work.change, tables.subject_links, link_id, valid_to=on)
    facts = {"subject_id": subject_id, "link_id": link_id, "on": on.isoformat()}
    work.change.record("person.unlinked", facts, subject_id)
    person = subject_store.get(work.change, found["person_id"])
    assert person is not None
    return Link(link_id, person, found["role"], found["valid_from"], on)


def on_day(view: View, subject_id: str, on: date | None) -> list[Link]:
    """Who answers for an organisation on a day (default: today), by role. Where no legal
    representative is linked, it is the head who was named when it was entered."""
    day = on or view.today
    organisation = _organisation(view, subject_id)
    found = [one for one in _stored(view, organisation) if one.holds(day)]
    if not any(one.role == REPRESENTATIVE for one in found):
        head = subjects.representative_of(view, organisation)
        if head is not None:
            found.append(Link(None, head, REPRESENTATIVE, None, None))
    return sorted(found, key=lambda one: (ROLES.index(one.role), one.person.id))


def _organisation(view: View, subject_id: str) -> Subject:
    found = subjects.get(view, subject_id)
    if found.kind.is_person:
        raise InvalidInput.field("subject_id", "is a person: persons answer for organisations")
    return found


def _stored(view: View, organisation: Subject) -> list[Link]:
    rows = archives.of(view.reading, tables.subject_links, subject_id=organisation.id)
    ids = [row["person_id"] for row in rows]
    persons = {one.id: one for one in subject_store.get_many(view.reading, ids)}
    return [
        Link(row["id"], persons[row["person_id"]], row["role"], row["valid_from"], row["valid_to"])
        for row in rows
    ]


def _overlap(known: Link, new: NewLink) -> bool:
    before = known.valid_to is not None and known.valid_to <= new.valid_from
    start = known.valid_from or new.valid_from
    after = new.valid_to is not None and new.valid_to <= start
    return not before and not after
