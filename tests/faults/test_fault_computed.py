"""Faults 26, 27, 29 and 36: what is in force is computed when asked. The same histories are played
on a registry whose answers stand still until a job has run, and there they come out wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from registry.domain.errors import Unavailable
from registry.domain.validity import start_of
from registry.services import sweep as sweeps
from registry.store.store import Store
from registry.store.transaction import Head, Reading
from tests.numbers import uscc
from tests.sweeping import exits_of, move_to
from tests.test_scheduler import a_scheduler
from tests.world import World

MICROSECOND, DAY, YEAR = timedelta(microseconds=1), timedelta(days=1), timedelta(days=365)
CODE = uscc(60)


def as_the_last_sweep_left_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard out: an answer is that of the instant of the last sweep."""
    left, plain = [world.clock()], sweeps.sweep

    def noted(store: Store) -> Any:
        left[0] = store.now()
        return plain(store)

    monkeypatch.setattr(sweeps, "sweep", noted)
    monkeypatch.setattr(Store, "_check_now", lambda self, reading, head: (left[0], True))


# --- 26: a clock that falls back ------------------------------------------------------------------


@pytest.mark.control("F26")
def test_without_the_allowance_a_check_would_be_answered_in_the_past(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of tests/faults/test_clock.py, whose checks are undetermined."""
    world.enterprise(CODE)
    head = world.registry.store.head()
    monkeypatch.setattr(Store, "_check_now", lambda self, reading, head: (self.now(), True))
    world.clock.advance(hours=-1)
    answer = world.ask(CODE)
    assert (answer["outcome"], answer["incomplete"]) == ("clear", [])
    assert datetime.fromisoformat(answer["known_at"]) < head.at


# --- 27: a clock that leaps ahead and returns -----------------------------------------------------


def after_a_leap(world: World) -> list[str]:
    """What is answered before a leap of four years and after the return of the clock, the sweep
    having recorded in between that everything is over."""
    world.listed(world.enterprise(CODE))
    right, outcomes = world.clock(), [world.ask(CODE)["outcome"]]
    sweeps.sweep(world.registry.store)
    world.clock.instant = right + 4 * YEAR
    sweeps.sweep(world.registry.store)
    assert exits_of(world)
    world.clock.instant = right + timedelta(minutes=5)
    return [*outcomes, world.ask(CODE)["outcome"]]


@pytest.mark.proves("F27")
def test_a_leap_changes_no_later_answer(world: World) -> None:
    assert after_a_leap(world) == ["restricted", "restricted"]


@pytest.mark.control("F27")
def test_were_the_sweep_to_set_what_is_in_force_it_would(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_the_last_sweep_left_it(world, monkeypatch)
    before, after = after_a_leap(world)
    assert before == "restricted" != after


@pytest.mark.control("F27")
def test_were_the_leap_not_noted_the_registry_would_wait_for_years(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "_stepped_over", lambda self, reading, now: False)
    assert after_a_leap(world) == ["restricted", "undetermined"]
    with pytest.raises(Unavailable, match="until the clock is right"):
        world.enterprise()


# --- 29: no scheduler for three days --------------------------------------------------------------


def without_a_scheduler(world: World) -> list[str]:
    """What is answered the microsecond before a listing ends, as it ends, and each day after."""
    end = start_of(world.listed(world.enterprise(CODE)).valid_to)
    outcomes = []
    for off in (-MICROSECOND, 0 * DAY, DAY, 2 * DAY, 3 * DAY):
        move_to(world, end + off)
        outcomes.append(world.ask(CODE)["outcome"])
    return outcomes


@pytest.mark.proves("F29")
def test_without_a_scheduler_every_answer_is_right(world: World) -> None:
    first, *others = without_a_scheduler(world)
    assert first == "restricted"
    assert set(others) == {"caution"}  # it is on the watch list now


@pytest.mark.control("F29")
def test_were_a_job_to_set_what_is_in_force_they_would_be_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_the_last_sweep_left_it(world, monkeypatch)
    assert set(without_a_scheduler(world)) != {"restricted", "caution"}


@pytest.mark.proves("F29")
def test_a_scheduler_that_returns_does_each_effect_once(world: World) -> None:
    listings = [world.listed() for _ in range(3)]
    move_to(world, start_of(listings[0].valid_to) + 3 * DAY)
    made = a_scheduler(world.application)
    reports = [made.sweep() for _ in range(2)]
    made.stop()
    assert [one.expired for one in reports if one] == [3, 0]
    assert sorted(exits_of(world)) == sorted((one.id, one.valid_to) for one in listings)


# --- 36: exactly at midnight ----------------------------------------------------------------------


def around(world: World, day_of_listing: Callable[[Any], Any]) -> tuple[list[bool], list[bool]]:
    """Whether the subject is restricted a microsecond before, at, and a microsecond after the
    midnight with which a day of a listing begins: asked at that instant, and asked about it."""
    begins = world.today + timedelta(days=30)
    listing = world.listed(world.enterprise(CODE), valid_from=begins)
    midnight, at = start_of(day_of_listing(listing)), []
    for off in (-MICROSECOND, 0 * DAY, MICROSECOND):
        move_to(world, midnight + off)
        at.append(world.ask(CODE)["outcome"] == "restricted")
    move_to(world, midnight + DAY)
    about = [world.ask(CODE, as_of=midnight + n * MICROSECOND)["outcome"] for n in (-1, 0, 1)]
    return at, [one == "restricted" for one in about]


def first_day(listing: Any) -> Any:
    return listing.valid_from


def first_day_over(listing: Any) -> Any:
    return listing.valid_to


BEGINNING, END = [False, True, True], [True, False, False]


@pytest.mark.proves("F36")
@pytest.mark.parametrize(("day", "expected"), [(first_day, BEGINNING), (first_day_over, END)])
def test_midnight_belongs_to_the_day_that_begins(
    world: World, day: Callable[[Any], Any], expected: list[bool]
) -> None:
    assert around(world, day) == (expected, expected)


@pytest.mark.control("F36")
@pytest.mark.parametrize(("day", "expected"), [(first_day, BEGINNING), (first_day_over, END)])
def test_were_it_that_of_the_day_that_ends_it_would_be_seen(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    day: Callable[[Any], Any],
    expected: list[bool],
) -> None:
    """The negative control: the answer is that of the microsecond before."""
    plain = Store._check_now

    def earlier(self: Store, reading: Reading, head: Head) -> tuple[datetime, bool]:
        now, sound = plain(self, reading, head)
        return now - MICROSECOND, sound

    monkeypatch.setattr(Store, "_check_now", earlier)
    at, _ = around(world, day)
    assert at != expected
