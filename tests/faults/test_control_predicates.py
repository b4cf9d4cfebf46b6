"""The controls of faults 48 to 51 and 53, and of I23: with a guard off, what proves them of a
plugin's predicates finds it."""

from __future__ import annotations

import importlib
import select
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from registry.domain import check, predicate
from registry.domain.errors import Undetermined
from registry.domain.predicate import Verdict, read_verdict
from registry.predicates import pipes, process, runner
from registry.predicates.process import PredicateFailure, Worker
from registry.predicates.runner import Predicates
from registry.services import checks
from registry.testing.world import World
from tests.kit import test_predicates as alone
from tests.kit import test_predicates_in_use as in_use
from tests.kit.conftest import energy as energy
from tests.kit.conftest import run as run
from tests.kit.odd_predicates import CODE, FINAL
from tests.kit.test_predicates import Make
from tests.kit.test_predicates import make as make
from tests.kit.test_predicates_in_use import world_with as world_with
from tests.services import test_rules as rules

Patch = pytest.MonkeyPatch
Worlds = Callable[[str], World]
DidNotRaise = pytest.fail.Exception


# --- a failure is none ----------------------------------------------------------------------------


def taken_for_a_yes(patch: Patch) -> None:
    """Where there is no verdict, the predicate is said to hold."""
    real = Predicates.ask

    def ask(self: Predicates, code: str, question: Mapping[str, Any]) -> Verdict:
        try:
            return real(self, code, question)
        except Undetermined:
            return Verdict(True, "It holds.", "成立。")

    patch.setattr(Predicates, "ask", ask)


@pytest.mark.control("I23", "F48")
def test_were_a_failure_a_yes_somebody_would_be_listed(
    world_with: Worlds, run: Any, monkeypatch: Patch
):
    taken_for_a_yes(monkeypatch)

    with pytest.raises(KeyError, match="code"):  # a case has none
        in_use.test_a_failure_lists_nobody_is_journalled_and_checks_do_not_notice(
            world_with, run, monkeypatch
        )


@pytest.mark.control("I23")
def test_were_a_failure_a_yes_the_command_would_not_say_so(world_with: Worlds, monkeypatch: Patch):
    taken_for_a_yes(monkeypatch)
    line = "{criterion}\t{version}\t{firm}\t{record}\tundetermined {why}"

    with pytest.raises(AssertionError):
        in_use.test_the_command_asks_the_plugin_and_says_where_it_gives_no_verdict(
            world_with, "os._exit(3)", line, 1
        )


@pytest.mark.control("I23", "F54")
def test_were_absent_rules_not_needed_it_would_be_seen(world: World, monkeypatch: Patch):
    monkeypatch.setattr(check, "_absent_sectors", lambda *_: ())

    with pytest.raises(AssertionError):
        rules.test_without_its_plugin_a_sector_is_incomplete_where_needed_and_nowhere_else(world)


# --- what it raises, and how it ends --------------------------------------------------------------


def in_our_own_process(
    self: Predicates, worker: Worker, code: str, question: Mapping[str, Any]
) -> Verdict:
    plugin = importlib.import_module(worker.source.plugin)
    return read_verdict(plugin.judged(question))


@pytest.mark.control("F48")
@pytest.mark.parametrize(
    ("body", "ending"),
    [('raise ValueError("secret 320000")', ValueError), ("sys.exit(0)", SystemExit)],
)
def test_without_its_worker_a_plugin_would_take_us_with_it(
    body: str, ending: type[BaseException], make: Make, monkeypatch: Patch
):
    monkeypatch.setattr(Predicates, "_asked", in_our_own_process)

    with pytest.raises(ending):
        alone.test_a_faulty_predicate_gives_no_verdict_and_is_named(body, alone.FAULTS[body], make)


@pytest.mark.control("F48")
def test_a_worker_that_is_not_begun_anew_would_be_seen(make: Make, monkeypatch: Patch):
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "end", lambda self: None)
        with pytest.raises(Undetermined, match="ended its worker"):
            alone.test_it_is_restarted_after_a_failure_and_quarantined_after_three(make)


@pytest.mark.control("F48")
def test_a_plugin_that_is_never_quarantined_would_be_seen(make: Make, monkeypatch: Patch):
    monkeypatch.setattr(runner, "MOST_FAILURES", 1_000)

    with pytest.raises(DidNotRaise):
        alone.test_it_is_restarted_after_a_failure_and_quarantined_after_three(make)


