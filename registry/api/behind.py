"""Flask behind the event loop: each request in a thread, its response sent when it is whole. No
thread ever waits for the loop, which may have ended by then; nothing that is served is so long that
it would have to be sent while it is made."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import flask
from a2wsgi.wsgi import build_environ
from werkzeug.wrappers import Response

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

FAILED = "registry.failed"  # in the environ: what Flask is to raise instead of serving
_SAFE = "%&=+;/?:@!$'()*,"  # what stands in a query as it is


class Behind:
    """`app`, served by so many threads."""

    def __init__(self, app: flask.Flask, threads: int) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="flask")

    async def serve(
        self, scope: Scope, body: bytes, send: Send, error: Exception | None = None
    ) -> None:
        """Send what Flask makes of a request with this body, or of the error."""
        environ = _environ(scope, body)
        environ[FAILED] = error
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(self._pool, self._response, environ)
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in response.headers
        ]
        start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": response.get_data()})

    def _response(self, environ: dict[str, Any]) -> Response:
        return Response.from_app(self._app, environ, buffered=True)


def raise_failure() -> None:
    """Before a request: raise what it failed with in front of Flask."""
    error = flask.request.environ.get(FAILED)
    if error is not None:
        raise error


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    passed = {**scope, "headers": _of_known_length(scope["headers"], body)}
    if not scope["query_string"].isascii():
        passed["query_string"] = quote(scope["query_string"], safe=_SAFE).encode()
    environ: dict[str, Any] = build_environ(passed, io.BytesIO(body))  # type: ignore[arg-type,assignment]
    environ["wsgi.errors"] = sys.stderr
    return environ


def _of_known_length(headers: list[tuple[bytes, bytes]], body: bytes) -> list[Any]:
    """The headers for a body that was read, however it was sent. A length that was declared stays:
    a body beyond the limit was not read."""
    names = {name for name, _ in headers}
    kept = [one for one in headers if one[0] != b"transfer-encoding"]
    if b"content-length" not in names and body:
        kept.append((b"content-length", b"%d" % len(body)))
    return kept
