"""One kernel lock for every write transaction and every checkpoint on an SQLite file.

Threads of a process take a thread lock first, since flock belongs to the open file. Waiting is
bounded. With it, the WAL never has two writers or a writer beside a checkpoint, which also keeps
out a known WAL defect of older SQLite versions. A second file is the queue: who holds it is next,
so that a busy server keeps no other process out for ever.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from registry import clock
from registry.domain.errors import Unavailable

_POLL_SECONDS = 0.001


class KernelLock:
    """flock on a file beside the database; released by the kernel when its holder dies. Used with
    `with`, or, where a transaction is the block, by `acquire` and `release`."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path, self._seconds = path, seconds
        self._threads = threading.Lock()
        self._files: tuple[int, int] | None = None
        self._pause = threading.Event()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self, seconds: float | None = None) -> None:
        """Hold the lock; Unavailable if it could not be had in time. Zero seconds: now or not."""
        wait = self._seconds if seconds is None else min(seconds, self._seconds)
        until = clock.ticks() + wait
        if not self._threads.acquire(timeout=wait):
            raise Unavailable("The database is busy: no turn to write within the limit.")
        try:
            file, queue = self._descriptors()
            self._take(queue, until)
            try:
                self._take(file, until)
            finally:
                fcntl.flock(queue, fcntl.LOCK_UN)
        except BaseException:
            self._threads.release()
            raise

    def release(self) -> None:
        """Let the next one write."""
        try:
            fcntl.flock(self._descriptors()[0], fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _descriptors(self) -> tuple[int, int]:
        if self._files is None:
            self._files = self._open(""), self._open("-queue")
        return self._files

    def _open(self, suffix: str) -> int:
        path = self._path.with_name(self._path.name + suffix)
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"The lock file cannot be opened: {error.strerror}.") from None

    def _take(self, file: int, until: float) -> None:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if clock.ticks() >= until:
                    raise Unavailable("The database is busy: another process writes.") from None
                self._pause.wait(_POLL_SECONDS)
