"""Fault 4 with data: an upgrade from the first schema that is killed anywhere leaves the old schema
or the new one, every row as it was, and the next `registry migrate` brings it to its end."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.errors import NotReady
from registry.plugin_manager import Plugins
from registry.services import custody
from registry.store import schema
from tests.faults import first_schema
from tests.faults.first_schema import FIRST, Columns, Rows
from tests.faults.test_killed import EVERY, Killer, killer, sample
from tests.filled import Clock, Filled, opened

__all__ = ["killer"]

LATER = {"days": 3}
SET_LATER = {"activations": ["known_to"], "heads": ["seq", "at", "hash", "rules_seq"]}


@dataclass
class Old:
    """A registry of the first version on a file, and what it holds."""

    filled: Filled
    columns: Columns
    rows: Rows
    killer: Killer

    def copy(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("registry.db", "registry.key"):
            shutil.copy2(self.filled.folder / name, folder / name)

    def kill(self, folder: Path, kind: str, number: int, **more: str) -> bool:
        """Upgrade a copy and kill it at a point; True if it came to its end."""
        self.copy(folder)
        wish = {"folder": str(folder), "act": "migrate", "later": LATER, "kind": kind}
        code = self.killer.run(number=number, **wish, **more)
        assert code in (0, -9)
        return (folder / "acknowledged").exists()

    def points(self, folder: Path, kind: str, **more: str) -> int:
        assert self.kill(folder, kind, EVERY, **more)
        return int((folder / "points").read_text(encoding="ascii"))

    def opened(self, folder: Path) -> Application:
        """The next process."""
        clock = Clock(self.filled.clock.instant + timedelta(days=1))
        clock.advance(**LATER)
        return opened(folder, clock, self.filled.application.plugins)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory, bundled: Plugins, killer: Killer) -> Old:
    source = first_schema.made(tmp_path_factory.mktemp("source"), bundled)
    folder = tmp_path_factory.mktemp("old")
    shutil.copy2(source.folder / "registry.key", folder / "registry.key")
    application = opened(folder, source.clock, bundled)
    columns = first_schema.load(application.database, source)
    rows = first_schema.rows_of(application.database, columns)
    application.database.checkpoint(above_bytes=0)
    application.close()
    return Old(Filled(folder, application, source.clock, source.tokens, ()), columns, rows, killer)


def wrong_after(old: Old, folder: Path) -> str | None:
    """What is wrong with a registry whose upgrade was killed, and after it was upgraded again."""
    application = old.opened(folder)
    try:
        found = schema.current(application.database)
        if found not in (FIRST, schema.newest()):
            return f"left at {found}"
        if found == FIRST:
            with pytest.raises(NotReady, match="run registry migrate"):
                application.require_ready()
        if lost := lost_rows(old, application):
            return f"at {found}: {lost}"
        application.migrate()
        application.require_ready()
        verdict = custody.verify(application.store)
        return lost_rows(old, application) or (verdict.problem and str(verdict.problem))
    finally:
        application.close()
        shutil.rmtree(folder)


def lost_rows(old: Old, application: Application) -> str | None:
    """Rows that are no longer as the first version left them; the active rulebook is replaced."""
    columns = {
        name: [one for one in names if one not in SET_LATER.get(name, [])]
        for name, names in old.columns.items()
    }
    there = first_schema.rows_of(application.database, columns)
    for name, names in columns.items():
        kept = [old.columns[name].index(one) for one in names]
        before = {repr([row[one] for one in kept]) for row in old.rows[name]}
        gone = before - {repr(list(row)) for row in there[name]}
        if gone:
            return f"lost of {name}: {sorted(gone)}"
    return None


@pytest.mark.proves("F4")
@pytest.mark.parametrize("kind", ["statement", "write", "sync"])
def test_an_upgrade_killed_anywhere_keeps_every_row_and_one_of_the_schemas(
    old: Old, tmp_path: Path, kind: str
) -> None:
    count = old.points(tmp_path / "whole", kind)
    wrong = []
    for number in sample(count, 14, kind):
        folder = tmp_path / str(number)
        old.kill(folder, kind, number)
        wrong += [found] if (found := wrong_after(old, folder)) else []
    assert wrong == []


@pytest.mark.control("F4")
def test_an_upgrade_that_commits_each_revision_is_found_between_two(
    old: Old, tmp_path: Path
) -> None:
    """The negative control."""
    guard = "one upgrade"
    count = old.points(tmp_path / "whole", "sync", guard=guard)
    found = set()
    for number in range(1, count + 1):
        folder = tmp_path / str(number)
        old.kill(folder, "sync", number, guard=guard)
        found.add(wrong_after(old, folder))
    assert any(one and one.startswith("left at 000") for one in found)


@pytest.mark.control("F4")
def test_a_row_that_an_upgrade_lost_is_found(old: Old, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    assert old.kill(folder, "none", EVERY)
    application = old.opened(folder)
    with application.database.changing() as connection:
        connection.exec_driver_sql("DELETE FROM identifiers WHERE place = 1")
    application.close()
    assert "lost of identifiers" in (wrong_after(old, folder) or "")
