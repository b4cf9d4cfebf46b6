"""Faults 6 to 10: a full disk, a sync that fails, a read-only disk, a lock, a file that is gone."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import NotReady, Unavailable
from registry.services import custody
from registry.store.database import Database
from registry.store.store import witness_path
from tests.faults.disk import FULL, IOERR_FSYNC, IOERR_WRITE, OK, READONLY, Disk, failing_disk
from tests.filled import Filled
from tests.numbers import uscc
from tests.world import World

HOLD_SECONDS = 0.4


@contextmanager
def on_failing_disk(filled: Filled) -> Iterator[tuple[Disk, World, Application]]:
    with failing_disk() as disk:
        application = filled.again()
        world = filled.world
        world.application, world.registry = application, application.registry
        try:
            yield disk, world, application
        finally:
            disk.refuse = lambda kind, name: OK
            application.close()


def nth(disk: Disk, number: int, kind: str, code: int, lasting: bool = False) -> None:
    """Let the number-th write or sync from now on fail, and all after it where it is lasting."""
    seen = 0

    def refuse(asked: str, name: str) -> int:
        nonlocal seen
        seen += asked == kind
        return code if asked == kind and (seen == number or (lasting and seen > number)) else OK

    disk.refuse = refuse


def tokens(filled: Filled) -> int:
    return int(str(filled.rows("SELECT count(*) FROM tokens")[0][0]))


def until_refused(world: World) -> tuple[int, str]:
    """Write until it is refused: how often it was acknowledged, and what the refusal says."""
    for acknowledged in range(20):
        try:
            world.token("TAX", f"Person {acknowledged}", Role.AUDITOR)
        except Unavailable as error:
            return acknowledged, error.message
    raise AssertionError("the disk did not fail")


@pytest.mark.proves("F6")
@pytest.mark.parametrize("number", range(1, 31))
def test_a_full_disk_refuses_the_change_and_keeps_what_was_acknowledged(
    filled: Filled, number: int
) -> None:
    with on_failing_disk(filled) as (disk, world, application):
        before = tokens(filled)
        nth(disk, number, "write", FULL, lasting=True)
        acknowledged, message = until_refused(world)
        assert "SQLITE_FULL" in message
        with pytest.raises(Unavailable):
            world.ask(uscc(1))
        disk.refuse = lambda kind, name: OK  # there is space again
        assert tokens(filled) == before + acknowledged
        world.token("TAX", "Somebody", Role.AUDITOR)
        assert world.ask(uscc(1))["outcome"] == "restricted"
        assert tokens(filled) == before + acknowledged + 1
        assert custody.verify(application.store).problem is None


@pytest.mark.parametrize("number", range(1, 61))
def test_one_write_that_fails_costs_one_change_at_most(filled: Filled, number: int) -> None:
    with on_failing_disk(filled) as (disk, world, application):
        before = tokens(filled)
        nth(disk, number, "write", FULL)
        acknowledged = 0
        for turn in range(8):
            with suppress(Unavailable):
                world.token("TAX", f"Person {turn}", Role.AUDITOR)
                acknowledged += 1
        assert acknowledged >= 7
        assert tokens(filled) == before + acknowledged
        assert custody.verify(application.store).problem is None


@pytest.mark.proves("F6")
def test_a_full_disk_stops_a_checkpoint_and_loses_nothing(filled: Filled) -> None:
    with on_failing_disk(filled) as (disk, world, application):
        world.token("TAX", "Somebody", Role.AUDITOR)
        nth(disk, 2, "write", FULL, lasting=True)
        with pytest.raises(Unavailable):
            application.database.checkpoint(above_bytes=0)
        disk.refuse = lambda kind, name: OK
        assert application.database.checkpoint(above_bytes=0)
        assert custody.verify(application.store).problem is None


def test_a_witness_that_cannot_be_written_does_not_unsay_a_change(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = tokens(filled)
    monkeypatch.setattr(Path, "write_text", full)
    filled.world.token("TAX", "Somebody", Role.AUDITOR)
    monkeypatch.undo()
    assert tokens(filled) == before + 1
    filled.application.store.require_whole()


@pytest.mark.proves("F7")
@pytest.mark.parametrize("number", range(1, 9))
def test_after_a_sync_that_failed_nothing_is_done_until_a_restart(
    filled: Filled, number: int
) -> None:
    with on_failing_disk(filled) as (disk, world, application):
        nth(disk, number, "sync", IOERR_FSYNC)
        assert "SQLITE_IOERR_FSYNC" in until_refused(world)[1]
        disk.refuse = lambda kind, name: OK
        for attempt in (
            lambda: world.token("TAX", "Again", Role.AUDITOR),
            lambda: world.ask(uscc(1)),
            lambda: application.store.head(),
            lambda: application.database.checkpoint(above_bytes=0),
        ):
            with pytest.raises(Unavailable, match="restart"):
                attempt()
        assert application.readiness()
    again = filled.again()
    again.require_ready()
    assert custody.verify(again.store).problem is None
    again.close()


@pytest.mark.control("F7")
def test_without_that_guard_the_registry_would_go_on(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "_require_sound", lambda self: None)
    with on_failing_disk(filled) as (disk, world, _):
        nth(disk, 1, "sync", IOERR_FSYNC)
        assert "SQLITE_IOERR_FSYNC" in until_refused(world)[1]
        disk.refuse = lambda kind, name: OK
        assert world.token("TAX", "Again", Role.AUDITOR)


@pytest.mark.proves("F8")
@pytest.mark.parametrize("code", [IOERR_WRITE, READONLY])
def test_on_a_read_only_disk_no_check_is_answered_and_health_is_red(
    filled: Filled, code: int
) -> None:
    with on_failing_disk(filled) as (disk, world, application):
        assert world.ask(uscc(1))["outcome"] == "restricted"
        assert not application.readiness()
        nth(disk, 1, "write", code, lasting=True)
        for _ in range(3):
            with pytest.raises(Unavailable):
                world.ask(uscc(1))
        assert application.readiness()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process's hold of the kernel lock."""
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(file)


