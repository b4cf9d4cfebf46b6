"""Checks that come together are answered in one transaction, each by itself."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from registry import clock
from registry.api import check_desk
from registry.api.check_body import read_question
from registry.api.check_desk import MOST, CheckDesk
from registry.app import Application
from registry.services import custody
from tests.api.conftest import a_check
from tests.api.desk import counted, desk_of, logged, question, together
from tests.api.desk import desk as desk
from tests.api.desk import embedded as embedded
from tests.api.desk import quick as quick
from tests.numbers import resident_id, uscc
from tests.world import World


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
    """Of a listed firm asked twice, a person, one without listings, one unknown."""
    firm = world.enterprise(uscc(1))
    world.listed(firm)
    head = world.person(number=resident_id(7))
    world.enterprise(uscc(2))
    token = world.tokens["agency"]
    numbered = read_question(a_check(resident_id(7), scheme="resident_id"))
    questions = [question(1), question(2), question(1), question(3), numbered]

    alone = [together(desk, (token, one))[0] for one in questions]
    all_of_them = together(desk, *((token, one) for one in questions))

    assert [one["subject"]["known"] for one in alone] == [True, True, True, False, True]
    assert alone[4]["subject"]["id"] == head.id
    own = {"id", "receipt", "as_of", "known_at"}
    for one, other in zip(alone, all_of_them, strict=True):
        assert list(one) == list(other)
        for name in one.keys() - own:
            assert one[name] == other[name]


def test_whose_token_it_is_a_plugin_is_not_asked_on_the_loop(embedded: World):
    application, threads = embedded.application, []
    plain = application.registry.authenticate
    token = embedded.tokens["agency"]

    def authenticate(*known: Any) -> Any:
        threads.append(threading.current_thread())
        return plain(*known)

    asked = replace(application.registry.checks, authenticate=authenticate)
    for _ in range(2):
        together(CheckDesk(asked, 1, on_loop=True), (token, question(1)))

    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_whoever_comes_while_a_thread_answers_is_answered_next(
    desk: CheckDesk, application: Application, world: World
):
    """Nobody has to ask after them to have them answered."""
    token = world.tokens["agency"]
    plain = application.registry.checks
    begun, go_on = threading.Event(), threading.Event()

    class Checks:
        def knows(self, bearer: str) -> bool:
            return False

        def run_each(self, *known: Any) -> Any:
            begun.set()
            go_on.wait(5)
            return plain.run_each(*known)

    desk._checks = Checks()  # type: ignore[assignment]

    async def run() -> list[Any]:
        asked = [asyncio.create_task(desk.ask(token, question(1)))]
        while not begun.is_set():
            await asyncio.sleep(0.01)
        asked += [asyncio.create_task(desk.ask(token, question(n))) for n in (2, 3)]
        await asyncio.sleep(0.01)
        go_on.set()
        return [json.loads(one) for one in await asyncio.wait_for(asyncio.gather(*asked), 20)]

    assert [one["outcome"] for one in asyncio.run(run())] == ["clear"] * 3


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


def test_a_slow_disk_keeps_the_loop_from_the_next_batch(
    embedded: World, monkeypatch: pytest.MonkeyPatch
):
    application = embedded.application
    desk = desk_of(application)
    monkeypatch.setattr(check_desk, "SLOW_SECONDS", 2)
    token, threads = embedded.tokens["agency"], []
    plain = application.registry.checks.run_each

    class Checks:
        def knows(self, bearer: str) -> bool:
            return True

        def run_each(self, *known: Any) -> Any:
            threads.append(threading.current_thread())
            if len(threads) == 1:
                threading.Event().wait(2.1)
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
