"""python -m bench [--quick] [--only N ...]: measure, print the table, keep the results as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    check_cpu,
    check_http,
    check_scale,
    criteria,
    expiries,
    imports,
    machine,
    plugins,
    start,
)
from bench.lines import Line, table
from bench.run import Run
from bench.seed import SEED

FIGURES = {
    1: check_cpu,
    2: check_http,
    3: check_scale,
    4: expiries,
    5: start,
    6: criteria,
    7: imports,
    8: plugins,
}
QUICK = 0.02
RESULTS = Path(__file__).parent / "results"


def main(arguments: list[str]) -> int:
    """0 if every `must` holds."""
    asked = _asked(arguments)
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=asked.folder) as folder:
        run = Run(Path(folder), QUICK if asked.quick else asked.scale)
        about = machine.describe(run.folder)
        lines = [line for number in sorted(set(asked.only)) for line in _figure(number, run)]
        about["load_after"] = machine.describe(run.folder)["load"]
    print(table(lines))
    _keep(began, about, run, lines)
    return int(any(line.verdict().startswith("MISSED") for line in lines))


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fiftieth of everything")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is a whole run")
    parser.add_argument("--only", type=int, nargs="+", choices=FIGURES, default=list(FIGURES))
    parser.add_argument("--folder", help="where the databases are made: the disk that counts")
    return parser.parse_args(arguments)


def _figure(number: int, run: Run) -> list[Line]:
    began = time.perf_counter()
    lines = FIGURES[number].run(run)
    print(f"figure {number}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return lines


def _keep(began: datetime, about: dict[str, object], run: Run, lines: list[Line]) -> None:
    RESULTS.mkdir(exist_ok=True)
    content = {
        "at": began.isoformat(timespec="seconds"),
        "seed": SEED,
        "scale": run.scale,
        "machine": about,
        "counts": run.counts,
        "lines": [line.to_json() for line in lines],
    }
    path = RESULTS / f"{began:%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    print(f"kept in {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
