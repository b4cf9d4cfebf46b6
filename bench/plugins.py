"""Figure 8: what each further plugin adds to the start: twenty of a stranger's sectors, as
`registry plugin new` makes them, beside the bundled plugins, on a registry that was migrated with
them. The starts with and without them take turns, so that the machine's moods meet both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench import place
from bench.lines import Line, median
from bench.machine import ROOT
from bench.process import serving
from bench.run import Run
from bench.start import bare_imports
from registry.cli import scaffold
from registry.settings import BUNDLED

PORT = 18_769
MANY = 20


def run(run: Run) -> list[Line]:
    """Seconds to the first answer with none and with twenty further plugins."""
    folder = run.folder / "plugins"
    (folder / "few").mkdir(parents=True)
    modules = [_made(folder, number) for number in range(MANY)]
    few = _environment(folder / "few", ())
    (folder / "many").mkdir()
    many = _environment(folder / "many", modules)
    for environment in (few, many):
        _registry("migrate", environment=environment)
    bare: list[float] = []
    without: list[float] = []
    beside: list[float] = []
    for _ in range(run.rounds(5)):
        bare.append(bare_imports())
        without.append(_start(few))
        beside.append(_start(many))
    each = [(b - a) / MANY * 1000 for a, b in zip(without, beside, strict=True)]
    return [
        Line(8, "first answer, bundled plugins", median(without), "s", rounds=without),
        Line(8, f"first answer, {MANY} plugins more", median(beside), "s", rounds=beside),
        Line(8, "each further plugin", max(0.0, median(each)), "ms", 20, 5, rounds=each),
        Line(8, f"first answer, {MANY} plugins more / bare imports",
             median(beside) / median(bare), "x", None, 1.3),
    ]  # fmt: skip


def _made(folder: Path, number: int) -> str:
    name = f"sector{number}"
    scaffold.write(name, folder)
    return f"registry_sector_{name}"


def _environment(folder: Path, modules: list[str] | tuple[str, ...]) -> dict[str, str]:
    roots = [str(folder.parent / module.removeprefix("registry_sector_")) for module in modules]
    return {
        **place.environment_of(folder),
        "REGISTRY_PLUGINS": ",".join(BUNDLED),
        "REGISTRY_PLUGIN_MODULES": ",".join(modules),
        "PYTHONPATH": ":".join(roots),
    }


def _registry(*words: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "registry", *words]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def _start(environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "registry", "serve", "--port", str(PORT)]
    with serving(command, f"http://127.0.0.1:{PORT}/readyz", environment) as seconds:
        return seconds
