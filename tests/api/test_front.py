"""In front of Flask: the straight way of a check and the way through Flask give the same answers
and the same errors, each refusal is logged once, and bodies are read whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from registry.api.front import CHECKS, Front
from registry.app import Application
from registry.store import tables
from tests.numbers import uscc
from tests.world import World

BODY = {
    "subject": {"identifier": {"scheme": "uscc", "value": uscc(1)}},
    "matter": "procurement.bid",
    "purpose": "procurement_and_funding",
    "case_no": "CASE-1",
}
OWN = ("id", "receipt", "as_of", "known_at")
KEYED = {"Idempotency-Key": "key-1"}  # makes a check one for Flask
Send = Callable[..., httpx.Response]


@pytest.fixture
def front(application: Application) -> Front:
    return application.asgi()


@pytest.fixture
def send(front: Front, world: World) -> Send:
    """One request of a person of the world."""

    def request(method: str, path: str, who: str | None, **options: Any) -> httpx.Response:
        headers = {**(world.headers(who) if who else {}), **options.pop("headers", {})}

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(front)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(run())

    return request


@pytest.fixture(params=["straight", "through Flask"])
def ask(request: pytest.FixtureRequest, send: Send) -> Send:
    """Post a check, either way."""
    headers = {} if request.param == "straight" else KEYED

    def post(body: Any, who: str = "agency") -> httpx.Response:
        return send("POST", CHECKS, who, json=body, headers=headers)

    return post


def kinds(world: World) -> list[str]:
    with world.registry.store.reading() as reading:
        rows = reading.connection.execute(sa.select(tables.checks.c.kind))
        return [row.kind for row in rows]


def test_both_ways_answer_alike(send: Send, world: World):
    world.listed(world.enterprise(uscc(1)))
    straight = send("POST", CHECKS, "agency", json=BODY)
    through = send("POST", CHECKS, "agency", json=BODY, headers=KEYED)

    assert straight.status_code == through.status_code == 200
    assert straight.headers["content-type"] == through.headers["content-type"] == "application/json"
    assert list(straight.json()) == list(through.json())
    for name in straight.json().keys() - OWN:
        assert straight.json()[name] == through.json()[name]
    assert straight.json()["outcome"] == "restricted"


def test_the_answer_is_the_one_that_was_logged(ask: Send, send: Send):
    given = ask(BODY).json()

    assert send("GET", f"{CHECKS}/{given['id']}", "agency").json() == given


@pytest.mark.parametrize(
    ("changed", "who", "status"),
    [
        ({"matter": "no.such"}, "agency", 422),
        ({"purpose": "awards"}, "agency", 422),
        ({"unknown": 1}, "agency", 422),
        ({}, "provider", 403),
    ],
)
def test_a_refusal_is_logged_once(
    ask: Send, world: World, changed: dict[str, Any], who: str, status: int
):
    answer = ask({**BODY, **changed}, who)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert kinds(world) == ["check.refused"]


def test_an_unknown_token_is_refused_without_a_row(send: Send, world: World):
    answer = send("POST", CHECKS, None, json=BODY, headers={"Authorization": "Bearer nobody"})

    assert answer.status_code == 401
    assert kinds(world) == []


def test_what_is_broken_is_500_and_says_nothing(
    ask: Send, world: World, monkeypatch: pytest.MonkeyPatch
):
    def broken(*known: Any) -> Any:
        raise RuntimeError("a secret")

    monkeypatch.setattr("registry.services.checks.decide", broken)
    answer = ask(BODY)

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert b"secret" not in answer.content
    assert kinds(world) == ["check.refused"]  # that there was none is logged as well


def test_what_was_known_earlier_is_asked_in_a_thread(
    send: Send, world: World, monkeypatch: pytest.MonkeyPatch
):
    def nobody(*known: Any) -> Any:
        raise AssertionError("asked at the desk")

    monkeypatch.setattr("registry.api.check_desk.CheckDesk.ask", nobody)
    answer = send("POST", CHECKS, "agency", json={**BODY, "known_at": world.clock().isoformat()})

    assert answer.status_code == 200
    assert kinds(world) == ["check.answered"]


def test_both_ways_are_counted(send: Send, application: Application):
    send("POST", CHECKS, "agency", json=BODY)
    send("POST", CHECKS, "agency", json={})

    text = application.metrics.text().decode()
    assert f'method="POST",route="{CHECKS}",status="200"}} 1.0' in text
    assert f'method="POST",route="{CHECKS}",status="422"}} 1.0' in text


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "application/json; charset=utf-16")],
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/json"), ("Idempotency-Key", "")],
        [("Content-Type", "application/json"), ("Idempotency_Key", "")],
        [("Content-Type", "application/json"), ("Authorization", "Bearer second")],
    ],
    ids=["charset", "type", "empty key", "empty key, otherwise written", "two tokens"],
)
def test_what_is_special_goes_to_flask(
    front: Front, application: Application, world: World, headers: list[tuple[str, str]]
):
    """It is refused there; in front it would have been answered."""
    sent = [*headers, *world.headers("agency").items()]
    content = json.dumps(BODY).encode()

    answer = messages(front, "POST", CHECKS, sent, [content])

    assert answer[0] in (401, 415, 422)


# --- bodies ---------------------------------------------------------------------------------------


def messages(
    front: Front,
    method: str,
    path: str,
    headers: list[tuple[str, str]],
    parts: list[bytes],
    query: bytes = b"",
    forever: bool = False,
) -> tuple[int, bytes]:
    """Status and content of a request whose body comes in parts, without a length."""

    async def run() -> tuple[int, bytes]:
        left = list(parts)

        async def receive() -> dict[str, Any]:
            if not left and forever:
                await asyncio.Event().wait()
            if not left:
                return {"type": "http.disconnect"}
            part = left.pop(0)
            more = bool(left) or forever
            return {"type": "http.request", "body": part, "more_body": more}

        got: list[dict[str, Any]] = []

        async def take(message: dict[str, Any]) -> None:
            got.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": query,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await front(scope, receive, take)
        content = b"".join(one.get("body", b"") for one in got[1:])
        return (got[0]["status"] if got else 0), content

    return asyncio.run(run())


def headers_of(world: World) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json"), *world.headers("agency").items()]


def test_a_body_in_parts_is_read_whole(front: Front, world: World):
    content = json.dumps(BODY).encode()
    parts = [content[:10], content[10:20], content[20:]]

    status, answer = messages(front, "POST", CHECKS, headers_of(world), parts)

    assert status == 200
    assert json.loads(answer)["outcome"] == "clear"


def test_so_it_is_on_the_way_through_flask(front: Front, world: World):
    sent = [*headers_of(world), *KEYED.items(), ("Transfer-Encoding", "chunked")]
    content = json.dumps(BODY).encode()

    status, answer = messages(front, "POST", CHECKS, sent, [content[:30], content[30:]])

    assert status == 200
    assert json.loads(answer)["outcome"] == "clear"


@pytest.mark.proves("F57")
def test_a_body_without_a_length_ends_at_the_limit(front: Front, world: World):
    parts = [b" " * 600_000] * 10

    status, answer = messages(front, "POST", CHECKS, headers_of(world), parts)

    assert status == 413
    assert json.loads(answer)["limit"] == 1_048_576


@pytest.mark.proves("F57")
def test_a_body_whose_length_is_beyond_the_limit_is_not_read(front: Front, world: World):
    sent = [*headers_of(world), ("Content-Length", "1048577")]

    assert messages(front, "POST", CHECKS, sent, [], forever=True)[0] == 413


def test_a_body_that_stops_half_way_ends_with_408(application: Application, world: World):
    """Fault 57."""
    front = application.asgi()
    front._patience.seconds = 0.05

    for _ in range(2):
        sent = headers_of(world)
        status, answer = messages(front, "POST", CHECKS, sent, [b'{"sub'], forever=True)
        assert status == 408

    assert json.loads(answer)["code"] == "timeout"
    assert kinds(world) == []


def test_a_body_that_ends_early_is_malformed(front: Front, world: World):
    """Whoever only closed the way there can still read the answer."""
    sent = [*headers_of(world), ("Content-Length", "100")]

    status, answer = messages(front, "POST", CHECKS, sent, [])

    assert status == 400
    assert json.loads(answer)["code"] == "malformed"
    assert kinds(world) == []


def test_more_than_can_be_held_is_refused_and_held_no_longer(
    front: Front, world: World, monkeypatch: pytest.MonkeyPatch
):
    content = json.dumps(BODY).encode()
    monkeypatch.setattr("registry.api.front.MOST_HELD", len(content))

    status, answer = messages(front, "POST", CHECKS, headers_of(world), [content, b" "])
    again = messages(front, "POST", CHECKS, headers_of(world), [content])

    assert (status, json.loads(answer)["code"]) == (503, "unavailable")
    assert again[0] == 200


def test_a_query_that_is_not_ascii_is_read_or_refused_like_any_other(front: Front, world: World):
    query = "q=税务".encode()

    status, answer = messages(front, "GET", "/api/v1/sectors", headers_of(world), [b""], query)

    assert status == 422
    assert json.loads(answer)["code"] == "invalid-input"
