"""The pytest plugin for sector teams: a whole registry with their rules, a clock that they move,
and the question that an agency asks.

pytest loads it by itself where sanction-registry is installed. Which plugins a test runs with is
said in the team's own configuration:

    [tool:pytest]
    registry_plugin_modules = registry_sector_energy

Everything heavy is imported by the fixtures, so that a project which uses none pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from registry.app import Application
    from registry.plugin_manager import Plugins
    from registry.rulebook.cases import CaseResult
    from registry.testing.clock import MovableClock
    from registry.testing.world import World

__all__ = ["cases"]

# What every sector stands on; a team adds the sectors beside which it wants to be tested.
DEFAULT_PLUGINS = ("token_auth", "china")

Check = Callable[..., Mapping[str, Any]]


def cases(package: str) -> tuple[CaseResult, ...]:
    """The worked cases of a plugin's package, run; `failures` is empty where one is as expected.
    For pytest.mark.parametrize. RuleError if the rules do not load; predicates run right here."""
    from registry.domain.predicate import read_verdict
    from registry.plugin_manager import load_plugins
    from registry.rulebook.cases import run_cases

    plugins = load_plugins((), [package])
    functions = {one.code: one.evaluate for one in plugins.predicates()}
    return tuple(
        result
        for sector in plugins.sectors()
        for result in run_cases(sector, lambda code, asked: read_verdict(functions[code](asked)))
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two settings of the fixtures."""
    parser.addini(
        "registry_plugins",
        "plugins by name with which the fixtures of registry.testing run",
        type="args",
        default=list(DEFAULT_PLUGINS),
    )
    parser.addini(
        "registry_plugin_modules",
        "dotted modules of plugins beside them, which need not be installed",
        type="args",
        default=[],
    )


@pytest.fixture
def clock() -> MovableClock:
    """Stands at a Monday morning, 2 March 2026, until a test moves it."""
    from registry.testing.clock import MovableClock

    return MovableClock()


@pytest.fixture(scope="session")
def registry_plugins(pytestconfig: pytest.Config) -> Plugins:
    """The plugins under test, their rule files read once for all tests."""
    from registry.plugin_manager import load_plugins

    plugins = load_plugins(
        pytestconfig.getini("registry_plugins"), pytestconfig.getini("registry_plugin_modules")
    )
    plugins.rulebook = cache(plugins.rulebook)  # type: ignore[method-assign]
    plugins.origins = cache(plugins.origins)  # type: ignore[method-assign]
    return plugins


@pytest.fixture
def registry_application(
    tmp_path: Path, clock: MovableClock, registry_plugins: Plugins
) -> Iterator[Application]:
    """A whole registry on a fresh SQLite file; its rulebook is active, nobody is in it."""
    from registry.app import Application
    from registry.settings import Settings

    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/registry.db", key_file=str(tmp_path / "registry.key")
    )
    made = Application(settings, clock)
    made.__dict__["plugins"] = registry_plugins
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def world(registry_application: Application, clock: MovableClock) -> World:
    """The same with an authority, an agency, persons with tokens and published measures."""
    from registry.testing.world import World

    return World(registry_application, clock)


@pytest.fixture
def check(world: World) -> Check:
    """check(subject, matter): the answer that an agency gets before it approves."""
    return world.check


@pytest.fixture
def as_of(world: World) -> Callable[[date | datetime | str], Check]:
    """as_of(day)(subject, matter): the same as of a day, which may lie ahead."""

    def on(day: date | datetime | str) -> Check:
        return partial(world.check, as_of=day)

    return on
