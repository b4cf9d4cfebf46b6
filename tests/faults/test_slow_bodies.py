"""Bodies that stop half-way end with 408, and hold nobody else meanwhile: the real server."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import pytest

from tests.faults.test_processes import Server, served
from tests.faults.test_processes import environment as environment

SLOW = 40  # ten times as many as the server has threads
ENOUGH = 6


def begun(server: Server, method: str = "POST", path: str = "/api/v1/checks") -> socket.socket:
    """A connection on which half a request was sent."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n"
        'Content-Type: application/json\r\nContent-Length: 400\r\n\r\n{"subject"'
    )
    connection.sendall(head.encode())
    return connection


@pytest.mark.proves("F57")
def test_a_slow_body_ends_with_408_and_holds_nobody(environment: dict[str, str]) -> None:
    """Fault 57."""
    environment["REGISTRY_BODY_SECONDS"] = str(ENOUGH)
    with served(environment) as server, ExitStack() as open_ones:
        start = time.monotonic()
        slow = [open_ones.enter_context(begun(server)) for _ in range(SLOW)]
        slow += [open_ones.enter_context(begun(server, "POST", "/api/v1/subjects"))]
        for connection in slow[:10]:
            connection.sendall(b":")  # a byte now and then gains no time

        assert server.ready()
        asker = open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        asker.sendall(
            f"GET /api/v1/checks/{'0' * 32} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {server.token}\r\n\r\n".encode()
        )
        assert asker.recv(65_536).startswith(b"HTTP/1.1 404 ")
        assert time.monotonic() - start < ENOUGH

        for connection in slow:
            answer = connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 408 ")
            while more := connection.recv(65_536):
                answer += more
            assert b'"code": "timeout"' in answer
        assert time.monotonic() - start < 2 * ENOUGH
        assert server.ready()


@pytest.mark.proves("F57")
def test_too_many_headers_are_refused_early(environment: dict[str, str]) -> None:
    """Fault 57."""
    many = "".join(f"X-{number}: 1\r\n" for number in range(10_000))
    with served(environment) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            request = f"GET /healthz HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"
            connection.sendall(request.encode())
            assert connection.recv(65_536).startswith(b"HTTP/1.1 431 ")
        assert server.ready()
