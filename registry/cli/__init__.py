"""The command line `registry`: one file a command group. Exit codes: 0 done, 1 refused or found
bad, 2 wrong use."""

from __future__ import annotations

import click

from registry import __version__, logs
from registry.cli.access import agency, token
from registry.cli.check import check
from registry.cli.custody import backup, keys, restore, verify
from registry.cli.demo import demo
from registry.cli.evaluate import evaluate
from registry.cli.impact import impact
from registry.cli.intake import import_file
from registry.cli.plugin import plugin
from registry.cli.plugin_commands import WithPlugins
from registry.cli.rules import edition, rules
from registry.cli.serve import migrate, serve, sweep


@click.group(cls=WithPlugins, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="registry")
def main() -> None:
    """A registry of debarment and joint incentives: what applies, to whom, by which article."""
    logs.configure()  # to standard error: what a command prints is for whoever reads its lines


for command in (
    migrate, serve, sweep, demo, agency, token, edition, rules, check, evaluate, import_file,
    plugin, verify, keys, backup, restore,
):  # fmt: skip
    main.add_command(command)
rules.add_command(impact)
