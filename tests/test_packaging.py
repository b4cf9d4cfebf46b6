"""What is installed is what is in the tree: no more, no less, and it starts.

The wheel is built from a copy, for setuptools leaves build/ behind and would pack its old content
again. The fresh environment borrows the libraries of the running one, so that nothing is fetched.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("registry", "plugins", "sector_plugins")

# One worker does all of it: the wheel is built once.
pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.timeout(300)]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run with nothing of the checkout or of the caller's settings in the environment."""
    hidden = ("REGISTRY_", "PYTHON", "COVERAGE", "PIP_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def files_of_the_tree() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    # Traps: folders of the checkout that must never be shipped.
    for name in ("tests", "config", "bench"):
        (source / name).mkdir()
        (source / name / "__init__.py").touch()

    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", ".", cwd=source)

    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = (source / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds our wheel and borrowed libraries."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    command = ["-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel]
    result = run(sys.executable, *command, cwd=home)
    assert result.returncode == 0, result.stdout + result.stderr

    borrowed = home / "borrowed"
    borrowed.mkdir()
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        borrow(Path(folder), borrowed)
    (site_packages,) = (home / "lib").glob("python3*/site-packages")
    (site_packages / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    return home / "bin"


def borrow(folder: Path, into: Path) -> None:
    """Link every library but our own: an editable copy of us would answer in the wheel's place."""
    ours = ("sanction_registry", "__editable__", *PACKAGES)
    for entry in folder.iterdir():
        if not entry.name.startswith(ours) and entry.suffix != ".pth":
            (into / entry.name).symlink_to(entry)


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
