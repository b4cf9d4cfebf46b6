"""The one connection on which a process writes to an SQLite file. The kernel lock lets one write at
a time; so one connection is enough, and kept, its page cache and prepared statements stay warm."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from registry.store.lock import KernelLock

_DRIVER = "registry_driver"  # asked for at every step of a check: SQLAlchemy looks longer


class Writer:
    """Begins and ends write transactions under the lock. SQLAlchemy may be used inside them: it
    finds the transaction begun (`registry_write`), and is told of its end."""

    def __init__(self, engine: sa.Engine, lock: KernelLock, busy_milliseconds: int) -> None:
        self._engine, self._lock = engine, lock
        self._busy_milliseconds = busy_milliseconds
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
                if self._cache:
                    driver_of(connection).execute(f"PRAGMA cache_size=-{self._cache // 1024:d}")
            self._begin(driver_of(self._kept), seconds)
            return self._kept
        except BaseException:
            self._drop()
            self._lock.release()
            raise

    def _begin(self, driver: Any, seconds: float | None) -> None:
        """SQLite itself waits as well, for a program that knows nothing of the lock; whoever has no
        time does not."""
        if seconds != 0:
            driver.execute("BEGIN IMMEDIATE")
            return
        driver.execute("PRAGMA busy_timeout=0")
        try:
            driver.execute("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout={self._busy_milliseconds:d}")

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
