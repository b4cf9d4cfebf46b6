"""Plugins: each hook asked one by one, the bundled ones without law, and how hooks are written up.

The plugins here are modules made for one test, given by dotted name.
"""

import inspect
import re
from pathlib import Path

import pytest

from plugins import event_metrics
from registry import hookspecs
from registry.domain.actor import Credentials
from registry.domain.errors import InvalidInput, PluginError
from registry.domain.token import new_token
from registry.plugin_manager import load_plugins
from registry.sdk import (
    Calendar,
    Command,
    IntakeRow,
    Page,
    Predicate,
    ProfileSource,
    load_sector,
)
from tests.made_plugins import HOOKS, a_scheme, an_adapter, an_event, rows_of, with_modules

# --- each hook ------------------------------------------------------------------------------------


def test_hook_registry_sectors(make_plugin):
    tax = load_sector("sector_plugins.tax")
    plugins = with_modules(make_plugin("one", registry_sectors=lambda: [tax]))

    assert plugins.sectors() == (tax,)
    assert set(plugins.rulebook().sectors) == {"tax"}


def test_hook_registry_identifiers(make_plugin):
    one = make_plugin("one", registry_identifiers=lambda: [a_scheme("x")])
    two = make_plugin("two", registry_identifiers=lambda: (a_scheme(code) for code in "yz"))

    assert sorted(scheme.code for scheme in with_modules(one, two).identifiers()) == ["x", "y", "z"]


def test_hook_registry_calendars(make_plugin):
    calendar = Calendar("cn", {})
    plugins = with_modules(make_plugin("one", registry_calendars=lambda: [calendar]))

    assert plugins.calendars() == (calendar,)


def test_hook_registry_profiles(make_plugin):
    document = {"code": "p", "title": "P", "parent": None, "parameters": {}}
    source = ProfileSource("p", "P", None, document, "one")
    plugins = with_modules(make_plugin("one", registry_profiles=lambda: [source]))

    assert plugins.profiles() == (source,)
    assert plugins.rulebook().profile("p").title == "P"


def test_hook_registry_predicates(make_plugin):
    predicate = Predicate("energy.x", lambda question: {})
    plugins = with_modules(make_plugin("one", registry_predicates=lambda: [predicate]))

    assert plugins.predicates() == (predicate,)
    assert plugins.predicate_sources()["energy.x"].name == "one"


def test_hook_registry_commands(make_plugin):
    command = Command("say", "Say it.", ("word",), str.upper)
    one = make_plugin("one", registry_commands=lambda: [command])
    two = make_plugin("two", registry_commands=lambda: [command])

    assert with_modules(one, two).commands() == {"one": (command,), "two": (command,)}
    with pytest.raises(PluginError, match="Plugin odd: registry_commands gave command say twice"):
        with_modules(make_plugin("odd", registry_commands=lambda: [command] * 2)).commands()


def test_hook_registry_pages(make_plugin):
    page = Page("rules", "Rules", lambda view: view.language)
    plugins = with_modules(make_plugin("one", registry_pages=lambda: [page]))

    assert plugins.pages() == {"one": (page,)}


def test_hook_registry_actor(make_plugin):
    def mine(credentials, lookup):
        return lookup("digest") if credentials.bearer == "mine" else None

    one = make_plugin("one", registry_actor=mine)
    two = make_plugin("two", registry_actor=lambda credentials: "theirs"[: len(credentials.bearer)])
    stored = {"digest": "token-1"}.get

    assert with_modules(one).actor(Credentials("mine"), stored) == "token-1"
    assert with_modules(one).actor(Credentials("other"), stored) is None
    assert with_modules(two, one).actor(Credentials("mine"), stored) == "token-1"
    assert with_modules(two, one).actor(Credentials("other"), stored) == "their"


def test_hook_registry_record_adapters(make_plugin):
    def read(file, kind):
        yield IntakeRow(1, {"content": file.read().decode(), "kind": kind})

    one = make_plugin("one", registry_record_adapters=lambda: [an_adapter("x", read)])
    two = make_plugin("two", registry_record_adapters=lambda: [an_adapter("y", kinds={"records"})])
    plugins = with_modules(one, two)

    assert sorted(adapter.code for adapter in plugins.record_adapters()) == ["x", "y"]
    assert rows_of(plugins, "LIST.X") == [IntakeRow(1, {"content": "content", "kind": "subjects"})]
    assert len(rows_of(plugins, "list.y", "records")) == 2
    with pytest.raises(InvalidInput, match="file") as caught:
        rows_of(plugins, "list.y", "subjects")
    assert "its name must end in .x, .y" in str(caught.value.errors)


