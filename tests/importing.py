"""Imports as the command line runs them, on the world of a test."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from registry.services.imports.calendar import CalendarOptions
from registry.services.imports.kinds import intake_of
from registry.services.imports.outcome import Outcome, Totals
from registry.services.imports.ratings import ListOptions
from registry.services.imports.run import Job, run
from registry.services.imports.spool import Spool, digest_of
from tests.world import World

DATA = Path(__file__).with_name("data")


@dataclass
class Imported:
    """What an import said: its totals and the outcome of each row."""

    totals: Totals = field(default_factory=Totals)
    outcomes: list[Outcome] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def row(self, number: int) -> Outcome:
        (found,) = [one for one in self.outcomes if one.number == number]
        return found

    @property
    def refused(self) -> dict[int, str]:
        return {one.number: "; ".join(one.notes) for one in self.outcomes if one.state == "refused"}


def imported(
    world: World,
    content: str | bytes,
    kind: str = "subjects",
    name: str = "file.csv",
    *,
    agency: str | None = "TAX",
    row_kind: str | None = None,
    columns: dict[str, str] | None = None,
    chunk: int = 3,
    stop_after: int | None = None,
    options: ListOptions | None = None,
    year: CalendarOptions | None = None,
) -> Imported:
    """Take in a file; `stop_after` so many rows the process breaks off."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    found = Imported()

    def tell(outcomes: Sequence[Outcome]) -> None:
        found.outcomes.extend(outcomes)
        if stop_after is not None and len(found.outcomes) >= stop_after:
            raise KeyboardInterrupt

    registry = world.registry
    intake = intake_of(kind, row_kind, options or ListOptions("2020"), registry.schemes, year)
    digest = digest_of(file)
    rows = world.application.plugins.read_file(file, name, kind)
    with closing(Spool(rows, columns or {})) as spool:
        job = Job(kind, digest, registry.importing(agency, "Pan" if agency else None))
        found.totals = run(registry, job, intake, spool, tell, chunk)
    found.findings = intake.findings()
    return found


def csv(*rows: str) -> str:
    """Rows with line ends."""
    return "".join(f"{row}\n" for row in rows)
