"""Fixtures, smallest world first.

`clock` stands still until a test moves it. `application` is a whole registry on a fresh database
with the bundled plugins, once on an SQLite file and once on PostgreSQL: every test that uses it
runs on both (`--database sqlite` or `postgresql` for one of them). `world` adds agencies, persons
with tokens, a published tax edition and an accepted rule; its methods take a case through the
steps as an authority's own system would.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.app import Application
from registry.plugin_manager import Plugins, load_plugins
from registry.settings import BUNDLED, Settings
from registry.store import vault
from registry.testing.clock import MovableClock
from tests.postgresql import Cluster
from tests.served import InFront
from tests.world import World

pytest_plugins = ["tests.requirement_plugin", "tests.packaging", "tests.made_plugins"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="both",
        help="the databases on which tests of the whole registry run",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", _kinds(metafunc))
    if "still_kind" in metafunc.fixturenames:
        metafunc.parametrize("still_kind", _kinds(metafunc), scope="module")


def _kinds(metafunc: pytest.Metafunc) -> list[str]:
    asked = metafunc.config.getoption("--database")
    return ["sqlite", "postgresql"] if asked == "both" else [asked]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test process, run by an unprivileged user. It lies in a folder of
    its own: pytest clears away its temporary folders when several runs share a machine."""
    with tempfile.TemporaryDirectory(prefix="registry-postgresql-") as folder:
        server = Cluster(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, database_kind: str
) -> Iterator[str]:
    """A fresh, empty database of one kind."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path}/registry.db"
        return
    server: Cluster = request.getfixturevalue("cluster")
    name = server.new_database()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    key_file = tmp_path / "registry.key"
    if not database_url.startswith("sqlite"):
        vault.write_new(key_file)
    return Settings(database_url=database_url, key_file=str(key_file), lock_seconds=5)


@pytest.fixture(scope="session")
def bundled() -> Plugins:
    """The bundled plugins, their rule files read once for all tests."""
    plugins = load_plugins(BUNDLED)
    plugins.rulebook = cache(plugins.rulebook)  # type: ignore[method-assign]
    plugins.origins = cache(plugins.origins)  # type: ignore[method-assign]
    return plugins


@pytest.fixture
def application(settings: Settings, clock: MovableClock, bundled: Plugins) -> Iterator[Application]:
    made = Application(settings, clock)
    made.__dict__["plugins"] = bundled
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def world(application: Application, clock: MovableClock) -> World:
    return World(application, clock)


def client_of(application: Application) -> FlaskClient:
    """A test client; checks go through what stands in front of Flask, as when served."""
    made = application.flask()
    made.wsgi_app = InFront(made.wsgi_app, application.front(made))  # type: ignore[method-assign]
    return made.test_client()


@pytest.fixture
def client(application: Application):  # type: ignore[no-untyped-def]
    """A test client of the whole application."""
    return client_of(application)
