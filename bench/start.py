"""Figure 5: seconds from the start of `registry serve` to the first 200 of /readyz, against a
process that only imports what it stands on. Compiled to bytecode before, as pip leaves a package:
the registry and what it stands on alike."""

from __future__ import annotations

import subprocess
import sys
import time

from bench import place
from bench.lines import Line, median
from bench.machine import ROOT
from bench.process import serving
from bench.run import Run

PORT = 18_767
LIBRARIES = (
    "flask", "flask_smorest", "marshmallow", "sqlalchemy", "apscheduler.schedulers.background",
    "pluggy", "cryptography.hazmat.primitives.ciphers.aead", "prometheus_client", "structlog",
    "granian.server", "click",
)  # fmt: skip


def run(run: Run) -> list[Line]:
    """On a registry as `make run` leaves it."""
    folder, _ = run.checks()
    compiled = [str(ROOT / name) for name in ("registry", "plugins", "sector_plugins")]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *compiled], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "registry", "serve", "--port", str(PORT)]
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(run.rounds(5)):
        bare.append(bare_imports())
        with serving(command, f"http://127.0.0.1:{PORT}/readyz", place.environment_of(folder)) as s:
            ours.append(s)
    pairs = [a / b for a, b in zip(ours, bare, strict=True)]
    return [
        Line(5, "first answer after start", median(ours), "s", 2.0, rounds=ours),
        Line(5, "the bare imports", median(bare), "s", rounds=bare),
        Line(5, "first answer / bare imports", median(ours) / median(bare), "x", None, 1.3,
             rounds=pairs),
    ]  # fmt: skip


def bare_imports() -> float:
    """Seconds of a process that imports what the registry stands on, and nothing else."""
    began = time.perf_counter()
    script = "\n".join(f"import {name}" for name in LIBRARIES)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
    return time.perf_counter() - began
