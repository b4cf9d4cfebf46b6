"""The straight way for an ordinary check, in front of Flask: matching addresses, contexts and
response objects cost more than the whole answer. What is not ordinary goes on to Flask unread, and
every error does too, to be shaped there: one use case, one set of errors, two ways in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from registry import clock
from registry.api.auth import bearer_in
from registry.api.body import JSON, parse
from registry.api.check_body import read_question
from registry.api.served import Served
from registry.domain.errors import InvalidInput, Malformed

Wsgi = Callable[..., Iterable[bytes]]
PATH = "/api/v1/checks"
FAILED = "registry.failed"  # in the environ: what Flask's view of the address is to raise
MOST_BYTES = 16_384
# Any of these makes a question one for Flask.
SPECIAL = ("QUERY_STRING", "HTTP_TRANSFER_ENCODING", "SCRIPT_NAME")
KEY = "HTTP_IDEMPOTENCY_KEY"  # an empty one too, which is refused there


class CheckDoor:
    """A WSGI application in front of another."""

    def __init__(self, inner: Wsgi, served: Served) -> None:
        self._inner, self._served = inner, served
        self._count = self._time = None
        if served.metrics is not None:
            self._count = served.metrics.requests.labels("POST", PATH, "200")
            self._time = served.metrics.seconds.labels(PATH)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return self._inner(environ, start_response)
        began = clock.ticks()
        content = self._answer(environ)
        if content is None:
            return self._inner(environ, start_response)
        headers = [("Content-Type", JSON), ("Content-Length", str(len(content)))]
        start_response("200 OK", headers)
        if self._count is not None and self._time is not None:
            self._count.inc()
            self._time.observe(clock.ticks() - began)
        return [content]

    def _answer(self, environ: dict[str, Any]) -> bytes | None:
        """The answer as JSON; None leaves the request, whole, to the inner application."""
        token = bearer_in(environ.get("HTTP_AUTHORIZATION", ""))
        length = environ.get("CONTENT_LENGTH") or ""
        if (
            token is None
            or environ.get("CONTENT_TYPE") != JSON
            or not (length.isdecimal() and len(length) < 6 and int(length) <= MOST_BYTES)
            or KEY in environ
            or any(map(environ.get, SPECIAL))
        ):
            return None
        raw = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(raw)
        try:
            question = read_question(parse(raw))
        except (InvalidInput, Malformed):
            return None
        try:
            return self._served.registry.checks.run_json(token, question)
        except Exception as error:  # of whatever kind: it has a status and a body there
            environ[FAILED] = error
            return None
