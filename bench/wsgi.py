"""Calling a WSGI application in process: no socket, no server, one POST after another."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[..., Iterable[bytes]]


def post(application: Wsgi, path: str, body: bytes) -> bytes:
    """The body of the answer; RuntimeError unless it came with 200."""
    status: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    answered = application(environ, lambda line, headers, error=None: status.append(line))
    content = b"".join(answered)
    close = getattr(answered, "close", None)
    if close is not None:
        close()
    if not status[0].startswith("200"):
        raise RuntimeError(f"{status[0]}: {content[:300]!r}")
    return content


def question(value: str) -> bytes:
    """The body of a check."""
    return json.dumps(
        {
            "subject": {"identifier": {"scheme": "uscc", "value": value}},
            "matter": "procurement.bid",
            "purpose": "procurement_and_funding",
            "case_no": "BENCH-2026-001",
        }
    ).encode()
