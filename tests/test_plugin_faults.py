"""What a plugin may not give: it is refused, and whose it is stands in the message."""

from dataclasses import replace

import pytest

from registry.domain.actor import Credentials
from registry.domain.errors import InvalidInput, PluginError, RuleConflict, RuleError
from registry.plugin_manager import Plugins, load_plugins
from registry.sdk import (
    Calendar,
    IntakeRow,
    ProfileSource,
    UnreadableFile,
    load_sector,
)
from tests.made_plugins import a_scheme, an_adapter, rows_of, with_modules

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


@pytest.mark.proves("F55")
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
