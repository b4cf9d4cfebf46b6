"""What a result was measured on: without it a figure means nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def describe(folder: Path) -> dict[str, Any]:
    """Commit, size of the machine, versions, load, and how long a sync of 4 KiB takes."""
    return {
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed_files": len(_git("status", "--short", "--untracked-files=no").splitlines()),
        "cpus": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "versions": {name: version(name) for name in ("flask", "flask-smorest", "granian")},
        "load": os.getloadavg(),
        "sync_microseconds": round(_sync(folder)),
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _sync(folder: Path, count: int = 100) -> float:
    path = folder / "sync"
    with path.open("wb") as file:
        file.write(bytes(4096))
        os.fsync(file.fileno())
        began = time.perf_counter()
        for _ in range(count):
            os.pwrite(file.fileno(), os.urandom(4096), 0)
            os.fdatasync(file.fileno())
        took = time.perf_counter() - began
    path.unlink()
    return took / count * 1e6
