"""One leader among the server's processes: a kernel lock on SQLite, an advisory lock on PostgreSQL.
Both are let go by the system when the process dies."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from registry.store.database import Database

LEADER = 0x1EAD


class Leadership:
    """The right to run the scheduler; asked for again and again, held by one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._file: int | None = None
        self._connection: sa.Connection | None = None

    def held(self) -> bool:
        """True if this process is the leader now, taking the lead if nobody has it."""
        with self._turn:  # tick and sweep ask at the same time; each asking is a new file handle
            return self._held_file() if self._database.is_sqlite else self._held_session()

    def release(self) -> None:
        """Let another process lead."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            self._connection.close()
            self._connection.engine.dispose()
            self._connection = None

    def _held_file(self) -> bool:
        if self._file is not None:
            return True
        descriptor = os.open(
            Path(f"{self._database.path}-leader"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._file = descriptor
        return True

    def _held_session(self) -> bool:
        """The lock belongs to a session of its own; it is lost with it."""
        try:
            if self._connection is None:
                engine = sa.create_engine(self._database.engine.url, poolclass=sa.NullPool)
                self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                taken = self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(LEADER)))
                if not taken.scalar():
                    self.release()
                    return False
            self._connection.execute(sa.select(sa.literal(1)))
        except SQLAlchemyError:
            if self._connection is not None:
                self._connection.invalidate()
            self.release()
            return False
        return True
