"""The ASGI application in front of Flask, on the server's event loop. A request goes on once its
body is whole, so that a slow one holds no thread; an ordinary check goes straight to the desk.

Matching addresses, contexts and response objects cost more than a check's whole answer. What is not
ordinary goes to Flask, and every error does too, to be shaped there: one use case, one set of
errors, two ways in.
"""

from __future__ import annotations

import asyncio
from typing import Any

from werkzeug.exceptions import BadRequest, RequestTimeout

from registry import clock
from registry.api.auth import bearer_in
from registry.api.behind import Behind, Message, Receive, Scope, Send
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

Task = asyncio.Task[Any]


class Front:
    """`behind` serves what is not for the desk; a body has so many seconds to arrive."""

    def __init__(self, served: Served, desk: CheckDesk, behind: Behind, seconds: float) -> None:
        self._desk, self._behind, self._limit = desk, behind, served.body_limit
        self._patience, self._held = _Patience(seconds), 0
        self._took: list[float] = []
        self._metrics: tuple[Any, Any] | None = None
        if served.metrics is not None:
            answers = served.metrics.requests.labels("POST", CHECKS, "200")
            self._metrics = answers, served.metrics.seconds.labels(CHECKS)

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
                self._tally(clock.ticks() - began)
                return
        await self._behind.serve(scope, b"" if failure else bytes(body), send, failure)

    def _tally(self, seconds: float) -> None:
        """Note an answer; those of one turn of the loop are counted in one go."""
        if not self._took:
            asyncio.get_running_loop().call_soon(self._count)
        self._took.append(seconds)

    def _count(self) -> None:
        took, self._took = self._took, []
        if self._metrics is not None:
            answers, times = self._metrics
            answers.inc(len(took))
            for seconds in took:
                times.observe(seconds)

    async def _read(
        self, headers: dict[bytes, bytes], receive: Receive, body: bytearray
    ) -> Exception | None:
        """Read until the body is whole or longer than the limit; what is wrong, if it is not."""
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit:
            return None  # Flask refuses it by its length
        task = asyncio.current_task()
        assert task is not None
        self._patience.begin(task)
        try:
            while True:
                done, failure = self._took_in(await receive(), body)
                if done:
                    return failure
        except asyncio.CancelledError:
            if not self._patience.is_over(task):
                raise
            task.uncancel()
            return RequestTimeout()
        finally:
            self._patience.end(task)

    def _took_in(self, message: Message, body: bytearray) -> tuple[bool, Exception | None]:
        """Whether reading is over with this part, and what is wrong with it."""
        if message["type"] == "http.disconnect":
            return True, BadRequest()
        part = message.get("body", b"")
        body += part
        self._held += len(part)
        if self._held > MOST_HELD:
            return True, Unavailable("Too much is being sent to the registry at once.")
        return len(body) > self._limit or not message.get("more_body", False), None


class _Patience:
    """Cancels who waits too long, in rounds: a timer for each body would cost more than reading
    it, and all but a few would be stopped at once. A task is cancelled just where it waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begun: dict[Task, float] = {}
        self._over: set[Task] = set()
        self._watched: asyncio.AbstractEventLoop | None = None

    def begin(self, task: Task) -> None:
        """From now on it is waited for."""
        self._begun[task] = clock.ticks()
        loop = asyncio.get_running_loop()
        if self._watched is not loop:
            self._watch(loop)

    def is_over(self, task: Task) -> bool:
        """True if it was cancelled here, and not by anybody else."""
        return task in self._over

    def end(self, task: Task) -> None:
        """It waits no more."""
        del self._begun[task]
        self._over.discard(task)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        late = clock.ticks() - self.seconds
        for task, began in self._begun.items():
            if began <= late and task not in self._over:
                self._over.add(task)
                task.cancel()
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
