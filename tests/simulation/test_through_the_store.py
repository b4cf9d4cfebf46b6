"""The reference model against a whole registry: services, store and checks, over seeded histories.

The other simulation drives the pure core alone. Between it and an answer lie the statements that
read the facts of a check, the shortcut for listings whose period does not cover the day, versions
known from one place of the journal to another, and the transaction that checks share: histories
go through all of it here (I1, I2, I4, I5). stored_play.py says what is not compared.

A failure names its seed. `SIMULATION_SEED=17 pytest tests/simulation/test_through_the_store.py`
plays that one alone; `SIMULATION_STORED` sets how many are played.
"""

import os
from collections import Counter

import pytest

from registry.plugin_manager import Plugins
from tests.postgresql import Cluster
from tests.simulation.play import AFTER, Disagreement
from tests.simulation.stored_copies import Template
from tests.simulation.stored_mutants import MUTANTS
from tests.simulation.stored_play import play

HISTORIES, CHUNK = int(os.environ.get("SIMULATION_STORED", "60")), 10
SEED = os.environ.get("SIMULATION_SEED")
CHUNKS = [int(SEED)] if SEED else range(0, HISTORIES, CHUNK)


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, bundled: Plugins) -> Template:
    return Template(tmp_path_factory.mktemp("stored"), bundled, None)


@pytest.fixture(scope="session")
def on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, bundled: Plugins, cluster: Cluster
) -> Template:
    return Template(tmp_path_factory.mktemp("stored"), bundled, cluster)


@pytest.fixture
def template(request: pytest.FixtureRequest, database_kind: str) -> Template:
    """Made when the first test asks for it; only then is a PostgreSQL server started."""
    found: Template = request.getfixturevalue(f"on_{database_kind}")
    return found


@pytest.mark.proves("I1", "I2", "I4", "I5", "I13")
@pytest.mark.parametrize("first", CHUNKS)
def test_the_registry_agrees_with_the_model(first: int, database_kind: str, template: Template):
    """On PostgreSQL, where a history takes three times as long, every third of them."""
    seeds = range(first, first + (1 if SEED else CHUNK))
    for seed in seeds if database_kind == "sqlite" else seeds[::3]:
        play(seed, template.opened)


# --- the histories can fail -----------------------------------------------------------------------

WITHIN = 60


@pytest.mark.control("I1", "I2", "I13")
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_registry_that_reads_wrongly_is_caught(
    mutant: str, on_sqlite: Template, monkeypatch: pytest.MonkeyPatch
):
    MUTANTS[mutant](monkeypatch)

    assert caught_after(WITHIN, on_sqlite) is not None, f"{WITHIN} histories missed: {mutant}"


def caught_after(histories: int, template: Template) -> int | None:
    for seed in range(histories):
        try:
            play(seed, template.opened)
        except Disagreement:
            return seed
    return None


# --- the histories reach what they are there for --------------------------------------------------

REACHED = {
    *("restricted", "undetermined", "caution", "favoured", "clear", "green channel"),
    *("in_force shown", "suspended shown", "via an organisation", "known earlier"),
    *("two-person-rule", "step-missing", "screened-out", "invalid-input", "illegal-transition"),
    *("Proposed", "Noticed", "Publicised", "Submitted", "Answered", "Confirmed", "Dropped"),
    *("Published", "Exited", "Suspended", "Resumed", "Filed", "Returned", "RuleAccepted"),
    *(f"{kind} {status}" for kind in ("red", "black", "watch") for status in AFTER),
}


def test_the_histories_reach_every_outcome_event_refusal_and_status(on_sqlite: Template):
    reached: Counter[str] = Counter()
    for seed in range(20):
        reached += play(seed, on_sqlite.opened).reached

    assert {name for name in REACHED if reached[name] < 2} == set()


def test_a_seed_always_tells_the_same_history(on_sqlite: Template):
    first, second = play(3, on_sqlite.opened), play(3, on_sqlite.opened)

    assert (first.events, first.told) == (second.events, second.told)
