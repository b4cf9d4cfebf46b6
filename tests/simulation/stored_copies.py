"""A registry for every history: one is migrated and given its offices, the others are copies."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from registry.app import Application
from registry.domain.validity import noon_of
from registry.plugin_manager import Plugins
from registry.settings import Settings
from registry.store import vault
from registry.testing.clock import MovableClock
from tests.postgresql import Cluster
from tests.simulation.history import Setting
from tests.simulation.stored_world import Office, Registered

MIGRATED = date(2014, 12, 1)  # before anybody is known


class Template:
    """A migrated registry in which nobody is known, on an SQLite file or in a cluster."""

    def __init__(self, folder: Path, plugins: Plugins, cluster: Cluster | None) -> None:
        self.folder, self.plugins, self.cluster = folder, plugins, cluster
        self.numbers = count(1)
        if cluster is not None:
            vault.write_new(folder / "registry.key")
        self.name = "registry.db" if cluster is None else cluster.new_database()
        clock = MovableClock(noon_of(MIGRATED))
        made = self.application(self.name, clock)
        made.migrate()
        self.tokens = Office(made, clock).tokens
        with made.registry.view() as view:
            self.rulebooks = {view.rulebook.digest: view.rulebook}
        made.close()

    def application(self, name: str, clock: MovableClock) -> Application:
        url = f"sqlite:///{self.folder}/{name}" if self.cluster is None else self.cluster.url(name)
        settings = Settings(database_url=url, key_file=f"{self.folder}/registry.key")
        made = Application(settings, clock)
        made.__dict__["plugins"] = self.plugins
        if self.cluster is None:
            sa.event.listen(made.database.engine, "connect", _wait_for_no_disk)
        return made

    @contextmanager
    def opened(self, setting: Setting) -> Iterator[Registered]:
        """A copy, in which the subjects of a setting are entered."""
        with self._copy() as name:
            clock = MovableClock()
            made = self.application(name, clock)
            # Reading the rulebook anew would be most of a history's time.
            made.registry.contexts._rulebooks.update(self.rulebooks)
            try:
                yield Registered(made.registry, clock, self.tokens, setting)
            finally:
                made.close()

    @contextmanager
    def _copy(self) -> Iterator[str]:
        number = next(self.numbers)
        if self.cluster is None:
            name = f"copy{number}.db"
            shutil.copyfile(self.folder / self.name, self.folder / name)
            try:
                yield name
            finally:
                for left in self.folder.glob(f"{name}*"):
                    left.unlink()
            return
        name = f"{self.name}_{number}"
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"'.encode())
        try:
            yield name
        finally:
            self.cluster.drop(name)


def _wait_for_no_disk(connection: Any, _: Any) -> None:
    """Power cuts are for other tests."""
    connection.execute("PRAGMA synchronous=OFF")
