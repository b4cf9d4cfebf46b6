"""A check desk of a world, asked by several at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry.api import check_desk
from registry.api.check_body import read_question
from registry.api.check_desk import CheckDesk
from registry.app import Application
from registry.plugin_manager import Plugins
from registry.services.checks import Question
from registry.settings import Settings
from registry.store import tables
from registry.testing.clock import MovableClock
from tests.api.conftest import a_check
from tests.numbers import uscc
from tests.world import World


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, the loop is not left for it."""
    monkeypatch.setattr(check_desk, "SLOW_SECONDS", 60)


def desk_of(application: Application) -> CheckDesk:
    sqlite = application.settings.is_sqlite
    return CheckDesk(application.registry.checks, 1 if sqlite else 4, on_loop=sqlite)


@pytest.fixture
def desk(application: Application) -> CheckDesk:
    return desk_of(application)


@pytest.fixture
def embedded(tmp_path: Path, bundled: Plugins) -> Iterator[World]:
    """On an SQLite file, for what is so only there."""
    url, key = f"sqlite:///{tmp_path}/embedded.db", str(tmp_path / "embedded.key")
    movable = MovableClock()
    application = Application(Settings(database_url=url, key_file=key), movable)
    application.__dict__["plugins"] = bundled
    application.migrate()
    yield World(application, movable)
    application.close()


def question(number: int, **more: Any) -> Question:
    return read_question(a_check(uscc(number), **more))


def together(desk: CheckDesk, *asked: tuple[str, Question]) -> list[Any]:
    """The answers, or what was raised, to questions that are asked at once."""

    async def run() -> list[Any]:
        found = await asyncio.gather(*(desk.ask(*one) for one in asked), return_exceptions=True)
        return [json.loads(one) if isinstance(one, bytes) else one for one in found]

    return asyncio.run(run())


@contextmanager
def counted(application: Application) -> Iterator[list[Any]]:
    """The transactions of checks that were begun meanwhile."""
    begun: list[Any] = []
    store, plain = application.store, application.store.checking

    def checking(*known: Any) -> Any:
        begun.append(known)
        return plain(*known)

    store.checking = checking  # type: ignore[method-assign]
    yield begun
    del store.checking  # type: ignore[method-assign]


def logged(application: Application) -> list[tuple[str, int]]:
    with application.store.reading() as reading:
        table = tables.checks
        rows = reading.connection.execute(
            sa.select(table.c.kind, table.c.seq).order_by(table.c.at, table.c.seq)
        )
        return [(row.kind, row.seq) for row in rows]
