"""Listeners that misbehave: whatever one does, checks are sealed, other plugins are told, and the
operator learns whose it was. Events are told in order and once: see test_scheduler.py."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner

from registry import scheduler as scheduling
from registry.cli import main
from registry.domain.errors import Unavailable
from registry.domain.events import Event
from registry.scheduler import Scheduler
from registry.services import events
from registry.services.events import FIRST_PAUSE_SECONDS, HANGS_SECONDS, LONGEST_PAUSE_SECONDS
from registry.store import event_cursors, journal
from tests.numbers import uscc
from tests.sweeping import another, journalled
from tests.test_scheduler import Log, a_scheduler, running
from tests.world import World

PATIENCE = 5.0


class Hanging:
    """A listener that does not come back from an event before the test lets it go."""

    def __init__(self) -> None:
        self.given: list[int] = []
        self.has_it, self.let_go, self.came_back = (threading.Event() for _ in range(3))

    def __call__(self, event: Event) -> None:
        self.given.append(event.seq)
        self.has_it.set()
        self.let_go.wait(PATIENCE)
        self.came_back.set()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.let_go.set()
    joined()  # before the database is gone that it goes on to write to


class Hearing:
    """A listener that does as it should."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self._more = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._more:
            self.seqs.append(event.seq)
            self._more.notify_all()

    def reaches(self, seq: int, seconds: float = PATIENCE) -> bool:
        with self._more:
            return self._more.wait_for(lambda: seq in self.seqs, seconds)


