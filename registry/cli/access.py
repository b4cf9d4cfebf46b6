"""registry agency add; registry token add, list and revoke."""

from __future__ import annotations

import os
from dataclasses import replace

import click

from registry.cli.running import opened, plainly
from registry.domain.actor import LEVELS, Role
from registry.domain.token import RANDOM_BYTES, new_token
from registry.services import agencies
from registry.services.registry import OPERATOR
from registry.store.types import iso


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
    """Print a new bearer token, alone, on standard output. It is shown only once. Its id, by which
    it is revoked, is said on standard error."""
    shown, digest = new_token(os.urandom(RANDOM_BYTES))
    with opened() as application, application.registry.operating() as work:
        held = [Role(role) for role in roles]
        id = agencies.add_token(work, agency_code, actor, held, digest, subject_id, days)
    # first, so that a token which could not be printed can be revoked all the same
    click.echo(f"token {id}; to revoke it: registry token revoke {id}", err=True)
    click.echo(shown)


@token.command("list")
@click.option("--agency", "agency_code", help="CODE; default: of all agencies.")
@plainly
def list_tokens(agency_code: str | None) -> None:
    """Print a line for each token that was given out: id, agency, actor (the opaque id of the
    journal), roles, until when, and whether it is valid, expired or revoked."""
    with opened() as application, application.registry.view() as view:
        found = agencies.tokens(replace(view, actor=OPERATOR), agency_code)
    for one in found:
        until = iso(one.expires_at) if one.expires_at is not None else "never"
        row = (one.id, one.agency, one.actor, ",".join(one.roles), until, one.state(view.now))
        click.echo("\t".join(row))


@token.command("revoke")
@click.argument("id")
@plainly
def revoke_token(id: str) -> None:
    """Revoke the token with this ID: the next request with it is refused."""
    with opened() as application, application.registry.operating() as work:
        agencies.revoke_token(work, id)
    click.echo(f"token {id} is revoked")
