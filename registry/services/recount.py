"""Recounting provisional deadlines when a calendar lands: journalled, never silently moved."""

from __future__ import annotations

from dataclasses import replace

from registry.domain.criterion import CriterionVersion
from registry.domain.determination import Determination, defence_period, publicity_period
from registry.domain.workdays import Due
from registry.rulebook.rulebook import Rulebook
from registry.store import access, deadlines
from registry.store import determinations as store
from registry.store.transaction import Change


def recount(change: Change, rulebook: Rulebook) -> int:
    """Count the open provisional periods again; returns how many changed."""
    cases: dict[str, Determination] = {}
    changed = 0
    for deadline in deadlines.provisional(change):
        id = deadline.target_id
        case = cases.get(id) or store.get(change, id)
        due = _due(change, rulebook, case, deadline.kind) if case else None
        if case is None or due is None:
            continue
        if due == (case.defence if deadline.kind == "defence" else case.publicity):
            continue
        deadlines.move(change, deadline.id, due)
        cases[id] = _moved(case, deadline.kind, due)
        changed += 1
    for case in cases.values():
        store.save(change, case)
        facts = {
            "determination_id": case.id,
            "defence": case.defence.due_on.isoformat() if case.defence else None,
            "publicity": case.publicity.due_on.isoformat() if case.publicity else None,
        }
        change.record("deadline.recounted", facts, case.subject_id)
    return changed


def _moved(case: Determination, kind: str, due: Due) -> Determination:
    return replace(case, defence=due) if kind == "defence" else replace(case, publicity=due)


def _due(change: Change, rulebook: Rulebook, case: Determination, kind: str) -> Due | None:
    agency = access.agency(change, case.agency_id)
    rule = _rule(rulebook, case)
    if agency is None or rule is None or agency.profile not in rulebook.profiles:
        return None
    profile = rulebook.profile(agency.profile)
    if kind == "defence" and case.served_on is not None:
        calendar = rulebook.calendar_of(profile, case.served_on)
        return defence_period(rule, profile, calendar, case.served_on)
    if kind == "publicity" and case.publicised_on is not None:
        calendar = rulebook.calendar_of(profile, case.publicised_on)
        return publicity_period(case.list_kind, profile, calendar, case.publicised_on)
    return None


def _rule(rulebook: Rulebook, case: Determination) -> CriterionVersion | None:
    versions = rulebook.criterion_versions(case.criterion)
    return next((one for one in versions if one.version == case.criterion_version), None)
