"""What every command does alike: read the settings, open the application, say errors plainly."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from registry import settings
from registry.app import Application
from registry.domain.errors import InvalidInput, RegistryError

T = TypeVar("T")


@contextmanager
def opened(ready: bool = True) -> Iterator[Application]:
    """The application of the environment's settings, closed at the end."""
    application = Application(settings.load(os.environ))
    try:
        if ready:
            application.require_sound()
        yield application
    finally:
        application.close()


def plainly(command: Callable[..., T]) -> Callable[..., T]:
    """Show the registry's errors as a message and exit with 1, never as a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> T:
        try:
            return command(*args, **options)
        except InvalidInput as error:
            lines = [f"{field}: {'; '.join(said)}" for field, said in error.errors.items()]
            raise click.ClickException("\n".join(lines)) from None
        except RegistryError as error:
            raise click.ClickException(error.message) from None

    return run
