"""A small load generator in a process of its own, bounded in time: so many connections that are
kept, each with one request at a time, on one event loop. wrk would be cheaper; it is not needed
where the server is what takes the time, and it cannot be installed with pip."""

from __future__ import annotations

import json
import random
import selectors
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import place, seed
from bench.lines import percentile
from bench.wsgi import question

AT_ONCE = (8, 16)
WARM_UP = 0.5


class _Client:
    """One connection: sends the next request as soon as the answer to the last is whole."""

    def __init__(self, port: int, request: Callable[[], bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._got = b""
        self.send()

    def send(self) -> None:
        self._got, self.began = b"", time.perf_counter()
        self.socket.sendall(self._request())

    def answered(self) -> bool:
        """Take what has come; True if the answer is whole. RuntimeError unless it is a 200."""
        self._got += self.socket.recv(65_536)
        head, found, content = self._got.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self._got[:400].decode(errors="replace"))
        lower = head.lower()
        if b"content-length:" not in lower:
            return content.endswith(b"0\r\n\r\n")
        length = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0])
        return len(content) >= length


def load(clients: int, seconds: float, port: int, request: Callable[[], bytes]) -> list[float]:
    """Milliseconds of every answer after the warm-up."""
    waiting = selectors.DefaultSelector()
    for _ in range(clients):
        one = _Client(port, request)
        waiting.register(one.socket, selectors.EVENT_READ, one)
    began, took = time.perf_counter(), []
    counted = began + WARM_UP
    until = counted + seconds
    while (now := time.perf_counter()) < until:
        for key, _ in waiting.select(timeout=1):
            if key.data.answered():
                if now >= counted:
                    took.append((time.perf_counter() - key.data.began) * 1000)
                key.data.send()
    return took


def _checks(folder: Path, subjects: int) -> Callable[[], bytes]:
    values = seed.sample(500, 0, subjects) + seed.sample(500, subjects, 2 * subjects)
    token = place.token_of(folder)
    ready = []
    for body in map(question, values):
        head = (
            "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        ready.append(head.encode() + body)
    return lambda: random.choice(ready)


def _reads(rows: int) -> Callable[[], bytes]:
    def request() -> bytes:
        path = f"/peer/listing/{random.randrange(rows)}.json?_shape=array"
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    return request


def main(clients: str, seconds: str, kind: str, port: str, folder: str, count: str) -> None:
    """Print rate and slowness as JSON."""
    random.seed(seed.SEED)
    request = _checks(Path(folder), int(count)) if kind == "check" else _reads(int(count))
    took = load(int(clients), float(seconds), int(port), request)
    found = {
        "rate": len(took) / float(seconds),
        "p50": percentile(took, 0.5),
        "p99": percentile(took, 0.99),
        "answers": len(took),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
