"""Faults 26, 27 and 37: a clock that falls back, one that leaps ahead and returns, leap seconds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from registry.domain.actor import Role
from registry.domain.errors import Unavailable
from registry.domain.validity import day_of
from registry.services import custody
from registry.services.sweep import sweep
from registry.store import journal, store
from registry.store.types import from_iso, iso
from tests.filled import Filled
from tests.numbers import uscc
from tests.sweeping import exits_of, journalled
from tests.world import World

YEAR = timedelta(days=365)


def token(world: World) -> str:
    return world.token("TAX", f"Somebody {world.clock()}", Role.AUDITOR)


def instants(world: World) -> list[str]:
    with world.registry.store.reading() as reading:
        return [iso(row.at) for row in journal.rows_after(reading, 0, 10_000)]


# --- 26: back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [1, 60, 299])
def test_a_clock_a_little_behind_is_held_at_the_last_entry(world: World, seconds: int) -> None:
    world.enterprise(uscc(1))
    head = world.registry.store.head()
    world.clock.advance(seconds=-seconds)
    answer = world.ask(uscc(1))
    assert answer["outcome"] == "clear"
    assert answer["known_at"] == answer["as_of"] == iso(head.at)
    token(world)
    token(world)
    assert world.registry.store.head().at > head.at
    assert instants(world) == sorted(instants(world))


@pytest.mark.parametrize("back", [timedelta(seconds=301), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_far_behind_changes_nothing_and_answers_undetermined(
    world: World, back: timedelta
) -> None:
    world.enterprise(uscc(1))
    head = world.registry.store.head()
    world.clock.instant -= back
    answer = world.ask(uscc(1))
    assert answer["outcome"] == "undetermined"
    assert [one["what"] for one in answer["incomplete"]] == ["clock"]
    with pytest.raises(Unavailable, match="until the clock is right"):
        token(world)
    assert world.registry.store.head() == head
    world.clock.instant += back
    assert world.ask(uscc(1))["outcome"] == "clear"
    token(world)


def test_without_the_allowance_the_same_clock_writes_into_the_past(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.Store, "_legal_now", lambda self, connection, head: self.now())
    world.clock.advance(hours=-1)
    token(world)
    assert instants(world) != sorted(instants(world))


def test_a_quiet_registry_whose_clock_is_then_set_back_is_not_taken_for_a_return(
    world: World,
) -> None:
    """A gap of forty days is noted as a step; it is no licence to go back a year later."""
    world.clock.advance(days=40)
    token(world)
    for _ in range(12):
        world.clock.advance(days=20)
        token(world)
    world.clock.advance(days=-100)
    with pytest.raises(Unavailable):
        token(world)


# --- 27: ahead, and right again -------------------------------------------------------------------


def test_a_leap_of_the_clock_is_journalled_and_nothing_expires_for_good(world: World) -> None:
    firm = world.enterprise(uscc(1))
    listing = world.listed(firm)
    right = world.clock()
    before = world.ask(uscc(1))
    world.clock.instant = right + 4 * YEAR
    assert world.ask(uscc(1))["outcome"] != "restricted"
    sweep(world.registry.store)
    assert journalled(world, "clock.stepped") == 1
    assert (listing.id, listing.valid_to) in exits_of(world)

    world.clock.instant = right + timedelta(minutes=5)
    after = world.ask(uscc(1))
    assert after["outcome"] == before["outcome"] == "restricted"
    assert after["incomplete"] == []
    token(world)  # and changes go on
    assert journalled(world, "clock.returned") == 1
    assert custody.verify(world.registry.store).problem is None


def test_what_was_recorded_during_the_leap_can_be_listed(world: World) -> None:
    world.listed(world.enterprise(uscc(1)))
    right = world.clock()
    world.clock.instant = right + 4 * YEAR
    sweep(world.registry.store)
    world.clock.instant = right + timedelta(minutes=5)
    token(world)
    with world.registry.store.reading() as reading:
        rows = journal.rows_after(reading, 0, 10_000)
        facts = {row.kind: (row.seq, journal.facts_of(reading, row)) for row in rows}
    stepped, _ = facts["clock.stepped"]
    returned, said = facts["clock.returned"]
    during = [row.kind for row in rows if stepped < row.seq <= said["last"]]
    assert "listing.exited" in during
    assert from_iso(said["from"]) - right == 4 * YEAR
    assert said["last"] < returned


def test_the_exit_that_the_leap_announced_is_not_announced_again(world: World) -> None:
    listing = world.listed(world.enterprise(uscc(1)))
    right = world.clock()
    world.clock.instant = right + 4 * YEAR
    sweep(world.registry.store)
    world.clock.instant = right + timedelta(minutes=5)
    token(world)
    world.clock.instant = right + 5 * YEAR
    sweep(world.registry.store)
    assert exits_of(world).count((listing.id, listing.valid_to)) == 1
    assert custody.verify(world.registry.store).problem is None


def test_after_its_return_the_clock_may_not_fall_back_again(world: World) -> None:
    right = world.clock()
    world.clock.instant = right + YEAR
    token(world)
    world.clock.instant = right + timedelta(days=1)
    token(world)
    world.clock.instant = right + timedelta(hours=1)
    with pytest.raises(Unavailable):
        token(world)


def test_a_clock_never_returns_to_before_the_leap(world: World) -> None:
    right = world.clock()
    world.clock.instant = right + YEAR
    token(world)
    world.clock.instant = right - timedelta(days=1)
    with pytest.raises(Unavailable):
        token(world)


# --- 37: leap seconds and zone data ---------------------------------------------------------------


def test_a_leap_second_is_no_instant_and_moves_no_day() -> None:
    with pytest.raises(ValueError, match="second"):
        from_iso("2016-12-31T23:59:60.000000Z")
    before, after = from_iso("2016-12-31T23:59:59.999999Z"), from_iso("2017-01-01T00:00:00.000000Z")
    assert day_of(before) == day_of(after)


def test_stored_days_do_not_depend_on_zone_data(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = [("listings", "valid_from"), ("listings", "valid_to"), ("deadlines", "due_on")]
    for table, column in columns:
        for (value,) in filled.rows(f"SELECT {column} FROM {table}"):
            assert len(str(value)) == 10, "a legal date is kept as a date"
    verdict = custody.verify(filled.application.store)
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("PYTHONTZPATH", "")
    assert custody.verify(filled.again().store).counts == verdict.counts
