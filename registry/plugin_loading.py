"""Load one plugin: import it, see that its hooks are hooks, and name it in whatever it raises."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from registry import hookspecs
from registry.domain.errors import PluginError, RuleError


@dataclass(frozen=True)
class PluginDescription:
    """Where a plugin comes from and what it implements; `distribution` is empty for a module that
    was named on the command line."""

    name: str
    distribution: str
    version: str
    file: str
    hooks: tuple[str, ...]
    module: str = ""
    editable: bool = False

    @property
    def has_rule_files(self) -> bool:
        """True for a sector whose YAML files lie beside its module."""
        return bool(self.file) and Path(self.file).with_name("sector.yaml").is_file()

    def __str__(self) -> str:
        origin = f"{self.distribution} {self.version}" if self.distribution else self.file
        return f"{self.name} ({origin})"


def register(
    manager: pluggy.PluginManager, origin: PluginDescription, load: Callable[[], object]
) -> PluginDescription:
    """Import a plugin and put it before the manager; PluginError for one that does not import, is
    not what its version says, or implements a hook that does not exist, or none."""
    plugin = guarded(origin, "import", load)
    claimed = getattr(plugin, "__version__", None)
    if origin.distribution and claimed is not None and str(claimed) != origin.version:
        raise broken(origin, f"says that it is {claimed}. Install one that says what it is.")
    other = manager.get_plugin(origin.name)
    if other is not None:
        raise broken(origin, f"has the name of another enabled plugin ({_file(other)}): rename it")
    try:
        manager.register(plugin, origin.name)
        _refuse_misspelt(manager, plugin, origin)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise broken(origin, str(error).replace("\n", " ")) from error
    hooks = sorted(caller.name for caller in manager.get_hookcallers(plugin) or [])
    return PluginDescription(
        origin.name,
        origin.distribution,
        origin.version,
        _file(plugin),
        tuple(hooks),
        getattr(plugin, "__name__", ""),
        origin.editable,
    )


def _refuse_misspelt(
    manager: pluggy.PluginManager, plugin: object, origin: PluginDescription
) -> None:
    """A hook that nobody calls is a rule that nobody applies."""
    known = [name for name in vars(hookspecs) if name.startswith("registry_")]
    callers = {caller.name: caller for caller in manager.get_hookcallers(plugin) or []}
    for name in callers.keys() - set(known):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise broken(origin, f"implements an unknown hook {name}. {hint}Hooks: {', '.join(known)}.")
    for name in known:
        if callable(getattr(plugin, name, None)) and name not in callers:
            raise broken(origin, f"{name} is not marked: put @hookimpl of registry.sdk above it.")
    if not callers:
        raise broken(origin, f"implements no hook. Hooks: {', '.join(known)}.")
    for caller in callers.values():
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin and (
                implementation.wrapper or implementation.hookwrapper
            ):
                # It could change what other plugins give, and so an answer.
                raise broken(origin, f"{caller.name} is a wrapper, which no plugin may be.")


def guarded(plugin: PluginDescription, what: str, call: Callable[[], Any]) -> Any:
    """The result of a call into a plugin; what it raises becomes an error that names it."""
    try:
        return call()
    except RuleError as error:
        error.plugin = plugin.name
        raise
    except PluginError:
        raise
    except Exception as error:
        detail = f"{type(error).__name__}: {error}".strip(": ")
        raise broken(plugin, f"{what} failed: {detail}") from error


def kind_of(value: object) -> str:
    """What a value is, for a message."""
    return "None" if value is None else f"a {type(value).__name__}"


def broken(plugin: PluginDescription, cause: str) -> PluginError:
    """The error that names the plugin, its distribution and its version."""
    return PluginError(plugin.name, cause, plugin.distribution, plugin.version)


def _file(plugin: object) -> str:
    try:
        return inspect.getsourcefile(plugin if inspect.ismodule(plugin) else type(plugin)) or ""
    except TypeError:
        return ""
