"""I26: an instant without a zone gets into nothing, what is stored is UTC, a legal date is one of
Shanghai; with each guard off the same steps go through, or give another day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from registry.domain import listing, validity
from registry.domain.actor import Role
from registry.domain.listing import ListingStatus
from registry.store import access, tables, types
from tests.builders import a_listing, at
from tests.world import World

Patch = pytest.MonkeyPatch
NAIVE = datetime(2026, 3, 1, 12)  # noqa: DTZ001
NEAR_MIDNIGHT = at("2024-02-29T16:30:00+00:00")  # half past midnight of 1 March in Shanghai


def stored_naive(world: World) -> str:
    """A token that is valid until an instant without a zone, as a column of instants takes it."""
    with world.registry.operating() as work:
        access.add_token(work.change, "d" * 64, "actor", [Role.AUDITOR], None, NAIVE)
        work.change.record("token.added", {"actor": "actor"})
    with world.registry.store.reading() as reading:
        found = sa.select(sa.func.count()).where(tables.tokens.c.digest == "d" * 64)
        return str(reading.connection.execute(found).scalar())


WAYS_IN: dict[str, Callable[[], Any]] = {
    "as text": lambda: types.iso(NAIVE),
    "as a legal day": lambda: validity.day_of(NAIVE),
    "as the day of a listing": lambda: a_listing().status_at(NAIVE),
}


@pytest.mark.proves("I26")
@pytest.mark.parametrize("way", WAYS_IN)
def test_a_naive_instant_is_refused_wherever_one_is_read(way: str) -> None:
    with pytest.raises(ValueError, match="zone"):
        WAYS_IN[way]()


@pytest.mark.proves("I26")
def test_a_naive_instant_is_not_stored(world: World) -> None:
    with pytest.raises(Exception, match="zone"):
        stored_naive(world)


def as_if_utc(value: datetime | None) -> Any:
    """Written as UTC is, whatever it was."""
    return value and value.replace(tzinfo=UTC).isoformat(timespec="microseconds")[:26] + "Z"


@pytest.fixture
def unguarded(monkeypatch: Patch) -> None:
    """To be asked for before the world: each database keeps how it writes a type."""
    monkeypatch.setattr(types.Instant, "process_bind_param", lambda _, value, __: as_if_utc(value))
    monkeypatch.setattr("registry.store.digests.iso", as_if_utc)


@pytest.mark.control("I26")
def test_with_the_guard_off_it_would_be(unguarded: None, world: World) -> None:
    assert stored_naive(world) == "1"


@pytest.mark.proves("I26")
@pytest.mark.parametrize("hours", [-11, 0, 8, 14])
def test_whatever_the_zone_of_an_instant_it_is_stored_as_utc(hours: int) -> None:
    told = NEAR_MIDNIGHT.astimezone(timezone(timedelta(hours=hours)))
    assert types.iso(told) == "2024-02-29T16:30:00.000000Z"
    assert validity.day_of(told).isoformat() == "2024-03-01"
    assert a_listing(since="2024-03-01").status_at(told) is ListingStatus.IN_FORCE


@pytest.mark.control("I26")
def test_were_days_those_of_greenwich_the_listing_would_begin_eight_hours_late(
    monkeypatch: Patch,
) -> None:
    monkeypatch.setattr(listing, "day_of", lambda instant: instant.astimezone(UTC).date())
    assert a_listing(since="2024-03-01").status_at(NEAR_MIDNIGHT) is ListingStatus.PENDING
