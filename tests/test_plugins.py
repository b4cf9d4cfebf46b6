"""Plugins: loaded through entry points alone, asked one by one, and named when they fail.

The plugins here are modules made for one test, given by dotted name; the distributions in
tests/fake_distribution imitate what pip installs.
"""

import inspect
import io
import re
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pluggy
import pytest

from plugins import event_metrics
from registry import hookspecs
from registry.domain.actor import Credentials
from registry.domain.errors import InvalidInput, PluginError, RuleConflict, RuleError
from registry.domain.events import Event
from registry.domain.token import new_token
from registry.plugin_manager import Plugins, load_plugins
from registry.sdk import (
    Calendar,
    Command,
    IdentifierScheme,
    IntakeRow,
    Page,
    Predicate,
    ProfileSource,
    RecordAdapter,
    UnreadableFile,
    hookimpl,
    load_sector,
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


def an_adapter(code: str = "x", read=None, **changes) -> RecordAdapter:
    rows = [IntakeRow(1, {"name": "a"}), IntakeRow(2, fault="is no row")]
    read = read or (lambda file, kind: iter(rows))
    return replace(RecordAdapter(code, "X", "X", frozenset({f".{code}"}), read), **changes)


def rows_of(plugins: Plugins, name: str = "list.x", kind: str = "subjects") -> list[IntakeRow]:
    return list(plugins.read_file(io.BytesIO(b"content"), name, kind))


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


# --- what a plugin may not give -------------------------------------------------------------------

COLLECTED = {
    "registry_sectors": Plugins.sectors,
    "registry_identifiers": Plugins.identifiers,
    "registry_calendars": Plugins.calendars,
    "registry_profiles": Plugins.profiles,
    "registry_record_adapters": Plugins.record_adapters,
}


@pytest.mark.parametrize("hook", sorted(COLLECTED))
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "gave None instead of an iterable of"),
        ("text", "gave a str instead of an iterable of"),
        ({"a": 1}, "gave a dict instead of an iterable of"),
        ([{"code": "x"}], "gave a dict instead of"),
        (3, "gave a int instead of"),
    ],
)
def test_a_wrong_type_names_the_plugin(hook, given, words, make_plugin):
    plugins = with_modules(make_plugin("odd", **{hook: lambda: given}))

    with pytest.raises(PluginError) as caught:
        COLLECTED[hook](plugins)

    assert caught.value.message.startswith(f"Plugin odd: {hook} failed: TypeError: {words}")


@pytest.mark.parametrize("hook", sorted(COLLECTED))
def test_a_plugin_that_raises_is_named(hook, make_plugin):
    def half_way():
        yield from ()
        raise ZeroDivisionError("by zero")

    plugins = with_modules(make_plugin("odd", **{hook: half_way}))

    with pytest.raises(PluginError, match=f"Plugin odd: {hook} failed: ZeroDivisionError: by zero"):
        COLLECTED[hook](plugins)


def test_a_rule_error_keeps_its_file_and_gets_the_plugin(make_plugin):
    def broken():
        raise RuleError("a/b.yaml", 7, "is wrong")

    plugins = with_modules(make_plugin("odd", registry_sectors=broken))

    with pytest.raises(RuleError, match=r"^a/b\.yaml:7: is wrong$") as caught:
        plugins.sectors()
    assert caught.value.plugin == "odd"


@pytest.mark.parametrize(
    ("hook", "value", "what"),
    [
        ("registry_identifiers", a_scheme("x"), "identifier scheme x"),
        ("registry_calendars", Calendar("cn", {}), "calendar cn"),
        ("registry_profiles", ProfileSource("p", "P", None, {}, ""), "profile p"),
        ("registry_record_adapters", an_adapter("x"), "record adapter x"),
        ("registry_sectors", "tax", "sector tax"),
    ],
)
def test_a_clash_names_both_plugins(hook, value, what, make_plugin):
    found = load_sector("sector_plugins.tax") if value == "tax" else value
    one, two = (make_plugin(name, **{hook: lambda: [replace(found)]}) for name in ("one", "two"))

    with pytest.raises(RuleConflict) as caught:
        COLLECTED[hook](with_modules(one, two))

    assert what in caught.value.message
    assert "one" in caught.value.message
    assert "two" in caught.value.message


