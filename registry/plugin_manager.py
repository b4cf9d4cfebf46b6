"""Build one plugin manager per application and ask its plugins, one by one, so that whoever fails
is named.

Bundled plugins and strangers' come through the same entry points. What is not enabled is never
imported; what is enabled and cannot be used stops the start. Nothing here is global.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import pluggy

from registry import __version__, hookspecs, rulebook
from registry.domain.actor import Credentials
from registry.domain.command import Command
from registry.domain.errors import InvalidInput, PluginError, RuleConflict, RuleError
from registry.domain.events import Event
from registry.domain.intake import IntakeRow, RecordAdapter, UnreadableFile, sound_row
from registry.domain.origin import Origin
from registry.domain.page import Page
from registry.domain.predicate import Predicate
from registry.domain.profile import ProfileSource
from registry.domain.sector import Sector
from registry.domain.subject import IdentifierScheme
from registry.domain.token import TokenLookup
from registry.domain.workdays import Calendar
from registry.plugin_loading import PluginDescription, broken, guarded, kind_of, register
from registry.plugin_offers import is_editable, offers, one_offer
from registry.rulebook.calendars import calendar_document
from registry.rulebook.rulebook import Rulebook, digest_of

T = TypeVar(
    "T",
    Sector,
    IdentifierScheme,
    Calendar,
    ProfileSource,
    RecordAdapter,
    Predicate,
    Command,
    Page,
)


class Plugins:
    """The enabled plugins of one application, and every question that may be put to them."""

    def __init__(
        self, manager: pluggy.PluginManager, descriptions: Mapping[str, PluginDescription]
    ) -> None:
        self._manager = manager
        self._descriptions = dict(descriptions)
        self._gave: dict[str, dict[str, tuple[PluginDescription, Any]]] = {}

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
                given = guarded(plugin, _ADAPTERS, partial(_adapters, call, name, kind))
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

    def commands(self) -> dict[str, tuple[Command, ...]]:
        """What registry_commands gives, by plugin."""
        return self._by_plugin("registry_commands", Command)

    def pages(self) -> dict[str, tuple[Page, ...]]:
        """What registry_pages gives, by plugin."""
        return self._by_plugin("registry_pages", Page)

    def predicates(self) -> tuple[Predicate, ...]:
        """What registry_predicates gives."""
        return self._collect("registry_predicates", Predicate)

    def predicate_sources(self) -> dict[str, PluginDescription]:
        """Whose each predicate is, by its code."""
        found = self._collected("registry_predicates", Predicate)
        return {code: plugin for code, (plugin, _) in found.items()}

    def rulebook(self) -> Rulebook:
        """The rulebook of the enabled plugins, read anew; RuleError if a criterion names a
        predicate that its own plugin does not give."""
        sources = self.predicate_sources()
        for plugin, sector in self._collected("registry_sectors", Sector).values():
            for version in sector.criteria:
                named = version.predicate
                if named is not None and sources.get(named.code) != plugin:
                    name = version.code.partition(".")[2]
                    file = f"{sector.package.replace('.', '/')}/criteria/{name}.yaml"
                    problem = f"names the predicate {named.code}, which {plugin} does not give"
                    raise RuleError(file, None, problem, plugin.name)
        sectors = [sector for _, sector in self._given("registry_sectors", Sector).values()]
        return Rulebook.merge(sectors, self.profiles(), self.calendars())

    def origins(self) -> tuple[Origin, ...]:
        """Which rules, and which code of predicates, come from which version of which distribution;
        modules named for development have none and are left out."""
        documents: dict[str, list[Any]] = {}
        for plugin, sector in self._given("registry_sectors", Sector).values():
            documents.setdefault(plugin.name, []).append(sector.document)
        for plugin, profile in self._given("registry_profiles", ProfileSource).values():
            documents.setdefault(plugin.name, []).append(profile.document)
        for plugin, calendar in self._given("registry_calendars", Calendar).values():
            documents.setdefault(plugin.name, []).append(calendar_document(calendar))
        judging = {one.name for one, _ in self._given("registry_predicates", Predicate).values()}
        return tuple(
            Origin(
                plugin.name,
                plugin.distribution,
                plugin.version,
                digest_of(documents[plugin.name]) if plugin.name in documents else "",
                plugin.editable,
                _code_digest(plugin.file) if plugin.name in judging else "",
            )
            for plugin in self.describe()
            if plugin.distribution
        )

    def actor(self, credentials: Credentials, lookup: TokenLookup) -> str | None:
        """The first token id that registry_actor gives; None if no plugin knows the credentials."""
        offered = {"credentials": credentials, "lookup": lookup}
        for plugin, call in reversed(list(self._calls("registry_actor", offered))):
            token = guarded(plugin, "registry_actor", call)
            if token is None:
                continue
            if not isinstance(token, str):
                raise broken(plugin, f"registry_actor returned {kind_of(token)}, not a token id")
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

    def _by_plugin(self, hook: str, kind: type[T]) -> dict[str, tuple[T, ...]]:
        """Codes may be the same in two plugins, since each has its own name before them."""
        found: dict[str, tuple[T, ...]] = {}
        for plugin, call in self._calls(hook, {}):
            values = guarded(plugin, hook, partial(_listed, call, kind))
            codes = [value.code for value in values]
            for code in codes:
                if codes.count(code) > 1:
                    raise broken(plugin, f"{hook} gave {_WORDS[kind]} {code} twice")
            found[plugin.name] = tuple(values)
        return found

    def _collect(self, hook: str, kind: type[T]) -> tuple[T, ...]:
        return tuple(value for _, value in self._collected(hook, kind).values())

    def _collected(self, hook: str, kind: type[T]) -> dict[str, tuple[PluginDescription, T]]:
        found: dict[str, tuple[PluginDescription, T]] = {}
        for plugin, call in self._calls(hook, {}):
            for value in guarded(plugin, hook, partial(_listed, call, kind)):
                if value.code in found:
                    other = found[value.code][0]
                    raise RuleConflict(f"{_WORDS[kind]} {value.code}", str(other), str(plugin))
                found[value.code] = (plugin, value)
        self._gave[hook] = found
        return found

    def _given(self, hook: str, kind: type[T]) -> dict[str, tuple[PluginDescription, T]]:
        """What was collected last, so that no file is read twice for one activation."""
        return self._gave.get(hook) or self._collected(hook, kind)

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
    Predicate: "predicate",
    Command: "command",
    Page: "page",
}


def load_plugins(enabled: Sequence[str], modules: Sequence[str] = ()) -> Plugins:
    """Load the enabled entry points and, for development, dotted modules beside them.

    PluginError, in one sentence, for one that is absent, does not import, claims a name twice,
    implements a hook that does not exist, or implements none.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    found = offers()
    for name in found.keys() - set(enabled):
        manager.set_blocked(name)
    descriptions: dict[str, PluginDescription] = {}
    for name in dict.fromkeys(enabled):
        entry, distribution = one_offer(name, found)
        origin = PluginDescription(
            name,
            distribution.name,
            distribution.version,
            "",
            (),
            editable=is_editable(distribution),
        )
        descriptions[name] = register(manager, origin, entry.load)
    for module in dict.fromkeys(modules):
        manager.unblock(module)  # it was named, whatever is installed under its name
        origin = PluginDescription(module, "", "", "", ())
        load = partial(importlib.import_module, module)
        descriptions[module] = register(manager, origin, load)
    return Plugins(manager, descriptions)


