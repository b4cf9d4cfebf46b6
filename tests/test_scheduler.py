"""The scheduler: one leader, woken when something is due, whatever the clock does; events are told
to plugins in order, again where one failed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from apscheduler.executors.pool import ThreadPoolExecutor as ThreadPool
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError

from registry import scheduler as scheduling
from registry.app import Application, orphaned
from registry.domain.events import Event
from registry.domain.validity import start_of
from registry.scheduler import Scheduler
from registry.services import sweep as sweeps
from registry.services.events import deliver
from registry.store.database import Database
from registry.store.leader import Leadership
from tests.numbers import uscc
from tests.postgresql import Cluster
from tests.sweeping import another, exits_of, journalled, move_to
from tests.world import World

MICROSECOND = timedelta(microseconds=1)
PATIENCE = 10.0
ROOT = Path(__file__).parents[1]


class Log:
    """Keeps what was logged."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        return lambda event, **fields: self.lines.append((level, event, fields))


def a_scheduler(application: Application, **more: Any) -> Scheduler:
    listeners = more.pop("listeners", {})
    return Scheduler(application.store, listeners, Log(), application.metrics, **more)


@pytest.mark.proves("F30")
def test_one_of_two_schedulers_leads(application: Application) -> None:
    other = another(application)
    first, second = a_scheduler(application), a_scheduler(other)
    assert first.tick()
    assert not second.tick()
    assert second.sweep() is None
    first.stop()
    assert second.tick()
    assert not first.tick()
    second.stop()
    other.close()


def test_who_cannot_ask_whether_it_leads_has_let_the_lead_go(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = cluster.new_database()
    database = Database(cluster.url(name))
    first, second = Leadership(database), Leadership(database)
    assert first.held()
    session = first._connection
    assert session is not None

    def fails(*_: Any) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(session, "execute", fails)
    assert not first.held()
    assert session.closed
    assert second.held()
    second.release()
    database.close()
    cluster.drop(name)


# --- waking up ------------------------------------------------------------------------------------


def test_tick_and_sweep_may_ask_for_the_lead_at_the_same_time(application: Application) -> None:
    for _ in range(20):
        lead, start = Leadership(application.database), threading.Barrier(4)

        def ask(_: int, lead: Leadership = lead, start: threading.Barrier = start) -> bool:
            start.wait(PATIENCE)
            return lead.held()

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(ask, range(4)))
        lead.release()


@pytest.mark.proves("F32")
def test_it_wakes_at_the_next_due_instant_or_after_the_interval(world: World) -> None:
    listing = world.listed()
    made = a_scheduler(world.application, sweep_seconds=60)
    due_at = start_of(listing.valid_to)
    assert made.next_sweep(due_at - timedelta(seconds=7)) == timedelta(seconds=7)
    assert made.next_sweep(due_at - timedelta(days=7)) == timedelta(seconds=60)


@contextmanager
def running(made: Scheduler) -> Iterator[None]:
    made.start()
    try:
        yield
    finally:
        made.stop()


