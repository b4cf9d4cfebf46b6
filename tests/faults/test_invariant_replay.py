"""I13: every decision that was ever given is computed again from what was known then, and comes out
the same, whatever has happened since. A registry that reads or decides otherwise is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from registry.domain.facts import Facts
from registry.domain.listing import ExitGround
from registry.services import checks, editions, exits, gathering
from registry.services.checks import Question
from registry.services.context import Contexts
from registry.services.sweep import sweep
from registry.store import checks as log_store
from registry.store import tables
from registry.store.transaction import Reading
from tests.numbers import resident_id, uscc
from tests.world import World

Patch = pytest.MonkeyPatch
SAME = {"same": True}
HEAD = resident_id(901)


def ask_all(world: World) -> None:
    """Questions of every kind: by number, by name, of nobody, of another day, of what was known."""
    now = world.clock()
    for number in (20, 21, 22, 999):
        world.ask(uscc(number))
        world.ask(uscc(number), as_of=now + timedelta(days=400))
        world.ask(uscc(number), known_at=now - timedelta(hours=1), as_of=now)
    world.ask(HEAD, scheme="resident_id")
    by_name = Question("procurement.bid", "procurement_and_funding", "C-1", name="Firm")
    world.registry.checks.run(world.tokens["agency"], by_name)


@pytest.fixture
def lived(world: World) -> World:
    """Much was asked, and then much has happened: entries, exits, an edition, years."""
    firms = [world.enterprise(uscc(number), "Firm") for number in (20, 21, 22)]
    world.person(number=HEAD)
    ask_all(world)
    listing = world.listed(firms[0])
    world.listed(firms[1])
    ask_all(world)
    world.clock.advance(days=2)
    with world.work("reviewer") as work:
        exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "It was repealed.")
    ask_all(world)
    with world.work("coordinator") as work:
        editions.publish(work, editions.newest_draft(work, "procurement"), None)
    world.clock.advance(days=800)
    sweep(world.registry.store)
    ask_all(world)
    world.clock.advance(days=3_000)
    sweep(world.registry.store)
    world.listed(firms[2])
    return world


def replayed(world: World) -> list[dict[str, Any]]:
    """Each answer that is stored, computed again."""
    answered = sa.select(tables.checks.c.id).where(tables.checks.c.kind == checks.ANSWERED)
    with world.registry.view(world.tokens["auditor"]) as view:
        assert view.actor is not None
        ids = view.reading.connection.execute(answered).scalars().all()
        return [world.registry.checks.replay(view.reading, view.actor, id) for id in ids]


@pytest.mark.proves("I13")
def test_every_stored_answer_comes_out_the_same(lived: World) -> None:
    found = replayed(lived)
    assert len(found) == 4 * 14
    assert found == [SAME] * len(found)


# --- what would be found out ----------------------------------------------------------------------


def the_present_is_read(patch: Patch) -> None:
    plain = Reading.at
    last = "SELECT max(seq) FROM journal"
    patch.setattr(
        Reading,
        "at",
        lambda reading, seq: plain(reading, reading.connection.exec_driver_sql(last).scalar()),
    )


def editions_are_those_of_now(patch: Patch) -> None:
    patch.setattr(Contexts, "as_known", lambda contexts, reading: contexts.latest)


def facts_are(change: Callable[[Facts], Facts]) -> Callable[[Patch], None]:
    gathered = gathering.gather
    return lambda patch: patch.setattr(checks, "gather", lambda *all: change(gathered(*all)))


def another_rule(facts: Facts) -> Facts:
    return facts._replace(rulebook_digest="sha256:0")


def a_day_longer(facts: Facts) -> Facts:
    longer = tuple(
        replace(one, valid_to=one.valid_to + timedelta(days=1)) for one in facts.listings
    )
    return facts._replace(listings=longer)


def the_stored_answer_is_another(patch: Patch) -> None:
    plain = log_store.get

    def get(reading: Reading, id: str) -> Any:
        stored = plain(reading, id)
        assert stored is not None
        assert stored.content is not None
        answer = {**stored.content["answer"], "outcome": "favoured"}
        return replace(stored, content={**stored.content, "answer": answer})

    patch.setattr(log_store, "get", get)


MUTANTS: dict[str, Callable[[Patch], None]] = {
    "the present is read": the_present_is_read,
    "editions are those of now": editions_are_those_of_now,
    "a rule is another": facts_are(another_rule),
    "listings last a day longer": facts_are(a_day_longer),
    "the stored answer is another": the_stored_answer_is_another,
}


@pytest.mark.control("I13")
def test_a_registry_that_decides_otherwise_is_found_out(lived: World) -> None:
    """All in one, since the life of the registry takes longer than the looks at it."""
    for name, mutate in MUTANTS.items():
        with pytest.MonkeyPatch.context() as patch:
            mutate(patch)
            found = [one for one in replayed(lived) if one != SAME]
        assert found, name
        assert all(one["same"] is False and one["reason"] for one in found), name
    assert {str(one) for one in replayed(lived)} == {str(SAME)}
