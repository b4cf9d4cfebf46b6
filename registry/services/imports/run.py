"""One import: chunk after chunk in a transaction of its own, each row told once it is durable."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from registry.domain.actor import Actor
from registry.domain.intake import IntakeRow
from registry.services.imports.outcome import Outcome, Totals, refused
from registry.services.imports.spool import Spool
from registry.services.registry import Registry
from registry.services.work import Work

CHUNK = 500
CHECKPOINT = 67_108_864  # bytes of the WAL: a page that many chunks write is copied once
CACHE = 33_554_432  # bytes: keyed hashes fall anywhere into their indexes


class Intake(Protocol):
    """What the rows of one KIND become; `surveys` says that it must see all of them first."""

    surveys: bool

    def survey(self, rows: Sequence[IntakeRow]) -> None:
        """See rows before any is stored; all of them come by, in order."""

    def take(self, work: Work, rows: Sequence[IntakeRow]) -> list[Outcome]:
        """Store what can be stored of rows without a fault; an outcome for each, in order. Whatever
        it raises undoes all of them."""

    def findings(self) -> list[str]:
        """What was found about the file as a whole, a sentence each."""


@dataclass(frozen=True)
class Job:
    """What is imported, by whom: the file as its digest."""

    kind: str
    digest: str
    actor: Actor


def run(
    registry: Registry,
    job: Job,
    intake: Intake,
    spool: Spool,
    tell: Callable[[Sequence[Outcome]], None],
    chunk: int = CHUNK,
) -> Totals:
    """Import; `tell` gets the outcomes of each chunk after its commit, in the order of the file."""
    totals = Totals()
    registry.store.database.cache_writes(CACHE)
    if intake.surveys:
        for rows in spool.chunks(chunk):
            intake.survey(rows)
    with _collector_at_rest():
        for rows in spool.chunks(chunk):
            with registry.acting(job.actor) as work:
                outcomes = _taken(work, intake, rows)
            registry.store.database.checkpoint(CHECKPOINT)
            totals.add(outcomes)
            tell(outcomes)
            gc.collect(1)
    with registry.acting(job.actor) as work:
        facts = {"kind": job.kind, "digest": job.digest, "agency_id": job.actor.agency.id}
        counts = {"taken": totals.taken, "merged": totals.merged, "refused": totals.refused}
        work.change.record("file.imported", {**facts, **counts})
    return totals


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No search for cyclic garbage by itself: the objects of a chunk would set it off time and
    again, through all rules in memory. After each chunk it is told to look at what is new."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _taken(work: Work, intake: Intake, rows: Sequence[IntakeRow]) -> list[Outcome]:
    """The outcomes of a chunk: faulty rows refused as they are, the rest by the intake."""
    sound = [row for row in rows if not row.fault]
    found = {one.number: one for one in intake.take(work, sound)}
    return [refused(row.number, row.fault) if row.fault else found[row.number] for row in rows]
