"""Plugins are loaded through entry points alone; one that is broken stops the start in a sentence.

The distributions in tests/fake_distribution imitate what pip installs.
"""

import sys
import types

import pluggy
import pytest

from registry.domain.errors import PluginError
from registry.plugin_manager import load_plugins
from registry.sdk import (
    Calendar,
)
from tests.made_plugins import BUNDLED, FAKES, with_modules


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


@pytest.mark.proves("F55")
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
