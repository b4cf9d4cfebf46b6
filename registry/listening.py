"""Where a server may listen. The server itself shares a port with whatever shares it too, so that a
second one beside it would answer every other request; here one address has one server.

Whoever starts a server again may be quicker than the end of the one before: both are waited for.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry import clock
from registry.domain.errors import NotReady

PATIENCE = 5.0  # seconds: a server that was told to stop is given as long
PAUSE = 0.1


def require_free(host: str, port: int, patience: float = PATIENCE) -> None:
    """NotReady, with what to do, where the address stays taken or is none of this machine."""
    try:
        _once(lambda: _bind(host, port), {errno.EADDRINUSE}, patience)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NotReady(
                f"{host}:{port} is in use: stop what listens there, or choose another --port."
            ) from None
        raise NotReady(f"Nothing can listen on {host}:{port}: {error.strerror}.") from None


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        # a port that a stopped server left a moment ago is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


@contextmanager
def serving_alone(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a SQLite database as its one server; NotReady while another process does. The kernel
    lets go of it with the process, however that ends."""
    file = os.open(f"{path}-server", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _hold(file, path, patience)
        yield
    finally:
        os.close(file)


def _hold(file: int, path: Path, patience: float) -> None:
    lock = fcntl.LOCK_EX | fcntl.LOCK_NB
    try:
        _once(lambda: fcntl.flock(file, lock), {errno.EWOULDBLOCK}, patience)
    except BlockingIOError:
        raise NotReady(
            f"Another server serves {path}: on SQLite one process does. Stop it first."
        ) from None


def _once(attempt: Callable[[], None], busy: set[int], patience: float) -> None:
    """Make the attempt until it is not busy any more, or patience ends."""
    until = clock.ticks() + patience
    while True:
        try:
            return attempt()
        except OSError as error:
            if error.errno not in busy or clock.ticks() >= until:
                raise
            time.sleep(PAUSE)