@pytest.mark.proves("F9")
@pytest.mark.parametrize("suffix", ["-lock", "-lock-queue"])
def test_a_lock_held_too_long_is_refused_in_time_without_effect(
    filled: Filled, suffix: str
) -> None:
    application = filled.again(lock_seconds=1)
    world = filled.world
    world.application, world.registry = application, application.registry
    before, checks = tokens(filled), filled.rows("SELECT count(*) FROM checks")
    with held(filled.file.with_name(filled.file.name + suffix)):
        for attempt in (
            lambda: world.token("TAX", "Late", Role.AUDITOR),
            lambda: world.ask(uscc(1)),
        ):
            start = time.monotonic()
            with pytest.raises(Unavailable, match="busy"):
                attempt()
            assert 0.9 < time.monotonic() - start < 3
    assert tokens(filled) == before
    assert filled.rows("SELECT count(*) FROM checks") == checks
    assert world.ask(uscc(1))["outcome"] == "restricted"
    application.close()


@pytest.mark.parametrize("suffix", ["-lock", "-lock-queue"])
def test_readiness_says_that_nothing_can_be_written_while_another_holds_the_lock(
    filled: Filled, suffix: str
) -> None:
    application = filled.again(lock_seconds=30)
    with held(filled.file.with_name(filled.file.name + suffix)):
        start = time.monotonic()
        assert "busy" in application.readiness()["store"]
        assert time.monotonic() - start < 10
    assert not application.readiness()
    application.close()


def test_readiness_says_so_from_the_first_write_that_a_full_disk_refused(filled: Filled) -> None:
    with on_failing_disk(filled) as (disk, world, application):
        assert not application.readiness()
        nth(disk, 1, "write", FULL, lasting=True)
        with pytest.raises(Unavailable):
            world.ask(uscc(1))
        assert "SQLITE_FULL" in application.readiness()["store"]
        disk.refuse = lambda kind, name: OK
        assert not application.readiness()
        assert custody.verify(application.store).problem is None


@pytest.mark.proves("F9")
def test_a_stranger_who_locks_the_file_itself_is_waited_for_no_longer(filled: Filled) -> None:
    application = filled.again(lock_seconds=1)
    world = filled.world
    world.application, world.registry = application, application.registry
    stranger = sqlite3.connect(filled.file, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    with pytest.raises(Unavailable, match="SQLITE_BUSY"):
        world.ask(uscc(1))
    assert time.monotonic() - start < 3
    stranger.rollback()
    stranger.close()
    assert world.ask(uscc(1))["outcome"] == "restricted"
    application.close()


def test_a_short_hold_is_waited_for(filled: Filled) -> None:
    lock = filled.file.with_name(filled.file.name + "-lock")
    started, done = threading.Event(), threading.Event()

    def holder() -> None:
        with held(lock):
            started.set()
            done.wait(HOLD_SECONDS)

    thread = threading.Thread(target=holder)
    thread.start()
    started.wait()
    assert filled.world.ask(uscc(1))["outcome"] == "restricted"
    thread.join()


def test_the_thread_that_waits_longest_is_refused_in_time_too(filled: Filled) -> None:
    lock = filled.again(lock_seconds=1).database._lock
    with lock:
        found: list[float] = []

        def late() -> None:
            start = time.monotonic()
            with pytest.raises(Unavailable, match="no turn"):
                lock.acquire()
            found.append(time.monotonic() - start)

        thread = threading.Thread(target=late)
        thread.start()
        thread.join()
    assert 0.9 < found[0] < 3


def live_copy(filled: Filled, folder: Path) -> Filled:
    """The files as they lie while a process has them open: part of the data is in the WAL."""
    filled.world.token("TAX", "Somebody", Role.AUDITOR)
    assert filled.file.with_name("registry.db-wal").stat().st_size
    return filled.copy(folder)


@pytest.mark.proves("F10")
def test_a_removed_wal_file_stops_the_start(filled: Filled, tmp_path: Path) -> None:
    copy = live_copy(filled, tmp_path / "live")
    copy.application.require_ready()
    copy.application.close()
    other = live_copy(filled, tmp_path / "without")
    (other.folder / "registry.db-wal").unlink()
    with pytest.raises(NotReady, match="-wal removed"):
        other.application.require_ready()


@pytest.mark.proves("F10")
def test_an_old_copy_of_the_file_stops_the_start(filled: Filled, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    filled.application.close()
    shutil.copy(filled.file, old)
    world = filled.again()
    user = filled.world
    user.application, user.registry = world, world.registry
    user.token("TAX", "Somebody", Role.AUDITOR)
    world.close()
    shutil.copy(old, filled.file)
    with pytest.raises(NotReady, match="an old copy"):
        filled.again().require_ready()


@pytest.mark.control("F10")
def test_without_the_witness_the_same_loss_goes_unseen(filled: Filled, tmp_path: Path) -> None:
    other = live_copy(filled, tmp_path / "without")
    (other.folder / "registry.db-wal").unlink()
    witness_path(other.file).unlink()
    other.application.require_ready()
