"""Fault 5: the power goes, and with it all that was not synced; what was acknowledged stays."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.actor import Role
from registry.services import custody
from registry.services.checks import Question
from registry.store import checks, database
from registry.store.store import witness_path
from tests.faults.disk import OK, Disk, failing_disk
from tests.filled import Clock, Filled, opened
from tests.numbers import uscc

CUTS = 30


@dataclass
class Cut:
    """The files as the cut left them, and what had been acknowledged by then."""

    folder: Path
    head: int
    checks: list[str]


@dataclass
class Outage:
    """Cuts the power at drawn moments, in the middle of whatever goes on."""

    disk: Disk
    source: Path
    target: Path
    moments: set[int]
    head: int = 0
    checks: list[str] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    events: int = 0

    def __call__(self, kind: str, name: str) -> int:
        self.events += 1
        if self.events in self.moments:
            folder = self.target / str(self.events)
            self.disk.cut_power(self.source, folder)
            self.cuts.append(Cut(folder, self.head, list(self.checks)))
        return OK


def use(filled: Filled, target: Path, cuts: int, seed: int) -> list[Cut]:
    """Changes, checks, seals and checkpoints, the power being cut again and again."""
    with failing_disk() as disk:
        drawn = random.Random(seed)
        moments = set(drawn.sample(range(5, cuts * 20), cuts))
        outage = Outage(disk, filled.folder, target, moments)
        disk.refuse = outage
        application = filled.again()
        world = filled.world
        world.application, world.registry = application, application.registry
        while outage.events < cuts * 20:
            world.clock.advance(seconds=1)
            world.token("TAX", f"Somebody {outage.events}", Role.AUDITOR)
            outage.head = application.store.head().seq
            for number in (1, 2, 999):
                outage.checks.append(world.ask(uscc(number))["id"])
            outage.checks += together(application, world.tokens["agency"])
            if drawn.random() < 0.2:
                application.database.checkpoint(above_bytes=0)
        disk.refuse = lambda kind, name: OK
        application.close()
    return outage.cuts


def together(application: Application, token: str) -> list[str]:
    """Checks that share a transaction, as those do that come together."""
    asked = [
        Question("procurement.bid", "procurement_and_funding", "C-1", ("uscc", uscc(number)))
        for number in (1, 2, 999)
    ]
    ids = []
    for answer in application.registry.checks.run_each([(token, one) for one in asked]):
        assert isinstance(answer, bytes)
        ids.append(json.loads(answer)["id"])
    return ids


def lost(filled: Filled, cut: Cut) -> str | None:
    """What the registry lacks, or is wrong with it, after the power is back."""
    application = opened(cut.folder, Clock(filled.clock.instant), filled.application.plugins)
    try:
        application.require_ready()
        verdict = custody.verify(application.store)
        if verdict.problem is not None:
            return str(verdict.problem)
        with application.store.reading() as reading:
            if verdict.counts.seq < cut.head:
                return f"entry {cut.head} was acknowledged, the last is {verdict.counts.seq}"
            missing = [id for id in cut.checks if checks.get(reading, id) is None]
        return f"{len(missing)} acknowledged checks" if missing else None
    except Exception as error:
        return repr(error)
    finally:
        application.close()


@pytest.mark.proves("I3")
@pytest.mark.proves("F5")
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_acknowledged_is_lost(filled: Filled, tmp_path: Path, seed: int) -> None:
    cuts = use(filled, tmp_path / "cuts", CUTS // 2, seed)
    assert len(cuts) == CUTS // 2
    assert any(cut.checks for cut in cuts)
    assert [found for cut in cuts if (found := lost(filled, cut))] == []


@pytest.mark.proves("F5")
def test_a_witness_that_was_not_synced_stops_nothing(filled: Filled, tmp_path: Path) -> None:
    for cut in use(filled, tmp_path / "cuts", 5, 3):
        witness_path(cut.folder / "registry.db").write_bytes(b"")
        assert lost(filled, cut) is None


@pytest.mark.control("I3")
@pytest.mark.control("F5")
@pytest.mark.parametrize("mode", ["NORMAL", "OFF"])
def test_without_full_synchronisation_the_same_cuts_lose_something(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    pragmas = [one.replace("=FULL", f"={mode}") for one in database._PRAGMAS]
    monkeypatch.setattr(database, "_PRAGMAS", tuple(pragmas))
    cuts = use(filled, tmp_path / "cuts", 10, 1)
    assert any(lost(filled, cut) for cut in cuts)


@pytest.mark.proves("F5")
@pytest.mark.nightly
def test_nothing_acknowledged_is_lost_in_five_hundred_cuts(
    template: Filled, tmp_path: Path
) -> None:
    for seed in range(100, 120):
        filled = template.copy(tmp_path / str(seed) / "filled")
        for cut in use(filled, tmp_path / str(seed) / "cuts", 25, seed):
            assert lost(filled, cut) is None
