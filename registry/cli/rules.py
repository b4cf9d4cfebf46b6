"""registry edition publish, rules accept."""

from __future__ import annotations

from datetime import datetime

import click

from registry.cli.running import opened, plainly
from registry.domain.errors import InvalidInput
from registry.domain.legal import RuleStatus
from registry.services import editions
from registry.services import rules as rule_service


@click.group()
def edition() -> None:
    """Measure editions (措施清单)."""


@edition.command("publish")
@click.argument("sector")
@click.option("--agency", "agency_code", required=True)
@click.option("--actor", required=True, help="The coordinator who publishes.")
@click.option("--effective-from", type=click.DateTime(["%Y-%m-%d"]), help="Default: today.")
@plainly
def publish_edition(
    sector: str, agency_code: str, actor: str, effective_from: datetime | None
) -> None:
    """Publish the sector's draft measure edition; it is then frozen and in effect."""
    with opened() as application, application.registry.operating(agency_code, actor) as work:
        draft = editions.newest_draft(work, sector)
        day = effective_from.date() if effective_from else None
        published = editions.publish(work, draft, day)
    count = len(published.measures)
    click.echo(
        f"edition {published.id}: {count} measures in effect from {published.effective_from}"
    )


@click.group()
def rules() -> None:
    """The rulebook."""


@rules.command("accept")
@click.argument("criterion")
@click.option("--agency", "agency_code", required=True)
@click.option("--actor", required=True, help="Who accepts in the agency's name.")
@click.option("--version", help="Default: the newest version that is to_verify.")
@click.option("--statement", default="Accepted by the authority.", show_default=True)
@plainly
def accept_rule(
    criterion: str, agency_code: str, actor: str, version: str | None, statement: str
) -> None:
    """Accept by name a rule whose figures are to_verify; journalled, for this agency only."""
    with opened() as application, application.registry.operating(agency_code, actor) as work:
        known = work.rulebook.criterion_versions(criterion)
        if not known:
            raise InvalidInput.field("criterion", f"there is no criterion {criterion}")
        waiting = [one.version for one in known if one.status is RuleStatus.TO_VERIFY]
        rule_service.accept(
            work, criterion, version or (waiting or [known[-1].version])[-1], statement
        )
    click.echo(f"{criterion} accepted by {agency_code}")
