"""One import: chunk after chunk in a transaction of its own, each row told once it is durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.domain.actor import Actor
from registry.domain.intake import IntakeRow
from registry.services.imports.outcome import Outcome, Totals, refused
from registry.services.imports.spool import Spool
from registry.services.registry import Registry
from registry.services.work import Work

CHUNK = 500


class Intake(Protocol):
    """What the rows of one KIND become."""

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
    for rows in spool.chunks(chunk):
        intake.survey(rows)
    for rows in spool.chunks(chunk):
        with registry.acting(job.actor) as work:
            outcomes = _taken(work, intake, rows)
        registry.store.database.checkpoint()
        totals.add(outcomes)
        tell(outcomes)
    with registry.acting(job.actor) as work:
        facts = {"kind": job.kind, "digest": job.digest, "agency_id": job.actor.agency.id}
        counts = {"taken": totals.taken, "merged": totals.merged, "refused": totals.refused}
        work.change.record("file.imported", {**facts, **counts})
    return totals


def _taken(work: Work, intake: Intake, rows: Sequence[IntakeRow]) -> list[Outcome]:
    """The outcomes of a chunk: faulty rows refused as they are, the rest by the intake."""
    sound = [row for row in rows if not row.fault]
    found = {one.number: one for one in intake.take(work, sound)}
    return [refused(row.number, row.fault) if row.fault else found[row.number] for row in rows]