@pytest.mark.control("F48")
def test_a_quarantine_of_others_as_well_would_be_seen(make: Make, monkeypatch: Patch):
    real = Predicates._count

    def count(self: Predicates, worker: Worker, failure: PredicateFailure) -> None:
        real(self, worker, failure)
        for one in self._workers.values():
            one.quarantined = worker.quarantined

    monkeypatch.setattr(Predicates, "_count", count)

    with pytest.raises(Undetermined, match="is quarantined"):
        alone.test_nobody_else_is_affected(make)


# --- how long it takes ----------------------------------------------------------------------------


@pytest.mark.control("F49")
def test_were_it_waited_for_as_long_as_it_takes_there_would_be_a_verdict(
    make: Make, monkeypatch: Patch
):
    def wait(descriptor: int, event: int, _: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        poll.poll()

    monkeypatch.setattr(pipes, "_wait", wait)

    with pytest.raises(DidNotRaise):
        alone.test_a_predicate_has_its_time_each_time_that_it_is_asked(make)


# --- the shape of what it gives -------------------------------------------------------------------

PLAIN_WORKER = (
    "import types; from registry.predicates import worker; worker.ANSWER_LIMIT = 1 << 30; "
    "worker.json = types.SimpleNamespace(loads=json.loads, dumps=lambda one, **_: json.dumps(one));"
    " worker.main()"
)


def shapes_unchecked(patch: Patch) -> None:
    """Any JSON, as long as it likes, is a verdict, and so is what is no JSON but Python's."""
    boot = process._BOOT.partition("from registry")[0]
    patch.setattr(process, "_BOOT", boot + PLAIN_WORKER)
    patch.setattr(process, "ANSWER_LIMIT", 1 << 30)
    patch.setattr(
        runner, "read_verdict", lambda raw: Verdict(raw["met"], raw["text"], raw["text_zh"])
    )


TAKEN = (
    'return {"met": 1, "text": "a", "text_zh": "b"}',
    'return {"met": True, "text": "", "text_zh": "b"}',
    'return {"met": True, "text": "a", "text_zh": "b", "outcome": "clear"}',
    'return {"met": True, "text": "a" * 10_000_000, "text_zh": "b"}',
    'return {"met": float("nan"), "text": "a", "text_zh": "b"}',
)


@pytest.mark.control("F50", "F51")
@pytest.mark.parametrize("body", TAKEN)
def test_without_a_look_at_its_shape_anything_would_be_a_verdict(
    body: str, make: Make, monkeypatch: Patch
):
    shapes_unchecked(monkeypatch)

    with pytest.raises(DidNotRaise):
        alone.test_a_faulty_predicate_gives_no_verdict_and_is_named(body, alone.FAULTS[body], make)


@pytest.mark.control("F50")
def test_a_text_that_is_none_would_be_seen(monkeypatch: Patch):
    monkeypatch.setattr(predicate, "clean_text", lambda raw, limit: raw)

    with pytest.raises(DidNotRaise):
        alone.test_a_verdict_has_exactly_its_shape()


@pytest.mark.control("F50")
def test_what_is_no_verdict_would_be_the_reason_of_a_case(world_with: Worlds, monkeypatch: Patch):
    shapes_unchecked(monkeypatch)
    world = world_with('return {"met": 1, "text": "", "text_zh": "", "outcome": "clear"}')
    firm = world.enterprise()
    record = world.report(firm, "energy.penalty_decision", FINAL, "2026-01-10")

    case = world.open_case("energy.serious_breach", firm, [record])

    assert case.reasons[-1].text == ""


# --- what it claims -------------------------------------------------------------------------------


@pytest.mark.control("F51")
def test_a_check_that_asks_a_plugin_would_be_seen(world_with: Worlds, monkeypatch: Patch):
    asked: list[World] = []

    def noted(body: str) -> World:
        asked.append(world_with(body))
        return asked[0]

    def decide(*known: Any) -> dict[str, Any]:
        claim = asked[0].application.registry.asked(CODE, {})
        return {**check.decide(*known), "outcome": "clear" if claim.met else "restricted"}

    monkeypatch.setattr(checks, "decide", decide)

    with pytest.raises(AssertionError, match="a plugin was asked"):
        in_use.test_a_check_never_runs_a_predicate(noted, monkeypatch)


# --- two answers to one question ------------------------------------------------------------------


@pytest.mark.control("F53")
@pytest.mark.parametrize("body", [one for one, said in alone.FAULTS.items() if said == alone.UNFIT])
def test_asked_once_only_it_would_be_believed(body: str, make: Make, monkeypatch: Patch):
    monkeypatch.setattr(Predicates, "_asked_twice", Predicates._asked)

    with pytest.raises(DidNotRaise):
        alone.test_a_faulty_predicate_gives_no_verdict_and_is_named(body, alone.UNFIT, make)
