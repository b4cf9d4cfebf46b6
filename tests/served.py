"""The WSGI application of a test client with checks asked the way that serves them: through what
stands in front of Flask, on an event loop of the test process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

from registry.api.front import CHECKS, Front

Wsgi = Callable[..., Iterable[bytes]]


@cache
def loop() -> asyncio.AbstractEventLoop:
    """The loop, running in a thread of its own until the process ends."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="served", daemon=True).start()
    return made


class InFront:
    """Sends what is posted to the checks through the front; the rest straight to Flask."""

    def __init__(self, inner: Wsgi, front: Front) -> None:
        self._inner, self._front = inner, front

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        asked = environ["PATH_INFO"] == CHECKS and environ["REQUEST_METHOD"] == "POST"
        if not asked or "asgi.scope" in environ:  # that comes from the front
            return self._inner(environ, start_response)
        passing = asyncio.run_coroutine_threadsafe(_passed(self._front, environ), loop())
        status, headers, content = passing.result(60)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [content]


async def _passed(
    front: Front, environ: dict[str, Any]
) -> tuple[int, list[tuple[str, str]], bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        body = environ["wsgi.input"].read()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await front(_scope(environ), receive, send)
    headers = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:])


def _scope(environ: dict[str, Any]) -> dict[str, Any]:
    named = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    plain = {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if name in environ}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": "http",
        "path": environ["PATH_INFO"],
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "headers": [
            (name.lower().replace("_", "-").encode(), value.encode("latin-1"))
            for name, value in {**named, **plain}.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
