"""The ASGI application in front of Flask, on the server's event loop. A request goes on once its
body is whole, so that a slow one holds no thread; an ordinary check goes straight to the desk.

Matching addresses, contexts and response objects cost more than a check's whole answer. What is not
ordinary goes to Flask, and every error does too, to be shaped there: one use case, one set of
errors, two ways in.
"""

from __future__ import annotations

import asyncio

from werkzeug.exceptions import BadRequest, RequestTimeout

from registry import clock
from registry.api.auth import bearer_in
from registry.api.behind import Behind, Receive, Scope, Send
from registry.api.body import JSON, parse
from registry.api.check_body import read_question
from registry.api.check_desk import CheckDesk
from registry.api.served import Served
from registry.domain.errors import InvalidInput, Malformed, Unavailable
from registry.services.checks import Question

CHECKS = "/api/v1/checks"
MOST_BYTES = 16_384  # of a check that is ordinary
MOST_HELD = 67_108_864  # bytes of bodies, of all requests in hand: whoever sends may be anybody
KEY = b"idempotency-key"
_JSON = JSON.encode()


class Front:
    """`behind` serves what is not for the desk; a body has so many seconds to arrive."""

    def __init__(self, served: Served, desk: CheckDesk, behind: Behind, seconds: float) -> None:
        self._desk, self._behind, self._limit = desk, behind, served.body_limit
        self._patience, self._held = _Patience(seconds), 0
        self._count = self._time = None
        if served.metrics is not None:
            self._count = served.metrics.requests.labels("POST", CHECKS, "200")
            self._time = served.metrics.seconds.labels(CHECKS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # nothing else is served
        body = bytearray()
        try:
            await self._serve(scope, receive, send, body)
        finally:
            self._held -= len(body)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, body: bytearray) -> None:
        began, headers = clock.ticks(), dict(scope["headers"])
        failure = await self._read(headers, receive, body)
        asked = _ordinary(scope, headers, body) if failure is None else None
        if asked is not None:
            try:
                content = await self._desk.ask(*asked)
            except Exception as error:  # of whatever kind: it has a status and a body there
                failure = error
            else:
                await _answer(content, send)
                if self._count is not None and self._time is not None:
                    self._count.inc()
                    self._time.observe(clock.ticks() - began)
                return
        await self._behind.serve(scope, b"" if failure else bytes(body), send, failure)

    async def _read(
        self, headers: dict[bytes, bytes], receive: Receive, body: bytearray
    ) -> Exception | None:
        """Read until the body is whole or longer than the limit; what is wrong, if it is not."""
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit:
            return None  # Flask refuses it by its length
        try:
            async with asyncio.timeout(None) as late:
                self._patience.begin(late)
                try:
                    return await self._read_on(receive, body)
                finally:
                    self._patience.end(late)
        except TimeoutError:
            return RequestTimeout()

    async def _read_on(self, receive: Receive, body: bytearray) -> Exception | None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return BadRequest()
            part = message.get("body", b"")
            body += part
            self._held += len(part)
            if self._held > MOST_HELD:
                return Unavailable("Too much is being sent to the registry at once.")
            if len(body) > self._limit or not message.get("more_body", False):
                return None


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


async def _answer(content: bytes, send: Send) -> None:
    headers = [(b"content-type", _JSON), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _ordinary(
    scope: Scope, headers: dict[bytes, bytes], body: bytearray
) -> tuple[str, Question] | None:
    """Token and question of a check that has nothing special about it."""
    if (
        scope["path"] != CHECKS
        or scope["method"] != "POST"
        or scope["query_string"]
        or headers.get(b"content-type") != _JSON
        or KEY in headers  # an empty one too, which is refused there
        or len(headers) != len(scope["headers"])  # one stands twice
        or b"_" in b"".join(headers)  # to WSGI another way to write a hyphen
        or len(body) > MOST_BYTES
    ):
        return None
    token = bearer_in(headers.get(b"authorization", b"").decode("latin-1"))
    if token is None:
        return None
    try:
        question = read_question(parse(bytes(body)))
    except (InvalidInput, Malformed):
        return None
    # the rules of another day have to be read first: nothing for the loop
    return (token, question) if question.known_at is None else None
