"""Figure 1: CPU of a complete check in process against an empty endpoint. Fresh processes, in turn;
process CPU time, the kernel's part of the synced commits included.

Checks are asked so many at a time as in figure 2, where those that come together share a commit,
and one alone after the other, which pays for its own. The empty endpoints have no commit to share,
and asked by several threads they would cost more.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from bench import asgi, floors, place, seed
from bench.lines import Line, median
from bench.load import AT_ONCE
from bench.process import measured
from bench.run import Run
from bench.wsgi import post, question

CHECKS = "/api/v1/checks"
WARM_UP = 300
TICK = 500  # checks between two checkpoints: the server's tick, under load


def run(run: Run) -> list[Line]:
    """Floors and checks, and the ratios between them."""
    folder, subjects = run.checks()
    listed, clear = (folder, 0, subjects), (folder, subjects, 2 * subjects)
    cells: dict[str, tuple[object, ...]] = {
        "empty Flask": ("flask",),
        "empty flask-smorest": ("smorest",),
    }
    for width in (*AT_ONCE, 1):
        said = f"{width} at once" if width > 1 else "alone"
        cells[f"check, black listing, {said}"] = ("check", width, *listed)
        cells[f"check, clear, {said}"] = ("check", width, *clear)
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


def _floor(made: Callable[..., object]) -> Callable[[int], None]:
    def ask(count: int) -> None:
        for _ in range(count):
            post(made, floors.PATH, floors.SENT)

    return ask


def _check(width: int, folder: Path, start: int, stop: int) -> Callable[[int], None]:
    application = place.opened(folder)
    token, front = place.token_of(folder), application.asgi()
    bodies = cycle([question(value) for value in seed.sample(TICK, start, stop)])
    loop = asyncio.new_event_loop()

    def ask(count: int) -> None:
        application.database.checkpoint()
        loop.run_until_complete(asgi.post_all(front, CHECKS, bodies, token, width, count))

    return ask


def _measure(count: int, mode: str, *rest: str) -> float:
    """Microseconds a call, of the batch that was least disturbed: whatever else the machine does
    can only add. A batch of checks begins with the tick of the server: a checkpoint, once there is
    something to move."""
    if mode == "check":
        ask = _check(int(rest[0]), Path(rest[1]), int(rest[2]), int(rest[3]))
    else:
        ask = _floor(floors.empty_flask() if mode == "flask" else floors.empty_smorest())
    ask(min(WARM_UP, count))
    batch = min(TICK, count) // max(AT_ONCE) * max(AT_ONCE)
    return min(_batch(ask, batch) for _ in range(count // batch)) * 1e6


def _batch(ask: Callable[[int], None], count: int) -> float:
    began = time.process_time()
    ask(count)
    return (time.process_time() - began) / count


if __name__ == "__main__":
    json.dump(_measure(int(sys.argv[1]), *sys.argv[2:]), sys.stdout)
