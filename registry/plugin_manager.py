"""Build one plugin manager per application and ask its plugins, one by one, so that whoever fails
is named.

Bundled plugins and strangers' come through the same entry points. What is not enabled is never
imported; what is enabled and cannot be used stops the start. Nothing here is global.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import pluggy

from registry import __version__, hookspecs, rulebook
from registry.domain.actor import Credentials
from registry.domain.errors import InvalidInput, PluginError, RuleConflict, RuleError
from registry.domain.events import Event
from registry.domain.intake import IntakeRow, RecordAdapter, UnreadableFile, sound_row
from registry.domain.profile import ProfileSource
from registry.domain.sector import Sector
from registry.domain.subject import IdentifierScheme
from registry.domain.token import TokenLookup
from registry.domain.workdays import Calendar
from registry.rulebook.rulebook import Rulebook

GROUP = "registry.plugins"

T = TypeVar("T", Sector, IdentifierScheme, Calendar, ProfileSource, RecordAdapter)


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

    @property
    def has_rule_files(self) -> bool:
        """True for a sector whose YAML files lie beside its module."""
        return bool(self.file) and Path(self.file).with_name("sector.yaml").is_file()

    def __str__(self) -> str:
        origin = f"{self.distribution} {self.version}" if self.distribution else self.file
        return f"{self.name} ({origin})"


class Plugins:
    """The enabled plugins of one application, and every question that may be put to them."""

    def __init__(
        self, manager: pluggy.PluginManager, descriptions: Mapping[str, PluginDescription]
    ) -> None:
        self._manager = manager
        self._descriptions = dict(descriptions)

    def describe(self) -> tuple[PluginDescription, ...]:
        """Name, distribution, version, file and hooks of each, in the order of loading."""
        return tuple(self._descriptions.values())

    def sectors(self) -> tuple[Sector, ...]:
        """What registry_sectors gives; PluginError, RuleError or RuleConflict name the culprit."""
        return self._collect("registry_sectors", Sector)

    def identifiers(self) -> tuple[IdentifierScheme, ...]:
        """What registry_identifiers gives."""
        return self._collect("registry_identifiers", IdentifierScheme)

    def calendars(self) -> tuple[Calendar, ...]:
        """What registry_calendars gives."""
        return self._collect("registry_calendars", Calendar)

    def profiles(self) -> tuple[ProfileSource, ...]:
        """What registry_profiles gives."""
        return self._collect("registry_profiles", ProfileSource)

    def record_adapters(self) -> tuple[RecordAdapter, ...]:
        """What registry_record_adapters gives; PluginError or RuleConflict name the culprit."""
        return self._collect("registry_record_adapters", RecordAdapter)

    def read_file(self, file: BinaryIO, name: str, kind: str) -> Iterator[IntakeRow]:
        """The rows of an agency's file, read by the adapter that its name asks for.

        InvalidInput where no plugin reads such files, or this one cannot be read. A plugin that
        fails to give its adapters is passed over, and named only where no other can read the file.
        """
        failed: PluginError | None = None
        known: set[str] = set()
        serving: dict[str, tuple[PluginDescription, RecordAdapter]] = {}
        for plugin, call in self._calls("registry_record_adapters", {}):
            try:
                given = _guarded(plugin, _ADAPTERS, partial(_adapters, call, name, kind))
            except PluginError as error:
                failed = failed or error
                continue
            for adapter, serves in given:
                known.update(adapter.suffixes)
                if serves:
                    serving[plugin.name] = (plugin, adapter)
        if len(serving) > 1:
            first, second = (str(plugin) for plugin, _ in list(serving.values())[:2])
            raise RuleConflict(f"the format of {name}", first, second)
        if not serving:
            raise failed or InvalidInput.field("file", _not_read(known))
        ((plugin, adapter),) = serving.values()
        return _rows(plugin, adapter, file, kind)

    def rulebook(self) -> Rulebook:
        """The rulebook of the enabled plugins, read anew."""
        return Rulebook.merge(self.sectors(), self.profiles(), self.calendars())

    def actor(self, credentials: Credentials, lookup: TokenLookup) -> str | None:
        """The first token id that registry_actor gives; None if no plugin knows the credentials."""
        offered = {"credentials": credentials, "lookup": lookup}
        for plugin, call in reversed(list(self._calls("registry_actor", offered))):
            token = _guarded(plugin, "registry_actor", call)
            if token is None:
                continue
            if not isinstance(token, str):
                raise _broken(plugin, f"registry_actor returned {_kind(token)}, not a token id")
            return token
        return None

    def listeners(self) -> dict[str, Callable[[Event], None]]:
        """By name, the plugins that want to be told what has happened. Each is told apart, so that
        one that raises keeps no other from hearing it."""
        hooks = self._manager.hook.registry_event.get_hookimpls()
        return {one.plugin_name: partial(_tell, one) for one in hooks}

    def fingerprint(self) -> str:
        """Changes whenever the code or the rule files of an enabled plugin do, or how we read them.

        A server whose fingerprint is the one stored with the active rulebook need not read a single
        rule file at its start.
        """
        digest = hashlib.sha256(__version__.encode())
        _add_sources(digest, rulebook.__file__)
        for plugin in self.describe():
            digest.update(f"\0{plugin.name}\0{plugin.distribution}\0{plugin.version}".encode())
            _add_sources(digest, plugin.file)
        return digest.hexdigest()

    def _collect(self, hook: str, kind: type[T]) -> tuple[T, ...]:
        found: dict[str, tuple[PluginDescription, T]] = {}
        for plugin, call in self._calls(hook, {}):
            for value in _guarded(plugin, hook, partial(_listed, call, kind)):
                if value.code in found:
                    other = found[value.code][0]
                    raise RuleConflict(f"{_WORDS[kind]} {value.code}", str(other), str(plugin))
                found[value.code] = (plugin, value)
        return tuple(value for _, value in found.values())

    def _calls(
        self, hook: str, offered: Mapping[str, Any]
    ) -> Iterator[tuple[PluginDescription, Callable[[], Any]]]:
        # Not through pluggy's own call: one plugin that raises would take all results with it.
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            arguments = [offered[name] for name in implementation.argnames]
            description = self._descriptions[implementation.plugin_name]
            yield description, partial(implementation.function, *arguments)


_WORDS: Mapping[type, str] = {
    Sector: "sector",
    IdentifierScheme: "identifier scheme",
    Calendar: "calendar",
    ProfileSource: "profile",
    RecordAdapter: "record adapter",
}


def load_plugins(enabled: Sequence[str], modules: Sequence[str] = ()) -> Plugins:
    """Load the enabled entry points and, for development, dotted modules beside them.

    PluginError, in one sentence, for one that is absent, does not import, claims a name twice,
    implements a hook that does not exist, or implements none.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    offers = _offers()
    for name in offers.keys() - set(enabled):
        manager.set_blocked(name)
    descriptions: dict[str, PluginDescription] = {}
    for name in dict.fromkeys(enabled):
        entry, distribution = _one_offer(name, offers)
        origin = PluginDescription(name, distribution.name, distribution.version, "", ())
        descriptions[name] = _register(manager, origin, entry.load)
    for module in dict.fromkeys(modules):
        origin = PluginDescription(module, "", "", "", ())
        load = partial(importlib.import_module, module)
        descriptions[module] = _register(manager, origin, load)
    return Plugins(manager, descriptions)


