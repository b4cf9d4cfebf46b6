"""Steps of the tests about what time does: many listings, another process, what was recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from registry.app import Application
from registry.store import deadlines, listings, tables
from registry.store.transaction import new_id
from tests.world import World


def another(application: Application) -> Application:
    """Another process's registry on the same database."""
    made = Application(application.settings, application.clock)
    made.__dict__["plugins"] = application.plugins
    return made


def exits_of(world: World) -> list[Any]:
    """(target, day) of every exit that was announced, in order of writing."""
    table = tables.announcements
    with world.registry.store.reading() as reading:
        rows = reading.rows(table, table.c.kind == "exited")
    return [(row.target_id, row.on_day) for row in rows]


def journalled(world: World, kind: str) -> int:
    table = tables.journal
    with world.registry.store.reading() as reading:
        counted = sa.select(sa.func.count()).where(table.c.kind == kind)
        return int(reading.connection.execute(counted).scalar() or 0)


def move_to(world: World, instant: datetime) -> None:
    world.clock.instant = instant


def many(world: World, count: int) -> None:
    """Listings like the one that exists, each with its expiry, as one change."""
    listing = world.listed()
    with world.registry.store.changing() as change:
        for _ in range(count):
            copy = replace(listing, id=new_id())
            listings.save(change, copy)
            deadlines.open_new(
                change, "expiry", "listing", copy.id, copy.agency_id, copy.valid_to, copy.valid_to
            )
            change.record("listing.listed", {"listing_id": copy.id}, copy.subject_id)
