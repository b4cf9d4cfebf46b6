"""registry plugin list, check, test, new, schemas."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry import clock, logs
from registry.cli import plugin_failures, plugin_target, scaffold
from registry.cli.running import plainly, read_if_there
from registry.domain.errors import PluginError, RegistryError, RuleError
from registry.domain.validity import day_of
from registry.metrics import Metrics
from registry.plugin_loading import PluginDescription
from registry.plugin_offers import installed
from registry.predicates.runner import Predicates, sources_of
from registry.rulebook.cases import run_cases
from registry.rulebook.review import review
from registry.rulebook.rewritten import rewritten
from registry.rulebook.rulebook import Rulebook
from registry.services import rules, standards

REWRITTEN = (
    "active versions changed: {}. A change of law is a new version under the same code, with the "
    "day from which it holds; only a mistake in the text is put right in its place."
)

_module = click.option("--plugin", "modules", multiple=True, help="A dotted module beside them.")


@click.group()
def plugin() -> None:
    """What is installed, whether its rules hold, and how to begin one."""


@plugin.command("list")
@plainly
def list_plugins() -> None:
    """Name, distribution, version, file and hooks of each enabled plugin, and which of them failed.

    Exit 1 if one cannot be loaded."""
    failures = plugin_failures.journalled()
    broken = 0
    for one in plugin_failures.each_enabled():
        if isinstance(one, PluginDescription):
            hooks = ", ".join(one.hooks)
            click.echo(f"{one.name}\t{one.distribution} {one.version}\t{one.file}\t{hooks}")
        else:
            broken += 1
            click.echo(f"{one.details['plugin']}\tBROKEN\t{one.message}")
    for line in failures:
        click.echo(line)
    if broken:
        sys.exit(1)


@plugin.command("check")
@click.argument("target", required=False)
@_module
@plainly
def check_plugins(target: str | None, modules: tuple[str, ...]) -> None:
    """Name every mistake in the rules with file and line, and list all figures that are to_verify.

    TARGET is a folder with a plugin, installed or not, or the name of an installed one; default:
    all that are enabled. It is loaded beside the enabled plugins, so that conflicts show."""
    looked_at = plugin_target.find(target, modules)
    wrong: list[RuleError | PluginError] = []
    for name, package in looked_at.packages():
        found = review(package)
        for figure in found.to_verify:
            click.echo(f"to_verify\t{figure.file}:{figure.line}\t{figure.what}")
        for mistake in found.mistakes:
            mistake.plugin = name
        wrong += found.mistakes
    if not wrong:
        try:
            looked_at.plugins.identifiers()
            rulebook = looked_at.plugins.rulebook()
        except (RuleError, PluginError) as error:
            wrong.append(error)
    for one in wrong:
        click.echo(one.message, err=True)
    if wrong:
        click.echo(f"mistakes: {len(wrong)}", err=True)
        sys.exit(1)
    _say_rewritten(rulebook)
    _say_what_is_missing(rulebook)
    click.echo(f"rules are sound: {rulebook.digest}")


def _say_what_is_missing(rulebook: Rulebook) -> None:
    """What a set of an authority's own lacks before it can be activated: that may come later."""
    today = day_of(clock.now())
    for sector in rulebook.sectors.values():
        for problem in standards.missing(rulebook, sector, today):
            click.echo(f"{sector.code} cannot be activated yet: {problem}", err=True)


def _say_rewritten(rulebook: Rulebook) -> None:
    """What these rules say otherwise of versions that are active here, if anything is."""
    try:
        with read_if_there() as reading:
            active = rules.active(reading) if reading is not None else None
    except RegistryError as error:
        click.echo(f"not compared with the active rules: {error.message}", err=True)
        return
    changed = rewritten(active, rulebook) if active is not None else []
    for one in changed:
        click.echo(str(one), err=True)
    if changed:
        click.echo(REWRITTEN.format(len(changed)), err=True)


@plugin.command("test")
@click.argument("target", required=False)
@_module
@plainly
def test_plugins(target: str | None, modules: tuple[str, ...]) -> None:
    """Run the worked cases of every sector looked at; exit 1 if one fails.

    TARGET is what it is for `registry plugin check`."""
    looked_at = plugin_target.find(target, modules)
    chosen = {package for _, package in looked_at.packages()}
    passed = failed = 0
    predicates = Predicates(sources_of(looked_at.plugins), Metrics(), logs.get())
    try:
        for sector in looked_at.plugins.sectors():
            if looked_at.names and sector.package not in chosen:
                continue
            for result in run_cases(sector, predicates.ask):
                click.echo(str(result))
                passed += result.passed
                failed += not result.passed
    finally:
        predicates.close()
    if failed:
        click.echo(f"{failed} failed", err=True)
        sys.exit(1)
    click.echo(f"{passed} cases as expected")


@plugin.command("new")
@click.argument("name")
@plainly
def new_plugin(name: str) -> None:
    """Write a sector plugin of its own into ./NAME: rules, cases, tests and packaging, to replace
    bit by bit. It passes `registry plugin test` as made."""
    scaffold.check_name(name, installed())
    made = scaffold.write(name, Path.cwd())
    click.echo(f"wrote {made}")
    click.echo(f"next: registry plugin check ./{name}, registry plugin test ./{name}")


@plugin.command("schemas")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@plainly
def write_schemas(folder: Path) -> None:
    """Write the JSON Schemas of the rule files into FOLDER, for editors."""
    for path in scaffold.write_schemas(folder):
        click.echo(str(path))
