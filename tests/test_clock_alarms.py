"""Faults 26, 27 and 28: whoever watches the metrics sees a clock that fell back, one that jumped,
and two servers whose clocks differ; the answers of the two are the same."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from registry import clock as system_clock
from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import Unavailable
from registry.domain.validity import start_of
from registry.scheduler import WATCH_SECONDS, Scheduler
from registry.store import journal
from registry.store.store import Store
from registry.testing.clock import MovableClock
from tests.numbers import uscc
from tests.sweeping import another
from tests.test_scheduler import a_scheduler
from tests.world import World

BEHIND, JUMPS = "registry_clock_behind_seconds", "registry_clock_jumps_total"
MICROSECOND = timedelta(microseconds=1)
SKEW = timedelta(minutes=3)
ROOT = Path(__file__).parents[1]


def shown(application: Application, name: str) -> float:
    """What /metrics says of one process."""
    families = text_string_to_metric_families(application.metrics.text().decode())
    (value,) = [one.value for family in families for one in family.samples if one.name == name]
    return float(value)


def token(world: World) -> str:
    return world.token("TAX", "Somebody", Role.AUDITOR)


@pytest.fixture
def scheduler(application: Application) -> Iterator[Scheduler]:
    made = a_scheduler(application)
    yield made
    made.stop()


def test_the_operators_are_told_of_both_metrics(application: Application) -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    exposed = {line.split()[0] for line in application.metrics.text().decode().splitlines()}
    clocks = {name for name in exposed if re.fullmatch(r"registry_clock_\w+(?<!_created)", name)}
    assert clocks == {BEHIND, JUMPS}
    assert all(f"`{name}`" in operations for name in clocks)


# --- 26: back -------------------------------------------------------------------------------------


@pytest.mark.proves("F26")
def test_a_clock_that_went_back_is_shown_until_it_is_right_again(
    application: Application, clock: MovableClock, scheduler: Scheduler
) -> None:
    right = application.store.head().at
    clock.instant = right - timedelta(hours=1)
    assert scheduler.tick()
    assert shown(application, BEHIND) == 3600

    clock.instant = right
    assert scheduler.tick()
    assert shown(application, BEHIND) == 0

    clock.instant = right + timedelta(hours=1)
    assert scheduler.tick()
    assert shown(application, BEHIND) == 0


def test_it_is_shown_where_the_tick_then_fails(world: World, scheduler: Scheduler) -> None:
    """There is a check to seal, and a clock so far behind seals nothing."""
    world.ask(uscc(999))
    world.clock.advance(hours=-1)

    with pytest.raises(Unavailable, match="until the clock is right"):
        scheduler.tick()

    assert shown(world.application, BEHIND) == pytest.approx(3600, abs=0.1)


def test_a_head_that_cannot_be_read_does_not_hold_up_the_tick(
    application: Application, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Store) -> Any:
        raise Unavailable("The database cannot be used now.")

    monkeypatch.setattr(Store, "head", fails)

    assert scheduler.tick()

    assert [event for level, event, _ in scheduler._log.lines if level == "error"] == ["job failed"]


# --- 27: a jump -----------------------------------------------------------------------------------


class Rounds(threading.Event):
    """What ends the watch on the clock: not before each of these has happened, one in each of its
    pauses, which take no time."""

    def __init__(self, *happenings: Callable[[], None]) -> None:
        super().__init__()
        self._happenings = list(happenings)

    def wait(self, timeout: float | None = None) -> bool:
        if not self._happenings:
            return True
        self._happenings.pop(0)()
        return False


@pytest.mark.proves("F27")
@pytest.mark.parametrize("seconds", [365 * 86_400.0, 3.0, -3.0, -3_600.0])
def test_a_jump_is_counted_and_logged_and_everything_planned_anew(
    application: Application, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    wall, ticks = MovableClock(), MovableClock()
    monkeypatch.setattr(system_clock, "now", wall)
    monkeypatch.setattr(system_clock, "ticks", lambda: ticks().timestamp())

    def goes_on(jump: float = 0.0) -> None:
        ticks.advance(seconds=WATCH_SECONDS)
        wall.advance(seconds=WATCH_SECONDS + jump)

    made = a_scheduler(application)
    made._stop = Rounds(goes_on)
    made._watch()
    assert shown(application, JUMPS) == 0
    assert (made._log.lines, made._jobs.get_jobs()) == ([], [])

    made._stop = Rounds(goes_on, lambda: goes_on(seconds), goes_on)
    made._watch()

    assert shown(application, JUMPS) == 1
    assert made._log.lines == [("warning", "the system clock jumped", {"seconds": seconds})]
    assert {job.id for job in made._jobs.get_jobs()} == {"tick", "sweep"}


# --- 28: two servers ------------------------------------------------------------------------------


@pytest.fixture
def late(world: World) -> Iterator[World]:
    """The same registry in another process, whose clock is three minutes behind the first's."""
    made = copy(world)
    made.application = another(world.application)
    made.application.clock = made.clock = MovableClock(world.clock() - SKEW)
    made.registry = made.application.registry
    yield made
    made.application.close()