def test_a_clash_with_a_distribution_names_it(make_plugin):
    tax = load_sector("sector_plugins.tax")
    plugins = load_plugins(["tax"], [make_plugin("other", registry_sectors=lambda: [tax])])

    with pytest.raises(RuleConflict, match=r"by both tax \(sanction-registry [\d.]+\) and other"):
        plugins.sectors()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "TypeError: 'NoneType' object is not iterable"),
        ([None], "gave a NoneType instead of IntakeRow"),
        ([{"name": "secret"}], "gave a dict instead of IntakeRow"),
        ([IntakeRow("1", {})], "numbers do not ascend"),
        ([IntakeRow(True, {})], "numbers do not ascend"),
        ([IntakeRow(2, {}), IntakeRow(2, {})], "numbers do not ascend"),
        ([IntakeRow(1, ["secret"])], "values are no mapping"),
        ([IntakeRow(1, {"secret": 1})], "values that are not text"),
        ([IntakeRow(1, {1: "secret"})], "values that are not text"),
        ([IntakeRow(1, {}, 7)], "values that are not text"),
    ],
)
def test_an_adapter_that_gives_no_rows_is_named(make_plugin, given, words):
    adapter = an_adapter("x", lambda file, kind: given)
    plugins = with_modules(make_plugin("odd", registry_record_adapters=lambda: [adapter]))

    with pytest.raises(PluginError) as caught:
        rows_of(plugins)

    assert caught.value.message.startswith("Plugin odd: adapter x failed: TypeError: ")
    assert words in caught.value.message
    assert "secret" not in caught.value.message


def test_an_adapter_that_raises_half_way_is_named_and_a_file_it_refuses_is_the_files_fault(
    make_plugin,
):
    def read(file, kind):
        yield IntakeRow(1, {"name": "a"})
        raise UnreadableFile("is cut short") if kind == "records" else KeyError("x")

    plugins = with_modules(
        make_plugin("odd", registry_record_adapters=lambda: [an_adapter("x", read)])
    )

    with pytest.raises(PluginError, match="Plugin odd: adapter x failed: KeyError"):
        rows_of(plugins)
    with pytest.raises(InvalidInput) as caught:
        rows_of(plugins, kind="records")
    assert caught.value.errors == {"file": ["is cut short"]}


@pytest.mark.parametrize(
    "given",
    [
        lambda: None,
        lambda: [an_adapter("z", suffixes=[1])],
        lambda: [an_adapter("z", suffixes=None)],
        lambda: [replace(an_adapter("z"), read=None)],
        lambda: 1 / 0,
    ],
)
def test_a_plugin_whose_adapters_fail_harms_no_other(make_plugin, given):
    odd = make_plugin("odd", registry_record_adapters=given)
    good = make_plugin("good", registry_record_adapters=lambda: [an_adapter("x")])

    assert len(rows_of(with_modules(odd, good))) == 2
    assert len(rows_of(with_modules(good, odd))) == 2
    with pytest.raises(PluginError, match="Plugin odd: registry_record_adapters failed"):
        rows_of(with_modules(odd, good), "list.z")


def test_two_plugins_that_claim_one_file_are_both_named(make_plugin):
    one = make_plugin("one", registry_record_adapters=lambda: [an_adapter("x")])
    suffixes = frozenset({".x", ".z"})
    other = an_adapter("z", suffixes=suffixes)
    two = make_plugin("two", registry_record_adapters=lambda: [other])

    with pytest.raises(RuleConflict, match=r"the format of list\.x is declared by both"):
        rows_of(with_modules(one, two))
    assert len(rows_of(with_modules(one, two), "list.z")) == 2


def test_an_actor_that_is_no_token_id_is_refused(make_plugin):
    plugins = with_modules(make_plugin("odd", registry_actor=lambda credentials: True))

    with pytest.raises(PluginError, match="Plugin odd: registry_actor returned a bool"):
        plugins.actor(Credentials("x"), lambda digest: None)


def test_a_login_that_raises_is_named_and_nobody_gets_in(make_plugin):
    def fails(credentials):
        raise RuntimeError("down")

    plugins = with_modules(make_plugin("odd", registry_actor=fails))

    with pytest.raises(PluginError, match="Plugin odd: registry_actor failed: RuntimeError: down"):
        plugins.actor(Credentials("x"), lambda digest: "t")


# --- loading --------------------------------------------------------------------------------------


def test_the_bundled_plugins_come_through_entry_points():
    found = {one.name: one for one in load_plugins(BUNDLED).describe()}

    assert list(found) == list(BUNDLED)
    assert {one.distribution for one in found.values()} == {"sanction-registry"}
    assert found["tax"].file.endswith("sector_plugins/tax/__init__.py")
    assert found["tax"].hooks == ("registry_sectors",)
    assert found["china"].hooks == (
        "registry_calendars",
        "registry_commands",
        "registry_identifiers",
        "registry_profiles",
    )


def test_a_strangers_plugin_is_loaded_when_enabled(install):
    install("good")

    (found,) = load_plugins(["fair"]).describe()

    assert (found.name, found.distribution, found.version) == ("fair", "fake-good", "1.0")
    assert found.file == str(FAKES / "good" / "fake_good.py")


