"""registry plugin list, check, test."""

from __future__ import annotations

import os
import sys

import click

from registry import settings
from registry.cli.running import plainly
from registry.domain.legal import RuleStatus
from registry.plugin_manager import Plugins, load_plugins
from registry.rulebook.cases import run_cases


@click.group()
def plugin() -> None:
    """What is installed, and whether its rules hold."""


def _plugins(modules: tuple[str, ...] = ()) -> Plugins:
    found = settings.load(os.environ)
    return load_plugins(found.plugins, (*found.plugin_modules, *modules))


@plugin.command("list")
@plainly
def list_plugins() -> None:
    """Name, distribution, version, file and hooks of each enabled plugin."""
    for one in _plugins().describe():
        hooks = ", ".join(one.hooks)
        click.echo(f"{one.name}\t{one.distribution} {one.version}\t{one.file}\t{hooks}")


@plugin.command("check")
@click.option("--plugin", "modules", multiple=True, help="A dotted module, for development.")
@plainly
def check_plugins(modules: tuple[str, ...]) -> None:
    """Load every rule, name the first mistake with its file and line, and list the figures that are
    to_verify."""
    rulebook = _plugins(modules).rulebook()
    for criterion in rulebook.criteria():
        if criterion.status is RuleStatus.TO_VERIFY:
            articles = "; ".join(f"{one.instrument} {one.article}" for one in criterion.basis)
            click.echo(f"to_verify\t{criterion.code} {criterion.version}\t{articles}")
    click.echo(f"rules are sound: {rulebook.digest}")


@plugin.command("test")
@click.option("--plugin", "modules", multiple=True, help="A dotted module, for development.")
@plainly
def test_plugins(modules: tuple[str, ...]) -> None:
    """Run the worked cases of every sector; exit 1 if one fails."""
    failed = 0
    for sector in _plugins(modules).sectors():
        for result in run_cases(sector):
            click.echo(str(result))
            failed += not result.passed
    if failed:
        click.echo(f"{failed} failed", err=True)
        sys.exit(1)