def _tell(implementation: pluggy.HookImpl, event: Event) -> None:
    offered = {"event": event}
    implementation.function(*(offered[name] for name in implementation.argnames))


def _listed(call: Callable[[], object], kind: type[T]) -> list[T]:
    result = call()
    if isinstance(result, str | bytes | Mapping) or not isinstance(result, Iterable):
        raise TypeError(f"gave {kind_of(result)} instead of an iterable of {kind.__name__}")
    values = list(result)
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"gave {kind_of(value)} instead of {kind.__name__}")
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
            raise broken(plugin, f"{what} failed: {detail}") from error
        last = row.number
        yield row


_SOURCES = ("*.py", "*.yaml")


def _code_digest(file: str) -> str:
    """Of the Python files alone: the rules have a digest of their own."""
    digest = hashlib.sha256()
    _add_sources(digest, file, kinds=("*.py",))
    return digest.hexdigest()


def _add_sources(digest: hashlib._Hash, file: str, kinds: Sequence[str] = _SOURCES) -> None:
    """The code and rule files of a plugin: its module, or everything in the package it is in."""
    module = Path(file)
    found = [module]
    if file and module.with_name("__init__.py").is_file():
        found = sorted(path for kind in kinds for path in module.parent.rglob(kind))
    for path in found:
        if path.is_file():
            name = path.relative_to(module.parent).as_posix()
            digest.update(f"\0{name}\0".encode() + path.read_bytes())
