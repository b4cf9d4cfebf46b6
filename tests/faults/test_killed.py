"""Faults 1 to 4: kill -9 at every statement, write, sync and named step. An act is stored whole or
not at all, what was acknowledged is there, and the retry with the same key gives one result."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.app import Application
from registry.domain.errors import NotReady, RegistryError
from registry.services import custody, editions
from registry.services.custody import Verdict
from registry.store import editions as edition_store
from registry.store import journal, schema
from registry.store.verify import Counts
from tests.faults import killed
from tests.filled import Clock, Filled, opened

ROOT = Path(__file__).parents[2]
EVERY = 10_000
UNPUBLISHED = "construction"  # a sector of which there is a draft, and no edition in effect
ANYWHERE = ["confirm", "check", "checks", "checkpoint", "sweep", "seal", "publish"]


@dataclass
class Killer:
    """The forking process; `run` says how the child ended."""

    process: subprocess.Popen[str]

    def run(self, **wish: Any) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture(scope="session")
def killer() -> Iterator[Killer]:
    command = [sys.executable, "-m", "tests.faults.killed"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Killer(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Scene:
    """A registry one step before an act, and what the act needs."""

    filled: Filled
    case: str
    edition: str
    killer: Killer

    def copy(self, folder: Path) -> Filled:
        return self.filled.copy(folder)

    def wish(self, folder: Path, act: str, **more: Any) -> dict[str, Any]:
        later = {"days": 5_000} if act == "sweep" else {"days": 3}
        return {
            "folder": str(folder),
            "act": act,
            "case": self.case,
            "edition": self.edition,
            "tokens": self.filled.tokens,
            "later": later,
            **more,
        }

    def points(self, folder: Path, act: str, kind: str, **more: Any) -> int:
        """How many points of a kind the act passes when nothing kills it."""
        copy = self.copy(folder)
        code = self.killer.run(**self.wish(copy.folder, act, kind=kind, number=EVERY, **more))
        assert code == 0
        return int((copy.folder / "points").read_text())


@pytest.fixture(scope="session")
def scene(template: Filled, killer: Killer, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    filled = template.copy(tmp_path_factory.mktemp("scene") / "filled")
    world = filled.world
    firm = filled.firms[2]
    case = world.propose(firm, world.record(firm, world.today - timedelta(days=90)))
    world.notice(case, world.today - timedelta(days=60))
    with world.work("coordinator") as work:
        edition = editions.newest_draft(work, UNPUBLISHED)
    filled.application.close()
    return Scene(filled, case.id, edition, killer)


def trial(scene: Scene, folder: Path, act: str, kind: str, number: int, **more: Any) -> str | None:
    """Kill at one point, start again, retry; what is wrong, if anything."""
    copy = scene.copy(folder)
    wish = scene.wish(copy.folder, act, kind=kind, number=number, **more)
    code = scene.killer.run(**wish)
    if code not in (0, -9):
        return f"the child ended with {code}"
    clock = Clock(copy.clock.instant + timedelta(days=1))
    clock.advance(**wish["later"])
    application = opened(copy.folder, clock, copy.application.plugins)
    try:
        return judged(application, copy.folder, act, wish)
    except RegistryError as error:
        return f"{kind} {number}: {error.message}"
    finally:
        application.close()
        shutil.rmtree(copy.folder)


def judged(application: Application, folder: Path, act: str, wish: dict[str, Any]) -> str | None:
    application.require_ready()
    verdict = custody.verify(application.store)
    if verdict.problem is not None:
        return str(verdict.problem)
    said = folder / "acknowledged"
    acknowledged = json.loads(said.read_text(encoding="utf-8")) if said.exists() else None
    if act == "publish":
        found = publication(application, wish["edition"])
        if found not in (WHOLE, *([] if acknowledged else [NOTHING])):
            return f"acknowledged {acknowledged}, published {found}"
    answer = killed.ACTS[act](application, wish)
    if act == "checks":
        return lost_or_halved(application, [*(acknowledged or {"ids": []})["ids"], *answer["ids"]])
    if act != "sweep" and acknowledged is not None and answer != acknowledged:
        return f"acknowledged {acknowledged}, then {answer}"
    if act == "publish" and (found := publication(application, wish["edition"])) != WHOLE:
        return f"after the retry, published {found}"
    if act == "seal" and (wrong := badly_sealed(application)):
        return wrong
    with application.database.reading() as connection:
        for statement, expected in EXPECTED.get(act, {}).items():
            found = connection.exec_driver_sql(statement).scalar()
            if found != expected:
                return f"{statement}: {found}"
    verdict = custody.verify(application.store)
    return str(verdict.problem) if verdict.problem is not None else None


def lost_or_halved(application: Application, given: list[str]) -> str | None:
    """Of checks that were answered together all are stored, or, if none was answered, none."""
    newest = "SELECT id, chain FROM checks WHERE main_seq = (SELECT max(main_seq) FROM checks)"
    with application.database.reading() as connection:
        rows = connection.exec_driver_sql(newest).all()
    lost = set(given) - {row.id for row in rows}
    halved = {chain: n for chain, n in Counter(row.chain for row in rows).items() if n != 3}
    return f"lost {lost}, halved {halved}" if lost or halved else None


WHOLE, NOTHING = ("all measures", 1, 1), ("no measure", 0, 0)


def publication(application: Application, id: str) -> tuple[str, int, int]:
    """Of an edition: its measures that are in effect, the entries and the announcements of it."""
    with application.registry.view() as view:
        stored = edition_store.get(view.reading, id)
        assert stored is not None
        drafted = {one["code"] for one in stored.measures}
        running = view.context.editions_on(view.today).get(UNPUBLISHED)
        facts = journal.facts_of_kind(view.reading, "edition.published")
        said = "SELECT count(*) FROM announcements WHERE kind = 'edition' AND target_id = ?"
        told = view.reading.connection.exec_driver_sql(said, (id,)).scalar()
    held = running.codes if running is not None else frozenset()
    measures = {frozenset(): "no measure", frozenset(drafted): "all measures"}.get(held, str(held))
    return measures, sum(one["edition_id"] == id for one in facts), int(told or 0)


def badly_sealed(application: Application) -> str | None:
    """Each chain is sealed up to its last row, and the main chain says so once."""
    ends = "SELECT chain, max(seq) FROM checks GROUP BY chain"
    marks = "SELECT chain, sealed_seq FROM chains"
    with application.store.reading() as reading:
        rows = {tuple(row) for row in reading.connection.exec_driver_sql(ends)}
        marked = {tuple(row) for row in reading.connection.exec_driver_sql(marks)}
        facts = journal.facts_of_kind(reading, "checks.sealed")
    said = Counter((one["chain"], one["seq"]) for one in facts)
    twice = {place for place, times in said.items() if times > 1}
    if rows == marked and rows <= set(said) and not twice:
        return None
    return f"chains end at {rows}, are marked {marked}, the journal says {said}"


EXPECTED: dict[str, dict[str, int]] = {
    "confirm": {
        "SELECT count(*) FROM journal WHERE kind = 'determination.confirmed'": 4,
        "SELECT count(*) FROM idempotency": 1,
        "SELECT count(DISTINCT id) FROM listings WHERE follows IS NULL": 4,
    },
    "check": {"SELECT count(*) FROM idempotency": 1},
    "checkpoint": {"SELECT count(*) FROM idempotency": 1},
    "seal": {"SELECT count(*) FROM idempotency": 1},
    "sweep": {"SELECT count(*) FROM deadlines WHERE state = 'open'": 0},
}


def sample(count: int, most: int, seed: str) -> list[int]:
    """Up to `most` of the points 1 to `count`, the first and the last among them."""
    if count <= most:
        return list(range(1, count + 1))
    drawn = random.Random(seed).sample(range(2, count), most - 2)
    return sorted([1, *drawn, count])


@pytest.mark.proves("I3", "I4", "I14")
@pytest.mark.proves("F1", "F3")
@pytest.mark.parametrize("act", ANYWHERE)
@pytest.mark.parametrize("kind", ["statement", "write", "sync"])
def test_an_act_killed_anywhere_is_stored_whole_or_not_at_all(
    scene: Scene, tmp_path: Path, act: str, kind: str
) -> None:
    count = scene.points(tmp_path / "whole", act, kind)
    wrong = [
        found
        for number in sample(count, 18, act + kind)
        if (found := trial(scene, tmp_path / str(number), act, kind, number))
    ]
    assert wrong == []


@pytest.mark.proves("I4")
@pytest.mark.proves("F1", "F2")
@pytest.mark.parametrize("act", ["confirm", "check", "checks", "seal", "publish"])
def test_an_act_killed_at_a_named_step_is_stored_whole_or_not_at_all(
    scene: Scene, tmp_path: Path, act: str
) -> None:
    wrong, tried = [], 0
    for name in killed.NAMED:
        for side in ("before", "after"):
            kind = f"{name} {side}"
            count = scene.points(tmp_path / f"whole {kind}", act, kind)
            for number in sample(count, 2, kind):
                tried += 1
                found = trial(scene, tmp_path / f"{kind} {number}", act, kind, number)
                wrong += [found] if found else []
    assert wrong == []
    assert tried >= 14


@pytest.mark.control("F1")
def test_rows_committed_before_their_journal_are_found_by_the_same_harness(
    scene: Scene, tmp_path: Path
) -> None:
    guard = "one transaction"
    count = scene.points(tmp_path / "whole", "confirm", "statement", guard=guard)
    wrong = [
        trial(scene, tmp_path / str(number), "confirm", "statement", number, guard=guard)
        for number in range(count - 25, count + 1)
    ]
    assert any(found and "no journal entry names" in found for found in wrong)


@pytest.mark.control("I4")
@pytest.mark.control("F3")
@pytest.mark.parametrize(
    ("act", "told"), [("publish", "'all measures', 0, 1"), ("seal", "chains end at")]
)
def test_what_took_effect_before_its_journal_is_found_without_verification_too(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str, told: str
) -> None:
    monkeypatch.setattr(custody, "verify", lambda store: Verdict(Counts(), None))
    guard = "one transaction"
    count = scene.points(tmp_path / "whole", act, "statement", guard=guard)
    wrong = [
        trial(scene, tmp_path / str(number), act, "statement", number, guard=guard)
        for number in range(count - 12, count + 1)
    ]
    assert any(found and told in found for found in wrong)


@pytest.mark.control("F1")
def test_checks_that_each_commit_by_themselves_are_found_halved(
    scene: Scene, tmp_path: Path
) -> None:
    guard = "one batch"
    count = scene.points(tmp_path / "whole", "checks", "statement", guard=guard)
    wrong = [
        trial(scene, tmp_path / str(number), "checks", "statement", number, guard=guard)
        for number in range(count - 12, count + 1)
    ]
    assert any(found and "halved" in found for found in wrong)


@pytest.mark.control("I14")
@pytest.mark.control("F2")
def test_without_idempotency_a_retry_after_the_commit_is_no_retry(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(killed.idempotency, "recall", lambda reading, asked: None)
    assert trial(scene, tmp_path / "one", "confirm", "store.witness before", 1) is not None


@pytest.mark.proves("F4")
@pytest.mark.parametrize("kind", ["statement", "write", "sync", "key"])
def test_a_migration_killed_anywhere_leaves_the_old_schema_or_the_new(
    scene: Scene, tmp_path: Path, kind: str
) -> None:
    plugins = scene.filled.application.plugins
    whole = tmp_path / "whole"
    whole.mkdir()
    wish = {"act": "migrate", "kind": kind}
    assert scene.killer.run(folder=str(whole), number=EVERY, **wish) == 0
    count = int((whole / "points").read_text())
    for number in sample(count, 16, kind):
        folder = tmp_path / str(number)
        folder.mkdir()
        scene.killer.run(folder=str(folder), number=number, **wish)
        application = opened(folder, Clock(), plugins)
        done = (folder / "acknowledged").exists()
        if not done:
            refuses_or_is_ready(application)
        application.close()
        again = opened(folder, Clock(), plugins)
        again.migrate()
        again.require_ready()
        assert custody.verify(again.store).problem is None
        again.close()
        shutil.rmtree(folder)


def refuses_or_is_ready(application: Application) -> None:
    """Between old and new there is nothing: it starts as a whole, or says what to do."""
    try:
        application.require_ready()
        said = None
    except NotReady as refused:
        said = refused.message
    assert said is None or "registry migrate" in said


@pytest.mark.control("F4")
def test_a_migration_in_two_transactions_is_caught_between_them(
    scene: Scene, tmp_path: Path
) -> None:
    wish = {"act": "migrate", "kind": "statement", "guard": "one migration"}
    whole = tmp_path / "whole"
    whole.mkdir()
    assert scene.killer.run(folder=str(whole), number=EVERY, **wish) == 0

    def migrated(number: int) -> tuple[bool, Application]:
        """Killed at a statement: whether the schema was committed by then."""
        folder = tmp_path / str(number)
        folder.mkdir()
        scene.killer.run(folder=str(folder), number=number, **wish)
        application = opened(folder, Clock(), scene.filled.application.plugins)
        return schema.current(application.database) is not None, application

    first, last = 1, int((whole / "points").read_text())
    while first < last:
        middle = (first + last) // 2
        done, application = migrated(middle)
        application.close()
        first, last = (first, middle) if done else (middle + 1, last)
    with suppress(FileNotFoundError):
        shutil.rmtree(tmp_path / str(first))
    _, application = migrated(first)
    with pytest.raises(NotReady):
        application.migrate()
    application.close()


@pytest.mark.proves("F1")
@pytest.mark.nightly
@pytest.mark.parametrize("act", ANYWHERE)
@pytest.mark.parametrize("kind", ["statement", "write", "sync"])
def test_five_thousand_kills_lose_nothing(
    scene: Scene, tmp_path: Path, act: str, kind: str
) -> None:
    count = scene.points(tmp_path / "whole", act, kind)
    for turn in range(300):
        number = turn % count + 1
        assert trial(scene, tmp_path / str(turn), act, kind, number) is None
