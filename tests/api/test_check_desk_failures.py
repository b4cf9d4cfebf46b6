"""Who fails, or is refused, among checks that come together touches nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from registry.api import check_desk
from registry.api.check_desk import CheckDesk
from registry.app import Application
from registry.domain.errors import InvalidInput, NotAuthenticated, NotPermitted, Unavailable
from registry.services import checks, custody
from registry.store import tables
from tests.api.desk import desk as desk
from tests.api.desk import desk_of, logged, question, together
from tests.api.desk import embedded as embedded
from tests.api.desk import quick as quick
from tests.numbers import uscc
from tests.world import World


def test_who_is_refused_takes_nobody_along(desk: CheckDesk, application: Application, world: World):
    token, other = world.tokens["agency"], world.tokens["provider"]

    found = together(
        desk,
        (token, question(1)),
        (token, question(2, matter="no.such")),
        ("nobody", question(3)),
        (other, question(4)),
        (token, question(5)),
    )

    assert [type(one) for one in found[1:4]] == [InvalidInput, NotAuthenticated, NotPermitted]
    assert found[0]["outcome"] == found[4]["outcome"] == "clear"
    kinds = [kind for kind, _ in logged(application)]
    assert sorted(kinds) == ["check.answered"] * 2 + ["check.refused"] * 2


def test_who_fails_takes_nobody_along(
    desk: CheckDesk, application: Application, world: World, monkeypatch: pytest.MonkeyPatch
):
    plain = checks.decide

    def broken(request: Any, facts: Any) -> Any:
        if request.case_no == "BROKEN":
            raise ZeroDivisionError
        return plain(request, facts)

    monkeypatch.setattr(checks, "decide", broken)
    token = world.tokens["agency"]

    found = together(
        desk, (token, question(1)), (token, question(2, case_no="BROKEN")), (token, question(3))
    )

    assert isinstance(found[1], ZeroDivisionError)
    assert found[0]["outcome"] == found[2]["outcome"] == "clear"
    kinds = sorted(kind for kind, _ in logged(application))
    assert kinds == ["check.answered", "check.answered", "check.refused"]
    assert custody.verify(application.store).problem is None


def test_what_cannot_be_opened_takes_nobody_along(
    desk: CheckDesk, application: Application, world: World
):
    """A listing whose sealed content was altered: no answer about its subject, and others do."""
    listing = world.listed(world.enterprise(uscc(1)))
    with application.database.changing() as connection:
        table = tables.listings
        altered = sa.update(table).where(table.c.id == listing.id).values(sealed=b"x" * 60)
        connection.execute(altered)
    token = world.tokens["agency"]

    found = together(desk, *((token, question(n)) for n in (1, 2, 3)))

    assert isinstance(found[0], Unavailable)
    assert found[1]["outcome"] == found[2]["outcome"] == "clear"
    kinds = sorted(kind for kind, _ in logged(application))
    assert kinds == ["check.answered", "check.answered", "check.refused"]


@pytest.mark.parametrize(
    "raised", [SystemExit, GeneratorExit, StopIteration, asyncio.CancelledError]
)
def test_what_would_end_a_thread_or_a_loop_is_only_a_failure(
    desk: CheckDesk,
    application: Application,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    raised: type[BaseException],
):
    """A plugin may raise anything; whoever asks after it is served as before."""
    plain = checks.decide

    def odd(request: Any, facts: Any) -> Any:
        if request.case_no == "ODD":
            raise raised
        return plain(request, facts)

    monkeypatch.setattr(checks, "decide", odd)
    token = world.tokens["agency"]

    found = together(desk, (token, question(1, case_no="ODD")), (token, question(2)))
    after = together(desk, (token, question(3)))

    assert isinstance(found[0], RuntimeError)
    assert raised.__name__ in str(found[0])
    assert found[1]["outcome"] == after[0]["outcome"] == "clear"


def test_those_left_are_not_kept_where_there_is_no_database(
    embedded: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(check_desk, "ALONE_SECONDS", -1)
    token, alone = embedded.tokens["agency"], []

    class Checks:
        def knows(self, bearer: str) -> bool:
            return True

        def run_each(self, *known: Any) -> Any:
            raise ZeroDivisionError

        def run_json(self, *known: Any) -> Any:
            alone.append(known)
            raise Unavailable("No turn to write.")

    desk = desk_of(embedded.application)
    desk._checks = Checks()  # type: ignore[assignment]
    found = together(desk, *((token, question(n)) for n in range(5)))

    assert [type(one) for one in found] == [Unavailable] * 5
    assert len(alone) == 1


def test_without_a_database_nobody_is_answered(
    desk: CheckDesk, application: Application, world: World, monkeypatch: pytest.MonkeyPatch
):
    token = world.tokens["agency"]
    together(desk, (token, question(1)))

    def lost(*_: Any) -> None:
        raise Unavailable("The disk is gone.")

    with monkeypatch.context() as patched:
        patched.setattr(application.database, "_require_sound", lost)
        found = together(desk, (token, question(2)), (token, question(3)))

    assert [type(one) for one in found] == [Unavailable, Unavailable]
    assert len(logged(application)) == 1
    assert together(desk, (token, question(4)))[0]["outcome"] == "clear"


@pytest.mark.proves("I9")
def test_a_commit_that_fails_answers_nobody_and_begins_a_new_chain(
    embedded: World, monkeypatch: pytest.MonkeyPatch
):
    application = embedded.application
    desk = desk_of(application)
    token = embedded.tokens["agency"]
    before = together(desk, (token, question(1)))[0]["receipt"]
    writer = application.database._writer

    def fail() -> None:
        writer.roll_back()
        raise Unavailable("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(writer, "commit", fail)
        found = together(desk, (token, question(2)), (token, question(3)))

    assert [type(one) for one in found] == [Unavailable, Unavailable]
    after = together(desk, (token, question(4)))[0]["receipt"]
    assert (before["seq"], after["seq"]) == (1, 1)
    assert before["chain"] != after["chain"]
    assert len(logged(application)) == 2
    assert custody.verify(application.store).problem is None


def test_a_turn_that_does_not_come_is_503_for_all(embedded: World):
    application = embedded.application
    desk = desk_of(application)
    application.database._lock._seconds = 0.2
    token = embedded.tokens["agency"]

    with application.database.changing():
        found = together(desk, (token, question(1)), (token, question(2)))

    assert [isinstance(one, Unavailable) for one in found] == [True, True]
    assert logged(application) == []
    assert together(desk, (token, question(1)))[0]["outcome"] == "clear"
