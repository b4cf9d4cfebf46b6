"""Figure 1: CPU of a complete check in process against an empty endpoint. Fresh processes, in turn;
process CPU time, the kernel's part of the synced commit included."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from bench import floors, place, seed
from bench.lines import Line, median
from bench.process import measured
from bench.run import Run
from bench.wsgi import post, question

CHECKS = "/api/v1/checks"
WARM_UP = 300
TICK = 500  # checks between two checkpoints: the server's tick, under load


def run(run: Run) -> list[Line]:
    """Floors and checks, and the ratios between them."""
    folder, subjects = run.checks()
    cells = {
        "empty Flask": ("flask",),
        "empty flask-smorest": ("smorest",),
        "check, black listing": ("check", folder, 0, subjects),
        "check, clear": ("check", folder, subjects, 2 * subjects),
    }
    rounds: dict[str, list[float]] = {name: [] for name in cells}
    for _ in range(run.rounds(7)):
        for name, arguments in cells.items():
            rounds[name].append(measured("bench.check_cpu", run.count(3_000), *arguments))
    lines = [Line(1, f"{name}: CPU", median(found), "us", rounds=found)
             for name, found in rounds.items()]  # fmt: skip
    for name in list(cells)[2:]:
        for floor, must, aim in (("empty flask-smorest", 1.0, None), ("empty Flask", None, 1.8)):
            pairs = [a / b for a, b in zip(rounds[name], rounds[floor], strict=True)]
            ratio = median(rounds[name]) / median(rounds[floor])
            lines.append(Line(1, f"{name} / {floor}", ratio, "x", must, aim, rounds=pairs))
    return lines


def _floor(made: Callable[..., object]) -> Callable[[], None]:
    return lambda: post(made, floors.PATH, floors.SENT) and None


def _check(folder: Path, start: int, stop: int) -> Callable[[], None]:
    application = place.opened(folder)
    token, served = place.token_of(folder), application.flask()
    bodies = cycle(enumerate([question(value) for value in seed.sample(TICK, start, stop)]))

    def ask() -> None:
        turn, body = next(bodies)
        if turn == 0:
            application.database.checkpoint()
        post(served, CHECKS, body, token)

    return ask


def _measure(count: int, mode: str, *rest: str) -> float:
    """Microseconds a call, of the batch that was least disturbed: whatever else the machine does
    can only add. A batch holds one checkpoint and some dozen garbage collections."""
    if mode == "check":
        call = _check(Path(rest[0]), int(rest[1]), int(rest[2]))
    else:
        call = _floor(floors.empty_flask() if mode == "flask" else floors.empty_smorest())
    for _ in range(min(WARM_UP, count)):
        call()
    batch = min(TICK, count)
    return min(_batch(call, batch) for _ in range(count // batch)) * 1e6


def _batch(call: Callable[[], None], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - began) / count


if __name__ == "__main__":
    json.dump(_measure(int(sys.argv[1]), *sys.argv[2:]), sys.stdout)
