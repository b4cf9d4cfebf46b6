"""Figure 7: files taken in as the command line takes them, from the open file to the last commit:
bodies known by their name, subjects with a number and a head, records; and flat memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench import place
from bench.lines import Line
from bench.process import measured
from bench.run import Run
from bench.seed import number
from registry.demo.world import TAX
from registry.services.imports.kinds import intake_of
from registry.services.imports.outcome import Outcome
from registry.services.imports.ratings import ListOptions
from registry.services.imports.run import Job
from registry.services.imports.run import run as take_in
from registry.services.imports.spool import Spool, digest_of
from registry.testing.numbers import resident_id

ROWS = 100_000
_MIB = 1024


def run(run: Run) -> list[Line]:
    """The three files, one after the other, into one registry."""
    count = run.count(ROWS, 400)
    folder = run.folder / "imports"
    place.make(folder).close()
    lines = []
    for name, what in (
        ("names", "bodies known by their name"),
        ("subjects", "subjects with number and head"),
        ("records", "records"),
    ):
        found = measured("bench.imports", folder, name, count)
        run.counts[f"imported {name}"] = found["taken"]
        lines.append(
            Line(7, f"import of {count:,} {what}", found["rate"], "rows/s", 5_000, 20_000,
                 at_most=False)
        )  # fmt: skip
        lines.append(Line(7, f"CPU of it, each of the {name}", found["cpu"], "us"))
        lines.append(
            Line(7, f"memory gained, second half of the {name}", found["gained_mib"], "MiB", 16)
        )
    return lines


def _names(count: int) -> Iterator[str]:
    yield "kind,name,addresses"
    for index in range(count):
        yield f"enterprise,名单 {index} 有限公司（虚构）,某路 {index} 号"


def _subjects(count: int) -> Iterator[str]:
    yield "kind,name,uscc,representative_name,representative_scheme,representative_value,addresses"
    for index in range(count):
        head = resident_id(index % 1000, date(1960, 1, 1) + timedelta(days=index // 1000))
        name = f"进口 {index} 有限公司（虚构）"
        yield f"enterprise,{name},{number(index)},甲{index},resident_id,{head},某路 {index} 号"


def _records(count: int) -> Iterator[str]:
    yield (
        "kind,uscc,decided_on,underpaid_amount,due_total_year,year,decision_no,served_on,final_on"
    )
    for index in range(count):
        day = date(2020, 1, 1) + timedelta(days=index % 1000)
        yield (
            f"tax.penalty_decision,{number(index)},{day},900000.00,10000000,{day.year - 1},"
            f"B-{index},{day},{day}"
        )


FILES: dict[str, tuple[str, Callable[[int], Iterator[str]]]] = {
    "names": ("subjects", _names),
    "subjects": ("subjects", _subjects),
    "records": ("records", _records),
}


def _import(folder: Path, name: str, count: int) -> dict[str, Any]:
    kind, rows_of = FILES[name]
    path = folder / f"{name}.csv"
    path.write_text("".join(f"{line}\n" for line in rows_of(count)), encoding="utf-8")
    application = place.opened(folder)
    registry = application.registry
    actor = registry.importing(TAX, "Bench clerk")
    intake = intake_of(kind, None, ListOptions(""), registry.schemes)
    sizes: list[float] = []

    def tell(outcomes: Sequence[Outcome]) -> None:
        sizes.append(_peak())

    began, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as file:
        digest = digest_of(file)
        spool = Spool(application.plugins.read_file(file, path.name, kind), {})
    with closing(spool):
        totals = take_in(registry, Job(kind, digest, actor), intake, spool, tell)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    application.close()
    if totals.taken != count:
        raise RuntimeError(f"of {count} rows: {totals}")
    return {
        "taken": totals.taken,
        "rate": count / took,
        "cpu": cpu / count * 1e6,
        "gained_mib": sizes[-1] - sizes[len(sizes) // 2 - 1 if len(sizes) > 1 else 0],
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB


if __name__ == "__main__":
    json.dump(_import(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])), sys.stdout)
