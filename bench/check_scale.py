"""Figure 3: how much longer a check takes among a million listings than among ten thousand. Both
databases are asked in turn, by fresh processes; the middle of all checks counts."""

from __future__ import annotations

import json
import sys
import time
from itertools import cycle
from pathlib import Path

from bench import place, seed
from bench.lines import Line, median, percentile
from bench.process import measured
from bench.run import Run
from registry.services.checks import Question

SMALL, LARGE = 10_000, 1_000_000


def run(run: Run) -> list[Line]:
    """Half of the checks find a listing; each listed subject has two."""
    sizes = {"small": run.count(SMALL, 100), "large": run.count(LARGE, 1_000)}
    rounds: dict[str, list[float]] = {name: [] for name in sizes}
    for name, listings in sizes.items():
        run.filled(name, listings // 2, listings // 2)
    for _ in range(run.rounds(7)):
        for name, listings in sizes.items():
            folder = run.folder / name
            rounds[name].append(
                measured("bench.check_scale", run.count(1_000), folder, listings // 2)
            )
    ratio = median(rounds["large"]) / median(rounds["small"])
    pairs = [a / b for a, b in zip(rounds["large"], rounds["small"], strict=True)]
    shown = [
        Line(3, f"p50 of a check among {listings:,} listings", median(rounds[name]), "us",
             rounds=rounds[name])
        for name, listings in sizes.items()
    ]  # fmt: skip
    return [*shown, Line(3, "large / small", ratio, "x", 1.5, 1.2, rounds=pairs)]


def _measure(count: int, folder: Path, subjects: int) -> float:
    application = place.opened(folder)
    checks, token = application.registry.checks, place.token_of(folder)
    drawn = seed.sample(count, 0, subjects), seed.sample(count, subjects, 2 * subjects)
    turns = cycle([value for pair in zip(*drawn, strict=True) for value in pair])
    took = []
    for turn in range(count + 100):
        if turn % 500 == 0:
            application.database.checkpoint()
        asked = Question(
            "procurement.bid", "procurement_and_funding", "BENCH", ("uscc", next(turns))
        )
        began = time.perf_counter()
        checks.run_json(token, asked)
        took.append((time.perf_counter() - began) * 1e6)
    return percentile(took[100:], 0.5)


if __name__ == "__main__":
    json.dump(_measure(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])), sys.stdout)
