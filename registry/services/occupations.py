"""Key occupations (重点职业人群): which there are, as the coordinator keeps them, and who has
one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.domain.errors import InvalidInput
from registry.domain.subject import Subject
from registry.rulebook.occupations import default_occupations
from registry.services import access, subjects
from registry.services.work import View, Work
from registry.store import archives, tables
from registry.store import subjects as subject_store


@dataclass(frozen=True)
class Occupation:
    """An occupation; an inactive one is given to nobody any more."""

    code: str
    title: str
    title_zh: str
    active: bool = True


def known(view: View) -> dict[str, Occupation]:
    """All occupations by code: the default ones, as far as the coordinator has not changed them."""
    found = {
        one.code: Occupation(one.code, one.title, one.title_zh) for one in default_occupations()
    }
    for row in archives.of(view.reading, tables.occupations):
        found[row["code"]] = Occupation(row["code"], row["title"], row["title_zh"], row["active"])
    return found


def keep(work: Work, one: Occupation) -> Occupation:
    """Add an occupation, or change one."""
    access.require(work.actor, "keep occupations")
    rows = archives.of(work.change, tables.occupations, code=one.code)
    content = {"title": one.title, "title_zh": one.title_zh, "active": one.active}
    if rows:
        archives.change_to(work.change, tables.occupations, rows[0]["id"], **content)
    else:
        archives.add(work.change, tables.occupations, code=one.code, **content)
    work.change.record("occupation.kept", {"code": one.code, "active": one.active})
    return one


def give(work: Work, subject_id: str, codes: Sequence[str]) -> list[Occupation]:
    """Say which occupations a person has: exactly these."""
    access.require(work.actor, "keep an archive")
    person = subjects.get(work.view(), subject_id)
    if not person.kind.is_person:
        raise InvalidInput.field("subject_id", "is no person: only persons have occupations")
    there = known(work.view())
    table = tables.subject_occupations
    rows = {
        row["occupation"]: row for row in archives.of(work.change, table, subject_id=subject_id)
    }
    for code in codes:
        held = code in rows and rows[code]["held"]
        if code not in there or not (there[code].active or held):
            active = ", ".join(sorted(one.code for one in there.values() if one.active))
            raise InvalidInput.field("occupations", f"must be among {active}")
    for code, row in rows.items():
        if row["held"] is not (code in codes):
            archives.change_to(work.change, table, row["id"], held=code in codes)
    for code in dict.fromkeys(codes):
        if code not in rows:
            archives.add(work.change, table, subject_id=subject_id, occupation=code, held=True)
    if work.change.pending:
        facts = {"subject_id": subject_id, "occupations": sorted(codes)}
        work.change.record("occupations.given", facts, subject_id)
    return of_person(work.view(), subject_id)


def of_person(view: View, subject_id: str) -> list[Occupation]:
    """The occupations of a person whom the caller may see."""
    subjects.get(view, subject_id)
    rows = archives.of(view.reading, tables.subject_occupations, subject_id=subject_id)
    there = known(view)
    return [there[code] for code in sorted(row["occupation"] for row in rows if row["held"])]


def persons(view: View, code: str, after: str, limit: int) -> list[Subject]:
    """The persons with an occupation, a page in key order."""
    assert view.actor is not None
    access.require(view.actor, "find persons by occupation")
    ids = archives.occupied(view.reading, code, after, limit)
    found = {one.id: one for one in subject_store.get_many(view.reading, ids)}
    return [found[id] for id in ids]
