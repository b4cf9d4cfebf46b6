"""Invariant 15: of changes to one thing that are asked for at the same moment, one is made. The
others are refused for what it has left behind, and leave nothing themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from registry.api.errors import status_of
from registry.domain.determination import Determination, State
from registry.domain.errors import IllegalTransition, RegistryError
from registry.domain.listing import ExitGround, Listing, ListKind
from registry.services import custody, exits
from registry.store import determinations, listings
from tests.sweeping import exits_of, journalled
from tests.world import World

MANY = 8
PATIENCE = 30.0


def at_once(change: Callable[[], object]) -> list[RegistryError | None]:
    """What each of many threads met that ask for the same change at the same moment."""
    start = threading.Barrier(MANY)

    def ask(_: int) -> RegistryError | None:
        start.wait(PATIENCE)
        try:
            change()
        except RegistryError as error:
            return error
        return None

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(ask, range(MANY)))


def refused(met: list[RegistryError | None]) -> list[tuple[type[RegistryError], int]]:
    """(class, status) of each that was not made."""
    return [(type(error), status_of(error)) for error in met if error is not None]


LOST = [(IllegalTransition, 409)] * (MANY - 1)


def ready(world: World) -> Determination:
    """A case of which every step is done but the last."""
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today - timedelta(days=90)))
    return world.notice(case, world.today - timedelta(days=60))


def stored(world: World, case: Determination) -> tuple[list[Listing], list[Listing]]:
    """(black, watch) listings of a case's subject: a confirmation makes one of each, and journals
    each as listed."""
    with world.registry.store.reading() as reading:
        found = listings.of_subject(reading, case.subject_id)
    assert journalled(world, "listing.listed") == len(found)
    black, watch = (
        [one for one in found if one.list_kind is kind] for kind in (ListKind.BLACK, ListKind.WATCH)
    )
    return black, watch


def exit_of(world: World, listing: Listing) -> Callable[[], Listing]:
    def change() -> Listing:
        with world.work("reviewer") as work:
            return exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "It was repealed.")

    return change


@pytest.mark.proves("I15")
@pytest.mark.proves("F41")
def test_of_many_confirmations_of_a_case_one_is_made(world: World) -> None:
    case = ready(world)

    met = at_once(lambda: world.confirm(case))

    assert refused(met) == LOST
    (listing,), (watch,) = stored(world, case)
    assert watch.valid_from == listing.valid_to
    with world.registry.store.reading() as reading:
        after = determinations.get(reading, case.id)
    assert after is not None
    assert (after.state, after.listing_id) == (State.CONFIRMED, listing.id)
    assert journalled(world, "determination.confirmed") == 1
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.proves("I15")
def test_of_many_exits_of_a_listing_one_is_made(world: World) -> None:
    case = ready(world)
    listing = world.confirm(case)
    world.clock.advance(days=1)

    met = at_once(exit_of(world, listing))

    assert refused(met) == LOST
    (after,), _ = stored(world, case)
    assert after.exit is not None
    assert exits_of(world) == [(listing.id, after.exit.on)]
    assert journalled(world, "listing.exited") == 1
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.control("I15")
@pytest.mark.control("F41")
def test_who_reads_the_case_before_the_turn_lists_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is read within the turn is what refuses the others."""
    case = ready(world)
    monkeypatch.setattr(determinations, "get", lambda reading, id: case)

    met = at_once(lambda: world.confirm(case))

    assert refused(met) == []
    assert [len(found) for found in stored(world, case)] == [MANY, MANY]
