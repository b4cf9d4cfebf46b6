"""Faults 6 to 8: what is said of a disk that failed is what is stored; a temporary file finds no
space; a sync that failed ends the process; a read-only disk over HTTP."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest

from registry.api.front import CHECKS
from registry.domain.actor import Role
from registry.domain.errors import Unavailable
from registry.services import custody
from registry.store import scratch
from registry.store.writer import Writer
from tests.faults.disk import FULL, IOERR_FSYNC, IOERR_WRITE, OK, READONLY
from tests.faults.test_disk_errors import nth, on_failing_disk, tokens, until_refused
from tests.faults.test_disk_over_http import Served, served
from tests.filled import Filled
from tests.numbers import uscc
from tests.world import World

__all__ = ["served"]


def commits_fail_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard out: that a commit was refused is told to nobody."""
    plain = Writer.commit

    def commit(self: Writer) -> None:
        with suppress(Exception):
            plain(self)

    monkeypatch.setattr(Writer, "commit", commit)


# --- 6: full --------------------------------------------------------------------------------------


def lost_on_a_full_disk(filled: Filled, number: int) -> int:
    """How many changes were acknowledged and are not stored, the disk being full from the
    number-th write on."""
    with on_failing_disk(filled) as (disk, world, _):
        before, acknowledged = tokens(filled), 0
        nth(disk, number, "write", FULL, lasting=True)
        for turn in range(8):
            with suppress(Unavailable):
                world.token("TAX", f"Person {turn}", Role.AUDITOR)
                acknowledged += 1
        disk.refuse = lambda kind, name: OK
        return before + acknowledged - tokens(filled)


@pytest.mark.proves("F6")
@pytest.mark.parametrize("number", [1, 7, 20])
def test_what_was_acknowledged_before_the_disk_was_full_is_stored(
    filled: Filled, number: int
) -> None:
    assert lost_on_a_full_disk(filled, number) == 0


@pytest.mark.control("F6")
@pytest.mark.parametrize("number", [1, 7, 20])
def test_were_its_errors_not_told_changes_would_be_lost(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The negative control of the one above."""
    commits_fail_in_silence(monkeypatch)
    assert lost_on_a_full_disk(filled, number) > 0


@pytest.mark.proves("F6")
def test_a_full_temporary_file_is_told_and_leaves_all_as_it_was(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verification notes in one what it must remember: without space for that nothing is called
    sound, and nothing damaged either."""
    store = filled.application.store
    with monkeypatch.context() as patch:
        patch.setattr(scratch, "_TABLES", (*scratch._TABLES, "PRAGMA max_page_count=3"))
        with pytest.raises(Unavailable, match="SQLITE_FULL"):
            custody.verify(store)
    assert filled.world.ask(uscc(1))["outcome"] == "restricted"
    assert not filled.application.readiness()
    assert custody.verify(store).problem is None


@pytest.mark.proves("F6")
def test_a_full_temporary_file_is_told_whatever_the_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_TABLES", (*scratch._TABLES, "PRAGMA max_page_count=3"))
    with pytest.raises(Unavailable, match="SQLITE_FULL"):
        custody.verify(world.registry.store)
    monkeypatch.undo()
    assert custody.verify(world.registry.store).problem is None


# --- 7: a sync that fails -------------------------------------------------------------------------


@pytest.mark.proves("F7")
def test_a_sync_that_fails_in_a_checkpoint_is_not_tried_again(filled: Filled) -> None:
    with on_failing_disk(filled) as (disk, world, application):
        world.token("TAX", "Somebody", Role.AUDITOR)
        before = tokens(filled)
        nth(disk, 1, "sync", IOERR_FSYNC)
        with pytest.raises(Unavailable, match="SQLITE_IOERR_FSYNC"):
            application.database.checkpoint(above_bytes=0)
        tried = disk.syncs
        with pytest.raises(Unavailable, match="restart"):
            application.database.checkpoint(above_bytes=0)
        assert disk.syncs == tried
    again = filled.again()
    again.require_ready()
    assert (tokens(filled), custody.verify(again.store).problem) == (before, None)
    again.close()


@pytest.mark.proves("F7")
def test_the_server_ends_by_itself_after_a_sync_that_failed(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with on_failing_disk(filled) as (disk, world, application):
        made = application.scheduler()
        made._run_tick()
        assert ended == []
        nth(disk, 1, "sync", IOERR_FSYNC)
        until_refused(world)
        made._run_tick()
        made.stop()
    assert ended == [70]


# --- 8: read-only ---------------------------------------------------------------------------------


@pytest.mark.proves("F8")
def test_on_a_read_only_disk_all_is_503_over_http(served: Served) -> None:
    assert served.acknowledged()
    id = served.checks[0]["id"]
    served.disk.refuse = lambda kind, name: READONLY if kind == "write" else OK

    refused = [
        served.check(),
        served.check(**{"Idempotency-Key": "k"}),
        served.change(),
        served.send("GET", f"{CHECKS}/{id}", "agency"),
        served.send("GET", "/readyz", "agency"),
    ]

    assert [one.status_code for one in refused] == [503] * 5
    assert all(one.headers["retry-after"] for one in refused[:-1])
    assert served.send("GET", "/healthz", "agency").status_code == 200


def unlogged(filled: Filled, code: int) -> list[Any]:
    """Checks that are answered while the disk cannot be written to, and are not logged."""
    answered = []
    with on_failing_disk(filled) as (disk, world, _):
        disk.refuse = lambda kind, name: code if kind == "write" else OK
        for _ in range(3):
            with suppress(Unavailable):
                answered.append(world.ask(uscc(1))["id"])
    stored = {id for (id,) in filled.rows("SELECT id FROM checks")}
    return [id for id in answered if id not in stored]


@pytest.mark.proves("I9")
@pytest.mark.proves("F8")
@pytest.mark.parametrize("code", [IOERR_WRITE, READONLY, FULL])
def test_no_check_is_answered_that_is_not_logged(filled: Filled, code: int) -> None:
    assert unlogged(filled, code) == []


@pytest.mark.control("I9")
@pytest.mark.control("F8")
@pytest.mark.parametrize("code", [IOERR_WRITE, READONLY, FULL])
def test_were_the_log_not_waited_for_they_would_be(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """The negative control of the one above."""
    commits_fail_in_silence(monkeypatch)
    assert len(unlogged(filled, code)) == 3
