"""registry token add, list and revoke as an operator types them: a token that was given out can be
taken back by whoever has only its id."""

from __future__ import annotations

import importlib
import re
from contextlib import nullcontext
from typing import Any

import pytest
from click.testing import CliRunner, Result

from registry.app import Application
from registry.cli import main
from registry.domain.errors import NotAuthenticated
from registry.domain.token import hash_token, is_token
from registry.services.registry import SYSTEM
from registry.store import access, journal
from registry.store.transaction import MAIN
from tests.world import OTHER, TAX, World

ADD = ("token", "add", "--role", "auditor", "--role", "agency")


@pytest.fixture(autouse=True)
def commands(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands work on the registry of the test, by its clock."""
    module = importlib.import_module("registry.cli.access")
    monkeypatch.setattr(module, "opened", lambda: nullcontext(application))


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def added(actor: str, *more: str) -> tuple[str, str]:
    """A token and its id, as the command says them."""
    done = typed(*ADD, "--agency", TAX, "--actor", actor, *more)
    assert done.exit_code == 0, done.output
    (id,) = re.findall(r"registry token revoke ([0-9a-f]{32})", done.stderr)
    return done.stdout.strip(), id


def listed(*more: str) -> dict[str, list[str]]:
    done = typed("token", "list", *more)
    assert done.exit_code == 0, done.output
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_add_says_the_token_alone_and_its_id_apart(world: World):
    done = typed(*ADD, "--agency", TAX, "--actor", "Mo")

    assert is_token(done.stdout.removesuffix("\n"))
    (id,) = re.findall(r"registry token revoke ([0-9a-f]{32})", done.stderr)
    assert done.stdout.strip() not in done.stderr
    with world.registry.view() as view:
        assert access.token_id(view.reading, hash_token(done.stdout.strip())) == id


def test_what_was_refused_says_no_id(world: World):
    done = typed(*ADD, "--agency", "NONE", "--actor", "Mo")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "revoke" not in done.stderr


def test_a_token_is_listed_revoked_and_then_refused(world: World):
    token, id = added("Mo", "--expires", "1")
    holder = world.registry.actor(token)
    before = world.registry.store.head().seq
    row = listed()[id]
    assert row[:3] == [TAX, holder.id, "agency,auditor"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", row[3])
    assert row[4] == "valid"

    done = typed("token", "revoke", id)

    assert (done.exit_code, done.stdout) == (0, f"token {id} is revoked\n")
    with pytest.raises(NotAuthenticated):
        world.registry.actor(token)
    assert listed()[id][4] == "revoked"
    with world.registry.view() as view:
        entries = journal.page(view.reading, MAIN, before, 100)
    assert [(one["kind"], one["actor"]) for one in entries] == [("token.revoked", SYSTEM)]


def test_a_list_is_of_one_agency_and_says_what_has_expired(world: World, clock: Any):
    _, old = added("Mo", "--expires", "1")
    clock.advance(days=1, minutes=1)
    with world.registry.view() as view:
        every = access.tokens(view.reading)
    assert set(listed()) == {one.id for one in every}
    assert set(listed("--agency", OTHER)) == {one.id for one in every if one.agency == OTHER}
    assert {row[3] for row in listed("--agency", OTHER).values()} == {"never"}
    assert [id for id, row in listed().items() if row[4] == "expired"] == [old]
    done = typed("token", "list", "--agency", "NONE")
    assert done.exit_code == 1
    assert "agency: there is no agency NONE" in done.stderr


def test_the_digest_and_the_name_are_in_no_list(world: World):
    token, _ = added("Someone Named So")
    said = typed("token", "list").output

    assert hash_token(token) not in said
    assert "Someone" not in said


def test_an_id_that_there_is_not_is_refused(world: World):
    done = typed("token", "revoke", "0" * 32)

    assert done.exit_code == 1
    assert "There is no such token" in done.stderr
