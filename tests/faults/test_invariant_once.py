"""I14: of many requests under one key one takes effect. The same request gets its stored result,
another one 409; with the keys, or what they stand for, forgotten, the same steps show it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry.api import checks as checks_api
from registry.api import writes
from registry.store import idempotency, tables
from registry.store.idempotency import Asked
from tests.api.conftest import Http, a_check
from tests.api.conftest import http as http
from tests.api.test_subjects import a_firm
from tests.numbers import uscc

MANY, PATIENCE = 8, 30.0
KEY = {"Idempotency-Key": "k-1"}
SENT: dict[str, tuple[str, Callable[[int], Any]]] = {
    "/subjects": ("provider", lambda n: a_firm(identifiers=[{"scheme": "uscc", "value": uscc(n)}])),
    "/measure-editions": ("coordinator", lambda n: {"sector": ("tax", "procurement")[n % 2]}),
    "/checks": ("agency", lambda n: a_check(uscc(n))),
}
STORED = {
    "/subjects": tables.subjects,
    "/measure-editions": tables.editions,
    "/checks": tables.checks,
}
ONLY = {"/subjects": "enterprise", "/checks": "check.answered"}
PATHS = pytest.mark.parametrize("path", SENT)


def at_once(http: Http, path: str, same: bool) -> list[TestResponse]:
    """Many requests under one key: all the same, or each another."""
    start = threading.Barrier(MANY)
    who, body = SENT[path]

    def send(number: int) -> TestResponse:
        start.wait(PATIENCE)
        return http.post(path, who, body(40 if same else 40 + number), headers=KEY)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(send, range(MANY)))


def stored(http: Http, path: str) -> int:
    """How many there are of what the requests ask for."""
    table = STORED[path]
    statement = sa.select(sa.func.count(sa.distinct(table.c.id)))
    if path in ONLY:
        statement = statement.where(table.c.kind == ONLY[path])
    with http.world.registry.store.reading() as reading:
        return int(reading.connection.execute(statement).scalar() or 0)


def codes(answers: list[TestResponse]) -> list[str]:
    return sorted((one.json or {}).get("code", "done") for one in answers)


@pytest.mark.proves("I14")
@PATHS
def test_the_same_request_takes_effect_once(http: Http, path: str) -> None:
    before = stored(http, path)
    answers = at_once(http, path, same=True)

    assert codes(answers) == ["done"] * MANY
    assert len({one.data for one in answers}) == 1
    assert stored(http, path) == before + 1


@pytest.mark.proves("I14")
@PATHS
def test_another_request_under_the_key_takes_none(http: Http, path: str) -> None:
    before = stored(http, path)
    answers = at_once(http, path, same=False)

    done = codes(answers).count("done")
    assert codes(answers) == ["done"] * done + ["idempotency-mismatch"] * (MANY - done)
    assert len({one.data for one in answers if one.status_code < 400}) == 1
    assert {one.status_code for one in answers if one.status_code >= 400} == {409}
    assert done == (MANY // 2 if path == "/measure-editions" else 1)  # of those two are different
    assert stored(http, path) == before + 1


# --- the controls ---------------------------------------------------------------------------------


@pytest.mark.control("I14")
@pytest.mark.parametrize("path", ["/measure-editions", "/checks"])
def test_with_the_keys_forgotten_each_takes_effect(
    http: Http, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "recall", lambda reading, asked: None)
    monkeypatch.setattr(idempotency, "remember", lambda *_: None)
    before = stored(http, path)
    answers = at_once(http, path, same=True)

    assert len({one.data for one in answers}) == MANY
    assert stored(http, path) == before + MANY


@pytest.mark.control("I14")
@PATHS
def test_with_the_request_forgotten_another_one_is_told_the_result_of_the_first(
    http: Http, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = writes.asked_with

    def asked_with(actor_id: str, body: str) -> Any:
        asked = plain(actor_id, body)
        return asked and Asked(asked.actor_id, asked.key, "0" * 64)

    monkeypatch.setattr(writes, "asked_with", asked_with)
    monkeypatch.setattr(checks_api, "asked_with", asked_with)
    answers = at_once(http, path, same=False)

    assert codes(answers) == ["done"] * MANY
    assert len({one.data for one in answers}) == 1


@PATHS
def test_were_nobody_to_wait_the_unique_key_would_refuse_the_rest(
    http: Http, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second guard: where no stored result is looked for, the database takes one only."""
    monkeypatch.setattr(idempotency, "recall", lambda reading, asked: None)
    before = stored(http, path)
    answers = at_once(http, path, same=True)

    assert codes(answers).count("done") == 1
    assert stored(http, path) == before + 1
