"""The store as services see it: snapshots, changes, and the query log, on one database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, select

from registry.domain.errors import NotReady, Unavailable
from registry.store import journal, tables
from registry.store.checks import Row, Writers, append
from registry.store.database import Database
from registry.store.keys import prove_keys
from registry.store.transaction import MICROSECOND, SYSTEM, Change, Head, Reading, read_head
from registry.store.types import from_iso, iso
from registry.store.vault import Vault


class Store:
    """Everything durable. `now` is the clock; it is read after the turn to write was had."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        now: Callable[[], datetime],
        back: timedelta = timedelta(minutes=5),
        step: timedelta = timedelta(days=30),
    ) -> None:
        self.database, self.vault, self.now = database, vault, now
        self._back, self._step = back, step
        self._writers = Writers()
        self._proved = False
        self.after_commit: Callable[[Change], None] = lambda change: None

    @contextmanager
    def reading(self, seq: int | None = None) -> Iterator[Reading]:
        """A consistent snapshot, as known now or at a place of the main chain."""
        with self.database.reading() as connection:
            self._prove_keys(Reading(connection, self.vault))
            yield Reading(connection, self.vault, seq)

    @contextmanager
    def changing(self, actor: str = SYSTEM) -> Iterator[Change]:
        """A change: journalled and committed as a whole when the block ends, or not at all."""
        with self.database.changing() as connection:
            head = read_head(connection)
            change = Change(connection, self.vault, head, self._legal_now(connection, head))
            self._prove_keys(change)
            if change.now < head.at:
                facts = {"from": iso(head.at), "to": iso(change.now), "last": head.seq}
                change.record("clock.returned", facts)
            if change.now - head.at > self._step and head.seq:
                # a gap this long may be the clock's: noted, so that a return is understood
                change.record("clock.stepped", {"from": iso(head.at), "to": iso(change.now)})
            yield change
            new_head = change.append(actor)
        if new_head.seq != head.seq:
            self._witness(new_head)
            self.after_commit(change)

    def _prove_keys(self, reading: Reading) -> None:
        """NotReady if the key file is another one: with it every lookup would miss. Asked once."""
        if not self._proved:
            self._proved = prove_keys(reading)

    def _legal_now(self, connection: Connection, head: Head) -> datetime:
        """Legal time: never before the last entry, but for the return of a clock that had been
        noted as stepped. Unavailable while the clock is further behind than the allowance."""
        now = self.now()
        if now >= head.at + MICROSECOND:
            return now
        if head.at - now <= self._back:
            return head.at + MICROSECOND
        if self._stepped_over(Reading(connection, self.vault), now):
            return now
        raise Unavailable(
            f"The clock says {iso(now)}, but the journal ends at {iso(head.at)}: nothing is "
            "changed until the clock is right."
        )

    def _stepped_over(self, reading: Reading, now: datetime) -> bool:
        """True if the last step of the clock that the journal notes led from before this instant
        to after it, and the clock has not returned since."""
        table = tables.journal
        last = (
            select(table)
            .where(table.c.kind.in_(("clock.stepped", "clock.returned")))
            .order_by(table.c.seq.desc())
            .limit(1)
        )
        row = reading.connection.execute(last).first()
        if row is None or row.kind == "clock.returned":
            return False
        facts = journal.facts_of(reading, row)
        return from_iso(facts["from"]) <= now < from_iso(facts["to"])

    def checking(self, seconds: float | None = None) -> AbstractContextManager[CheckLog]:
        """A transaction of checks: reads what is known, logs a row for each, commits. On SQLite the
        turn is waited for so many seconds at most."""
        return _Checking(self, seconds)

    def _check_now(self, reading: Reading, head: Head) -> tuple[datetime, bool]:
        """(legal time, whether it can be relied on) of a check: checks go on when the clock has
        fallen behind, but further than the allowance they say so."""
        now = self.now()
        if now >= head.at:
            return now, True
        if head.at - now <= self._back:
            return head.at, True
        if self._stepped_over(reading, now):
            return now, True
        return head.at, False

    def head(self) -> Head:
        """The main chain's head."""
        with self.reading() as reading:
            return read_head(reading.connection)

    def _witness(self, head: Head) -> None:
        """Note the head beside the file: a lost tail is then found at the next start."""
        if self.database.path is None:
            return
        target = witness_path(self.database.path)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        try:
            fresh.write_text(f"{head.seq} {head.hash}\n", encoding="ascii")
            os.replace(fresh, target)
        except OSError:  # the change is committed: an older witness is no reason to say otherwise
            with suppress(OSError):
                fresh.unlink(missing_ok=True)

    def witnessed(self) -> tuple[int, str] | None:
        """(entry, hash) that the witness beside the file says was committed."""
        path = self.database.path
        if path is None or not witness_path(path).exists():
            return None
        parts = witness_path(path).read_text(encoding="ascii", errors="replace").split()
        if len(parts) != 2 or not parts[0].isdigit():
            return None
        return int(parts[0]), parts[1]

    def require_whole(self) -> None:
        """NotReady if the database lacks what the witness beside it says was committed."""
        path, witnessed = self.database.path, self.witnessed()
        if path is None or witnessed is None:
            return
        with self.reading() as reading:
            head = read_head(reading.connection)
            lasting = witnessed[0] == 0 or journal.hash_at(reading, witnessed[0]) == witnessed[1]
        if not lasting:
            raise NotReady(
                f"{path} ends at journal entry {head.seq} and lacks entry {witnessed[0]} as it was "
                f"committed: the last changes are missing (was {path.name}-wal removed, or an old "
                "copy put here?). Put the missing file back, or restore a backup with: "
                "registry restore FILE"
            )

    def bear_witness(self) -> None:
        """Note the head of a database that was just restored."""
        self._witness(self.head())


class _Checking:
    """A transaction of checks, as a class for the reason that `_Writing` is one."""

    __slots__ = ("_inner", "_log", "_store")

    def __init__(self, store: Store, seconds: float | None) -> None:
        self._store, self._inner = store, store.database.checking(seconds)
        self._log: CheckLog | None = None

    def __enter__(self) -> CheckLog:
        store = self._store
        connection = self._inner.__enter__()
        try:
            head = read_head(connection)
            reading = Reading(connection, store.vault)
            store._prove_keys(reading)
            self._log = CheckLog(reading, head, store._writers, *store._check_now(reading, head))
        except BaseException as error:
            self._inner.__exit__(type(error), error, error.__traceback__)
            raise
        return self._log

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        log = self._log
        assert log is not None
        try:
            self._inner.__exit__(kind, error, trace)
        except BaseException:
            log.abandon()
            raise
        if error is not None:
            log.abandon()


class CheckLog:
    """The checks of one transaction."""

    def __init__(
        self, reading: Reading, head: Head, writers: Writers, now: datetime, clock_ok: bool
    ) -> None:
        self.reading, self.head, self._writers = reading, head, writers
        self.now, self.clock_ok = now, clock_ok
        self._written = False

    def write(self, row: Row) -> dict[str, object]:
        """Log a check; returns its receipt."""
        writer = self._writers.current(self.reading.connection, self.now)
        self._written = True
        return append(self.reading, writer, row)

    def abandon(self) -> None:
        """It is not known whether a row that was written is stored: begin a new chain."""
        if self._written:
            self._writers.abandon()


def witness_path(database: Path) -> Path:
    """Where the head of the main chain is noted."""
    return database.with_name(f"{database.name}-head")
