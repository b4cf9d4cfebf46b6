"""The sweep: records what time has done. Idempotent; answers were right before it ran.

A listing whose validity is over gets its `exited` announcement and journal entry on the day the
law gives, whenever the sweep runs; a period that is over is noted as lapsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.listing import ExitGround
from registry.domain.validity import day_of
from registry.store import checks, due, tables
from registry.store.due import Due
from registry.store.store import Store
from registry.store.transaction import Change, new_id

# A check waits for at most one chunk.
GATHER, CHUNK = 50_000, 1_000


@dataclass
class Report:
    """What a sweep did, or would do."""

    expired: int = 0
    lapsed: int = 0
    sealed: int = 0

    def text(self) -> str:
        """One line for the operator."""
        return f"expired {self.expired}, lapsed {self.lapsed}, chains sealed {self.sealed}"


def sweep(store: Store, dry_run: bool = False) -> Report:
    """Handle everything that is due, in chunks, each its own transaction; two sweeps at once do
    everything once, since each chunk reads again what is still open."""
    report = Report()
    while True:
        with store.reading() as reading:
            ids = due.gather(reading, day_of(store.now()), GATHER)
        if dry_run:
            report.expired = len(ids)
            return report
        for start in range(0, len(ids), CHUNK):
            with store.changing() as change:
                _handle(change, due.read(change, ids[start : start + CHUNK]), report)
        if len(ids) < GATHER:
            break
    report.sealed = seal(store)
    return report


def seal(store: Store) -> int:
    """Seal the check chains into the main chain, if any has grown."""
    with store.reading() as reading:
        if not checks.unsealed(reading):
            return 0
    with store.changing() as change:
        return checks.seal(change)


def _handle(change: Change, rows: Sequence[Due], report: Report) -> None:
    today = day_of(change.now)
    over = [row for row in rows if row.earliest_on <= today]
    expiries = [row for row in over if row.kind == "expiry"]
    ended = [row for row in expiries if row.exit_ground is None and row.valid_to == row.due_on]
    change.insert_each(tables.announcements, "listing.exited", [_expiry(row) for row in ended])
    due.close(change, [row.id for row in expiries], "met")
    for row in expiries:  # of a listing that ended earlier, or was given another end
        if row.exit_ground is not None or row.valid_to != row.due_on:
            change.name_state(tables.deadlines, row.id, "met")
            change.record("deadline.met", {"deadline_id": row.id, "target_id": row.target_id})
    periods = [row for row in over if row.kind != "expiry"]
    due.close(change, [row.id for row in periods], "lapsed")
    for row in periods:
        change.name_state(tables.deadlines, row.id, "lapsed")
        facts = {"deadline_id": row.id, "kind": row.kind, "target_id": row.target_id}
        change.record("deadline.lapsed", {**facts, "due_on": row.due_on.isoformat()})
    report.expired += len(ended)
    report.lapsed += len(periods)


def _expiry(row: Due) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """(announcement, facts of the journal, state of the deadline) of a listing that is over since
    its due day."""
    ended_on = row.due_on.isoformat()
    announcement = {
        "id": new_id(),
        "kind": "exited",
        "target_id": row.target_id,
        "subject_id": row.subject_id,
        "sector": row.sector,
        "list_kind": row.list_kind,
        "on_day": ended_on,
        "public": row.public,
        "withdrawn": False,
    }
    facts = {
        "listing_id": row.target_id,
        "subject_id": row.subject_id,
        "list_kind": row.list_kind,
        "sector": row.sector,
        "ground": str(ExitGround.EXPIRED),
        "on": ended_on,
    }
    return announcement, facts, due.named_state(row.id, "met")
