"""The one connection on which a process writes to an SQLite file. The kernel lock lets one write at
a time; so one connection is enough, and kept, its page cache and prepared statements stay warm."""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa

from registry import clock
from registry.store.lock import KernelLock

_POLL_SECONDS, _SQLITE_BUSY = 0.001, 5
_DRIVER = "registry_driver"  # asked for at every step of a check: SQLAlchemy looks longer


class Writer:
    """Begins and ends write transactions under the lock. SQLAlchemy may be used inside them: it
    finds the transaction begun (`registry_write`), and is told of its end."""

    def __init__(self, engine: sa.Engine, lock: KernelLock, seconds: float) -> None:
        self._engine, self._lock, self._seconds = engine, lock, seconds
        self._pause = threading.Event()
        self._kept: sa.Connection | None = None
        self._cache = 0

    def cache(self, size: int) -> None:
        """Keep up to so many bytes of the file in memory while writing, from the next turn on."""
        self._cache = size
        self._drop_idle()

    def begin(self, seconds: float | None = None) -> sa.Connection:
        """Wait for the turn, then begin."""
        self._lock.acquire(seconds)
        try:
            if self._kept is None:
                connection = self._engine.connect()
                self._kept = connection.execution_options(
                    registry_write=True, **{_DRIVER: driver_of(connection)}
                )
                driver_of(connection).execute("PRAGMA busy_timeout=0")  # `_begin` waits
                if self._cache:
                    driver_of(connection).execute(f"PRAGMA cache_size=-{self._cache // 1024:d}")
            self._begin(driver_of(self._kept), self._seconds if seconds is None else seconds)
            return self._kept
        except BaseException:
            self._drop()
            self._lock.release()
            raise

    def _begin(self, driver: Any, seconds: float) -> None:
        """Waits for a program that knows nothing of the lock, or for SQLite's own recovery, but no
        longer: SQLite would wait for the same time whoever asks."""
        busy, until = self._engine.dialect.loaded_dbapi.OperationalError, clock.ticks() + seconds
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except busy as error:
                if (error.sqlite_errorcode & 0xFF) != _SQLITE_BUSY or clock.ticks() >= until:
                    raise
                self._pause.wait(_POLL_SECONDS)

    def commit(self) -> None:
        """Make it durable, then let the next one write."""
        assert self._kept is not None
        try:
            if self._kept.in_transaction():
                self._kept.commit()
            else:
                driver_of(self._kept).execute("COMMIT")
        except BaseException:
            self._drop()  # what the file now holds is read anew by a fresh connection
            raise
        finally:
            self._lock.release()

    def roll_back(self) -> None:
        """Undo it, then let the next one write."""
        assert self._kept is not None
        try:
            if self._kept.in_transaction():
                self._kept.rollback()
            else:
                driver_of(self._kept).rollback()
        except BaseException:
            self._drop()
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection, its turn had."""
        self._drop()

    def _drop_idle(self) -> None:
        """Have the next turn begin on a fresh connection."""
        self._lock.acquire()
        try:
            self._drop()
        finally:
            self._lock.release()

    def _drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()
            kept.close()


def driver_of(connection: sa.Connection) -> Any:
    """The driver's own connection beneath."""
    kept = connection.get_execution_options().get(_DRIVER)
    return kept if kept is not None else connection.connection.dbapi_connection
