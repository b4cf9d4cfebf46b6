"""Fixtures: the smallest whole sector (tests/broken_rules/good), copied into a package of its own.

A test that needs another sector gives the files it changes; `without` leaves one out.
"""

import importlib
import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.domain.sector import Sector
from registry.rulebook.loader import load_sector

GOOD = Path(__file__).parents[1] / "broken_rules" / "good"

_numbers = itertools.count()

MakePackage = Callable[..., str]


@pytest.fixture
def make_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePackage]:
    """Call with paths and texts, and with `base` for the files to start from; gives the name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def make(
        changed: dict[str, str] | None = None, base: Path | None = GOOD, overlay: Path | None = None
    ) -> str:
        name = f"rules_{next(_numbers)}"
        folder = tmp_path / name
        folder.mkdir()
        for source in (base, overlay):
            if source is not None:
                shutil.copytree(source, folder, dirs_exist_ok=True)
        for path, text in (changed or {}).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        (folder / "__init__.py").write_text("", encoding="utf-8")
        importlib.invalidate_caches()
        made.append(name)
        return name

    yield make
    for name in made:
        sys.modules.pop(name, None)


@pytest.fixture
def sector(make_package: MakePackage) -> Sector:
    return load_sector(make_package())
