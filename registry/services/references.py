"""What third parties say of a subject: associations, data firms, banks, media, social bodies and
citizens. It serves as reference only (参考使用): no criterion rests on it and no check shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.domain.errors import InvalidInput
from registry.services import access, subjects
from registry.services.work import View, Work
from registry.store import archives, tables

SOURCES = ("association", "data_firm", "financial_institution", "media", "social_body", "citizen")
POLARITIES = ("good", "bad")


@dataclass(frozen=True)
class Reference:
    """One entry: who says so, good or bad, since when, and in which words."""

    id: str
    subject_id: str
    source_kind: str
    source: str
    polarity: str
    statement: str
    observed_on: date
    agency_id: str


@dataclass(frozen=True)
class NewReference:
    """An entry to be taken in. `independent`: who provides it says that it is provided
    independently, fairly and objectively; without that it is refused."""

    source_kind: str
    source: str
    polarity: str
    statement: str
    observed_on: date
    independent: bool


def add(work: Work, subject_id: str, new: NewReference) -> Reference:
    """Take in an entry of a third party."""
    access.require(work.actor, "enter a reference")
    subjects.get(work.view(), subject_id)
    if not new.independent:
        raise InvalidInput.field("independent", "must be true: independent, fair and objective")
    if new.observed_on > work.today:
        raise InvalidInput.field("observed_on", "must not lie after today")
    id = archives.add_sealed(
        work.change,
        tables.reference_entries,
        {"source": new.source, "statement": new.statement},
        subject_id=subject_id,
        agency_id=work.actor.agency.id,
        source_kind=new.source_kind,
        polarity=new.polarity,
        observed_on=new.observed_on,
    )
    facts = {"subject_id": subject_id, "reference_id": id, "source_kind": new.source_kind}
    work.change.record("reference.entered", facts, subject_id)
    (found,) = [one for one in _all(work.view(), subject_id) if one.id == id]
    return found


def of_subject(view: View, subject_id: str) -> list[Reference]:
    """All entries about a subject, in order of entering."""
    assert view.actor is not None
    access.require(view.actor, "read references")
    subjects.get(view, subject_id)
    return _all(view, subject_id)


def _all(view: View, subject_id: str) -> list[Reference]:
    return [
        Reference(
            row["id"],
            subject_id,
            row["source_kind"],
            row.get("source", ""),
            row["polarity"],
            row.get("statement", ""),
            row["observed_on"],
            row["agency_id"],
        )
        for row in archives.of(view.reading, tables.reference_entries, subject_id=subject_id)
    ]
