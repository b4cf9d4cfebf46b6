"""Calendars beside those of plugins: a year's notice is in force before a plugin is released."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from registry.domain.workdays import Calendar, CalendarYear
from registry.rulebook.calendars import Superseded, build_calendar, carried, year_digest
from registry.rulebook.rulebook import Rulebook
from registry.services import access, origins, rules
from registry.services.work import Work
from registry.store import rulebooks
from registry.store.transaction import Change, Reading


def add_year(work: Work, code: str, year: CalendarYear) -> bool:
    """Activate the rulebook with this year in the calendar, and count the provisional deadlines
    again; False if it stands there already, under the same notice."""
    access.require(work.actor, "import a calendar")
    known = work.rulebook.calendars.get(code, Calendar(code, {}))
    before = known.years.get(year.year)
    if before is not None and _same(before, year):
        return False
    over = before.imported_over if before is not None else None
    entered = replace(year, imported_over=year_digest(before) if over is None else over)
    calendars = {
        **work.rulebook.calendars,
        code: Calendar(code, {**known.years, year.year: entered}),
    }
    change = work.change
    facts = {
        "calendar": code,
        "year": year.year,
        "notice": year.notice,
        "source": year.source,
        "status": year.status,
        "replaced": before.notice if before is not None else None,
    }
    change.record("calendar.imported", facts)
    fingerprint = rulebooks.active_fingerprint(change) or ""
    rulebook = work.rulebook.with_calendars(calendars)
    rules.activate(change, rulebook, fingerprint, origins.latest(change))
    return True


def _same(one: CalendarYear, other: CalendarYear) -> bool:
    said = [(year.holidays, year.workdays, year.notice, year.source) for year in (one, other)]
    return said[0] == said[1]


def with_imported(
    active: Mapping[str, Calendar], offered: Rulebook
) -> tuple[Rulebook, list[Superseded]]:
    """What plugins offer, with the years that were imported; and those that gave way."""
    found, gone = carried(active, offered.calendars)
    return (offered if found == offered.calendars else offered.with_calendars(found)), gone


def active(reading: Reading) -> dict[str, Calendar]:
    """The calendars of the active rulebook."""
    digest = rulebooks.active_digest(reading)
    text = rulebooks.document(reading, digest) if digest is not None else None
    if text is None:
        return {}
    return {code: build_calendar(one) for code, one in json.loads(text)["calendars"].items()}


def record_superseded(change: Change, gone: Superseded) -> str:
    """Journal that an imported year gave way to a plugin's; a sentence that says so."""
    days = [day.isoformat() for day in gone.days]
    change.record("calendar.superseded", {"calendar": gone.code, "year": gone.year, "days": days})
    differing = f"other days: {', '.join(days)}" if days else "the same days"
    return f"calendar {gone.code} {gone.year}: the plugin's in place of the imported, {differing}"
