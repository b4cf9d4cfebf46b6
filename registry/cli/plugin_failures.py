"""Who is to blame: enabled plugins that cannot be loaded, and failures that were journalled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from registry import settings
from registry.app import Application
from registry.domain.errors import PluginError, RegistryError
from registry.plugin_loading import PluginDescription
from registry.plugin_manager import load_plugins
from registry.settings import Settings
from registry.store import journal, schema

FAILED = "plugin.failed"


def each_enabled() -> Iterator[PluginDescription | PluginError]:
    """Each enabled plugin loaded by itself, so that a broken one hides no other."""
    found = settings.load(os.environ)
    for name in found.plugins:
        yield _tried((name,), ())
    for module in found.plugin_modules:
        yield _tried((), (module,))


def _tried(names: tuple[str, ...], modules: tuple[str, ...]) -> PluginDescription | PluginError:
    try:
        (described,) = load_plugins(names, modules).describe()
    except PluginError as error:
        return error
    return described


def journalled() -> list[str]:
    """A line for each plugin that failed on a predicate: how often, when last, why. None where
    there is no database that can be read."""
    found = settings.load(os.environ)
    if not _may_be_there(found):
        return []
    application = Application(found)
    try:
        if schema.current(application.database) is None:
            return []
        with application.store.reading() as reading:
            entries = journal.facts_of_kind(reading, FAILED)
    except RegistryError as error:
        return [f"failures of plugins are not known: {error.message}"]
    finally:
        application.close()
    by_plugin: dict[str, list[dict[str, str]]] = {}
    for entry in entries:
        by_plugin.setdefault(entry["plugin"], []).append(entry)
    return [
        f"{plugin}\tFAILED {len(all_of_it)} times\tlast {all_of_it[-1]['at']}: "
        f"{all_of_it[-1]['predicate']} {all_of_it[-1]['cause']}"
        for plugin, all_of_it in sorted(by_plugin.items())
    ]


def _may_be_there(found: Settings) -> bool:
    """Asking must not make an empty SQLite file."""
    _, _, path = found.database_url.partition("sqlite:///")
    return not found.is_sqlite or Path(path).is_file()
