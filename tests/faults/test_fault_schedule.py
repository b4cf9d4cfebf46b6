"""Faults 30 and 31: two schedulers, a job that is overtaken by the next one or breaks off. Each
guard is tried alone, then all are taken away, and the same steps do an effect twice."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry.app import Application
from registry.domain.errors import Conflict, Unavailable
from registry.domain.validity import start_of
from registry.services import custody
from registry.services.sweep import Report, sweep
from registry.store import due, leader
from registry.store.database import Database
from registry.store.leader import Leadership
from registry.store.transaction import Change
from tests.sweeping import another, exits_of, many, move_to
from tests.test_scheduler import a_scheduler
from tests.world import World

ROOT = Path(__file__).parents[2]
UNIQUE = "uq_announcements_target_id_kind_on_day"

# --- one leads ------------------------------------------------------------------------------------


def who_leads(application: Application, between: Any = lambda: None) -> list[bool]:
    """Whether each of two schedulers leads, asked one after the other."""
    other = another(application)
    first, second = a_scheduler(application), a_scheduler(other)
    try:
        leads = [first.tick()]
        between()
        return [*leads, second.tick()]
    finally:
        first.stop()
        second.stop()
        other.close()


@pytest.mark.control("F30")
def test_without_its_lock_both_would_lead(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert who_leads(application) == [True, False]

    def lock_off() -> None:
        monkeypatch.setattr(leader, "LEADER", leader.LEADER + 1)
        monkeypatch.setattr(fcntl, "flock", lambda *_: None)

    assert who_leads(application, lock_off) == [True, True]


LEADS = """
import sys
from registry.store.database import Database
from registry.store.leader import Leadership
print(Leadership(Database(sys.argv[1])).held(), flush=True)
sys.stdin.read()
"""


@pytest.mark.proves("F31")
def test_the_lead_of_a_process_that_is_killed_is_free_at_once(database_url: str) -> None:
    """No heartbeat is waited for: the kernel lets go of its lock, PostgreSQL of its session's."""
    database = Database(database_url)
    lead = Leadership(database)
    with subprocess.Popen(
        [sys.executable, "-c", LEADS, database_url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert not lead.held()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        ended = _until(lead)
    assert ended
    lead.release()
    database.close()


def _until(lead: Leadership) -> bool:
    """PostgreSQL notices a closed socket by itself, if not in the same microsecond."""
    return any(lead.held() for _ in range(2_000))


# --- a job that is overtaken ----------------------------------------------------------------------


class Overtaken:
    """A sweep that comes to a halt once it has seen what is due, until another node has done it. It
    then reads again what is still open, or goes by what it had seen."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch, reads_again: bool = True) -> None:
        self.world, self.other = world, another(world.application)
        self._patch, self._reads_again = patch, reads_again
        self._plain = due.gather
        patch.setattr(due, "gather", self.gather)

    def gather(self, *args: Any) -> list[str]:
        self._patch.setattr(due, "gather", self._plain)
        found = self._plain(*args)
        seen = due.read(args[0], found)
        sweep(self.other.store)
        if not self._reads_again:
            self._patch.setattr(due, "read", lambda change, ids: seen)
        return found

    def run(self) -> Report:
        many(self.world, 20)
        move_to(self.world, start_of(self.world.today).replace(year=2040))
        try:
            return sweep(self.world.registry.store)
        finally:
            self.other.close()


def doubles(world: World) -> int:
    found = exits_of(world)
    assert len(found) >= 21
    return len(found) - len(set(found))


def drop_the_unique_key(world: World) -> None:
    with world.application.database.changing() as connection:
        connection.exec_driver_sql(f"DROP INDEX {UNIQUE}")


@pytest.mark.proves("F31")
def test_a_job_that_another_overtook_does_nothing_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Overtaken(world, monkeypatch).run().expired == 0
    assert doubles(world) == 0
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.control("F31")
def test_did_it_not_read_again_the_unique_key_would_refuse_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Overtaken(world, monkeypatch, reads_again=False)
    with pytest.raises(Conflict):
        job.run()
    assert doubles(world) == 0


@pytest.mark.control("I25")
@pytest.mark.control("F30", "F31")
def test_without_that_too_it_would_do_everything_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of both."""
    drop_the_unique_key(world)
    job = Overtaken(world, monkeypatch, reads_again=False)
    assert job.run().expired >= 21
    assert doubles(world) >= 21


# --- a job that breaks off ------------------------------------------------------------------------


def broken_off(world: World, monkeypatch: pytest.MonkeyPatch, commits: bool) -> int:
    """A sweep ends between what it announces and what it notes as handled; with `commits` the first
    was committed by itself. How many exits there are then."""
    many(world, 20)
    move_to(world, start_of(world.today).replace(year=2040))

    def breaks(change: Change, *_: Any) -> None:
        if commits:
            driver = change.connection.connection.dbapi_connection
            assert driver is not None
            driver.commit()
        raise Unavailable("the machine goes down")

    with monkeypatch.context() as patch:
        patch.setattr(due, "close", breaks)
        with pytest.raises(Unavailable):
            sweep(world.registry.store)
    return len(exits_of(world))


@pytest.mark.proves("F31")
def test_a_job_that_breaks_off_leaves_nothing_half_done_and_is_resumed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broken_off(world, monkeypatch, commits=False) == 0
    assert sweep(world.registry.store).expired >= 21
    assert doubles(world) == 0
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.control("F31")
def test_were_it_not_one_transaction_it_could_not_be_resumed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broken_off(world, monkeypatch, commits=True) >= 21
    with pytest.raises(Conflict):
        sweep(world.registry.store)
    assert custody.verify(world.registry.store).problem is not None
