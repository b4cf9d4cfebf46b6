"""What is amiss: enabled plugins that cannot be loaded, failures that were journalled, and sectors
whose plugin was switched off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from registry import settings
from registry.cli.running import read_if_there
from registry.domain.errors import PluginError, RegistryError
from registry.plugin_loading import PluginDescription
from registry.plugin_manager import load_plugins
from registry.services.events import FAILED
from registry.services.origins import ACTIVATED
from registry.store import journal


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
    """A line for each plugin that failed, on a predicate or on an event (how often, when last, on
    which, why), and for each sector that was active once and is not now. None where there is no
    database."""
    try:
        with read_if_there() as reading:
            if reading is None:
                return []
            failures = journal.facts_of_kind(reading, FAILED)
            activations = journal.facts_of_kind(reading, ACTIVATED)
    except RegistryError as error:
        return [f"failures of plugins are not known: {error.message}"]
    return [*_failed(failures), *_off([one["sectors"] for one in activations])]


def _failed(entries: list[dict[str, Any]]) -> Iterator[str]:
    by_plugin: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for entry in entries:  # what failed last would hide that something else had failed before
        by_plugin.setdefault((entry["plugin"], "event" in entry), []).append(entry)
    for (plugin, on_event), all_of_it in sorted(by_plugin.items()):
        last = all_of_it[-1]
        what = f"event {last['seq']} {last['event']}:" if on_event else last["predicate"]
        yield (
            f"{plugin}\tFAILED {len(all_of_it)} times\tlast {last['at']}: {what} {last['cause']}"
        )


def _off(activated: list[list[str]]) -> Iterator[str]:
    """Sectors of earlier rulebooks that the newest has not."""
    active = activated[-1] if activated else []
    for sector in sorted({code for sectors in activated for code in sectors} - set(active)):
        yield (
            f"{sector}\tOFF\tno plugin enabled at the last activation gives this sector: what it "
            "listed stays in force, and checks that need it are undetermined"
        )
