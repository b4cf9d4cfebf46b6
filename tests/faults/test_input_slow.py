"""Fault 57 without waiting: a body that stops half-way is given up, one of the headers is too many.
And what the same harness finds with the guard off.
"""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest

from registry.api.front import CHECKS, Front, _Patience
from registry.app import Application
from tests.api.test_front import BODY, headers_of, kinds
from tests.api.test_front import front as front
from tests.faults.test_processes import environment as environment
from tests.faults.test_processes import served
from tests.world import World

TURNS = 500  # of the loop, before the rest of a slow body comes
MANY = 10_000


def scope_of(path: str, method: str, headers: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def answered(front: Front, scope: dict[str, Any], parts: list[bytes]) -> tuple[int, bytes]:
    """Status and content for a body whose parts after the first take their time."""

    async def run() -> tuple[int, bytes]:
        left, got = list(parts), []

        async def receive() -> dict[str, Any]:
            for _ in range(0 if len(left) == len(parts) else TURNS):
                await asyncio.sleep(0)  # lets the loop go round; no time passes
            part = left.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(left)}

        async def send(message: dict[str, Any]) -> None:
            got.append(message)

        await front(scope, receive, send)
        return got[0]["status"], b"".join(one.get("body", b"") for one in got[1:])

    return asyncio.run(run())


def slow(front: Front, world: World) -> tuple[int, bytes]:
    content = json.dumps(BODY).encode()
    scope = scope_of(CHECKS, "POST", headers_of(world))
    return answered(front, scope, [content[:20], content[20:]])


@pytest.mark.proves("F57")
def test_whoever_lets_a_body_stop_half_way_is_given_up_and_nothing_is_done(
    front: Front, world: World
):
    front._patience.seconds = 0
    before = world.registry.store.head()

    status, content = slow(front, world)

    assert (status, json.loads(content)["code"]) == (408, "timeout")
    assert kinds(world) == []
    assert world.registry.store.head() == before


@pytest.mark.control("F57")
def test_without_that_patience_the_same_body_is_waited_for(
    front: Front, world: World, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    front._patience.seconds = 0
    monkeypatch.setattr(_Patience, "_watch", lambda *_: None)

    assert slow(front, world)[0] == 200


def first_line(port: int, headers: int) -> bytes:
    lines = "".join(f"X-{number}: 1\r\n" for number in range(headers))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        return connection.recv(65_536).partition(b"\r\n")[0]


@pytest.mark.proves("F57")
def test_the_server_refuses_ten_thousand_headers_and_takes_fifty(environment: dict[str, str]):
    with served(environment) as server:
        assert b" 431 " in first_line(server.port, MANY)
        assert b" 200 " in first_line(server.port, 50)


@pytest.mark.control("F57")
def test_without_the_server_ten_thousand_headers_get_through(
    front: Front, world: World, application: Application
):
    """The control: it is the server that stops them, before anything of ours is asked."""
    many = [(f"X-{number}", "1") for number in range(MANY)]

    assert answered(front, scope_of("/healthz", "GET", many), [b""])[0] == 200
