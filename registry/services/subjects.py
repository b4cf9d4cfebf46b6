"""Subjects: adding, finding, and the age below which nobody is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.domain.errors import Duplicate, InvalidInput, NotFound
from registry.domain.subject import Identifier, Subject, SubjectKind
from registry.services import access
from registry.services.identifiers import parse
from registry.services.work import View, Work
from registry.store import subjects as store
from registry.store.access import fold_person
from registry.store.transaction import new_id


@dataclass(frozen=True)
class NewPerson:
    """A person named with one identifier: a representative, or someone answering for a listing."""

    name: str
    scheme: str
    value: str


@dataclass(frozen=True)
class NewSubject:
    """What is known of a subject when it is first entered."""

    kind: SubjectKind
    name: str
    identifiers: tuple[tuple[str, str], ...] = ()
    other_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    representative: NewPerson | None = None
    full_capacity: bool = True


def add(work: Work, new: NewSubject) -> Subject:
    """Enter a subject. A second one with the same identifier is refused, never merged silently."""
    access.require(work.actor, "add a subject")
    identifiers = read_identifiers(work, new)
    require_complete(new, identifiers)
    for identifier in identifiers:
        holder = store.find(work.change, identifier)
        if holder is not None:
            raise Duplicate("A subject with this identifier", holder.id)
    representative = None
    if new.representative is not None:
        representative = person(work, new.representative, "representative.identifier")
    id = new_id()
    fresh = store.Fresh(
        id,
        new.kind,
        new.name,
        tuple(identifiers),
        new.other_names,
        new.addresses,
        representative,
        new.full_capacity,
    )
    store.add_many(work.change, [fresh])
    added = store.get(work.change, id)
    assert added is not None
    return added


def read_identifiers(work: Work, new: NewSubject) -> list[Identifier]:
    """The canonical identifiers; InvalidInput where one is none, is of another kind of subject, or
    stands twice."""
    found: list[Identifier] = []
    for index, (scheme, value) in enumerate(new.identifiers):
        field = f"identifiers.{index}"
        identifier = parse(work.schemes, scheme, value, work.today, field)
        if str(new.kind) not in work.schemes[scheme].subject_kinds:
            raise InvalidInput.field(
                f"{field}.scheme", f"does not number a subject of kind {new.kind}"
            )
        if any(other.scheme == scheme for other in found):
            raise InvalidInput.field(f"{field}.scheme", "stands twice")
        found.append(identifier)
    return found


def require_complete(new: NewSubject, identifiers: Sequence[Identifier]) -> None:
    """InvalidInput unless the subject has what its kind needs."""
    if new.kind.is_person:
        if len(identifiers) != 1:
            raise InvalidInput.field(
                "identifiers", "a person has exactly one: resident, HMT or foreigner's number"
            )
        if new.representative is not None:
            raise InvalidInput.field("representative", "a person has none")
        return
    if not identifiers:
        return  # provisional: it may carry ratings, never a listing
    if not any(one.scheme == "uscc" for one in identifiers):
        raise InvalidInput.field("identifiers", "an organisation needs its unified code (uscc)")
    if new.representative is None:
        raise InvalidInput.field(
            "representative", "an organisation needs its legal representative or head"
        )


def person(work: Work, new: NewPerson, field: str) -> str:
    """The id of the person with this identifier, entered if not yet known; InvalidInput where the
    number is held by a person of another name."""
    identifier = person_number(work, new, field)
    known = store.find(work.change, identifier)
    if known is not None:
        if not same_person(known.name, new.name):
            at = f"{field.removesuffix('identifier')}name"
            raise InvalidInput.field(at, "the number is held by a person of another name")
        return known.id
    id = new_id()
    store.add_many(work.change, [store.Fresh(id, SubjectKind.PERSON, new.name, (identifier,))])
    return id


def same_person(known: str, given: str) -> bool:
    """Whether the name given for a number is that of its holder; an erased name says nothing."""
    return known == store.ERASED_NAME or fold_person(known) == fold_person(given)


def person_number(work: Work, new: NewPerson, field: str) -> Identifier:
    """The canonical number of a person; InvalidInput where it is none, or not of persons."""
    identifier = parse(work.schemes, new.scheme, new.value, work.today, field)
    if str(SubjectKind.PERSON) not in work.schemes[new.scheme].subject_kinds:
        raise InvalidInput.field(f"{field}.scheme", "does not number persons")
    return identifier


def lookup(
    view: View,
    identifier: tuple[str, str] | None,
    name: str | None,
    purpose: str | None,
    case_no: str | None,
) -> list[Subject]:
    """Find by identifier, or organisations by exact name. A person is found only by identifier,
    with purpose and case number."""
    assert view.actor is not None
    access.require(view.actor, "look up a subject")
    if identifier is None:
        return store.named(view.reading, name or "")
    canonical = parse(view.schemes, *identifier, view.today, "identifier")
    if view.schemes[canonical.scheme].personal:
        for field, given in (("purpose", purpose), ("case_no", case_no)):
            if not given:
                raise InvalidInput.field(field, "is required to look up a person")
    found = store.find(view.reading, canonical)
    return [found] if found else []


def look_up(
    work: Work,
    identifier: tuple[str, str] | None,
    name: str | None,
    purpose: str | None,
    case_no: str | None,
) -> list[Subject]:
    """`lookup`, and a person who was looked for is journalled with purpose and case number."""
    found = lookup(work.view(), identifier, name, purpose, case_no)
    if identifier is not None and work.schemes[identifier[0]].personal:
        holder = found[0].id if found else None
        facts = {"subject_id": holder, "purpose": purpose, "case_no": case_no}
        work.change.record("subject.looked_up", facts, holder)
    return found


def identifiers_of(view: View, subject: Subject) -> list[Identifier]:
    """The subject's numbers in clear: whoever shows them masks a person's."""
    return store.identifiers_of(view.reading, subject.id)


def representative_of(view: View, subject: Subject) -> Subject | None:
    """The legal representative or head of an organisation."""
    if subject.representative_id is None:
        return None
    return store.get(view.reading, subject.representative_id)


def get(view: View, id: str) -> Subject:
    """A subject by id. Who holds only the role `subject` sees nobody but itself."""
    assert view.actor is not None
    access.require(view.actor, "read a subject")
    only_self = view.actor.subject_id is not None and len(view.actor.roles) == 1
    found = store.get(view.reading, id)
    if found is None or (only_self and view.actor.subject_id != id):
        raise NotFound("subject")
    return found


def known(view: View, id: str) -> Subject | None:
    """A subject whose id the registry itself holds: whoever shows it masks what it must."""
    return store.get(view.reading, id)


def require_known(work: Work, scheme: str, value: str) -> Subject:
    """The subject that holds an identifier as sent; InvalidInput if the registry knows none."""
    identifier = parse(work.schemes, scheme, value, work.today, "subject.identifier")
    found = store.find(work.change, identifier)
    if found is None:
        raise InvalidInput.field("subject.identifier", "is not known: add the subject first")
    return found


def require_listable(work: Work, subject: Subject) -> None:
    """InvalidInput if the subject may never be listed: provisional, a minor, or without full
    civil capacity (宿迁 art. 2, 11)."""
    if subject.provisional:
        raise InvalidInput.field("subject_id", "is provisional: without identifier never listed")
    if not subject.kind.is_person:
        return
    if not subject.full_capacity:
        raise InvalidInput.field("subject_id", "lacks full civil capacity: never listed")
    least = int(work.profile.value("subject.min_age", work.today))
    if any(age < least for age in ages(work, subject.id)):
        raise InvalidInput.field("subject_id", f"is younger than {least}: never listed")


def ages(work: Work, subject_id: str) -> list[int]:
    """The ages that a person's numbers tell; empty where they hold no date of birth."""
    found = []
    for identifier in store.identifiers_of(work.change, subject_id):
        scheme = work.schemes.get(identifier.scheme)
        born = scheme.birth_date(identifier.value) if scheme and scheme.birth_date else None
        if born is not None:
            found.append(_age(born, work.today))
    return found


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