Offers = Mapping[str, Sequence[tuple[EntryPoint, Distribution]]]


def installed() -> dict[str, list[Distribution]]:
    """Which distributions offer a plugin of each name, enabled or not; nothing is imported."""
    return {name: [one for _, one in found] for name, found in _offers().items()}


def _offers() -> Offers:
    """The entry points of our group by name. The same distribution seen twice on the path, as an
    editable install beside its source, is one."""
    offers: dict[str, list[tuple[EntryPoint, Distribution]]] = {}
    seen: set[tuple[str, str]] = set()
    for distribution in distributions():
        for entry in distribution.entry_points:
            key = (distribution.name, entry.name)
            if entry.group == GROUP and key not in seen:
                seen.add(key)
                offers.setdefault(entry.name, []).append((entry, distribution))
    return offers


def _one_offer(name: str, offers: Offers) -> tuple[EntryPoint, Distribution]:
    found = offers.get(name, [])
    if not found:
        known = ", ".join(sorted(offers)) or "none"
        raise PluginError(
            name,
            f"is enabled but not installed. Installed: {known}. Install its distribution, or take "
            "it out of the setting plugins.",
        )
    if len(found) > 1:
        names = " and ".join(f"{one.name} {one.version}" for _, one in found)
        raise PluginError(name, f"is claimed by both {names}. Remove one of them.")
    return found[0]


