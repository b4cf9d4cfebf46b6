"""One kernel lock for every write transaction and every checkpoint on an SQLite file.

Threads of a process take a thread lock first, since flock belongs to the open file. Waiting is
bounded. With it, the WAL never has two writers or a writer beside a checkpoint, which also keeps
out a known WAL defect of older SQLite versions.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.domain.errors import Unavailable

_POLL_SECONDS = 0.002


class KernelLock:
    """flock on a file beside the database; released by the kernel when its holder dies."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path, self._seconds = path, seconds
        self._threads = threading.Lock()
        self._file: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; Unavailable if it could not be had in time."""
        if not self._threads.acquire(timeout=self._seconds):
            raise Unavailable("The database is busy: no turn to write within the limit.")
        try:
            self._take()
            try:
                yield
            finally:
                fcntl.flock(self._descriptor(), fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _descriptor(self) -> int:
        if self._file is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            try:
                self._file = os.open(self._path, flags, 0o600)
            except OSError as error:
                raise Unavailable(f"The lock file cannot be opened: {error.strerror}.") from None
        return self._file

    def _take(self) -> None:
        descriptor = self._descriptor()
        pause = threading.Event()
        for _ in range(max(1, int(self._seconds / _POLL_SECONDS))):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                pause.wait(_POLL_SECONDS)
        raise Unavailable("The database is busy: another process writes.")
