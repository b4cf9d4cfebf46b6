"""registry demo: the demo data into an empty database."""

from __future__ import annotations

import json

import click

from registry.cli.running import opened, plainly
from registry.demo import world


@click.command()
@click.option("--quiet", is_flag=True, help="Do not print the check to paste.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there is data already.")
@plainly
def demo(quiet: bool, if_empty: bool) -> None:
    """Load the demo data into an empty database and print one ready-to-paste check."""
    with opened() as application:
        if if_empty and not world.is_empty(application.registry):
            return
        world.load(application.registry)
    click.echo("demo data loaded: invented firms, agencies and persons")
    if quiet:
        return
    identifier = world.CHECK["subject"]
    assert isinstance(identifier, dict)
    shown = json.dumps(identifier["identifier"]["value"])
    click.echo(
        f"registry check --scheme uscc --value {shown} --matter {world.CHECK['matter']} "
        f"--purpose {world.CHECK['purpose']} --case-no {world.CHECK['case_no']} "
        f"--agency {world.BUYER} --actor 'Demo clerk'"
    )
