"""Fixtures: the command line in a folder of its own, and plugins made there."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli import main
from tests.rulebook.conftest import make_package

__all__ = ["make_package"]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Call with the words of a command; what it imports from the folder is forgotten again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def forget() -> None:
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
                del sys.modules[name]
        importlib.invalidate_caches()

    def registry(*words: str) -> Result:
        forget()
        return CliRunner().invoke(main, words)

    yield registry
    forget()


@pytest.fixture
def energy(run: Run, tmp_path: Path) -> Path:
    """The folder of a plugin as `registry plugin new energy` makes it."""
    made = run("plugin", "new", "energy")
    assert made.exit_code == 0, made.output
    return tmp_path / "energy"
