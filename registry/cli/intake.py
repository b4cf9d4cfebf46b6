"""registry import: an agency's file, row by row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from registry.app import Application
from registry.cli.running import opened, plainly
from registry.domain.errors import InvalidInput
from registry.domain.intake import IntakeRow
from registry.domain.rating import RatingState
from registry.services.imports.calendar import CalendarOptions
from registry.services.imports.kinds import intake_of
from registry.services.imports.outcome import Outcome, Totals
from registry.services.imports.ratings import ListOptions
from registry.services.imports.run import Job, run
from registry.services.imports.spool import Spool, digest_of

NO_RATER = "no --agency: these ratings name nobody as the rater"


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--kind", required=True, help="subjects, records, ratings:<scorecard> or calendar.")
@click.option("--agency", "agency_code", help="In whose name; records need one.")
@click.option("--actor", help="The person of the agency who imports.")
@click.option("--row-kind", help="The kind of subject or record of rows that do not say theirs.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="THEIRS=OURS",
    help="What a column is called here; THEIRS= leaves it out.",
)
@click.option("--edition", help="Of a list of ratings; default: the name of the file.")
@click.option(
    "--rated-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The date of a list of ratings; default: today.",
)
@click.option(
    "--source", default="", help="Where a list of ratings, or a calendar's notice, was published."
)
@click.option("--notice", default="", help="Of a calendar: the notice, with its number.")
@click.option("--calendar", default="", help="Which calendar; default: the only one there is.")
@click.option(
    "--state",
    type=click.Choice([str(RatingState.PUBLISHED), str(RatingState.CONSULTATION)]),
    default=str(RatingState.PUBLISHED),
    help="Of a list of ratings; consultation: a draft for comment, without effect.",
)
@click.option(
    "--printed",
    multiple=True,
    metavar="GRADE=N",
    help="A total printed under a list of ratings, N alone for that of all rows; where the rows "
    "differ, the report says so.",
)
@click.option("--brief", is_flag=True, help="Only the rows of which there is something to say.")
@plainly
def import_file(
    path: str,
    kind: str,
    agency_code: str | None,
    actor: str | None,
    row_kind: str | None,
    columns: tuple[str, ...],
    edition: str | None,
    rated_on: datetime | None,
    source: str,
    notice: str,
    calendar: str,
    state: str,
    printed: tuple[str, ...],
    brief: bool,
) -> None:
    """Take in a CSV, XLSX or JSON Lines file; reports every row, and exits with 1 if any was
    refused. Run it again after an interruption: what is there already is not stored twice."""
    if kind == "records" and agency_code is None:
        raise InvalidInput.field("agency", "is required: who provides these records?")
    names = dict(_renamed(one) for one in columns)
    options = _list_options(edition or Path(path).stem, rated_on, source, printed, state)
    with opened() as application:
        year = CalendarOptions(notice, source, calendar)
        intake = intake_of(kind, row_kind, options, application.registry.schemes, year)
        digest, spool = _set_aside(application, Path(path), kind, names)
        with closing(spool):
            who = application.registry.importing(agency_code, actor)
            job = Job(kind, digest, who)
            with _bar("importing", spool.count) as moved:

                def tell(outcomes: Sequence[Outcome]) -> None:
                    _report(outcomes, brief)
                    moved(len(outcomes))

                counted = run(application.registry, job, intake, spool, tell)
    nobody = kind.startswith("ratings:") and agency_code is None
    _finish([*intake.findings(), *([NO_RATER] if nobody else [])], counted)


def _list_options(
    edition: str, rated_on: datetime | None, source: str, printed: Sequence[str], state: str
) -> ListOptions:
    by_grade = dict(_total(one) for one in printed)
    total = by_grade.pop("", None)
    day = rated_on.date() if rated_on else None
    return ListOptions(edition, day, source, by_grade, total, RatingState(state))


def _renamed(text: str) -> tuple[str, str]:
    theirs, mark, ours = text.partition("=")
    if not theirs or not mark:
        raise InvalidInput.field("column", "must be THEIRS=OURS")
    return theirs, ours


def _total(text: str) -> tuple[str, int]:
    """A grade and its total; the grade is empty for that of all rows."""
    grade, mark, count = text.rpartition("=")
    if (mark and not grade) or not (count.isascii() and count.isdecimal() and len(count) < 10):
        raise InvalidInput.field("printed", "must be GRADE=N, or N for all rows")
    return grade, int(count)


def _set_aside(
    application: Application, path: Path, kind: str, names: dict[str, str]
) -> tuple[str, Spool]:
    """The file's digest and its rows, read to the end: a file that breaks off half way is refused
    while nothing of it is stored."""
    with path.open("rb") as file, _bar("reading", path.stat().st_size) as moved:
        digest = digest_of(file)
        rows = application.plugins.read_file(file, path.name, kind)
        return digest, Spool(_watched(rows, file, moved), names)


def _watched(
    rows: Iterator[IntakeRow], file: BinaryIO, moved: Callable[[int], None]
) -> Iterator[IntakeRow]:
    """The rows; the bar follows the place in the file."""
    before = 0
    for number, row in enumerate(rows):
        if number % 1000 == 0:
            place = file.tell()
            moved(max(0, place - before))
            before = max(before, place)
        yield row


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; its function takes how far things have moved."""
    # loaded here: no other command should wait for it
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=total)
        yield lambda step: progress.update(task, advance=step)
        progress.update(task, completed=total)


def _report(outcomes: Sequence[Outcome], brief: bool) -> None:
    lines = [
        " ".join([f"row {one.number}: {one.state}", *([one.id] if one.id else [])])
        + (" - " + "; ".join(one.notes) if one.notes else "")
        for one in outcomes
        if one.notes or not brief
    ]
    if lines:
        click.echo("\n".join(lines))


def _finish(findings: Sequence[str], totals: Totals) -> None:
    for one in findings:
        click.echo(one)
    click.echo(str(totals))
    if totals.refused:
        sys.exit(1)
