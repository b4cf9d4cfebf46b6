"""registry check: the main job from the shell, straight on the database."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from registry.cli.running import opened, plainly
from registry.domain.validity import noon_of
from registry.services.checks import Question
from registry.services.sweep import seal


@click.command()
@click.option("--scheme", required=True)
@click.option("--value", required=True, help="The identifier; - reads it from standard input.")
@click.option("--matter", required=True)
@click.option("--purpose", required=True)
@click.option("--case-no", required=True)
@click.option("--agency", "agency_code", required=True)
@click.option("--actor", required=True)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="A date; default: now.")
@plainly
def check(
    scheme: str,
    value: str,
    matter: str,
    purpose: str,
    case_no: str,
    agency_code: str,
    actor: str,
    as_of: datetime | None,
) -> None:
    """Ask what applies before an approval; prints the answer as JSON. Exit 0 for every outcome."""
    if value == "-":
        value = sys.stdin.readline().strip()
    question = Question(
        matter=matter,
        purpose=purpose,
        case_no=case_no,
        identifier=(scheme, value),
        as_of=noon_of(as_of.date()) if as_of else None,
    )
    with opened() as application:
        asker = application.registry.person(agency_code, actor)
        answer = application.registry.checks.run_as(asker, question)
        seal(application.store)
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
    click.echo()
