"""Points ledgers: what a subject was given points for, and the sums per period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.domain.actor import Role
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.ledger import Entry, Sum, entries, sums
from registry.domain.scorecard import ScorecardVersion
from registry.services import access, subjects
from registry.services.work import View
from registry.store import records


@dataclass(frozen=True)
class Ledger:
    """The points of a subject by a version of a scorecard, and their sums per period."""

    version: ScorecardVersion
    entries: tuple[Entry, ...]
    sums: tuple[Sum, ...]


def get(view: View, subject_id: str, scorecard: str, on: date | None) -> Ledger:
    """What a subject was given points for by a day, by the version then in force. For those who
    look after the scorecard's sector, the auditor and the subject itself."""
    assert view.actor is not None
    access.require(view.actor, "read a points ledger")
    subjects.get(view, subject_id)
    day = on or view.today
    version = view.rulebook.scorecard(scorecard, day)
    if version is None:
        raise InvalidInput.field("scorecard", f"no version of {scorecard} is in force on {day}")
    wide = view.actor.has(Role.AUDITOR) or view.actor.subject_id == subject_id
    if not wide and not view.actor.agency.covers(version.sector):
        raise NotFound("subject")
    found = entries(version, records.of_subject(view.reading, subject_id), day)
    return Ledger(version, found, sums(version, found))
