"""I3 on PostgreSQL: the server is stopped without a warning again and again; whatever was
acknowledged is there when it runs again. Where it acknowledges before it has written, the same
stops lose some."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from registry.app import Application
from registry.domain.errors import NotReady
from registry.plugin_manager import Plugins
from registry.services import custody
from registry.settings import Settings
from registry.store import checks, vault
from registry.testing.clock import MovableClock
from tests.numbers import uscc
from tests.postgresql import Cluster
from tests.world import World

STOPS, EACH = 4, 3
LATE = ("ALTER SYSTEM SET synchronous_commit = off", "ALTER SYSTEM SET wal_writer_delay = 10000")


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A server that may be stopped: that of the other tests may not."""
    with tempfile.TemporaryDirectory(prefix="registry-stopped-") as folder:
        server = Cluster(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def database(own_cluster: Cluster) -> str:
    return own_cluster.new_database()


def set_to(server: Cluster, *statements: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for statement in (*statements, "SELECT pg_reload_conf()"):
            connection.execute(statement.encode())
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_sleep(0)")


def restarted(server: Cluster) -> None:
    """As after a crash: no last checkpoint, and what was written is read again from the WAL."""
    server.stop()
    assert server._started()


def opened(url: str, folder: Path, plugins: Plugins, clock: MovableClock) -> Application:
    made = Application(Settings(database_url=url, key_file=str(folder / "registry.key")), clock)
    made.__dict__["plugins"] = plugins
    return made


def lost(server: Cluster, name: str, folder: Path, plugins: Plugins) -> list[str]:
    """What was acknowledged, and is not there after a stop."""
    vault.write_new(folder / "registry.key")
    clock, found = MovableClock(), []
    application = opened(server.url(name), folder, plugins, clock)
    application.migrate()
    world = World(application, clock)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    for _ in range(STOPS):
        listings = [world.listed().id for _ in range(EACH)]
        answers = [world.ask(uscc(number))["id"] for number in range(EACH)]
        head = application.store.head().seq
        restarted(server)
        found += missing(application, head, listings, answers)
        clock.advance(seconds=1)
    application.close()
    return found


def missing(
    application: Application, head: int, listings: list[str], answers: list[str]
) -> list[str]:
    wrong = [f"{verdict.problem}"] if (verdict := custody.verify(application.store)).problem else []
    if verdict.counts.seq < head:
        wrong.append(f"entries {verdict.counts.seq + 1} to {head}")
    with application.registry.store.reading() as reading:
        statement = "SELECT id FROM listings"
        stored = set(reading.connection.exec_driver_sql(statement).scalars())
        wrong += [f"listing {id}" for id in listings if id not in stored]
        wrong += [f"check {id}" for id in answers if checks.get(reading, id) is None]
    return wrong


@pytest.mark.proves("I3")
def test_what_postgresql_acknowledged_outlives_its_stops(
    own_cluster: Cluster, database: str, tmp_path: Path, bundled: Plugins
) -> None:
    assert lost(own_cluster, database, tmp_path, bundled) == []


@pytest.mark.proves("I3")
def test_a_database_that_acknowledges_before_it_has_written_is_not_served(
    own_cluster: Cluster, database: str, tmp_path: Path, bundled: Plugins
) -> None:
    vault.write_new(tmp_path / "registry.key")
    application = opened(own_cluster.url(database), tmp_path, bundled, MovableClock())
    application.migrate()
    application.require_ready()
    application.close()
    set_to(own_cluster, f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    again = opened(own_cluster.url(database), tmp_path, bundled, MovableClock())
    with pytest.raises(NotReady, match="synchronous_commit"):
        again.require_ready()
    again.close()


@pytest.mark.control("I3")
def test_where_it_acknowledges_before_it_has_written_the_same_stops_lose_some(
    own_cluster: Cluster, database: str, tmp_path: Path, bundled: Plugins
) -> None:
    set_to(own_cluster, *LATE)
    try:
        found = lost(own_cluster, database, tmp_path, bundled)
    finally:
        set_to(own_cluster, "ALTER SYSTEM RESET ALL")
    assert any(one.startswith("check") for one in found)
