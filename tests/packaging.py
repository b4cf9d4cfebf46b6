"""Wheels and fresh environments, for tests of what is installed.

A wheel is built from a copy, for setuptools leaves build/ behind and would pack its old content
again. A fresh environment borrows the libraries of the running one, so that nothing is fetched.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("registry", "plugins", "sector_plugins")


def clean_environment(**settings: str) -> dict[str, str]:
    """Nothing of the checkout or of the caller's settings; `settings` are added."""
    hidden = ("REGISTRY_", "PYTHON", "COVERAGE", "PIP_", "PYTEST")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(hidden)}, **settings}


def run(
    *command: str | Path, cwd: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run in a clean environment; what it printed."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(**(settings or {})),
        capture_output=True,
        text=True,
        check=False,
    )


def build_wheel(source: Path) -> Path:
    """The wheel of a distribution, built in its folder."""
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", ".", cwd=source)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = (source / "dist").glob("*.whl")
    return path


def fresh_environment(home: Path, wheel: Path) -> Path:
    """The bin folder of an environment that holds a wheel of ours and borrowed libraries."""
    venv.create(home, with_pip=False, symlinks=True)
    install(home / "bin", wheel)
    borrowed = home / "borrowed"
    borrowed.mkdir()
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        borrow(Path(folder), borrowed)
    (site_packages,) = (home / "lib").glob("python3*/site-packages")
    (site_packages / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    return home / "bin"


def install(bin_folder: Path, wheel: Path) -> None:
    """Install a wheel, without what it needs: that is there."""
    pip(bin_folder, "install", "--no-deps", "--no-index", wheel)


def pip(bin_folder: Path, *words: str | Path) -> None:
    """Run the running environment's pip on another environment."""
    done = run(
        sys.executable, "-m", "pip", "--python", bin_folder / "python", *words, cwd=bin_folder
    )
    assert done.returncode == 0, done.stdout + done.stderr


def borrow(folder: Path, into: Path) -> None:
    """Link every library but our own: an editable copy of us would answer in the wheel's place."""
    ours = ("sanction_registry", "__editable__", *PACKAGES)
    for entry in folder.iterdir():
        if not entry.name.startswith(ours) and entry.suffix != ".pth":
            (into / entry.name).symlink_to(entry)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel."""
    source = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    # Traps: folders of the checkout that must never be shipped.
    for name in ("tests", "config", "bench"):
        (source / name).mkdir()
        (source / name / "__init__.py").touch()
    return build_wheel(source)
