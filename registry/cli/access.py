"""registry agency add, token add."""

from __future__ import annotations

import os

import click

from registry.cli.running import opened, plainly
from registry.domain.actor import LEVELS, Role
from registry.domain.token import RANDOM_BYTES, new_token
from registry.services import agencies


@click.group()
def agency() -> None:
    """Organisations that use the registry."""


@agency.command("add")
@click.argument("code")
@click.option("--name", required=True)
@click.option("--profile", default="national", show_default=True)
@click.option("--level", default="city", show_default=True, type=click.Choice(LEVELS))
@click.option("--sector", "sectors", multiple=True, help="Default: all sectors.")
@plainly
def add_agency(code: str, name: str, profile: str, level: str, sectors: tuple[str, ...]) -> None:
    """Enter an organisation under its CODE."""
    with opened() as application, application.registry.operating() as work:
        added = agencies.add(work, code, name, profile, level, sectors)
    click.echo(f"agency {added.code} ({added.id})")


@click.group()
def token() -> None:
    """Bearer tokens of persons in agencies."""


@token.command("add")
@click.option("--agency", "agency_code", required=True)
@click.option(
    "--role", "roles", required=True, multiple=True, type=click.Choice([str(role) for role in Role])
)
@click.option("--actor", required=True, help="The natural person who will hold it.")
@click.option("--subject", "subject_id", help="With the role subject: whose.")
@click.option("--expires", "days", type=int, help="Days; default: never.")
@plainly
def add_token(
    agency_code: str, roles: tuple[str, ...], actor: str, subject_id: str | None, days: int | None
) -> None:
    """Print a new bearer token, alone, on standard output. It is shown only once."""
    shown, digest = new_token(os.urandom(RANDOM_BYTES))
    with opened() as application, application.registry.operating() as work:
        held = [Role(role) for role in roles]
        agencies.add_token(work, agency_code, actor, held, digest, subject_id, days)
    click.echo(shown)
