"""registry evaluate."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime

import click

from registry.app import Application
from registry.cli.running import opened, plainly
from registry.domain.errors import Duplicate, InvalidInput, RegistryError, Undetermined
from registry.domain.validity import LATEST, day_of
from registry.services import evaluation
from registry.services.evaluation import Met, Outcome


@click.command()
@click.option("--sector", help="Default: all.")
@click.option("--criterion", help="Default: all.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Who met it by records decided until this day; default: by all, and only subjects whose "
    "records changed are looked at again.",
)
@click.option("--propose", is_flag=True, help="Open a case for each, in the agency's name.")
@click.option("--agency", "agency_code", help="With --propose: the authority.")
@click.option("--actor", help="With --propose: who proposes.")
@plainly
def evaluate(
    sector: str | None,
    criterion: str | None,
    on: datetime | None,
    propose: bool,
    agency_code: str | None,
    actor: str | None,
) -> None:
    """Print who meets a criterion: a line for each with criterion, version, subject, records and
    cases. A plugin's predicate is asked too; where it gives no verdict the line says so. Nobody is
    listed by it; --propose opens cases, each to be decided by a second person. Exits with 1 if one
    was refused or is undetermined."""
    if propose is not (agency_code is not None and actor is not None):
        raise click.UsageError("--propose goes with --agency and --actor")
    if propose and on is not None:
        raise click.UsageError("cases are opened by what is known now: leave --on out")
    with opened() as application:
        found: Counter[str] = Counter()
        for outcome in _outcomes(application, sector, criterion, on):
            found["versions"] += 1
            found["again"] += outcome.looked_at or 0
            found["all"] += outcome.looked_at is None
            for met in _explained(application, outcome, on):
                said = _judged(application, met)
                if said is None:
                    continue
                found["met"] += not said
                if propose and not said:
                    said = _proposed(application, met, agency_code, actor)
                found[said.partition(" ")[0]] += bool(said)
                _say(met, said)
        _sum_up(found, propose)
    if found["refused"] or found["undetermined"]:
        sys.exit(1)


def _outcomes(
    application: Application, sector: str | None, criterion: str | None, on: datetime | None
) -> list[Outcome]:
    store = application.store
    with application.registry.view() as view:
        rulebook, today = view.rulebook, day_of(view.now)
    day = on.date() if on else today
    asked = evaluation.versions(rulebook, sector, criterion, day)
    evaluation.enter_all(store, rulebook, asked)
    if on is not None:
        return [evaluation.on_date(store, version, day) for version in asked]
    return [evaluation.evaluate(store, rulebook, version) for version in asked]


def _explained(application: Application, outcome: Outcome, on: datetime | None) -> list[Met]:
    with application.registry.view() as view:
        day = on.date() if on else LATEST
        return list(evaluation.explained(view.reading, outcome, day))


def _judged(application: Application, met: Met) -> str | None:
    """Nothing to say where it is met; None where a predicate keeps the subject off, `undetermined
    <why>` where it gives no verdict."""
    try:
        judged = evaluation.judged(met, application.registry.asked)
    except Undetermined as error:
        return f"undetermined {error.plugin}: {error.cause}"
    return "" if judged.finding.met else None


def _proposed(application: Application, met: Met, agency: str | None, actor: str | None) -> str:
    """What came of opening a case: `proposed <id>`, `known <ids>` of the cases that the records
    carry already, or `refused <reason>`."""
    registry = application.registry
    try:
        case = registry.carry_out(
            lambda ask: registry.operating(agency, actor, ask),
            lambda work: evaluation.propose(work, met),
        )
        return f"proposed {case.id}"
    except Duplicate:
        return f"known {','.join(met.cases) or '-'}"
    except InvalidInput as error:
        said = "; ".join(f"{field}: {', '.join(why)}" for field, why in error.errors.items())
        return f"refused {said}"
    except RegistryError as error:
        return f"refused {error.message}"


def _say(met: Met, said: str) -> None:
    records, cases = ",".join(met.finding.record_ids), ",".join(met.cases) or "-"
    parts = [met.version.code, met.version.version, met.subject_id, records, said or cases]
    click.echo("\t".join(parts))


def _sum_up(found: Counter[str], propose: bool) -> None:
    looked = "all subjects" if found["all"] else f"{found['again']} changed subjects"
    unsaid = f"; {found['undetermined']} undetermined" if found["undetermined"] else ""
    click.echo(
        f"{found['met']} meet {found['versions']} versions of criteria{unsaid}; looked at {looked}",
        err=True,
    )
    if propose:
        counts = ", ".join(f"{what} {found[what]}" for what in ("proposed", "known", "refused"))
        click.echo(counts, err=True)
