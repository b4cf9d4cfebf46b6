"""The commands that plugins add: `registry <plugin> <command> ...`. Looked for only when a word is
none of the registry's own, or all are listed, so that nothing else pays for loading them."""

from __future__ import annotations

import os
from collections.abc import Callable

import click

from registry import settings
from registry.cli.running import plainly
from registry.domain.command import Command
from registry.domain.errors import PluginError, RegistryError
from registry.plugin_manager import load_plugins


class WithPlugins(click.Group):
    """The registry's own commands first; a plugin cannot take the place of one."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Ours, or the group of a plugin's commands."""
        return super().get_command(ctx, cmd_name) or plugin_group(cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Ours, then the plugins that give commands; without them where they cannot be loaded, for
        help is wanted then all the more."""
        ours = super().list_commands(ctx)
        try:
            found = settings.load(os.environ)
            given = load_plugins(found.plugins, found.plugin_modules).commands()
        except RegistryError:
            return ours
        return [*ours, *sorted(name for name, one in given.items() if one and name not in ours)]


@plainly
def plugin_group(name: str) -> click.Group | None:
    """The commands of an enabled plugin; None if it gives none, or there is none."""
    found = settings.load(os.environ)
    if name not in (*found.plugins, *found.plugin_modules):
        return None
    commands = load_plugins(found.plugins, found.plugin_modules).commands().get(name)
    if not commands:
        return None
    group = click.Group(name, help=f"Commands of the plugin {name}.")
    for command in commands:
        arguments: list[click.Parameter] = [click.Argument([one]) for one in command.arguments]
        run = _runner(name, command)
        group.add_command(
            click.Command(command.code, params=arguments, callback=run, help=command.help)
        )
    return group


def _runner(plugin: str, command: Command) -> Callable[..., None]:
    @plainly
    def run(**words: str) -> None:
        given = [words[argument.lower()] for argument in command.arguments]
        try:
            text = command.run(*given)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        except Exception as error:
            cause = f"{command.code} failed: {type(error).__name__}: {error}"
            raise PluginError(plugin, cause) from error
        if not isinstance(text, str):
            raise PluginError(plugin, f"{command.code} gave {type(text).__name__} instead of text")
        click.echo(text)

    return run
