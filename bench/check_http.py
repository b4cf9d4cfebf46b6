"""Figure 2: checks over HTTP with a synced log row each, against a Datasette that reads one row by
its key from a table of as many. Each server alone, in turn, under the same load."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

from bench import place, seed
from bench.lines import Line, median
from bench.load import AT_ONCE
from bench.process import measured, serving
from bench.run import Run

PORT, PEER_PORT = 18_765, 18_766


def run(run: Run) -> list[Line]:
    """Requests a second and the slowest in a hundred, at 8 and 16 clients."""
    folder, subjects = run.checks()
    peer = _peer(run.folder / "peer.db", 2 * subjects)
    rounds: dict[tuple[str, int], list[dict[str, float]]] = {}
    for _ in range(run.rounds(3)):
        for name in ("ours", "peer"):
            for clients, found in _loaded(run, name, folder, peer, subjects):
                rounds.setdefault((name, clients), []).append(found)
    lines = []
    for clients in AT_ONCE:
        ours, theirs = rounds["ours", clients], rounds["peer", clients]
        rate = {"ours": [one["rate"] for one in ours], "peer": [one["rate"] for one in theirs]}
        at = f"at {clients} clients"
        lines += [
            Line(2, f"checks {at}", median(rate["ours"]), "/s", rounds=rate["ours"]),
            Line(2, f"Datasette {at}", median(rate["peer"]), "/s", rounds=rate["peer"]),
            Line(2, f"checks / Datasette {at}", median(rate["ours"]) / median(rate["peer"]), "x",
                 2.5, 5.0, at_most=False,
                 rounds=[a / b for a, b in zip(rate["ours"], rate["peer"], strict=True)]),
            _slowest(ours, at, 20.0 if clients == 16 else None),
        ]  # fmt: skip
    return lines


def _slowest(found: list[dict[str, float]], at: str, aim: float | None) -> Line:
    slow = [one["p99"] for one in found]
    return Line(2, f"p99 of a check {at}", median(slow), "ms", None, aim, rounds=slow)


def _peer(path: Path, rows: int) -> Path:
    if not path.exists():
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE listing (id INTEGER PRIMARY KEY, subject, reason)")
            made = ((one, seed.number(one), "演示" * 20) for one in range(rows))
            connection.executemany("INSERT INTO listing VALUES (?, ?, ?)", made)
        connection.close()
    return path


def _loaded(
    run: Run, name: str, folder: Path, peer: Path, subjects: int
) -> list[tuple[int, dict[str, float]]]:
    if name == "ours":
        command = [sys.executable, "-m", "registry", "serve", "--port", str(PORT)]
        url, environment = f"http://127.0.0.1:{PORT}", place.environment_of(folder)
        ready, arguments = f"{url}/readyz", ("check", PORT, folder, subjects)
    else:
        datasette = shutil.which("datasette", path=str(Path(sys.executable).parent)) or "datasette"
        command = [datasette, str(peer), "--port", str(PEER_PORT), "--setting", "trace_debug", "0"]
        url, environment = f"http://127.0.0.1:{PEER_PORT}", place.environment_of(folder)
        ready, arguments = f"{url}/-/versions.json", ("read", PEER_PORT, peer, 2 * subjects)
    seconds = max(0.5, 4 * min(1.0, run.scale * 2))
    found: list[tuple[int, dict[str, float]]] = []
    with serving(command, ready, environment):
        for clients in AT_ONCE:
            got: Any = measured("bench.load", clients, seconds, *arguments)
            found.append((clients, got))
    return found