@pytest.mark.proves("F28")
def test_the_server_that_is_behind_shows_by_how_much(world: World, late: World) -> None:
    first, second = a_scheduler(world.application), a_scheduler(late.application)
    token(world)

    assert first.tick()
    assert not second.tick()  # it does not lead, and shows it all the same

    assert shown(world.application, BEHIND) == pytest.approx(0, abs=0.1)
    assert shown(late.application, BEHIND) == pytest.approx(180, abs=0.1)
    first.stop()
    second.stop()


def at_the_end_of_a_listing(world: World, late: World) -> tuple[str, datetime]:
    """(unified code, the instant from which the listing has ended): one server's clock says that it
    has, the other's that it has not, and the first has written."""
    code = uscc(901)
    end = start_of(world.listed(world.enterprise(code)).valid_to)
    world.clock.instant = end + timedelta(minutes=1)
    late.clock.instant = world.clock() - SKEW
    token(world)
    return code, end


@pytest.mark.proves("F28")
def test_both_servers_give_the_same_answer_at_the_end_of_a_listing(
    world: World, late: World
) -> None:
    code, end = at_the_end_of_a_listing(world, late)
    before = [one.ask(code, as_of=end - MICROSECOND) for one in (world, late)]
    after = [one.ask(code, as_of=end) for one in (world, late)]
    now = [one.ask(code) for one in (world, late)]

    assert [said["outcome"] for said in before] == ["restricted"] * 2
    for first, second in (before, after, now):
        assert second["outcome"] == first["outcome"]
        assert second["sanctions"] == first["sanctions"]
        assert second["incomplete"] == first["incomplete"] == []
    assert now[1]["outcome"] == after[1]["outcome"] != "restricted"
    assert now[1]["as_of"] >= now[1]["known_at"]


@pytest.mark.control("F28")
def test_by_their_own_clocks_the_two_would_differ(
    world: World, late: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the one above: what the last entry as the earliest time is for."""
    code, _ = at_the_end_of_a_listing(world, late)
    monkeypatch.setattr(Store, "_check_now", lambda self, reading, head: (self.now(), True))
    assert world.ask(code)["outcome"] != "restricted"
    assert late.ask(code)["outcome"] == "restricted"


def written_by_turns(world: World, late: World) -> list[datetime]:
    """The instants of all entries, in the order of the journal, once both servers have written."""
    for one in (world, late, late, world, late):
        token(one)
        world.clock.advance(seconds=1)
        late.clock.advance(seconds=1)
    with world.registry.store.reading() as reading:
        return [row.at for row in journal.rows_after(reading, 0, 10_000)]


@pytest.mark.proves("F28")
def test_the_entries_of_both_never_go_back_in_time(world: World, late: World) -> None:
    instants = written_by_turns(world, late)
    assert instants == sorted(instants)


@pytest.mark.control("F28")
def test_by_their_own_clocks_they_would(
    world: World, late: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the one above."""
    monkeypatch.setattr(Store, "_legal_now", lambda self, connection, head: self.now())
    instants = written_by_turns(world, late)
    assert instants != sorted(instants)
