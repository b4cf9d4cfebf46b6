"""A registry on an SQLite file with something of everything in it, made once and copied.

Tests of custody and of faults start from a copy: making it takes seconds, copying it none.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.listing import ExitGround
from registry.domain.subject import Subject
from registry.plugin_manager import Plugins
from registry.services import exits
from registry.services.sweep import sweep
from registry.settings import Settings
from tests.numbers import resident_id, uscc
from tests.world import World

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PERSON = resident_id(777)  # a canary: in clear it may stand nowhere
FILES = ("registry.db", "registry.db-wal", "registry.db-head", "registry.key")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.instant = now

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **parts: float) -> None:
        self.instant += timedelta(**parts)


@dataclass
class Filled:
    """A registry in a folder, its persons' tokens and the subjects that were entered."""

    folder: Path
    application: Application
    clock: Clock
    tokens: dict[str, str]
    firms: tuple[Subject, ...]

    @property
    def file(self) -> Path:
        return self.folder / "registry.db"

    def copy(self, folder: Path) -> Filled:
        """Another registry with the same content."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            if (self.folder / name).exists():
                shutil.copy2(self.folder / name, folder / name)
        clock = Clock(self.clock.instant)
        application = opened(folder, clock, self.application.plugins)
        return replace(self, folder=folder, application=application, clock=clock)

    def again(self, **changes: object) -> Application:
        """Another process's view of the same registry."""
        made = Application(replace(self.application.settings, **changes), self.clock)  # type: ignore[arg-type]
        made.__dict__["plugins"] = self.application.plugins
        return made

    @property
    def world(self) -> World:
        """The world's steps on this registry; no agency is added again."""
        found = World.__new__(World)
        found.application, found.clock = self.application, self.clock
        found.registry, found.tokens = self.application.registry, self.tokens
        found._numbers = count(100)
        return found

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """What the file says, past the registry."""
        connection = sqlite3.connect(self.file)
        try:
            found = connection.execute(statement, values).fetchall()
            connection.commit()
            return found
        finally:
            connection.close()


def settings(folder: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder}/registry.db",
        key_file=str(folder / "registry.key"),
        lock_seconds=5,
    )


def opened(folder: Path, clock: Callable[[], datetime], plugins: Plugins) -> Application:
    made = Application(settings(folder), clock)
    made.__dict__["plugins"] = plugins
    return made


def fill(folder: Path, plugins: Plugins) -> Filled:
    """Two firms and a person listed, one listing ended by a decision, checks before and after."""
    clock = Clock()
    application = opened(folder, clock, plugins)
    application.migrate()
    world = World(application, clock)
    firms = tuple(world.enterprise() for _ in range(3))
    listings = [world.listed(firm) for firm in firms[:2]]
    person = world.person(number=PERSON)
    world.listed(person)
    for number in (1, 2, 3, 999):
        world.ask(uscc(number))
    world.ask(PERSON, scheme="resident_id")
    sweep(application.store)
    clock.advance(days=2)
    with world.work("reviewer") as work:
        exits.exit(work, listings[1].id, ExitGround.CRITERIA_CHANGED, "The standard was repealed.")
    world.token("TAX", "Li", Role.AUDITOR)
    for number in (1, 2):
        world.ask(uscc(number))
    sweep(application.store)
    application.close()
    return Filled(folder, application, clock, world.tokens, firms)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, bundled: Plugins) -> Filled:
    """Made once in each test process; never opened by a test."""
    return fill(tmp_path_factory.mktemp("filled"), bundled)


@pytest.fixture
def filled(template: Filled, tmp_path: Path) -> Iterator[Filled]:
    """A copy of it, for one test."""
    made = template.copy(tmp_path / "filled")
    yield made
    made.application.close()