def test_hook_registry_event(make_plugin):
    heard = []

    def fails(event):
        raise OSError("no disk")

    one = make_plugin("one", registry_event=lambda event: heard.append(event.kind))
    two = make_plugin("two", registry_event=fails)
    three = make_plugin("three", registry_event=lambda: heard.append("something"))
    listeners = with_modules(two, one, three).listeners()

    for name in ("one", "three"):
        listeners[name](an_event())
    with pytest.raises(OSError, match="no disk"):
        listeners["two"](an_event())

    assert heard == ["listing.exited", "something"]


def test_every_hook_has_a_test():
    tests = {name.removeprefix("test_hook_") for name in globals() if name.startswith("test_hook_")}

    assert tests == set(HOOKS)


@pytest.mark.requirement("CRI-34")
def test_without_plugins_there_is_nothing():
    plugins = load_plugins(())

    assert plugins.describe() == plugins.sectors() == plugins.identifiers() == ()
    assert plugins.listeners() == {}
    assert plugins.actor(Credentials("x"), lambda digest: "t") is None
    assert plugins.rulebook().criteria() == plugins.rulebook().proposed_measures() == ()


# --- the bundled plugins that have no law in them -------------------------------------------------


def test_a_bearer_token_is_looked_up_by_its_digest():
    plugins = load_plugins(["token_auth"])
    token, digest = new_token(bytes(range(32)))
    asked = []

    def lookup(found):
        asked.append(found)
        return "token-1" if found == digest else None

    assert plugins.actor(Credentials(token), lookup) == "token-1"
    assert plugins.actor(Credentials(token[:-1] + "A"), lookup) is None
    assert plugins.actor(Credentials("eyJhbGciOi.another.kind"), lookup) is None
    assert asked[0] == digest
    assert len(asked) == 2  # another form never reaches the store


def test_events_are_counted_by_kind_and_once(monkeypatch):
    monkeypatch.setattr(event_metrics, "_seen", event_metrics.Seen())
    told = load_plugins(["event_metrics"]).listeners()["event_metrics"]

    def counted(kind):
        return event_metrics.EVENTS.labels(kind)._value.get()

    before = counted("listing.exited"), counted("repair.granted")
    for seq in (1, 2, 2, 1, 4):
        told(an_event(seq))
    told(an_event(3, "repair.granted"))
    told(an_event(3, "repair.granted"))

    assert counted("listing.exited") - before[0] == 3
    assert counted("repair.granted") - before[1] == 1


def test_what_was_seen_long_ago_is_not_counted_again():
    seen = event_metrics.Seen(limit=3)

    assert [seen.is_new(seq) for seq in (1, 2, 3, 4, 5)] == [True] * 5
    assert [seen.is_new(seq) for seq in (1, 2, 4, 5)] == [False] * 4
    assert seen.is_new(6)


# --- documentation --------------------------------------------------------------------------------


def test_the_heading_of_a_hook_is_its_exact_signature():
    pages = (Path(__file__).parents[1] / "docs" / "hooks").glob("*.md")
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    headings = re.findall(r"^# `(registry_.+)`$", text, re.MULTILINE)
    signatures = {name: str(inspect.signature(getattr(hookspecs, name))) for name in HOOKS}

    assert sorted(headings) == [f"{name}{signatures[name]}".replace("'", "") for name in HOOKS]


@pytest.mark.parametrize("hook", HOOKS)
def test_the_docstring_of_a_hook_follows_the_grammar(hook):
    text = inspect.getdoc(getattr(hookspecs, hook))
    first, *paragraphs = text.split("\n\n")

    assert first.endswith(".")
    assert "\n" not in first
    assert paragraphs[0].startswith("Called ")
    assert "transaction" in paragraphs[0] or "snapshot" in paragraphs[0]
    assert any(one.startswith("Returns ") and "None" in one for one in paragraphs)
    assert paragraphs[-1] == "Since 0.1."
