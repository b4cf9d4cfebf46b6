"""Faults 9 and 10: a lock that is held too long is 503 at both doors and leaves nothing; files that
SQLite makes anew may be gone, the one that holds data may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path

import httpx
import psycopg
import pytest

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import NotReady, Unavailable
from registry.services import custody
from registry.services.sweep import seal
from registry.settings import Settings
from registry.store.database import CHANGES
from registry.store.lock import KernelLock
from registry.store.store import witness_path
from tests.faults.disk import Disk
from tests.faults.test_disk_errors import held, live_copy
from tests.faults.test_disk_over_http import Served, counts
from tests.filled import Filled
from tests.numbers import uscc
from tests.world import World

KEY = "7001"  # what it enters: see Served.change

# --- 9: over HTTP ---------------------------------------------------------------------------------


@pytest.fixture
def impatient(filled: Filled) -> Iterator[Served]:
    """A server that waits for its turn no longer than not at all."""
    application = filled.again(lock_seconds=0)
    yield Served(filled, application, application.asgi(), Disk())
    application.close()


def lock_file(filled: Filled) -> Path:
    return filled.file.with_name(filled.file.name + "-lock")


def all_doors(served: Served) -> list[httpx.Response]:
    return [served.check(), served.check(**{"Idempotency-Key": "k"}), served.change(key=KEY)]


@pytest.mark.proves("F9")
def test_a_lock_held_too_long_is_503_and_has_no_effect(impatient: Served) -> None:
    before = counts(impatient)
    with held(lock_file(impatient.filled)):
        refused = all_doors(impatient)
    assert [one.status_code for one in refused] == [503] * 3
    assert all(one.headers["retry-after"] for one in refused)
    assert all("busy" in one.json()["detail"] for one in refused)
    assert counts(impatient) == before

    again = [impatient.change(key=KEY) for _ in range(2)]
    assert [one.status_code for one in again] == [201, 201]
    assert len(impatient.filled.rows(f"SELECT id FROM subjects WHERE name = 'Firm {KEY}'")) == 1
    assert custody.verify(impatient.application.store).problem is None


@pytest.mark.control("F9")
def test_without_the_lock_nothing_would_be_refused(
    impatient: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the one above."""
    monkeypatch.setattr(KernelLock, "acquire", lambda self, seconds=None: None)
    monkeypatch.setattr(KernelLock, "release", lambda self: None)
    with held(lock_file(impatient.filled)):
        assert [one.status_code for one in all_doors(impatient)] == [200, 200, 201]


@pytest.mark.proves("F9")
def test_the_bound_is_five_seconds_unless_set() -> None:
    assert Settings().lock_seconds == 5


# --- 9: on both databases -------------------------------------------------------------------------


@contextmanager
def all_changes_held(application: Application) -> Iterator[None]:
    """Somebody else's turn, which does not end."""
    database = application.database
    if database.path is not None:
        with held(Path(f"{database.path}-lock")):
            yield
        return
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (CHANGES,))
        yield


@pytest.mark.proves("F9")
@pytest.mark.parametrize("seconds", [0, 1])
def test_who_waits_for_another_is_refused_on_both_databases(world: World, seconds: int) -> None:
    settings = replace(world.application.settings, lock_seconds=seconds)
    application = Application(settings, world.clock)
    application.__dict__["plugins"] = world.application.plugins
    late = copy(world)
    late.application, late.registry = application, application.registry
    head = world.registry.store.head()
    with all_changes_held(application):
        for attempt in (lambda: late.ask(uscc(1)), lambda: late.token("TAX", "Li", Role.AUDITOR)):
            with pytest.raises(Unavailable):
                attempt()
    assert world.registry.store.head() == head
    assert late.ask(uscc(1))["outcome"] == "clear"
    application.close()


# --- 10: files that are gone ----------------------------------------------------------------------


@pytest.mark.proves("F10")
@pytest.mark.parametrize("shm", ["gone", "of something else"])
def test_the_shared_memory_file_is_made_anew(filled: Filled, tmp_path: Path, shm: str) -> None:
    """What is committed is still in the WAL, of which it is but an index."""
    made = live_copy(filled, tmp_path / "live")
    if shm == "of something else":
        made.file.with_name("registry.db-shm").write_bytes(b"\x55" * 32_768)
    made.application.require_ready()
    assert made.application.store.head() == filled.application.store.head()
    assert custody.verify(made.application.store).problem is None
    made.application.close()


def sealed_checks_without_the_wal(filled: Filled, folder: Path) -> Filled:
    """A copy that lacks the WAL, in which there was nothing but checks and their seal."""
    filled.world.token("TAX", "Somebody", Role.AUDITOR)
    assert filled.application.database.checkpoint(above_bytes=0)
    for _ in range(3):
        filled.world.ask(uscc(1))
    seal(filled.application.store)
    made = filled.copy(folder)
    made.file.with_name("registry.db-wal").unlink()
    return made


@pytest.mark.proves("F10")
def test_sealed_checks_that_went_with_the_wal_stop_the_start(
    filled: Filled, tmp_path: Path
) -> None:
    made = sealed_checks_without_the_wal(filled, tmp_path / "without")
    with pytest.raises(NotReady, match="-wal removed"):
        made.application.require_ready()


@pytest.mark.control("F10")
def test_without_the_head_beside_the_file_they_would_go_unmissed(
    filled: Filled, tmp_path: Path
) -> None:
    """The negative control of the one above: what is left is sound in itself."""
    made = sealed_checks_without_the_wal(filled, tmp_path / "without")
    witness_path(made.file).unlink()
    made.application.require_ready()
    assert custody.verify(made.application.store).problem is None
