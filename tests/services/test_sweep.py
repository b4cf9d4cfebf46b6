"""The sweep records what time has done: everything once, on its legal date, after any pause."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from registry.app import Application
from registry.domain.errors import Unavailable
from registry.domain.listing import ExitGround, ListingStatus
from registry.domain.validity import day_of, start_of
from registry.services import custody
from registry.services import sweep as sweeps
from registry.services.sweep import sweep
from registry.store import due, listings
from tests.numbers import uscc
from tests.sweeping import another, exits_of, journalled, many, move_to
from tests.world import World

MICROSECOND = timedelta(microseconds=1)
PATIENCE = 10.0


@pytest.mark.proves("F36")
@pytest.mark.requirement("LST-10")
@pytest.mark.parametrize(
    ("off", "status"),
    [
        (-MICROSECOND, ListingStatus.IN_FORCE),
        (timedelta(), ListingStatus.ENDED),
        (MICROSECOND, ListingStatus.ENDED),
    ],
)
def test_a_listing_ends_at_midnight_in_shanghai_swept_or_not(
    world: World, off: timedelta, status: ListingStatus
) -> None:
    listing = world.listed()
    move_to(world, start_of(listing.valid_to) + off)
    with world.registry.view() as view:
        found = listings.get(view.reading, listing.id)
    assert found is not None
    assert found.status_at(world.clock()) == status
    ended = (ExitGround.EXPIRED, listing.valid_to)
    assert found.exit_at(world.clock()) == (ended if status == ListingStatus.ENDED else None)
    report = sweep(world.registry.store)
    assert report.expired == (status == ListingStatus.ENDED)


@pytest.mark.proves("F36")
@pytest.mark.parametrize(("off", "restricted"), [(-1, False), (0, True), (1, True)])
def test_a_listing_takes_effect_at_midnight_in_shanghai(
    world: World, off: int, restricted: bool
) -> None:
    firm = world.enterprise(uscc(50))
    listing = world.listed(firm, valid_from=world.today + timedelta(days=30))
    move_to(world, start_of(listing.valid_from) + off * MICROSECOND)
    answer = world.ask(uscc(50))
    assert (answer["outcome"] == "restricted") is restricted


@pytest.mark.proves("I25")
@pytest.mark.proves("F29", "F32")
@pytest.mark.parametrize("pause", [0, 3, 400, 4_000])
@pytest.mark.requirement("EXT-01")
def test_after_any_pause_an_expiry_bears_the_day_of_the_law(world: World, pause: int) -> None:
    listing = world.listed()
    move_to(world, start_of(listing.valid_to) + timedelta(days=pause))
    firm_answer = world.registry.store.now()
    report = sweep(world.registry.store)
    assert report.expired >= 1
    assert (listing.id, listing.valid_to) in exits_of(world)
    assert journalled(world, "listing.exited") == report.expired
    with world.registry.view() as view:
        found = listings.get(view.reading, listing.id)
    assert found is not None
    assert found.exit_at(firm_answer) is not None
    assert custody.verify(world.registry.store).problem is None


def test_a_second_sweep_has_nothing_to_do(world: World) -> None:
    listing = world.listed()
    move_to(world, start_of(listing.valid_to))
    assert sweep(world.registry.store).expired == 1
    head = world.registry.store.head()
    assert sweep(world.registry.store).expired == 0
    assert world.registry.store.head() == head


def test_a_dry_run_does_nothing(world: World) -> None:
    listing = world.listed()
    move_to(world, start_of(listing.valid_to))
    head = world.registry.store.head()
    assert sweep(world.registry.store, dry_run=True).expired == 1
    assert world.registry.store.head() == head


def test_a_period_that_is_over_is_noted_as_lapsed_once(world: World) -> None:
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today - timedelta(days=9)))
    world.notice(case, world.today)
    world.clock.advance(days=60)
    assert sweep(world.registry.store).lapsed == 1
    assert sweep(world.registry.store).lapsed == 0
    assert journalled(world, "deadline.lapsed") == 1


@pytest.mark.proves("F29")
def test_a_server_without_its_scheduler_answers_right_all_along(world: World) -> None:
    firm = world.enterprise(uscc(60))
    listing = world.listed(firm)
    assert world.ask(uscc(60))["outcome"] == "restricted"
    move_to(world, start_of(listing.valid_to) + timedelta(days=3))
    answer = world.ask(uscc(60))
    assert answer["outcome"] != "restricted"
    shown = [one for one in answer["listings"] if one["id"] == listing.id]
    assert all(one["status"] != "in_force" for one in shown)
    sweep(world.registry.store)
    again = world.ask(uscc(60))
    assert {k: v for k, v in again.items() if k in ("outcome", "listings", "sanctions")} == {
        k: v for k, v in answer.items() if k in ("outcome", "listings", "sanctions")
    }


# --- two at once ----------------------------------------------------------------------------------


def both_sweep(world: World) -> int:
    """Two processes sweep at the same time; how many effects they report together."""
    other = another(world.application)
    start = threading.Barrier(2)

    def run(application: Application) -> int:
        start.wait()
        return sweep(application.store).expired

    try:
        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(run, (world.application, other)))
    finally:
        other.close()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "CHUNK", 50)


@pytest.mark.proves("I25")
@pytest.mark.proves("F30")
def test_two_nodes_do_a_thousand_effects_once(world: World, small_chunks: None) -> None:
    many(world, 1_000)
    move_to(world, world.clock() + timedelta(days=3_000))
    effects = both_sweep(world)
    found = exits_of(world)
    assert effects == len(found) == len(set(found)) == journalled(world, "listing.exited")
    assert effects >= 1_001
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.control("I25")
@pytest.mark.control("F30")
def test_without_reading_again_what_is_open_two_nodes_clash(
    world: World, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, gathered = due.read, threading.Barrier(2)
    seen: dict[tuple[str, ...], Any] = {}

    def stale(change: Any, ids: Any) -> Any:
        return seen.setdefault(tuple(ids), plain(change, ids))

    gather = due.gather

    def together(*args: Any) -> Any:
        found = gather(*args)
        if found:
            gathered.wait(PATIENCE)
        return found

    monkeypatch.setattr(due, "read", stale)
    monkeypatch.setattr(due, "gather", together)
    many(world, 60)
    move_to(world, world.clock() + timedelta(days=3_000))
    with pytest.raises(Exception, match=r"contradicts|Barrier|Broken"):
        both_sweep(world)


@pytest.mark.proves("I25")
@pytest.mark.proves("F31")
def test_a_sweep_that_breaks_off_is_finished_by_the_next(
    world: World, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(world, 200)
    move_to(world, world.clock() + timedelta(days=3_000))
    plain, calls = due.read, iter(range(100))

    def breaking(change: Any, ids: Any) -> Any:
        if next(calls) == 2:
            raise Unavailable("the machine goes down")
        return plain(change, ids)

    monkeypatch.setattr(due, "read", breaking)
    with pytest.raises(Unavailable):
        sweep(world.registry.store)
    assert len(exits_of(world)) == 100
    monkeypatch.undo()
    sweep(world.registry.store)
    found = exits_of(world)
    assert len(found) == len(set(found)) >= 201


def test_the_day_of_a_listing_is_a_day_whatever_the_instant(world: World) -> None:
    listing = world.listed()
    assert day_of(start_of(listing.valid_to)) == listing.valid_to
    assert day_of(start_of(listing.valid_to) - MICROSECOND) < listing.valid_to
