"""Checks that come together are answered in one transaction, each by itself."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry import clock
from registry.api import check_desk
from registry.api.check_body import read_question
from registry.api.check_desk import MOST, CheckDesk
from registry.app import Application
from registry.domain.errors import InvalidInput, NotAuthenticated, NotPermitted, Unavailable
from registry.plugin_manager import Plugins
from registry.services import checks, custody
from registry.services.checks import Question
from registry.settings import Settings
from registry.store import tables
from registry.testing.clock import MovableClock
from tests.api.conftest import a_check
from tests.numbers import uscc
from tests.world import World


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, the loop is not left for it."""
    monkeypatch.setattr(check_desk, "SLOW_SECONDS", 60)


def desk_of(application: Application) -> CheckDesk:
    sqlite = application.settings.is_sqlite
    return CheckDesk(application.registry.checks, 1 if sqlite else 4, on_loop=sqlite)


@pytest.fixture
def desk(application: Application) -> CheckDesk:
    return desk_of(application)


@pytest.fixture
def embedded(tmp_path: Path, bundled: Plugins) -> Iterator[World]:
    """On an SQLite file, for what is so only there."""
    url, key = f"sqlite:///{tmp_path}/embedded.db", str(tmp_path / "embedded.key")
    movable = MovableClock()
    application = Application(Settings(database_url=url, key_file=key), movable)
    application.__dict__["plugins"] = bundled
    application.migrate()
    yield World(application, movable)
    application.close()


def question(number: int, **more: Any) -> Question:
    return read_question(a_check(uscc(number), **more))


def together(desk: CheckDesk, *asked: tuple[str, Question]) -> list[Any]:
    """The answers, or what was raised, to questions that are asked at once."""

    async def run() -> list[Any]:
        found = await asyncio.gather(*(desk.ask(*one) for one in asked), return_exceptions=True)
        return [json.loads(one) if isinstance(one, bytes) else one for one in found]

    return asyncio.run(run())


@contextmanager
def counted(application: Application) -> Iterator[list[Any]]:
    """The transactions of checks that were begun meanwhile."""
    begun: list[Any] = []
    store, plain = application.store, application.store.checking

    def checking(*known: Any) -> Any:
        begun.append(known)
        return plain(*known)

    store.checking = checking  # type: ignore[method-assign]
    yield begun
    del store.checking  # type: ignore[method-assign]


def logged(application: Application) -> list[tuple[str, int]]:
    with application.store.reading() as reading:
        table = tables.checks
        rows = reading.connection.execute(
            sa.select(table.c.kind, table.c.seq).order_by(table.c.at, table.c.seq)
        )
        return [(row.kind, row.seq) for row in rows]


def test_those_who_ask_together_share_a_transaction_and_get_each_their_own_answer(
    desk: CheckDesk, application: Application, world: World
):
    world.listed(world.enterprise(uscc(1)))
    token = world.tokens["agency"]
    numbers = [1, *range(2, 9)]

    with counted(application) as begun:
        answers = together(desk, *((token, question(n, case_no=f"C-{n}")) for n in numbers))

    assert len(begun) == 1
    assert [one["outcome"] for one in answers] == ["restricted"] + ["clear"] * 7
    receipts = [one["receipt"] for one in answers]
    assert len({one["chain"] for one in receipts}) == 1
    assert [one["seq"] for one in receipts] == list(range(1, 9))
    assert len({one["id"] for one in answers}) == 8
    for answer in answers:
        with application.registry.view(token) as view:
            stored = application.registry.checks.get(view.reading, view.actor, answer["id"])
            replayed = application.registry.checks.replay(view.reading, view.actor, answer["id"])
        assert stored.content["answer"] | {"receipt": stored.receipt} == answer
        assert replayed == {"same": True}
    assert custody.verify(application.store).problem is None


def test_they_are_the_answers_that_each_would_have_had_alone(desk: CheckDesk, world: World):
    world.listed(world.enterprise(uscc(1)))
    token = world.tokens["agency"]
    asked = [(token, question(n)) for n in (1, 2)]

    alone = [together(desk, one)[0] for one in asked]
    both = together(desk, *asked)

    own = ("id", "receipt", "as_of", "known_at")
    for one, other in zip(alone, both, strict=True):
        assert {k: one[k] for k in one if k not in own} == {
            k: other[k] for k in other if k not in own
        }


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
    assert [kind for kind, _ in logged(application)] == ["check.answered"] * 2
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
    assert [kind for kind, _ in logged(application)] == ["check.answered"] * 2


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


def test_a_turn_that_has_to_be_waited_for_does_not_hold_the_loop(
    desk: CheckDesk, application: Application, world: World
):
    """While another writes, the loop serves others; were it held, the writer would not end."""
    token = world.tokens["agency"]
    holding, done = threading.Event(), threading.Event()

    def write() -> None:
        with application.database.changing():
            holding.set()
            done.wait(4)

    writer = threading.Thread(target=write)
    writer.start()
    holding.wait(5)

    async def run() -> tuple[bool, list[Any]]:
        asked = [asyncio.create_task(desk.ask(token, question(n))) for n in (1, 2)]
        await asyncio.sleep(0.1)
        waited = not any(one.done() for one in asked)
        done.set()
        return waited, [json.loads(one) for one in await asyncio.gather(*asked)]

    waited, answers = asyncio.run(run())
    writer.join()

    assert waited
    assert [one["outcome"] for one in answers] == ["clear", "clear"]


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


def test_a_slow_disk_keeps_the_loop_from_the_next_batch(
    embedded: World, monkeypatch: pytest.MonkeyPatch
):
    application = embedded.application
    desk = desk_of(application)
    monkeypatch.setattr(check_desk, "SLOW_SECONDS", 0.2)
    token, threads = embedded.tokens["agency"], []
    plain = application.registry.checks.run_each

    class Checks:
        def run_each(self, *known: Any) -> Any:
            threads.append(threading.current_thread())
            if len(threads) == 1:
                threading.Event().wait(0.3)
            return plain(*known)

    desk._checks = Checks()  # type: ignore[assignment]
    for number in range(3):
        together(desk, (token, question(number)))

    main = threading.main_thread()
    assert [one is main for one in threads] == [True, False, True]


def test_a_crowd_is_answered_in_more_than_one_transaction(
    desk: CheckDesk, application: Application, world: World
):
    token = world.tokens["agency"]

    with counted(application) as begun:
        found = together(desk, *((token, question(1)) for _ in range(MOST + 6)))

    assert len(begun) == 2
    assert [one["outcome"] for one in found] == ["clear"] * (MOST + 6)


def test_a_clock_that_stands_still_keeps_nobody_waiting(
    desk: CheckDesk, world: World, monkeypatch: pytest.MonkeyPatch
):
    token = world.tokens["agency"]
    together(desk, *((token, question(1)) for _ in range(8)))
    assert desk._expected == 8
    monkeypatch.setattr(clock, "ticks", lambda: 1.0)

    assert together(desk, (token, question(2)))[0]["outcome"] == "clear"


def test_who_went_away_is_logged_all_the_same(
    desk: CheckDesk, application: Application, world: World
):
    token = world.tokens["agency"]

    async def run() -> None:
        gone = asyncio.create_task(desk.ask(token, question(1)))
        await asyncio.sleep(0)
        gone.cancel()
        await desk.ask(token, question(2))

    asyncio.run(run())

    assert [kind for kind, _ in logged(application)] == ["check.answered"] * 2