class HandMovedTicks:
    """Stands in for the clock that never jumps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def ticks(self) -> float:
        return self.now


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> HandMovedTicks:
    made = HandMovedTicks()
    monkeypatch.setattr(events, "clock", made)
    return made


@contextmanager
def telling(world: World, **listeners: Callable[[Event], None]) -> Iterator[Scheduler]:
    made = a_scheduler(world.application, listeners=listeners)
    try:
        yield made
    finally:
        for one in listeners.values():
            if isinstance(one, Hanging):
                one.let_go.set()
        made.stop()


def settled(made: Scheduler) -> None:
    """Tick, and wait for the deliveries that this began."""
    assert made.tick()
    joined()


def joined() -> None:
    """Wait for every delivery."""
    for thread in threading.enumerate():
        if thread.name.startswith("events-"):
            thread.join(PATIENCE)
            assert not thread.is_alive()


def lines(made: Scheduler, event: str) -> list[dict[str, Any]]:
    log = made._log
    assert isinstance(log, Log)
    return [fields for level, said, fields in log.lines if (level, said) == ("error", event)]


def counted(world: World, plugin: str) -> float:
    return float(world.application.metrics.plugin_failures.labels(plugin)._value.get())


def cursor(world: World, plugin: str) -> int:
    with world.registry.store.reading() as reading:
        return event_cursors.get(reading, plugin)


def noted(world: World) -> list[dict[str, Any]]:
    with world.registry.store.reading() as reading:
        return journal.facts_of_kind(reading, "plugin.failed")


def head(world: World) -> int:
    return world.registry.store.head().seq


# --- a listener that hangs ------------------------------------------------------------------------


def test_checks_are_sealed_and_the_others_told_while_a_listener_hangs(
    world: World, hanging: Hanging
) -> None:
    before, good = journalled(world, "checks.sealed"), Hearing()
    with telling(world, hangs=hanging, good=good) as made:
        for number in (1, 2):
            world.ask(uscc(990 + number))
            assert made.tick()
            assert hanging.has_it.wait(PATIENCE)
            assert journalled(world, "checks.sealed") == before + number
        world.enterprise()
        # the delivery before may just be ending, and then the tick after begins one
        assert any(made.tick() and good.reaches(head(world), 0.1) for _ in range(30))
        assert made.sweep() is not None
        assert not hanging.came_back.is_set()
        assert good.seqs == list(range(1, head(world) + 1))
        assert hanging.given == [1]


def test_a_plugin_has_one_event_in_hand_however_often_it_is_time(
    world: World, hanging: Hanging
) -> None:
    with telling(world, hangs=hanging) as made:
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(lambda _: made.tick(), range(20)))
        assert hanging.has_it.wait(PATIENCE)
        assert made.tick()
        assert hanging.given == [1]
        assert not hanging.came_back.is_set()
        hanging.let_go.set()
        settled(made)
    assert hanging.given == sorted(set(hanging.given))


def test_a_listener_that_hangs_is_named_once_for_an_event_and_counted(
    world: World, hanging: Hanging, ticks: HandMovedTicks
) -> None:
    with telling(world, hangs=hanging) as made:
        assert made.tick()
        assert hanging.has_it.wait(PATIENCE)
        ticks.now += HANGS_SECONDS - 1
        assert made.tick()
        assert not lines(made, "plugin hangs on an event")
        ticks.now += 1
        for _ in range(5):
            assert made.tick()
            ticks.now += HANGS_SECONDS
        assert not hanging.came_back.is_set()
        assert lines(made, "plugin hangs on an event") == [
            {"plugin": "hangs", "seq": 1, "seconds": HANGS_SECONDS}
        ]
        assert counted(world, "hangs") == 1
        assert [(one["plugin"], one["seq"]) for one in noted(world)] == [("hangs", 1)]
        hanging.let_go.set()
        settled(made)
        settled(made)
    assert cursor(world, "hangs") == head(world)  # it came back after all, and goes on


def test_what_was_taken_before_an_event_that_hangs_is_not_told_again(
    world: World, hanging: Hanging, ticks: HandMovedTicks
) -> None:
    world.enterprise()
    last = head(world)
    on_the_last = lambda event: hanging(event) if event.seq == last else None  # noqa: E731
    with telling(world, hangs=on_the_last) as made:
        assert made.tick()
        assert hanging.has_it.wait(PATIENCE)
        ticks.now += HANGS_SECONDS
        assert made.tick()
        assert cursor(world, "hangs") == last - 1
        assert not hanging.came_back.is_set()
        hanging.let_go.set()


def test_stopping_does_not_wait_for_a_listener_that_hangs(
    world: World, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "STOP_SECONDS", 0.05)
    made = a_scheduler(world.application, listeners={"hangs": hanging})
    with running(made):
        assert hanging.has_it.wait(PATIENCE)
    assert not hanging.came_back.is_set()
    # what Python itself waits for at the end of a process
    mine = [thread for thread in threading.enumerate() if thread.name == "events-hangs"]
    assert [thread.daemon for thread in mine] == [True]


# --- a listener that raises -----------------------------------------------------------------------


class Oddity(BaseException):
    """Not even an Exception."""


@pytest.mark.parametrize("kind", [ZeroDivisionError, SystemExit, KeyboardInterrupt, Oddity])
def test_whatever_a_listener_raises_is_named_counted_and_told_again(
    world: World, kind: type[BaseException], ticks: HandMovedTicks
) -> None:
    world.enterprise()
    last, given, good = head(world), [], []

    def fails(event: Event) -> None:
        given.append(event.seq)
        if event.seq == last and given.count(last) == 1:
            raise kind

    with telling(world, fails=fails, good=lambda event: good.append(event.seq)) as made:
        settled(made)
        assert lines(made, "plugin failed on an event") == [
            {"plugin": "fails", "seq": last, "error": kind.__name__}
        ]
        assert counted(world, "fails") == 1
        assert cursor(world, "fails") == last - 1
        assert good[:last] == list(range(1, last + 1))
        ticks.now += FIRST_PAUSE_SECONDS
        settled(made)
        settled(made)
        assert given[:last] == list(range(1, last + 1))
        assert given[last:] == list(range(last, head(world) + 1))
        assert cursor(world, "fails") == head(world)


def test_the_pause_after_a_failure_grows_up_to_a_limit(world: World, ticks: HandMovedTicks) -> None:
    def fails(event: Event) -> None:
        raise SystemExit

    pauses, began = [], ticks.now
    with telling(world, fails=fails) as made:
        settled(made)
        for _ in range(12):
            failures = counted(world, "fails")
            while counted(world, "fails") == failures:
                ticks.now += 1
                settled(made)
            pauses.append(ticks.now - began)
            began = ticks.now
    assert pauses[:4] == [FIRST_PAUSE_SECONDS * 2**n for n in range(4)]
    assert pauses[-2:] == [LONGEST_PAUSE_SECONDS] * 2


def test_once_an_event_was_taken_the_pause_is_short_again(
    world: World, ticks: HandMovedTicks
) -> None:
    broken = [True]

    def fails(event: Event) -> None:
        if broken[0]:
            raise OSError

    with telling(world, fails=fails) as made:
        for _ in range(6):
            settled(made)
            ticks.now += LONGEST_PAUSE_SECONDS
        broken[0] = False
        settled(made)
        broken[0] = True
        world.enterprise()
        settled(made)
        failures = counted(world, "fails")
        ticks.now += FIRST_PAUSE_SECONDS
        settled(made)
        assert counted(world, "fails") == failures + 1


def test_it_is_journalled_once_for_each_cause_and_the_plugins_list_shows_it(
    world: World, ticks: HandMovedTicks
) -> None:
    raised: list[type[BaseException]] = [SystemExit]

    def fails(event: Event) -> None:
        raise raised[0]

    with telling(world, fails=fails) as made:
        for kind in (SystemExit, SystemExit, OSError, SystemExit, OSError):
            raised[0] = kind
            settled(made)
            ticks.now += LONGEST_PAUSE_SECONDS
        assert counted(world, "fails") == 5
        assert [one["cause"] for one in noted(world)] == ["raised SystemExit", "raised OSError"]
    settings = world.application.settings
    environment = {
        "REGISTRY_DATABASE_URL": settings.database_url,
        "REGISTRY_KEY_FILE": settings.key_file,
    }
    listed = CliRunner(env=environment).invoke(main, ["plugin", "list"])
    (line,) = [one for one in listed.output.splitlines() if one.startswith("fails\t")]
    with world.registry.store.reading() as reading:
        (first,) = journal.rows_after(reading, 0, 1)
    assert "\tFAILED 2 times\tlast " in line
    assert line.endswith(f": event 1 {first.kind}: raised OSError")
    assert CliRunner(env=environment).invoke(main, ["verify"]).exit_code == 0


def test_a_store_that_has_no_turn_is_not_the_plugins_fault_and_telling_goes_on(
    world: World, ticks: HandMovedTicks, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def busy(*_: Any) -> int:
        raise Unavailable("The database is busy.")

    with telling(world, good=lambda event: told.append(event.seq)) as made:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(event_cursors, "get", busy)
            settled(made)
        assert lines(made, "telling a plugin failed") == [
            {"plugin": "good", "error": "The database is busy."}
        ]
        assert counted(world, "good") == 0
        ticks.now += FIRST_PAUSE_SECONDS
        settled(made)
    assert told == list(range(1, head(world) + 1))


# --- who leads, tells -----------------------------------------------------------------------------


def test_who_has_lost_the_lead_stops_after_the_event_in_hand(
    world: World, hanging: Hanging
) -> None:
    other, good = another(world.application), Hearing()
    next_one = a_scheduler(other, listeners={"hangs": good})
    with telling(world, hangs=hanging) as made:
        assert made.tick()
        assert hanging.has_it.wait(PATIENCE)
        made._leadership.release()
        assert next_one.tick()
        assert not made.tick()
        assert good.reaches(head(world))
        next_one.stop()
        assert not hanging.came_back.is_set()
        hanging.let_go.set()
        joined()
        assert hanging.given == [1]
        assert cursor(world, "hangs") == head(world)  # the one told last does not turn it back
    other.close()


def test_a_cursor_never_goes_back(world: World) -> None:
    for seq, reached in ((0, 0), (7, 7), (3, 7), (8, 8)):
        with world.registry.store.changing() as change:
            event_cursors.move(change, "plugin", seq)
        assert cursor(world, "plugin") == reached
