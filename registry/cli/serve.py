"""registry migrate, serve, sweep."""

from __future__ import annotations

import os
from contextlib import nullcontext

import click
from granian.constants import Interfaces
from granian.server import Server

from registry import listening, settings
from registry.app import Application
from registry.cli.running import opened, plainly
from registry.services.sweep import sweep as run_sweep
from registry.settings import Settings

# A plugin may keep the interpreter busy where no signal is heard: then the system ends it.
END_SECONDS = 30


@click.command()
@plainly
def migrate() -> None:
    """Create or upgrade the schema, activate the rulebook of the enabled plugins, and draft measure
    editions of their proposals. Nothing is published: a person does that."""
    with opened(ready=False) as application:
        for line in application.migrate() or ["nothing to do"]:
            click.echo(line)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1, 64), help="Default: 1 on SQLite, else 2.")
@click.option("--plugin", "modules", multiple=True, help="A dotted module, for development.")
@plainly
def serve(host: str, port: int, workers: int | None, modules: tuple[str, ...]) -> None:
    """Serve the registry. It refuses to start on a database that is behind, or on broken rules."""
    if modules:
        os.environ["REGISTRY_PLUGIN_MODULES"] = ",".join(modules)
    found = settings.load(os.environ)
    if found.is_sqlite and workers not in (None, 1):
        raise click.UsageError("On SQLite one process serves: leave --workers out.")
    listening.require_free(host, port)
    with listening.serving_alone(found.sqlite_path) if found.is_sqlite else nullcontext():
        application = Application(found)
        try:
            for line in application.require_ready():
                click.echo(line, err=True)
        finally:
            application.close()
        click.echo(f"serving on http://{host}:{port}", err=True)
        _serve(found, host, port, workers)


def _serve(found: Settings, host: str, port: int, workers: int | None) -> None:
    Server(
        "registry.asgi:create",
        factory=True,
        interface=Interfaces.ASGINL,
        address=host,
        port=port,
        workers=1 if found.is_sqlite else workers or 2,
        websockets=False,
        log_access=False,
        log_enabled=False,
        respawn_failed_workers=not found.is_sqlite,
        workers_kill_timeout=END_SECONDS,
    ).serve()


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what is due.")
@plainly
def sweep(dry_run: bool) -> None:
    """One enforcement pass now: record expiries and lapsed periods, seal the check chains."""
    with opened() as application:
        report = run_sweep(application.store, dry_run)
    click.echo(("would handle " + str(report.expired)) if dry_run else report.text())
