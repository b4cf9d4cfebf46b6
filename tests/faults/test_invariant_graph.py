"""I5: a status moves along the declared graph only. A case that is over takes no step, a listing
that has ended stays ended. What proves it is shown to see a listing that returns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from registry.domain.determination import Determination, State
from registry.domain.errors import IllegalTransition, RegistryError
from registry.domain.listing import ExitGround, Listing, ListingStatus
from registry.services import confirmations, determinations, exits
from registry.store import determinations as case_store
from tests.simulation.play import Disagreement, Play, play
from tests.world import World

# --- cases ----------------------------------------------------------------------------------------

Step = Callable[[World, Determination], object]


def published(world: World, case: Determination) -> object:
    with world.work("authority") as work:
        return determinations.publicise(work, case.id)


def submitted(world: World, case: Determination) -> object:
    with world.work("authority") as work:
        return determinations.submit(work, case.id, "It was paid.", world.today)


def dropped(world: World, case: Determination) -> Determination:
    with world.work("reviewer") as work:
        return determinations.drop(work, case.id, "The decision was annulled.")


STEPS: dict[str, Step] = {
    "confirm": lambda world, case: world.confirm(case),
    "notice": lambda world, case: world.notice(case, world.today),
    "publicise": published,
    "submit": submitted,
    "drop": dropped,
}


def over(world: World, how: str) -> Determination:
    """A case that came to its end."""
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today - timedelta(days=90)))
    world.notice(case, world.today - timedelta(days=60))
    if how == "dropped":
        return dropped(world, case)
    world.confirm(case)
    return case


def met(world: World, case: Determination) -> dict[str, str]:
    """What each step of a case meets: "taken", or the code of its refusal."""
    found = {}
    for name, step in STEPS.items():
        try:
            step(world, case)
        except RegistryError as error:
            found[name] = error.code
        else:
            found[name] = "taken"
    return found


@pytest.mark.proves("I5")
@pytest.mark.parametrize("how", ["confirmed", "dropped"])
def test_a_case_that_is_over_takes_no_step(world: World, how: str) -> None:
    case = over(world, how)
    head = world.registry.store.head()

    assert met(world, case) == dict.fromkeys(STEPS, IllegalTransition.code)
    assert world.registry.store.head() == head
    with world.registry.store.reading() as reading:
        after = case_store.get(reading, case.id)
    assert after is not None
    assert after.state == State(how)


@pytest.mark.control("I5")
def test_were_the_graph_not_asked_a_dropped_case_would_be_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = over(world, "dropped")
    target = {"confirm": State.CONFIRMED, "drop": State.DROPPED}
    for module in (determinations, confirmations):
        monkeypatch.setattr(module, "moved", lambda state, action: target.get(action, state))

    found = met(world, case)
    assert (found["confirm"], found["submit"]) == ("taken", "taken")


# --- listings -------------------------------------------------------------------------------------


def exit_twice(world: World) -> Listing:
    """The second exit of a listing, a day after the first."""
    listing = world.listed()
    for _ in range(2):
        world.clock.advance(days=1)
        with world.work("reviewer") as work:
            found = exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "It was repealed.")
    return found


@pytest.mark.proves("I5")
def test_an_ended_listing_does_not_end_again(world: World) -> None:
    with pytest.raises(IllegalTransition):
        exit_twice(world)


@pytest.mark.control("I5")
def test_were_its_end_not_seen_it_would_end_again_on_another_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listing, "exit_at", lambda listing, instant: None)
    found = exit_twice(world)
    assert found.exit is not None
    assert found.exit.on == world.today


# --- the simulation's own look at the graph -------------------------------------------------------

plain = Listing.status_at


def returned(listing: Listing, instant: datetime) -> ListingStatus:
    """An ended listing is in force once more after a month."""
    if plain(listing, instant - timedelta(days=30)) is ListingStatus.ENDED:
        return ListingStatus.IN_FORCE
    return plain(listing, instant)


def taken_back(listing: Listing, instant: datetime) -> ListingStatus:
    """A listing in force waits for its first day once more."""
    late = instant - timedelta(days=30)
    if plain(listing, late) is plain(listing, instant) is ListingStatus.IN_FORCE:
        return ListingStatus.PENDING
    return plain(listing, instant)


def off_the_graph(histories: int) -> str | None:
    """What the histories say of the first listing that left the graph."""
    for seed in range(histories):
        try:
            play(seed)
        except Disagreement as error:
            if str(error).startswith("I5"):
                return str(error)
    return None


@pytest.mark.control("I5")
@pytest.mark.parametrize(
    ("mutant", "said"), [(returned, "from ended to in_force"), (taken_back, "to pending")]
)
def test_the_histories_see_a_listing_that_leaves_the_graph(
    monkeypatch: pytest.MonkeyPatch, mutant: Any, said: str
) -> None:
    """Without the comparisons with the model, which would speak first."""
    monkeypatch.setattr(Listing, "status_at", mutant)
    monkeypatch.setattr(Play, "expect", lambda *_: None)
    monkeypatch.setattr(Play, "ask", lambda *_: "")
    found = off_the_graph(100)
    assert found is not None
    assert said in found.splitlines()[0]


def test_without_a_mutant_the_same_look_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Play, "expect", lambda *_: None)
    monkeypatch.setattr(Play, "ask", lambda *_: "")
    assert off_the_graph(100) is None
