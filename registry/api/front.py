"""The ASGI application in front of Flask, on the server's event loop. A request goes on once its
body is whole, so that a slow one holds no thread; an ordinary check goes straight to the desk.

Matching addresses, contexts and response objects cost more than a check's whole answer. What is not
ordinary goes to Flask, and every error does too, to be shaped there: one use case, one set of
errors, two ways in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import flask
from a2wsgi import WSGIMiddleware
from werkzeug.exceptions import RequestTimeout

from registry import clock
from registry.api.auth import bearer_in
from registry.api.body import JSON, parse
from registry.api.check_body import read_question
from registry.api.check_desk import CheckDesk
from registry.api.served import EXTENSION, Served
from registry.domain.errors import InvalidInput, Malformed
from registry.services.checks import Question

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

CHECKS = "/api/v1/checks"
MOST_BYTES = 16_384  # of a check that is ordinary
FAILED = "registry.failed"  # in the scope: what Flask is to raise instead of serving
KEY = b"idempotency-key"
_JSON = JSON.encode()


class Front:
    """`threads` serve what Flask serves; a body has so many seconds to arrive."""

    def __init__(self, app: flask.Flask, desk: CheckDesk, threads: int, seconds: int) -> None:
        served: Served = app.extensions[EXTENSION]
        self._flask = WSGIMiddleware(app, workers=threads)  # type: ignore[arg-type]
        self._desk, self._limit = desk, served.body_limit
        self._patience = _Patience(seconds)
        self._count = self._time = None
        if served.metrics is not None:
            self._count = served.metrics.requests.labels("POST", CHECKS, "200")
            self._time = served.metrics.seconds.labels(CHECKS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._flask(scope, receive, send)  # type: ignore[arg-type]
        began = clock.ticks()
        headers = dict(scope["headers"])
        try:
            body = await self._whole(headers, receive)
        except _Gone:
            return None
        except TimeoutError:
            return await self._pass_on(scope, b"", send, RequestTimeout())
        asked = _ordinary(scope, headers, body)
        if asked is None:
            return await self._pass_on(scope, body, send)
        try:
            content = await self._desk.ask(*asked)
        except Exception as error:  # of whatever kind: it has a status and a body there
            return await self._pass_on(scope, body, send, error)
        await _answer(content, send)
        if self._count is not None and self._time is not None:
            self._count.inc()
            self._time.observe(clock.ticks() - began)
        return None

    async def _whole(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """The body, read until it is whole or longer than the limit. TimeoutError if it takes too
        long; _Gone if the client went away."""
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit:
            return b""  # Flask refuses it by its length
        body = bytearray()  # a body may come in very many parts
        async with asyncio.timeout(None) as late:
            self._patience.begin(late)
            try:
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    body += message.get("body", b"")
                    if len(body) > self._limit or not message.get("more_body", False):
                        return bytes(body)
            finally:
                self._patience.end(late)

    async def _pass_on(
        self, scope: Scope, body: bytes, send: Send, error: Exception | None = None
    ) -> None:
        """Have Flask answer: the request, or the error."""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        passed = {**scope, "headers": _of_known_length(scope["headers"], body), FAILED: error}
        if not scope["query_string"].isascii():
            passed["query_string"] = quote(scope["query_string"], safe="%&=+;/?:@!$'()*,").encode()
        await self._flask(passed, receive, send)  # type: ignore[arg-type]


def raise_failure() -> None:
    """Before a request: raise what it failed with in front of Flask."""
    error = flask.request.environ.get("asgi.scope", {}).get(FAILED)
    if error is not None:
        raise error


class _Patience:
    """Ends what takes too long, in rounds: a timer for each body would cost more than reading it,
    and all but a few would be stopped at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begun: dict[asyncio.Timeout, float] = {}
        self._watched: asyncio.AbstractEventLoop | None = None

    def begin(self, limit: asyncio.Timeout) -> None:
        """From now on the limit is reached once the patience is over."""
        self._begun[limit] = clock.ticks()
        loop = asyncio.get_running_loop()
        if self._watched is not loop:
            self._watch(loop)

    def end(self, limit: asyncio.Timeout) -> None:
        """It came in time, or did not: no more of it."""
        del self._begun[limit]

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        late = clock.ticks() - self.seconds
        for limit, began in self._begun.items():
            if began <= late and limit.when() is None:
                limit.reschedule(0)
        self._watched = loop if self._begun else None
        if self._begun:
            loop.call_later(min(1.0, max(0.02, self.seconds / 4)), self._watch, loop)


class _Gone(Exception):
    """The client went away."""


async def _answer(content: bytes, send: Send) -> None:
    headers = [(b"content-type", _JSON), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _ordinary(
    scope: Scope, headers: dict[bytes, bytes], body: bytes
) -> tuple[str, Question] | None:
    """Token and question of a check that has nothing special about it."""
    if (
        scope["path"] != CHECKS
        or scope["method"] != "POST"
        or scope["query_string"]
        or headers.get(b"content-type") != _JSON
        or KEY in headers  # an empty one too, which is refused there
        or len(headers) != len(scope["headers"])  # one stands twice
        or len(body) > MOST_BYTES
    ):
        return None
    token = bearer_in(headers.get(b"authorization", b"").decode("latin-1"))
    if token is None:
        return None
    try:
        question = read_question(parse(body))
    except (InvalidInput, Malformed):
        return None
    # the rules of another day have to be read first: nothing for the loop
    return (token, question) if question.known_at is None else None


def _of_known_length(headers: list[tuple[bytes, bytes]], body: bytes) -> list[Any]:
    """The headers for a body that was read, however it was sent. A length that was declared stays:
    a body beyond the limit was not read."""
    names = {name for name, _ in headers}
    kept = [one for one in headers if one[0] != b"transfer-encoding"]
    if b"content-length" not in names and body:
        kept.append((b"content-length", b"%d" % len(body)))
    return kept
