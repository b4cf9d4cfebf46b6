"""Figure 6: a criterion asked of a million subjects with ten million records, against the SQL that
an expert would write by hand over a table made for nothing else; and a run after one subject in a
hundred has a new record, against a whole one. The first of each is left out: it warms the cache."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from bench import place
from bench.lines import Line, median
from bench.process import measured
from bench.run import Run
from bench.seed import SEED
from registry.app import Application
from registry.domain.condition import parse
from registry.domain.criterion import CriterionVersion
from registry.domain.validity import LATEST
from registry.services import evaluation
from registry.store import criteria, figures, tables
from registry.store.figures import grid, hashed

KIND, CRITERION = "tax.penalty_decision", "tax.evasion"
SUBJECTS, EACH, CHANGED = 1_000_000, 10, 100
FIRST = date(2022, 2, 1)
COLUMNS = ("underpaid_amount", "due_total_year", "final_on", "review_state", "means")
# The expert's table: the columns of the question, by subject and day.
EXPERT = (
    "CREATE TABLE expert (subject_id TEXT, decided_on INTEGER, record_id TEXT, underpaid INTEGER, "
    "due_total INTEGER, final_on INTEGER, review_state INTEGER, means INTEGER, withheld INTEGER, "
    "PRIMARY KEY (subject_id, decided_on, record_id)) WITHOUT ROWID"
)
COUNTED = {"all": [
    {"field": "underpaid_amount", "at_least": 400_000}, {"field": "final_on", "present": True},
]}  # fmt: skip
RULES: dict[str, Any] = {
    "either": {"any": [
        {"count": {"where": COUNTED}, "at_least": 9},
        {"sum": {"where": COUNTED, "field": "underpaid_amount"}, "at_least": 8_000_000},
    ]},
    "window": {"count": {"where": COUNTED, "within": "P6M"}, "at_least": 5},
}  # fmt: skip


def run(run: Run) -> list[Line]:
    """One process; statements and SQL by turns."""
    folder, subjects = run.folder / "criteria", run.count(SUBJECTS, 200)
    place.make(folder).close()
    found = measured("bench.criteria", folder, subjects, run.rounds(5), timeout=3_600)
    run.counts["criteria"] = {"subjects": subjects, "records": subjects * EACH, **found["hits"]}
    lines = []
    for name, what in (
        ("record", CRITERION), ("either", "a count or a sum"), ("window", "a count in a window"),
    ):  # fmt: skip
        ours, expert = found["ours"][name], found["expert"][name]
        pairs = [a / b for a, b in zip(ours, expert, strict=True)]
        lines += [
            Line(6, f"{what}, by hand", median(expert), "s", rounds=expert),
            Line(6, f"{what}, compiled", median(ours), "s", rounds=ours),
            Line(6, f"{what}: compiled / by hand", median(pairs), "x", 3, 1.5, rounds=pairs),
        ]
    share = [a / b for a, b in zip(found["changed"], found["whole"], strict=True)]
    return [
        *lines,
        Line(6, "a whole run, kept", median(found["whole"]), "s", rounds=found["whole"]),
        Line(6, "1 % changed / a whole run", median(share), "x", 0.10, 0.05, rounds=share),
    ]


def _measure(folder: Path, subjects: int, rounds: int) -> dict[str, Any]:
    application = place.opened(folder)
    _fill(application, subjects)
    with application.registry.view() as view:
        version = view.rulebook.criterion_versions(CRITERION)[-1]
    asked = {name: replace(version, when=parse(rule)) for name, rule in RULES.items()}
    found: dict[str, Any] = {"ours": {}, "expert": {}, "hits": {}}
    for name, one in {"record": version, **asked}.items():
        hits, ours, expert = _compared(application, name, one, rounds)
        found["hits"][name], found["ours"][name], found["expert"][name] = hits, ours, expert
    found["whole"], found["changed"] = _runs(application, version, subjects, rounds)
    application.close()
    return found


def _compared(
    application: Application, name: str, version: CriterionVersion, rounds: int
) -> tuple[int, list[float], list[float]]:
    """(subjects found, seconds of ours, seconds of the expert's); they must find the same."""
    ours, expert, count = [], [], 0
    with application.store.reading() as reading:
        layout = figures.slots(reading, [KIND])
        statement = criteria.meeting(version, layout, reading.vault, LATEST)
        by_hand = sa.text(_by_hand(name, version, reading.vault))
        for turn in range(rounds + 1):
            took, found = _timed(lambda: reading.connection.execute(statement).scalars().all())
            taken, same = _timed(lambda: reading.connection.execute(by_hand).scalars().all())
            if sorted(found) != sorted(same):
                raise RuntimeError(f"{name}: {len(found)} found, by hand {len(same)}")
            if turn:
                ours.append(took)
                expert.append(taken)
            count = len(found)
    return count, ours, expert


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def _by_hand(name: str, version: CriterionVersion, vault: Any) -> str:
    """What somebody who knows the question and the table would write."""
    start, end = grid(version.validity.start), version.validity.end
    under = f"decided_on >= {start}" + (f" AND decided_on < {grid(end)}" if end else "")
    counted = "underpaid >= 40000000 AND final_on IS NOT NULL"
    if name == "record":
        bad = [hashed(vault, "review_state", one) for one in ("pending", "annulled")]
        other = hashed(vault, "means", "other")
        return (
            f"SELECT DISTINCT subject_id FROM expert WHERE {under} AND final_on IS NOT NULL "
            f"AND (review_state IS NULL OR review_state NOT IN ({bad[0]}, {bad[1]})) "
            f"AND (means IS NULL OR means <> {other}) AND (underpaid >= 100000000 "
            "AND due_total > 0 AND underpaid * 10 >= due_total OR withheld >= 100000000)"
        )
    if name == "either":
        return (
            f"SELECT subject_id FROM expert WHERE {counted} GROUP BY subject_id "
            "HAVING (count(*) >= 9 OR sum(underpaid) >= 800000000) "
            f"AND max(decided_on) >= {start}"
        )
    return (
        "SELECT DISTINCT subject_id FROM (SELECT subject_id, decided_on, lead(decided_on, 4) OVER "
        f"(PARTITION BY subject_id ORDER BY decided_on) AS fifth FROM expert WHERE {counted}) "
        f"WHERE fifth < decided_on + {6 * figures.MONTH} AND fifth >= {start}"
    )


def _runs(
    application: Application, version: CriterionVersion, subjects: int, rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of whole runs, and of runs after so many subjects have a new record."""
    store, whole, changed = application.store, [], []
    with application.registry.view() as view:
        rulebook = view.rulebook
    for turn in range(rounds + 1):
        with store.changing() as change:
            change.connection.execute(sa.delete(tables.evaluations))
        took, _ = _timed(lambda: evaluation.evaluate(store, rulebook, version))
        _change(application, subjects, turn)
        taken, outcome = _timed(lambda: evaluation.evaluate(store, rulebook, version))
        if outcome.looked_at != max(1, subjects // CHANGED):
            raise RuntimeError(f"looked at {outcome.looked_at} subjects")
        if turn:
            whole.append(took)
            changed.append(taken)
    return whole, changed


def _change(application: Application, subjects: int, turn: int) -> None:
    """Enter a record of one subject in a hundred, as the filing of a record does."""
    with application.store.changing() as change:
        chosen = Random(SEED + turn).sample(range(subjects), max(1, subjects // CHANGED))
        names = [*tables.figures.columns.keys()]
        rows = [
            {
                **dict.fromkeys(names),
                "kind": KIND,
                "subject_id": _id(number),
                "decided_on": grid(FIRST + timedelta(days=100)),
                "record_id": f"{turn:08x}{number:024x}",
                "known_from": change.next_seq,
            }
            for number in chosen
        ]
        change.connection.execute(sa.insert(tables.figures), rows)


def _id(number: int) -> str:
    return f"{number:032x}"


def _fill(application: Application, subjects: int) -> None:
    """Subjects and their figures, straight into the tables: records would add nothing but size."""
    with application.store.changing() as change:
        slots, driver = figures.slots(change, [KIND])[KIND], _driver(change.connection)
        values = [f"v{slots[name][0]}" for name in COLUMNS]
        driver.execute(EXPERT)
        marks = ", ".join("?" * (5 + len(values)))
        driver.executemany(
            "INSERT INTO figures (kind, subject_id, decided_on, record_id, known_from, "
            f"{', '.join(values)}) VALUES ({marks})",
            _figures(change.vault, subjects),
        )
        driver.execute(
            "INSERT INTO expert SELECT subject_id, decided_on, record_id, "
            f"{', '.join(values)}, NULL FROM figures WHERE kind = '{KIND}' ORDER BY 1, 2, 3"
        )
        driver.executemany(
            "INSERT INTO subjects (id, known_from, kind, name, provisional, known_since, sealed) "
            "VALUES (?, 1, 'enterprise', '-', 0, '2020-01-01T00:00:00.000000Z', x'')",
            ((_id(number),) for number in range(subjects)),
        )


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _figures(vault: Any, subjects: int) -> Iterator[tuple[Any, ...]]:
    draw = Random(SEED)
    states = [hashed(vault, "review_state", one) for one in ("none", "pending", "upheld")]
    means = [hashed(vault, "means", one) for one in ("false_books", "hidden_books", "other")]
    for number in range(subjects):
        for place_of, day in enumerate(sorted(draw.randrange(1_500) for _ in range(EACH))):
            decided = grid(FIRST + timedelta(days=day))
            amount = int(draw.paretovariate(1.2) * 5_000_000)
            yield (
                KIND, _id(number), decided, f"{number:024x}{place_of:08x}", 1,
                amount, draw.randrange(10_000_000_000), decided if draw.random() < 0.9 else None,
                draw.choice(states), draw.choice(means),
            )  # fmt: skip


if __name__ == "__main__":
    folder_of, count_of, rounds_of = sys.argv[1:]
    json.dump(_measure(Path(folder_of), int(count_of), int(rounds_of)), sys.stdout)
