"""Plugins made for one test, by dotted name, and distributions installed for one: what the tests of
plugins share."""

import io
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry import hookspecs
from registry.domain.events import Event
from registry.plugin_manager import Plugins, load_plugins
from registry.sdk import (
    IdentifierScheme,
    IntakeRow,
    RecordAdapter,
    hookimpl,
)

BUNDLED = ("token_auth", "event_metrics", "china", "tax")
FAKES = Path(__file__).parent / "fake_distribution"
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("registry_"))
MakePlugin = Callable[..., str]


@pytest.fixture
def make_plugin(monkeypatch: pytest.MonkeyPatch) -> MakePlugin:
    """Call with a name and hooks by keyword; gives the dotted name to load."""

    def make(name: str, **hooks: Callable[..., object]) -> str:
        module = types.ModuleType(name)
        for hook, function in hooks.items():
            setattr(module, hook, hookimpl(function))
        monkeypatch.setitem(sys.modules, name, module)
        return name

    return make


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch):
    """Call with names of folders in tests/fake_distribution: they are installed for this test."""

    def installed(*names: str) -> None:
        for name in names:
            monkeypatch.syspath_prepend(str(FAKES / name))

    before = set(sys.modules)
    yield installed
    for name in set(sys.modules) - before:
        if name.startswith("fake_"):
            del sys.modules[name]


def with_modules(*modules: str) -> Plugins:
    return load_plugins((), modules)


def a_scheme(code: str = "x") -> IdentifierScheme:
    return IdentifierScheme(code, "X", "X", False, frozenset({"enterprise"}), str.strip, "X.")


def an_event(seq: int = 1, kind: str = "listing.exited") -> Event:
    return Event(seq, kind, datetime(2024, 3, 1, tzinfo=UTC), {"listing_id": "l"})


def an_adapter(code: str = "x", read=None, **changes) -> RecordAdapter:
    rows = [IntakeRow(1, {"name": "a"}), IntakeRow(2, fault="is no row")]
    read = read or (lambda file, kind: iter(rows))
    return replace(RecordAdapter(code, "X", "X", frozenset({f".{code}"}), read), **changes)


def rows_of(plugins: Plugins, name: str = "list.x", kind: str = "subjects") -> list[IntakeRow]:
    return list(plugins.read_file(io.BytesIO(b"content"), name, kind))
