"""Engine and transactions. SQLite: WAL, FULL, immediate writes under one kernel lock; PostgreSQL:
changes take an exclusive advisory lock, checks a shared one, so that what a check knew is exactly
the main chain up to one place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from registry.domain.errors import Conflict, NotReady, Unavailable
from registry.store.lock import KernelLock
from registry.store.types import write_json
from registry.store.writer import Writer, driver_of

CHANGES = 0x5EC1  # the advisory lock of all changes on PostgreSQL
PROBE_SECONDS = 1
_SQLITE_READONLY, _SQLITE_IOERR, _SQLITE_FULL = 8, 10, 13
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
        self.failed = self.full = self._closed = False
        self._busy_milliseconds = int(lock_seconds * 1000)
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise NotReady("An SQLite database needs a file: sqlite:///path/to/registry.db")
            self.path = Path(parsed.database)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():  # nobody else reads it; SQLite gives the WAL the same mode
                self.path.touch(mode=0o600)
            self._lock = KernelLock(Path(f"{self.path}-lock"), lock_seconds)
            options = _sqlite_options(lock_seconds)
        elif parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
            options = _postgresql_options(lock_seconds)
        else:
            raise NotReady("REGISTRY_DATABASE_URL must begin with sqlite:/// or postgresql://")
        self.engine = sa.create_engine(
            parsed,
            json_serializer=write_json,
            pool_size=threads + 2,
            max_overflow=threads + 8,
            pool_timeout=lock_seconds,
            **options,
        )
        sa.event.listen(self.engine, "checkin", self._let_go_if_closed)
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _set_pragmas)
            sa.event.listen(self.engine, "begin", _begin)
            self._writer = Writer(self.engine, self._lock, lock_seconds)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent snapshot; nothing is written."""
        self._require_sound()
        try:
            options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
            with self.engine.connect() as connection:
                connection = connection.execution_options(**options)
                with connection.begin():
                    yield connection
        except Exception as error:
            self._raise_ours(error)
            raise

    def changing(self) -> AbstractContextManager[sa.Connection]:
        """A write transaction: one at a time in the whole registry."""
        if self.is_sqlite:
            return _Writing(self)
        return self._locked(sa.func.pg_advisory_xact_lock(CHANGES))

    def checking(self, seconds: float | None = None) -> AbstractContextManager[sa.Connection]:
        """A write transaction that only appends checks: beside others, never beside a change. On
        SQLite the turn is waited for so many seconds at most."""
        if self.is_sqlite:
            return _Writing(self, seconds)
        return self._locked(sa.func.pg_advisory_xact_lock_shared(CHANGES))

    @contextmanager
    def _locked(self, lock: sa.ColumnElement[Any]) -> Iterator[sa.Connection]:
        self._require_sound()
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.select(lock))
                yield connection
        except Exception as error:
            self._raise_ours(error)
            raise

    def require_writable(self) -> None:
        """Unavailable where a write could not be done now: no turn within a second, a database that
        only reads, or, if the disk was full at the last write, one that still is."""
        self._require_sound()
        try:
            if self.is_sqlite:
                self._try_to_write()
            else:
                with self.engine.begin() as connection:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {PROBE_SECONDS * 1000}")
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(CHANGES)))
                    if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
                        raise Unavailable("The database server only reads: it is a standby.")
        except Exception as error:
            self._raise_ours(error)
            raise

    def require_durable(self) -> None:
        """NotReady where PostgreSQL would acknowledge a commit before it is written."""
        if self.is_sqlite:
            return
        with self.reading() as connection:
            setting = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        if setting == "off":
            raise NotReady(
                "PostgreSQL has synchronous_commit off: what was acknowledged could be lost. Set "
                "it to on for this database: ALTER DATABASE ... SET synchronous_commit = on"
            )

    def _try_to_write(self) -> None:
        connection = self._writer.begin(PROBE_SECONDS)
        try:
            if self.full:  # the same value again: the first page is written, nothing is changed
                driver = driver_of(connection)
                version = driver.execute("PRAGMA user_version").fetchone()[0]
                driver.execute(f"PRAGMA user_version = {version:d}")
        except BaseException:
            self._writer.roll_back()
            raise
        self._writer.commit()
        self.full = False

    def checkpoint(self, above_bytes: int = 4_194_304, most_bytes: int = 268_435_456) -> bool:
        """Move the WAL into the file once it has grown; True if that emptied it. It then keeps its
        length and is written over, since to sync a file that grows costs half as much again; after
        a burst it is cut. Only the server calls this, and an import after each of its chunks."""
        if self.path is None:
            return False
        wal = Path(f"{self.path}-wal")
        size = wal.stat().st_size if wal.exists() else 0
        if size < above_bytes:
            return False
        mode = "RESTART" if size <= most_bytes else "TRUNCATE"
        self._require_sound()
        try:
            with self._lock, self.engine.connect() as connection:
                driver = driver_of(connection)
                # a long reader (a backup, a verification) is not waited for: the lock is held
                driver.execute("PRAGMA busy_timeout=0")
                try:
                    busy = driver.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0]
                finally:
                    driver.execute(f"PRAGMA busy_timeout={self._busy_milliseconds}")
        except Exception as error:
            self._raise_ours(error)
            raise
        return not busy

    def cache_writes(self, size: int) -> None:
        """Have up to so many bytes of the file kept in memory for writing: for who writes much in
        many places. Nothing on PostgreSQL, which has its own."""
        if self.is_sqlite:
            self._writer.cache(size)

    def close(self) -> None:
        """Close all connections; on SQLite under the lock, since the last one checkpoints. What a
        thread is at goes on to its end, what it would begin after that is refused."""
        self._closed = True
        if not self.is_sqlite:
            self.engine.dispose()
            return
        with self._lock:
            self._writer.close()
            self.engine.dispose()

    def _let_go_if_closed(self, _: Any, record: sa.pool.ConnectionPoolEntry) -> None:
        """Nobody closes what comes back to a pool that was disposed of."""
        if self._closed:
            record.invalidate()

    def _require_sound(self) -> None:
        """After an input/output error nothing is trusted until a restart: an fsync that failed
        once must not be retried. After the end nothing is begun."""
        if self._closed:
            raise Unavailable("The database was closed: this process is ending.")
        if self.failed:
            raise Unavailable(
                "The database reported an input/output error, or a read-only disk: restart the "
                "server when the disk is sound."
            )

    def _raise_ours(self, error: BaseException) -> None:
        """Raise the store's own errors in the registry's words; others are not touched."""
        driver = self.engine.dialect.loaded_dbapi
        if not isinstance(error, SQLAlchemyError | driver.Error | sqlite3.Error | OSError):
            return
        if isinstance(error, sqlite3.Error) and not self.is_sqlite:
            raise Unavailable(f"A temporary file cannot be used now ({_short(error)}).") from error
        if isinstance(error, PoolTimeoutError):
            raise Unavailable("No database connection became free in time.") from None
        cause = getattr(error, "orig", None) or error
        if isinstance(cause, driver.IntegrityError):
            raise Conflict(
                f"The change contradicts what is stored ({_constraint(cause)})."
            ) from error
        code = getattr(cause, "sqlite_errorcode", 0) or 0
        if code & 0xFF in (_SQLITE_READONLY, _SQLITE_IOERR):
            self.failed = True
        self.full = self.full or code & 0xFF == _SQLITE_FULL
        raise Unavailable(f"The database cannot be used now ({_short(cause)}).") from error


