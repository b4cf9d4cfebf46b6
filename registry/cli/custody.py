"""registry verify, keys new, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry.cli.running import opened, plainly
from registry.services import custody
from registry.store import vault

FILE = click.Path(dir_okay=False, path_type=Path)
NO_KEYS = "It holds no keys: keep a copy of the key file {} apart; without it nothing opens."


@click.command()
@click.option(
    "--from",
    "start",
    type=click.IntRange(min=1),
    help="Trust the journal up to this entry and begin there; default: begin at the start.",
)
@plainly
def verify(start: int | None) -> None:
    """Recompute the chains and the stored state. The first bad entry is named; then the exit code
    is 1. Note the last line elsewhere: it is what a later state must contain."""
    with opened(ready=False) as application:  # what it finds may be why nothing else starts
        verdict = custody.verify(application.store, start or 0)
    _say(verdict)


@click.group()
def keys() -> None:
    """The key file: what opens identity numbers and erasable content."""


@keys.command("new")
@click.argument("file", type=FILE)
@plainly
def new_keys(file: Path) -> None:
    """Make a key file, 0600, for PostgreSQL or for rotation."""
    vault.write_new(file)
    click.echo(f"made {file} (0600): back it up apart from the database")


@click.command()
@click.argument("file", type=FILE)
@plainly
def backup(file: Path) -> None:
    """Write a backup to FILE while the registry goes on working. The keys are not in it."""
    with opened() as application:
        made = custody.backup(application.store, file)
        key_file = application.settings.key_file
    click.echo(f"{file}: {made.rows} rows, up to journal entry {made.seq} ({made.hash})")
    click.echo(NO_KEYS.format(key_file), err=True)


@click.command()
@click.argument("file", type=FILE)
@plainly
def restore(file: Path) -> None:
    """Restore FILE into an empty database with the key file it was made with, then verify it."""
    with opened(ready=False) as application:
        verdict = custody.restore(application.store, file)
    _say(verdict)


def _say(verdict: custody.Verdict) -> None:
    click.echo(verdict.text(), err=verdict.problem is not None)
    if verdict.problem is not None:
        sys.exit(1)