def test_a_stop_in_the_middle_of_a_round_ends_it_without_an_error(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, entered, let_go = ThreadPool.submit_job, threading.Event(), threading.Event()

    def slow(self: ThreadPool, job: Any, run_times: Any) -> Any:
        entered.set()
        let_go.wait(PATIENCE)
        return plain(self, job, run_times)

    raised: list[Any] = []
    monkeypatch.setattr(ThreadPool, "submit_job", slow)
    monkeypatch.setattr(threading, "excepthook", raised.append)
    made = a_scheduler(application)
    made.start()
    assert entered.wait(PATIENCE)
    stopping = threading.Thread(target=made.stop)
    stopping.start()
    stopping.join(0.2)  # it has asked for the end by now, and waits for the round
    assert stopping.is_alive()
    let_go.set()
    stopping.join(PATIENCE)

    assert raised == []


class Sweeps:
    """Counts the sweeps of a running scheduler."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.changed = 0, threading.Condition()
        plain = sweeps.sweep

        def counted(*args: Any) -> Any:
            with self.changed:
                self.count += 1
                self.changed.notify_all()
            return plain(*args)

        monkeypatch.setattr(sweeps, "sweep", counted)

    def reach(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.count >= count, PATIENCE)

    def settle(self) -> int:
        """How many there were once no more come for a while."""
        with self.changed:
            while self.changed.wait(1.0):
                pass
            return self.count


@pytest.mark.proves("F32")
def test_a_jump_of_years_is_seen_and_not_stepped_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "WATCH_SECONDS", 0.05)
    listing = world.listed()
    seen = Sweeps(monkeypatch)
    with time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=True) as traveller:
        made = a_scheduler(world.application, sweep_seconds=60)
        with running(made):
            assert seen.reach(1)
            traveller.shift(timedelta(days=3_650))
            move_to(world, start_of(listing.valid_to) + timedelta(days=9))
            assert seen.reach(2)
            assert seen.settle() <= 4  # not the five million runs that were missed
    assert (listing.id, listing.valid_to) in exits_of(world)


@pytest.mark.control("F32")
def test_with_the_librarys_defaults_a_late_job_is_dropped() -> None:
    """The negative control of the next one: what the settings of the scheduler are for."""
    assert late_job_runs(BackgroundScheduler(timezone=UTC)) is False


@pytest.mark.proves("F32")
def test_a_job_that_is_late_runs_all_the_same(application: Application) -> None:
    assert late_job_runs(a_scheduler(application)._jobs) is True


def late_job_runs(jobs: BackgroundScheduler) -> bool:
    ran, other = threading.Event(), threading.Event()
    late = datetime.now(UTC) - timedelta(seconds=100)
    jobs.add_job(ran.set, "date", run_date=late)
    jobs.add_job(other.set, "date", run_date=datetime.now(UTC) + timedelta(seconds=0.2))
    jobs.start()
    try:
        assert other.wait(PATIENCE)
        return ran.is_set()
    finally:
        jobs.shutdown()


def test_a_job_that_fails_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, again = iter(range(100)), threading.Event()

    def failing(*_: Any) -> Any:
        if next(calls):
            again.set()
            return sweeps.Report()
        raise ZeroDivisionError

    monkeypatch.setattr(sweeps, "sweep", failing)
    made = a_scheduler(world.application, sweep_seconds=1)
    with running(made):
        assert again.wait(PATIENCE)
    assert ("error", "job failed", {"error": "ZeroDivisionError"}) in made._log.lines


@pytest.mark.proves("F7")
def test_after_an_input_output_error_the_process_asks_for_its_end(
    application: Application,
) -> None:
    ended = threading.Event()
    made = a_scheduler(application, fatal=ended.set)
    application.database.failed = True
    with running(made):
        assert ended.wait(PATIENCE)
    application.database.failed = False


# --- a worker without its master ------------------------------------------------------------------


@pytest.mark.proves("F31")
def test_a_process_whose_master_is_gone_lets_go_of_the_lead_and_ends(world: World) -> None:
    gone, ended = threading.Event(), threading.Event()
    other = another(world.application)
    made, next_one = (
        a_scheduler(world.application, fatal=ended.set, orphaned=gone.is_set),
        a_scheduler(other),
    )
    with running(made):
        assert not ended.wait(0.2)
        gone.set()
        assert ended.wait(PATIENCE)
        assert next_one.tick()
    next_one.stop()
    other.close()


WORKER_OF_A_MASTER = """
import multiprocessing, os, signal, time
from registry.app import orphaned

def work(ready):
    print(orphaned(), flush=True)
    ready.set()
    for _ in range(500):
        if orphaned():
            break
        time.sleep(0.01)
    print(orphaned(), flush=True)

fork = multiprocessing.get_context("fork")
ready = fork.Event()
fork.Process(target=work, args=(ready,)).start()
ready.wait(5)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_notices_that_its_master_was_killed() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WORKER_OF_A_MASTER],
        cwd=ROOT,
        stdout=subprocess.PIPE,  # the worker holds it too, and its end is waited for
        text=True,
        timeout=60,
        check=False,
    ).stdout
    assert said.split() == ["False", "True"]


def test_a_server_that_has_no_master_looks_and_is_no_orphan(application: Application) -> None:
    assert application.scheduler()._orphaned is orphaned
    assert orphaned() is False


# --- telling plugins ------------------------------------------------------------------------------


def test_events_are_told_in_order_and_once(world: World) -> None:
    told: list[Event] = []
    world.listed()
    listeners = {"plugin": told.append}
    deliver(world.registry.store, listeners, lambda *_: None)
    seqs = [event.seq for event in told]
    assert seqs == sorted(set(seqs))
    assert "listing.listed" in {event.kind for event in told}
    assert deliver(world.registry.store, listeners, lambda *_: None) == 0
    world.enterprise()
    deliver(world.registry.store, listeners, lambda *_: None)
    assert [event.seq for event in told] == list(range(1, len(told) + 1))


def test_a_plugin_that_fails_is_told_again_and_holds_up_nobody(world: World) -> None:
    world.listed()
    broken, told, failures = [True], [], []

    def failing(event: Event) -> None:
        if event.kind == "listing.listed" and broken[0]:
            raise ZeroDivisionError
        told.append(event.seq)

    good: list[int] = []
    listeners = {"failing": failing, "good": lambda event: good.append(event.seq)}
    note = lambda *failure: failures.append(failure)  # noqa: E731
    deliver(world.registry.store, listeners, note)
    assert good == list(range(1, len(good) + 1))
    assert [(plugin, type(error)) for plugin, _, error in failures] == [
        ("failing", ZeroDivisionError)
    ]
    stopped_at = len(told)
    assert stopped_at < len(good)
    broken[0] = False
    deliver(world.registry.store, listeners, note)
    assert told == good


def test_nothing_is_told_of_a_change_that_failed(world: World) -> None:
    told: list[str] = []
    with suppress(ZeroDivisionError), world.registry.operating() as work:
        work.change.record("agency.added", {"code": "never"})
        raise ZeroDivisionError
    deliver(
        world.registry.store,
        {"plugin": lambda event: told.append(str(event.facts))},
        lambda *_: None,
    )
    assert not any("never" in line for line in told)


@pytest.mark.proves("F3")
def test_ticks_seal_the_checks(world: World) -> None:
    world.ask(uscc(999))
    made = a_scheduler(world.application)
    before = journalled(world, "checks.sealed")
    assert made.tick()
    assert journalled(world, "checks.sealed") == before + 1
    assert made.tick()
    assert journalled(world, "checks.sealed") == before + 1
    made.stop()
