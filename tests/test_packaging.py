"""What is installed is what is in the tree: no more, no less, and it starts."""

import os
import zipfile
from pathlib import Path

import pytest

from tests.packaging import PACKAGES, ROOT, fresh_environment, run

# One worker does all of it: the wheel is built once.
pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.timeout(300)]


def files_of_the_tree() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds our wheel."""
    return fresh_environment(tmp_path_factory.mktemp("installed"), wheel)


def test_the_wheel_holds_the_tree_and_nothing_else(wheel: Path):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    shipped = {name for name in names if ".dist-info/" not in name}

    assert {name.split("/")[0] for name in shipped} == set(PACKAGES)
    assert shipped == files_of_the_tree()


def test_the_wheel_carries_licence_and_entry_points(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry_points,) = (n for n in names if n.endswith(".dist-info/entry_points.txt"))
        declared = archive.read(entry_points).decode()

    assert any(name.endswith("/LICENSE") for name in names)
    assert any(name.endswith("/NOTICE") for name in names)
    assert "registry = registry.cli:main" in declared
    assert "[registry.plugins]" in declared


def test_it_starts_from_an_empty_folder(installed: Path, tmp_path: Path):
    result = run(installed / "registry", "--help", cwd=tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "migrate" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_its_plugins_come_from_the_wheel(installed: Path, tmp_path: Path):
    result = run(installed / "registry", "plugin", "list", cwd=tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr
    for name in ("china", "tax", "token_auth"):
        assert name in result.stdout
    assert str(installed.parent) in result.stdout
    assert str(ROOT) + os.sep not in result.stdout.replace(str(installed.parent), "")


def test_the_package_folders_hold_a_docstring_only():
    # `plugins` is a common name: should another wheel overwrite this file, nothing is lost.
    for package in ("plugins", "sector_plugins"):
        source = (ROOT / package / "__init__.py").read_text(encoding="utf-8").strip()
        assert source.startswith('"""')
        assert source.endswith('"""')
        assert source.count('"""') == 2
