"""Standards: what activation demands of a criteria set, and when it is to be evaluated next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from registry.domain.errors import RuleError
from registry.domain.profile import Profile
from registry.domain.sector import Sector
from registry.domain.standard import NATIONAL
from registry.rulebook.rulebook import Rulebook
from registry.store import deadlines
from registry.store.transaction import SYSTEM, Change

DAYS, MONTHS = "standard.consultation.days", "standard.evaluation.months"
KIND = "evaluation"


def require_activatable(rulebook: Rulebook, today: date) -> None:
    """RuleError, naming what is missing, for the first criteria set of an authority's own that
    lacks an approval, its consultation or an evaluator [CRI-01, CRI-02, CRI-05]."""
    for sector in rulebook.sectors.values():
        for problem in missing(rulebook, sector, today):
            raise RuleError(f"{sector.code}/sector.yaml", None, f"cannot be activated: {problem}")


def missing(rulebook: Rulebook, sector: Sector, today: date) -> Iterator[str]:
    """What a criteria set lacks to be activated, in plain words."""
    if sector.standard is not None:
        profile = rulebook.profile(NATIONAL)
        yield from sector.standard.missing(today, lambda opened: _until(rulebook, profile, opened))


def _until(rulebook: Rulebook, profile: Profile, opened: date) -> date:
    """The last day that a consultation opened on a day must reach, its first day counted."""
    days = int(profile.value(DAYS, opened))
    calendar, before = rulebook.calendar_of(profile, opened), opened - timedelta(days=1)
    if profile.counts_working_days(DAYS, opened):
        return calendar.after_working_days(before, days).due_on
    return calendar.after_calendar_days(before, days).due_on


def evaluation_due(rulebook: Rulebook, sector: Sector) -> date | None:
    """The day by which a set of an authority's own is to be evaluated; None for others."""
    first = min((one.validity.start for one in sector.criteria), default=None)
    if sector.standard is None or first is None:
        return None
    months = int(rulebook.profile(NATIONAL).value(MONTHS, first))
    return sector.standard.evaluation_due(first, months)


def watch(change: Change, rulebook: Rulebook) -> None:
    """Put the next evaluation of each set on the coordinators' list; one that was made, or is no
    longer due, is met."""
    due = {code: evaluation_due(rulebook, one) for code, one in rulebook.sectors.items()}
    for code, until in due.items():
        known = [one for one in deadlines.of_target(change, code) if one.kind == KIND]
        if any(one.state == "open" and one.due_on != until for one in known):
            deadlines.close(change, "met", code, KIND)
            change.record("deadline.met", {"kind": KIND, "target_id": code})
        if until is None or any(one.due_on == until for one in known):
            continue
        deadlines.open_new(change, KIND, "sector", code, SYSTEM, until, until + timedelta(days=1))
        facts = {"kind": KIND, "target_id": code, "due_on": until.isoformat()}
        change.record("deadline.opened", facts)


def is_overdue(due: date | None, today: date) -> bool:
    """True once the last day is over."""
    return due is not None and due < today
