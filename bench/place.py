"""A registry in a folder of the bench: opened as the product opens it, filled by `seed`."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from registry import clock
from registry.app import Application
from registry.demo import world
from registry.domain.actor import Role
from registry.domain.token import RANDOM_BYTES, new_token
from registry.services import agencies
from registry.settings import Settings


def settings_of(folder: Path) -> Settings:
    """Where the registry of a folder is; everything else as delivered."""
    url, key = f"sqlite:///{folder}/registry.db", str(folder / "registry.key")
    return Settings(database_url=url, key_file=key)


def environment_of(folder: Path) -> dict[str, str]:
    """The same for a process of the command line."""
    found = settings_of(folder)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    return {
        **plain,
        "REGISTRY_DATABASE_URL": found.database_url,
        "REGISTRY_KEY_FILE": found.key_file,
    }


def opened(folder: Path, now: Callable[[], datetime] = clock.now) -> Application:
    """The application of a folder."""
    return Application(settings_of(folder), now)


def make(folder: Path) -> Application:
    """A new registry with the demo's agencies, rules in force and one worked case; its clerk's
    token is kept beside it."""
    folder.mkdir(parents=True)
    application = opened(folder)
    application.migrate()
    world.load(application.registry)
    shown, digest = new_token(os.urandom(RANDOM_BYTES))
    with application.registry.operating() as work:
        agencies.add_token(work, world.BUYER, "Bench clerk", [Role.AGENCY], digest)
    (folder / "token").write_text(shown, encoding="ascii")
    return application


def token_of(folder: Path) -> str:
    """The clerk's token."""
    return (folder / "token").read_text(encoding="ascii")
