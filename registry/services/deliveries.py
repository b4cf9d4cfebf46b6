"""How providers deliver (宿迁 art. 13): in real time, or for those not yet able in batches by
a cycle; who is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from registry.domain.errors import InvalidInput, NotFound
from registry.domain.validity import Term, day_of
from registry.services import access
from registry.services.work import View, Work
from registry.store import access as access_store
from registry.store import archives, tables

PUSH, BATCH = "push", "batch"
MODES = (PUSH, BATCH)
PARAMETER = "provider.batch.cycle"
_CYCLES = {"daily": "P1D", "weekly": "P7D", "monthly": "P1M"}


@dataclass(frozen=True)
class Delivery:
    """A provider's way to deliver. `due_on` is the last day for the next batch, counted from the
    last delivery or, before any, from the day on which the way was set; None for real time."""

    agency: str
    mode: str
    cycle: str | None
    last_at: datetime | None
    due_on: date | None
    late: bool


def set_way(work: Work, agency_id: str, mode: str, cycle: Term | None) -> Delivery:
    """Set how a provider delivers. A batch provider without a cycle has that of its profile."""
    access.require(work.actor, "set deliveries")
    agency = access_store.agency(work.change, agency_id)
    if agency is None:
        raise NotFound("agency")
    if mode == PUSH and cycle is not None:
        raise InvalidInput.field("cycle", "who delivers in real time has none")
    profile = work.rulebook.profile(agency.profile)
    if mode == BATCH and cycle is None:
        if PARAMETER not in profile.parameters:
            raise InvalidInput.field("cycle", "is required: the profile gives none")
        usual = str(profile.value(PARAMETER, work.today))
        cycle = Term.parse(_CYCLES.get(usual, usual))
    table = tables.deliveries
    content = {"mode": mode, "cycle": str(cycle) if cycle else None}
    rows = archives.of(work.change, table, agency_id=agency.id)
    if rows:
        archives.change_to(work.change, table, rows[0]["id"], **content)
    else:
        archives.add(work.change, table, agency_id=agency.id, **content)
    work.change.record("delivery.set", {"agency_id": agency.id, **content})
    (found,) = [one for one in page(work.view()) if one.agency == agency.code]
    return found


def page(view: View, late: bool | None = None) -> list[Delivery]:
    """How every provider delivers, by code; `late` True: only those whose batch is overdue."""
    assert view.actor is not None
    access.require(view.actor, "read deliveries")
    last = archives.last_deliveries(view.reading)
    found = []
    for row in archives.of(view.reading, tables.deliveries):
        agency = view.context.agencies[row["agency_id"]]
        since = last.get(agency.id)
        due_on = None
        if row["cycle"] is not None:
            begun = since or archives.written_at(view.reading, row["known_from"]) or view.now
            due_on = Term.parse(row["cycle"]).after(day_of(begun))
        is_late = due_on is not None and view.today > due_on
        found.append(Delivery(agency.code, row["mode"], row["cycle"], since, due_on, is_late))
    wanted = [one for one in found if late is None or one.late is late]
    return sorted(wanted, key=lambda one: one.agency)