def _register(
    manager: pluggy.PluginManager, origin: PluginDescription, load: Callable[[], object]
) -> PluginDescription:
    plugin = _guarded(origin, "import", load)
    try:
        manager.register(plugin, origin.name)
        _refuse_misspelt(manager, plugin, origin)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise _broken(origin, str(error).replace("\n", " ")) from error
    hooks = sorted(caller.name for caller in manager.get_hookcallers(plugin) or [])
    return PluginDescription(
        origin.name,
        origin.distribution,
        origin.version,
        _file(plugin),
        tuple(hooks),
        getattr(plugin, "__name__", ""),
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
        raise _broken(
            origin, f"implements an unknown hook {name}. {hint}Hooks: {', '.join(known)}."
        )
    for name in known:
        if callable(getattr(plugin, name, None)) and name not in callers:
            raise _broken(origin, f"{name} is not marked: put @hookimpl of registry.sdk above it.")
    if not callers:
        raise _broken(origin, f"implements no hook. Hooks: {', '.join(known)}.")
    for caller in callers.values():
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin and (
                implementation.wrapper or implementation.hookwrapper
            ):
                # It could change what other plugins give, and so an answer.
                raise _broken(origin, f"{caller.name} is a wrapper, which no plugin may be.")


def _guarded(plugin: PluginDescription, what: str, call: Callable[[], Any]) -> Any:
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
        raise _broken(plugin, f"{what} failed: {detail}") from error


def _tell(implementation: pluggy.HookImpl, event: Event) -> None:
    offered = {"event": event}
    implementation.function(*(offered[name] for name in implementation.argnames))


def _listed(call: Callable[[], object], kind: type[T]) -> list[T]:
    result = call()
    if isinstance(result, str | bytes | Mapping) or not isinstance(result, Iterable):
        raise TypeError(f"gave {_kind(result)} instead of an iterable of {kind.__name__}")
    values = list(result)
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"gave {_kind(value)} instead of {kind.__name__}")
    return values


_ADAPTERS = "registry_record_adapters"


def _adapters(call: Callable[[], object], name: str, kind: str) -> list[tuple[RecordAdapter, bool]]:
    """The adapters of one plugin, and which of them serve the file."""
    given = _listed(call, RecordAdapter)
    for one in given:
        if not all(isinstance(suffix, str) for suffix in one.suffixes) or not callable(one.read):
            raise TypeError(f"gave an adapter {one.code} whose suffixes or read are no such thing")
    return [(one, one.serves(name, kind)) for one in given]


def _not_read(known: Iterable[str]) -> str:
    return f"no enabled plugin reads it: its name must end in {', '.join(sorted(known)) or '-'}"


def _rows(
    plugin: PluginDescription, adapter: RecordAdapter, file: BinaryIO, kind: str
) -> Iterator[IntakeRow]:
    """The rows that an adapter gives, each looked at; what goes wrong is the plugin's."""
    what = f"adapter {adapter.code}"
    rows = None
    last = 0
    while True:
        try:
            rows = iter(adapter.read(file, kind)) if rows is None else rows
            row = sound_row(next(rows), last)
        except StopIteration:
            return
        except UnreadableFile as error:
            raise InvalidInput.field("file", str(error)) from None
        except Exception as error:
            detail = f"{type(error).__name__}: {error}".strip(": ")
            raise _broken(plugin, f"{what} failed: {detail}") from error
        last = row.number
        yield row


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _broken(plugin: PluginDescription, cause: str) -> PluginError:
    return PluginError(plugin.name, cause, plugin.distribution, plugin.version)


def _file(plugin: object) -> str:
    try:
        return inspect.getsourcefile(plugin if inspect.ismodule(plugin) else type(plugin)) or ""
    except TypeError:
        return ""


def _add_sources(digest: hashlib._Hash, file: str) -> None:
    """The code and rule files of a plugin: its module, or everything in its package."""
    module = Path(file)
    found = [module]
    if module.name == "__init__.py":
        found = sorted([*module.parent.rglob("*.py"), *module.parent.rglob("*.yaml")])
    for path in found:
        if path.is_file():
            name = path.relative_to(module.parent).as_posix()
            digest.update(f"\0{name}\0".encode() + path.read_bytes())
