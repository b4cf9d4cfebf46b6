"""I19: nobody confirms what he has proposed. Service, core and database each refuse it alone;
only with all three guards off does a listing of one person come to be, and then it is seen."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry.domain import confirmation
from registry.domain.actor import Role
from registry.domain.determination import Determination
from registry.domain.errors import TwoPersonRule
from registry.store import determinations as case_store
from registry.store import tables
from tests.world import TAX, World

Patch = pytest.MonkeyPatch
ROOT = Path(__file__).parents[2]
NOBODY = "nobody"


def of_one_person(world: World) -> Determination:
    """A case of which every step is done, whose proposer holds every role, by another token."""
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today - timedelta(days=90)))
    case = world.notice(case, world.today - timedelta(days=60))
    world.tokens["reviewer"] = world.token(TAX, "An", Role.AUTHORITY, Role.REVIEWER)
    return case


def confirmed_alone(world: World) -> list[Any]:
    """The cases that stand as confirmed by their proposer."""
    table = tables.determinations.c
    with world.registry.store.reading() as reading:
        same = sa.select(table.id).where(table.confirmed_by == table.proposed_by)
        return list(reading.connection.execute(same))


# --- the guards, each taken out -------------------------------------------------------------------


def service_off(patch: Patch) -> None:
    """The service takes the case for one that nobody proposed."""
    plain = case_store.get
    proposers: dict[str, str] = {}

    def get(reading: Any, id: str) -> Determination | None:
        found = plain(reading, id)
        if found is None:
            return None
        proposers[id] = found.proposed_by
        return replace(found, proposed_by=NOBODY)

    def restored(do: Callable[..., Any], place: int) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            case = replace(given[place], proposed_by=proposers[given[place].id])
            return do(*given[:place], case, *given[place + 1 :])

        return run

    patch.setattr(case_store, "get", get)
    patch.setattr(confirmation, "confirm", restored(confirmation.confirm, 0))
    patch.setattr(case_store, "save", restored(case_store.save, 1))


def core_off(patch: Patch) -> None:
    plain = confirmation.confirm
    patch.setattr(
        confirmation,
        "confirm",
        lambda case, *rest: plain(replace(case, proposed_by=NOBODY), *rest),
    )


def database_off(world: World) -> None:
    database = world.registry.store.database
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            constraint = sa.inspect(connection).get_check_constraints("determinations")
            (name,) = (one["name"] for one in constraint if "two_persons" in str(one["name"]))
            connection.exec_driver_sql(f'ALTER TABLE determinations DROP CONSTRAINT "{name}"')
        return
    sa.event.listen(
        database.engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA ignore_check_constraints=ON"),
    )
    database.engine.dispose()
    database._writer.close()


# --- each alone is enough -------------------------------------------------------------------------


@pytest.mark.proves("I19")
def test_the_service_refuses_it_alone(world: World, monkeypatch: Patch) -> None:
    case = of_one_person(world)
    core_off(monkeypatch)
    database_off(world)
    with pytest.raises(TwoPersonRule):
        world.confirm(case)
    assert confirmed_alone(world) == []


@pytest.mark.proves("I19")
def test_the_core_refuses_it_alone(world: World, monkeypatch: Patch) -> None:
    case = of_one_person(world)
    service_off(monkeypatch)
    database_off(world)
    with pytest.raises(TwoPersonRule):
        world.confirm(case)
    assert confirmed_alone(world) == []


@pytest.mark.proves("I19")
def test_the_database_refuses_it_alone(world: World, monkeypatch: Patch) -> None:
    case = of_one_person(world)
    core_off(monkeypatch)
    service_off(monkeypatch)
    with pytest.raises(Exception, match=r"two_persons|contradicts"):
        world.confirm(case)
    assert confirmed_alone(world) == []


@pytest.mark.control("I19")
def test_with_all_three_off_one_person_lists_somebody_and_that_is_seen(
    world: World, monkeypatch: Patch
) -> None:
    case = of_one_person(world)
    core_off(monkeypatch)
    service_off(monkeypatch)
    database_off(world)
    world.confirm(case)
    assert [one.id for one in confirmed_alone(world)] == [case.id]


# --- no other way ---------------------------------------------------------------------------------


def confirming(source: str) -> bool:
    """Whether a source confirms a case, or makes a determination with a second person."""
    names = {"confirmations.confirm", "confirmation.confirm", "confirm"}
    return any(
        isinstance(node, ast.Call)
        and (
            ast.unparse(node.func) in names
            or any(one.arg == "confirmed_by" for one in node.keywords)
        )
        for node in ast.walk(ast.parse(source))
    )


@pytest.mark.proves("I19")
def test_there_is_one_way_to_confirm() -> None:
    """No command, import or plugin confirms: only the service does, and who asks it over HTTP. What
    is read from the store and the worlds of demo and tests are no ways in."""
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("registry", "plugins", "sector_plugins")
        for path in (ROOT / folder).rglob("*.py")
        if confirming(path.read_text(encoding="utf-8"))
    }
    assert found == {
        "registry/api/determinations.py",
        "registry/services/confirmations.py",
        "registry/demo/world.py",
        "registry/testing/world.py",
        *({"registry/store/determinations.py"} & found),
    }


@pytest.mark.control("I19")
@pytest.mark.parametrize(
    "call", ["confirmations.confirm(work, id, x)", "replace(a, confirmed_by=b)"]
)
def test_another_way_would_be_seen(call: str) -> None:
    assert confirming(f"def run(work):\n    return {call}\n")
