"""Asking an ASGI application in process: no socket, no server, so many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

Asgi = Callable[..., Awaitable[None]]
Message = dict[str, Any]


async def post(application: Asgi, path: str, body: bytes, token: str) -> bytes:
    """The body of the answer; RuntimeError unless it came with 200."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"authorization", b"Bearer " + token.encode()),
            (b"content-length", b"%d" % len(body)),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await application(scope, receive, send)
    if sent[0]["status"] != 200:
        raise RuntimeError(f"{sent[0]['status']}: {sent[1]['body'][:300]!r}")
    content: bytes = sent[1]["body"]
    return content


async def post_all(
    application: Asgi, path: str, bodies: Iterator[bytes], token: str, width: int, count: int
) -> None:
    """So many requests, `width` of them at a time, each asker with one after the other."""

    async def asker() -> None:
        for _ in range(count // width):
            await post(application, path, next(bodies), token)

    await asyncio.gather(*(asker() for _ in range(width)))
