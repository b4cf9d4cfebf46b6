"""The pure core against the reference model, over twenty thousand seeded histories. Of the checks
in them, one in seven is asked while a sector's plugin is out of reach.

A failure names its seed. `SIMULATION_SEED=4556 pytest tests/simulation` plays that one alone;
`SIMULATION_HISTORIES` sets how many the nightly run plays (1,000,000).
"""

import ast
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.play import Disagreement, play

HISTORIES, CHUNK = 20_000, 250
NIGHTLY = int(os.environ.get("SIMULATION_HISTORIES", "1000000"))
SEED = os.environ.get("SIMULATION_SEED")
CHUNKS = [int(SEED)] if SEED else range(0, HISTORIES, CHUNK)


@pytest.mark.proves("I1", "I2", "I4", "I5", "I13")
@pytest.mark.proves("I23")
@pytest.mark.parametrize("first", CHUNKS)
def test_the_core_agrees_with_the_model(first: int):
    for seed in range(first, first + (1 if SEED else CHUNK)):
        play(seed)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(20))
def test_the_core_agrees_with_the_model_a_million_times(part: int):
    size = NIGHTLY // 20
    first = 10_000_000 + part * size
    for seed in range(first, first + size):
        play(seed)


# --- the simulation can fail --------------------------------------------------------------------

WITHIN = 200


@pytest.mark.control("I1", "I2", "I4", "I19")
@pytest.mark.control("I23")
@pytest.mark.control("F36")
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_core_that_breaks_a_rule_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch):
    MUTANTS[mutant](monkeypatch)

    assert caught_after(WITHIN) is not None, f"{WITHIN} histories did not notice: {mutant}"


def caught_after(histories: int) -> int | None:
    for seed in range(histories):
        try:
            play(seed)
        except Disagreement:
            return seed
    return None


# --- the simulation reaches what it is there for ------------------------------------------------

OUTCOMES = {"restricted", "undetermined", "caution", "favoured", "clear"}
STEPS = {"accept_rule", "notice", "warning", "defence_window", "answer_submission", "publicity"}
REFUSALS = {
    "two-person-rule",
    "step-missing",
    "screened-out",
    "invalid-input",
    "illegal-transition",
}
HAPPENINGS = {
    "RuleAccepted",
    "Proposed",
    "Noticed",
    "Publicised",
    "Submitted",
    "Answered",
    "Confirmed",
    "Dropped",
    "Published",
    "Exited",
    "Suspended",
    "Resumed",
}
STATUSES = {
    f"{kind} {status}"
    for kind in ("red", "black", "watch")
    for status in ("pending", "in_force", "suspended", "ended")
}
ALSO = {"green channel", "dropped", "via an organisation"}


def test_the_histories_reach_every_outcome_step_refusal_and_status():
    reached: Counter[str] = Counter()
    for seed in range(400):
        reached += play(seed).reached

    wanted = OUTCOMES | STEPS | REFUSALS | HAPPENINGS | STATUSES | ALSO
    assert {name for name in wanted if reached[name] < 5} == set()


def test_a_seed_always_tells_the_same_history():
    first, second = play(17), play(17)

    assert (first.events, first.remembered) == (second.events, second.remembered)


@pytest.mark.parametrize("module", ["history", "reference", "reference_answer", "generator"])
def test_the_model_knows_nothing_of_the_registry(module: str):
    tree = ast.parse(Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }

    ours = {name for name in imported if name.startswith(("tests", "registry"))}
    assert ours <= {
        "tests.simulation.history",
        "tests.simulation.reference",
        "tests.simulation.reference_answer",
    }
