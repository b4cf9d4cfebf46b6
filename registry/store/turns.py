"""Checks that come while another is written share its transaction, one after the other, and its
commit: one sync makes all of them durable, and none is answered before.

Whoever leaves while another waits passes the open transaction on; the last one commits for all. A
check that fails before it has written anything leaves no trace; one that fails after it takes the
whole transaction with it, since nobody may commit half a check.
"""

from __future__ import annotations

from threading import Condition, Lock

import sqlalchemy as sa

from registry.domain.errors import Unavailable
from registry.store.writer import Writer, driver_of

MOST = 16  # a change, or another process, waits for no more checks than these


class _Shared:
    """One transaction: how many have had their turn in it, and how it ended."""

    def __init__(self) -> None:
        self.members = 0
        self.over = False
        self.error: BaseException | None = None


class Turns:
    """The order in which threads use the one writing connection for checks."""

    def __init__(self, writer: Writer, seconds: float) -> None:
        self._writer, self._seconds = writer, seconds
        guard = Lock()
        self._turn, self._end = Condition(guard), Condition(guard)
        self._busy, self._waiting = False, 0
        self._shared: _Shared | None = None
        self._connection: sa.Connection | None = None
        self._changes = 0

    def enter(self) -> sa.Connection:
        """Wait for a turn; the transaction may be one that others have written in."""
        with self._turn:
            if self._busy:
                self._wait()
            self._busy = True
        try:
            if self._shared is None or self._connection is None:
                self._connection, self._shared = self._writer.begin(), _Shared()
            self._changes = driver_of(self._connection).total_changes
        except BaseException:
            with self._turn:
                self._busy = False
                self._turn.notify()
            raise
        return self._connection

    def leave(self, failed: bool) -> None:
        """End the turn; returns when what it wrote is durable."""
        shared, connection = self._shared, self._connection
        assert shared is not None and connection is not None
        wrote = driver_of(connection).total_changes != self._changes
        with self._turn:
            shared.members += 1
            if self._waiting and shared.members < MOST and not (failed and wrote):
                self._busy = False
                self._turn.notify()
                self._end.wait_for(lambda: shared.over)
        if not shared.over:
            self._finish(shared, spoilt=failed and wrote)
        if shared.error is not None:
            raise shared.error

    def _wait(self) -> None:
        """Under the guard: who waits is counted, and so is never left without somebody to end the
        transaction it was passed."""
        self._waiting += 1
        try:
            if not self._turn.wait_for(lambda: not self._busy, self._seconds):
                raise Unavailable("The database is busy: no turn to write within the limit.")
        finally:
            self._waiting -= 1

    def _finish(self, shared: _Shared, spoilt: bool) -> None:
        try:
            if spoilt:
                shared.error = Unavailable("Another check of the same transaction failed.")
                self._writer.roll_back()
            else:
                self._writer.commit()
        except BaseException as error:
            shared.error = error
        with self._turn:
            self._shared, self._busy, shared.over = None, False, True
            self._end.notify_all()
            self._turn.notify()
