"""Engine and transactions. SQLite: WAL, FULL, immediate writes under one kernel lock; PostgreSQL:
changes take an exclusive advisory lock, checks a shared one, so that what a check knew is exactly
the main chain up to one place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from registry.domain.errors import Conflict, NotReady, Unavailable
from registry.store.lock import KernelLock

CHANGES = 0x5EC1  # the advisory lock of all changes on PostgreSQL
_SQLITE_IOERR = 10
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA mmap_size=0",
)


class Database:
    """One database as one process sees it."""

    def __init__(self, url: str, lock_seconds: float = 5, threads: int = 4) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.path: Path | None = None
        self.failed = False
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise NotReady("An SQLite database needs a file: sqlite:///path/to/registry.db")
            self.path = Path(parsed.database)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = KernelLock(Path(f"{self.path}-lock"), lock_seconds)
            options: dict[str, Any] = {
                "connect_args": {
                    "check_same_thread": False,
                    "timeout": lock_seconds,
                    "isolation_level": None,
                }
            }
        elif parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
            milliseconds = int(lock_seconds * 1000)
            options = {
                "connect_args": {
                    "options": f"-c lock_timeout={milliseconds} -c statement_timeout=600000",
                    "connect_timeout": max(2, int(lock_seconds)),
                },
                "pool_pre_ping": True,
            }
        else:
            raise NotReady("REGISTRY_DATABASE_URL must begin with sqlite:/// or postgresql://")
        self.engine = sa.create_engine(
            parsed,
            pool_size=threads + 2,
            max_overflow=threads + 8,
            pool_timeout=lock_seconds,
            **options,
        )
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _set_pragmas)
            sa.event.listen(self.engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent snapshot; nothing is written."""
        with self._errors():
            options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
            with self.engine.connect() as connection:
                connection = connection.execution_options(**options)
                with connection.begin():
                    yield connection

    @contextmanager
    def changing(self) -> Iterator[sa.Connection]:
        """A write transaction: one at a time in the whole registry."""
        with self._errors(), self._turn(), self._write() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CHANGES)))
            yield connection

    @contextmanager
    def checking(self) -> Iterator[sa.Connection]:
        """A write transaction that only appends a check: beside others, never beside a change."""
        with self._errors(), self._turn(), self._write() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(CHANGES)))
            yield connection

    def checkpoint(self, above_bytes: int = 4_194_304) -> bool:
        """Move the WAL into the file when it has grown; only the server calls this."""
        if self.path is None:
            return False
        wal = Path(f"{self.path}-wal")
        if not wal.exists() or wal.stat().st_size < above_bytes:
            return False
        with self._errors(), self._lock.held():
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()
        return True

    def close(self) -> None:
        """Close all connections; on SQLite under the lock, since the last one checkpoints."""
        with self._turn():
            self.engine.dispose()

    def _turn(self) -> AbstractContextManager[None]:
        return self._lock.held() if self.is_sqlite else nullcontext()

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            connection = connection.execution_options(registry_write=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """The store's errors in the registry's words. After an input/output error nothing is
        trusted until a restart: an fsync that failed once must not be retried."""
        if self.failed:
            raise Unavailable("The database reported an input/output error: restart the server.")
        try:
            yield
        except IntegrityError as error:
            raise Conflict(
                f"The change contradicts what is stored ({_constraint(error)})."
            ) from error
        except PoolTimeoutError:
            raise Unavailable("No database connection became free in time.") from None
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) or 0
            if code & 0xFF == _SQLITE_IOERR:
                self.failed = True
            raise Unavailable(f"The database cannot be used now ({_short(error)}).") from error


def _set_pragmas(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("registry_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _short(error: Exception) -> str:
    """The driver's own few words; never the statement or its parameters."""
    cause = getattr(error, "orig", None) if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return str(name or type(cause or error).__name__)


def _constraint(error: IntegrityError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None)
    return str(name or str(error.orig).split(":")[0])