def test_what_is_not_enabled_is_not_imported(install):
    install("good", "import_error")

    load_plugins(BUNDLED)

    assert "fake_good" not in sys.modules


@pytest.mark.parametrize(
    ("folder", "name", "message"),
    [
        (
            "misspelt_hook",
            "misspelt",
            "Plugin misspelt (from fake-misspelt 1.1): implements an unknown hook registry_sector. "
            "Did you mean registry_sectors?",
        ),
        (
            "unmarked_hook",
            "unmarked",
            "Plugin unmarked (from fake-unmarked 1.2): registry_sectors is not marked: put "
            "@hookimpl of registry.sdk above it.",
        ),
        (
            "import_error",
            "broken",
            "Plugin broken (from fake-import-error 1.3): import failed: ModuleNotFoundError: "
            "No module named 'a_library_that_is_not_there'",
        ),
    ],
)
def test_a_broken_distribution_stops_the_start_in_one_sentence(folder, name, message, install):
    install(folder)

    with pytest.raises(PluginError) as caught:
        load_plugins([*BUNDLED, name])

    assert caught.value.message.startswith(message)
    assert "\n" not in caught.value.message


def test_two_distributions_that_claim_one_name_are_both_named(install):
    install("name_clash_one", "name_clash_two")

    with pytest.raises(PluginError) as caught:
        load_plugins(["clash"])

    assert "fake-clash-one 2.0" in caught.value.message
    assert "fake-clash-two 3.0" in caught.value.message
    load_plugins(BUNDLED)  # a clash of what is not enabled is nobody's concern


def test_the_same_distribution_twice_on_the_path_is_one(install):
    install("good", "good")

    assert len(load_plugins(["fair"]).describe()) == 1


def test_an_enabled_plugin_that_is_absent_stops_the_start():
    with pytest.raises(PluginError) as caught:
        load_plugins([*BUNDLED, "energy"])

    assert caught.value.message.startswith(
        "Plugin energy: is enabled but not installed. Installed:"
    )
    assert "tax" in caught.value.message


def test_a_module_that_is_absent_stops_the_start():
    with pytest.raises(PluginError, match=r"Plugin no\.such\.module: import failed"):
        with_modules("no.such.module")


def test_a_plugin_without_hooks_is_refused(make_plugin):
    with pytest.raises(PluginError, match="Plugin empty: implements no hook"):
        with_modules(make_plugin("empty"))


def test_arguments_that_the_hook_does_not_have_are_refused(make_plugin):
    with pytest.raises(PluginError, match=r"Plugin odd: .*registry_event"):
        with_modules(make_plugin("odd", registry_event=lambda happening: None))


@pytest.mark.parametrize("options", [{"wrapper": True}, {"hookwrapper": True}])
def test_a_wrapper_could_change_answers_and_is_refused(options, monkeypatch):
    module = types.ModuleType("wraps")

    @pluggy.HookimplMarker("registry")(**options)
    def registry_actor(credentials):
        return (yield)

    module.registry_actor = registry_actor
    monkeypatch.setitem(sys.modules, "wraps", module)

    with pytest.raises(PluginError, match="registry_actor is a wrapper, which no plugin may be"):
        with_modules("wraps")


def test_two_applications_share_no_plugins(make_plugin):
    one = with_modules(make_plugin("one", registry_calendars=lambda: [Calendar("cn", {})]))

    assert load_plugins(()).calendars() == ()
    assert len(one.calendars()) == 1


def test_one_module_under_two_names_is_refused():
    with pytest.raises(PluginError, match=r"plugins\.china"):
        load_plugins(["china"], ["plugins.china"])


# --- fingerprint ----------------------------------------------------------------------------------


def test_the_fingerprint_follows_code_and_rule_files(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "fingerprinted"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from registry.sdk import hookimpl\n\n@hookimpl\ndef registry_sectors():\n    return []\n"
    )
    plugins = with_modules("fingerprinted")
    seen = [plugins.fingerprint(), plugins.fingerprint()]
    (package / "sector.yaml").write_text("code: a\n")
    seen.append(plugins.fingerprint())
    (package / "criteria").mkdir()
    (package / "sector.yaml").rename(package / "criteria" / "sector.yaml")
    seen.append(plugins.fingerprint())
    (package / "criteria" / "sector.yaml").write_text("code: b\n")
    seen.append(plugins.fingerprint())
    monkeypatch.delitem(sys.modules, "fingerprinted")

    assert seen[0] == seen[1]
    assert len(set(seen)) == 4
    assert load_plugins(()).fingerprint() not in seen


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
    text = (Path(__file__).parents[1] / "docs" / "hooks.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## `(registry_.+)`$", text, re.MULTILINE)
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
