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
from registry.store import schema
from registry.store.transaction import Reading

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


@contextmanager
def read_if_there() -> Iterator[Reading | None]:
    """What is stored now, for a command that also works without a database: None where there is
    none yet, and asking makes none. RegistryError where there is one that cannot be read."""
    found = settings.load(os.environ)
    if found.is_sqlite and not found.sqlite_path.is_file():
        yield None
        return
    application = Application(found)
    try:
        if schema.current(application.database) is None:
            yield None
        else:
            with application.store.reading() as reading:
                yield reading
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
