"""Where a server may listen. The server itself shares a port with whatever shares it too, so that a
second one beside it would answer every other request; here one address has one server."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.domain.errors import NotReady


def require_free(host: str, port: int) -> None:
    """NotReady, with what to do, where the address is taken or is none of this machine."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # a port that a stopped server left a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NotReady(
                f"{host}:{port} is in use: stop what listens there, or choose another --port."
            ) from None
        raise NotReady(f"Nothing can listen on {host}:{port}: {error.strerror}.") from None


@contextmanager
def serving_alone(path: Path) -> Iterator[None]:
    """Hold a SQLite database as its one server; NotReady while another process does. The kernel
    lets go of it with the process, however that ends."""
    file = os.open(f"{path}-server", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise NotReady(
            f"Another server serves {path}: on SQLite one process does. Stop it first."
        ) from None
    finally:
        os.close(file)
