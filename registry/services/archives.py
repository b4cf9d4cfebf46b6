"""The one archive of a subject (信用档案), kept up as the subject changes: its names and addresses,
its number once it has one, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry.domain.errors import Duplicate, IllegalTransition, InvalidInput
from registry.domain.subject import Subject
from registry.services import access, subjects
from registry.services.subjects import NewPerson, NewSubject
from registry.services.work import View, Work
from registry.store import archives, tables
from registry.store import subjects as store

GROUNDS = ("deregistered", "dissolved", "merged", "died")


@dataclass(frozen=True)
class Update:
    """What is different now; None leaves as it is."""

    name: str | None = None
    other_names: tuple[str, ...] | None = None
    addresses: tuple[str, ...] | None = None
    representative: NewPerson | None = None
    full_capacity: bool | None = None


def update(work: Work, id: str, new: Update) -> Subject:
    """Write the next version of a subject. An organisation stays known by the name it had."""
    access.require(work.actor, "keep an archive")
    known = _living(work, id)
    if known.kind.is_person and new.representative is not None:
        raise InvalidInput.field("representative", "a person has none")
    changed = _applied(work, known, new)
    if changed == known:
        return known
    names = [
        one
        for one in ("name", "other_names", "addresses", "representative_id", "full_capacity")
        if getattr(changed, one) != getattr(known, one)
    ]
    store.save(work.change, changed, tuple(store.identifiers_of(work.change, id)))
    work.change.record("subject.updated", {"subject_id": id, "changed": names}, id)
    return changed


def _applied(work: Work, known: Subject, new: Update) -> Subject:
    names = known.other_names if new.other_names is None else new.other_names
    name = new.name or known.name
    if not known.kind.is_person and store.fold_name(name) != store.fold_name(known.name):
        names = tuple(dict.fromkeys((*names, known.name)))  # 曾用名
    head = known.representative_id
    if new.representative is not None:
        head = subjects.person(work, new.representative, "representative.identifier")
    return replace(
        known,
        name=name,
        other_names=names,
        addresses=known.addresses if new.addresses is None else new.addresses,
        representative_id=head,
        full_capacity=known.full_capacity if new.full_capacity is None else new.full_capacity,
    )


def identify(
    work: Work, id: str, numbers: Sequence[tuple[str, str]], head: NewPerson | None
) -> Subject:
    """Give a provisional subject its numbers: from then on it is one like any other. Duplicate,
    with the id, where a number is another's already: nothing is merged silently."""
    access.require(work.actor, "keep an archive")
    known = _living(work, id)
    if not known.provisional:
        raise IllegalTransition("identified", "identify the subject")
    asked = NewSubject(known.kind, known.name, tuple(numbers), representative=head)
    identifiers = subjects.read_identifiers(work, asked)
    if not identifiers:
        raise InvalidInput.field("identifiers", "is required: which number does it have?")
    subjects.require_complete(asked, identifiers)
    for one in identifiers:
        holder = store.find(work.change, one)
        if holder is not None:
            raise Duplicate("A subject with this identifier", holder.id)
    assert head is not None
    person_id = subjects.person(work, head, "representative.identifier")
    found = replace(known, provisional=False, representative_id=person_id)
    store.save(work.change, found, tuple(identifiers))
    store.add_identifiers(work.change, id, identifiers)
    work.change.record("subject.identified", {"subject_id": id}, id)
    return found


def end(work: Work, id: str, on: date, ground: str) -> Subject:
    """Note that a subject is no more: deregistered, or dead. Its archive stays readable."""
    access.require(work.actor, "keep an archive")
    known = _living(work, id)
    if known.kind.is_person is not (ground == "died"):
        raise InvalidInput.field("ground", f"does not fit a subject of kind {known.kind}")
    if on > work.today:
        raise InvalidInput.field("ended_on", "must not lie after today")
    archives.add(work.change, tables.subject_ends, subject_id=id, ended_on=on, ground=ground)
    facts = {"subject_id": id, "on": on.isoformat(), "ground": ground}
    work.change.record("subject.ended", facts, id)
    return known


def end_of(view: View, subject: Subject) -> tuple[date, str] | None:
    """(day, ground) of its end, if it has ended."""
    return archives.end_of(view.reading, subject.id)


def _living(work: Work, id: str) -> Subject:
    found = subjects.get(work.view(), id)
    if archives.end_of(work.change, id) is not None:
        raise IllegalTransition("ended", "change the archive")
    return found