class _Writing:
    """A write transaction on SQLite. Every check passes here: a generator would cost more than
    what it does."""

    __slots__ = ("_database", "_seconds")

    def __init__(self, database: Database, seconds: float | None = None) -> None:
        self._database, self._seconds = database, seconds

    def __enter__(self) -> sa.Connection:
        database = self._database
        database._require_sound()
        try:
            return database._writer.begin(self._seconds)
        except Exception as error:
            database._raise_ours(error)
            raise

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        database = self._database
        try:
            if error is None:
                database._writer.commit()
            else:
                database._writer.roll_back()
        except Exception as failure:
            database._raise_ours(failure)
            raise
        if error is not None:
            database._raise_ours(error)


def _sqlite_options(lock_seconds: float) -> dict[str, Any]:
    return {
        "connect_args": {
            "check_same_thread": False,
            "timeout": lock_seconds,
            "isolation_level": None,
        }
    }


def _postgresql_options(lock_seconds: float) -> dict[str, Any]:
    milliseconds = max(1, int(lock_seconds * 1000))  # 0 would mean: without a limit
    return {
        "connect_args": {
            "options": f"-c lock_timeout={milliseconds} -c statement_timeout=600000",
            "connect_timeout": max(2, int(lock_seconds)),
        },
        "pool_pre_ping": True,
    }


def _set_pragmas(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get("registry_write", False):
        connection.exec_driver_sql("BEGIN")


def _short(cause: BaseException) -> str:
    """The driver's own few words; never the statement or its parameters."""
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return str(name or type(cause).__name__)


def _constraint(cause: BaseException) -> str:
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    return str(name or str(cause).split(":")[0])
