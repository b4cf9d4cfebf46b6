"""Plugins that are not what they say (fault 55): two versions, an older one, one version with two
contents, one that calls itself otherwise. The start refuses and names the culprit; what was active
stays so."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.errors import PluginError
from registry.domain.origin import Origin
from registry.plugin_manager import Plugins, load_plugins
from registry.settings import Settings
from registry.store import journal
from registry.testing import DEFAULT_PLUGINS
from tests.kit.odd_predicates import CODE, GOOD, HEAD

Install = Callable[..., None]
PACKAGE = "registry_sector_energy"


@pytest.fixture
def installed(energy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Call with a version: the energy plugin is then installed in it, and in no other."""
    monkeypatch.syspath_prepend(str(energy))

    def install(version: str, folder: Path = energy, editable: bool = False) -> None:
        for old in folder.glob("*.dist-info"):
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        about = folder / f"registry_sector_energy-{version}.dist-info"
        about.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: registry-sector-energy\nVersion: {version}\n"
        (about / "METADATA").write_text(metadata)
        (about / "entry_points.txt").write_text(f"[registry.plugins]\nenergy = {PACKAGE}\n")
        if editable:
            (about / "direct_url.json").write_text(json.dumps({"dir_info": {"editable": True}}))
        importlib.invalidate_caches()
        forget()

    def forget() -> None:
        for name in [one for one in sys.modules if one.partition(".")[0] == PACKAGE]:
            del sys.modules[name]

    yield install
    forget()


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Callable[..., Application]]:
    """Call: a process comes, with the energy plugin enabled unless told otherwise, and migrates;
    `said` is what that printed."""
    made: list[Application] = []

    def migrate(*plugins: str) -> Application:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path}/registry.db",
            key_file=str(tmp_path / "registry.key"),
            plugins=plugins or (*DEFAULT_PLUGINS, "energy"),
        )
        made.append(Application(settings))
        migrate.said = made[-1].migrate()
        return made[-1]

    yield migrate
    for application in made:
        application.close()


def other_rules(energy: Path) -> None:
    path = energy / PACKAGE / "lists.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("P3Y", "P2Y"), encoding="utf-8")


def judging(energy: Path, body: str = GOOD) -> None:
    """The plugin gives a predicate now, whose function stands in a file of its own."""
    package = energy / PACKAGE
    init = package / "__init__.py"
    if "registry_predicates" not in init.read_text(encoding="utf-8"):
        own = f"""
from registry.sdk import Predicate
from {PACKAGE} import judging

@hookimpl
def registry_predicates():
    return [Predicate("{CODE}", judging.judged)]
"""
        init.write_text(init.read_text(encoding="utf-8") + own, encoding="utf-8")
    function = HEAD.replace("{body}", body).partition("@hookimpl")[0]
    (package / "judging.py").write_text(function, encoding="utf-8")


def digest(application: Application) -> str:
    with application.registry.view() as view:
        return view.rulebook.digest


def test_a_later_version_with_other_rules_is_activated(installed, migrated, energy):
    installed("0.9")
    before = digest(migrated())
    other_rules(energy)
    installed("0.10")  # later than 0.9, whatever the alphabet says

    assert digest(migrated()) != before


@pytest.mark.requirement("CRI-07")
def test_figures_edited_in_their_place_are_told_where_they_are_activated(
    installed, migrated, energy
):
    installed("1.0")
    migrated()
    other_rules(energy)
    installed("1.1")

    application = migrated()

    assert "energy.serious_breach 2022-01-01: changed, not added: term" in migrated.said
    with application.store.reading() as reading:
        facts = journal.facts_of_kind(reading, "rulebook.activated")[-1]
    assert facts["rewritten"] == [
        {"code": "energy.serious_breach", "version": "2022-01-01", "parts": ["term"]}
    ]


def test_a_server_says_of_a_wheel_that_lies_what_migrate_would_say(installed, migrated, energy):
    installed("1.0")
    settings = migrated().settings
    other_rules(energy)
    installed("1.0")

    server = Application(settings)
    with pytest.raises(PluginError, match=r"is not the 1\.0 that was activated here"):
        server.require_ready()
    server.close()


def test_a_sector_that_is_switched_off_is_told_and_stands_in_the_list(
    installed, migrated, run, tmp_path, monkeypatch
):
    installed("1.0")
    migrated()
    migrated(*DEFAULT_PLUGINS)

    assert "sector energy is no longer enabled" in "\n".join(migrated.said)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", f"sqlite:///{tmp_path}/registry.db")
    monkeypatch.setenv("REGISTRY_KEY_FILE", f"{tmp_path}/registry.key")
    monkeypatch.setenv("REGISTRY_PLUGINS", ",".join(DEFAULT_PLUGINS))
    assert "energy\tOFF\t" in run("plugin", "list").stdout
    migrated()
    assert "OFF" not in run("plugin", "list").stdout


@pytest.mark.proves("F55")
def test_an_older_version_is_refused_and_what_was_active_stays(installed, migrated, energy):
    installed("0.10")
    application = migrated()
    before = digest(application)
    other_rules(energy)
    installed("0.9")

    with pytest.raises(PluginError) as caught:
        migrated()

    assert "Plugin energy (from registry-sector-energy 0.9): is older than 0.10" in (
        caught.value.message
    )
    assert digest(application) == before


@pytest.mark.proves("F55")
def test_an_older_version_is_refused_at_the_start_of_a_server_too(installed, migrated):
    installed("0.10")
    settings = migrated().settings
    installed("0.9")

    server = Application(settings)
    with pytest.raises(PluginError, match=r"is older than 0\.10"):
        server.require_ready()
    server.close()


@pytest.mark.proves("F55")
def test_a_plugin_that_was_away_does_not_come_back_older(installed, migrated):
    installed("2.0")
    migrated()
    migrated(*DEFAULT_PLUGINS)
    installed("1.0")

    with pytest.raises(PluginError, match=r"is older than 2\.0"):
        migrated()


def test_one_version_has_one_content(installed, migrated, energy):
    installed("1.0")
    before = digest(migrated())
    other_rules(energy)
    installed("1.0")

    with pytest.raises(PluginError) as caught:
        migrated()

    assert "Plugin energy (from registry-sector-energy 1.0): is not the 1.0 that was activated" in (
        caught.value.message
    )
    installed("1.1")
    assert digest(migrated()) != before


def test_a_checkout_that_is_worked_on_may_change_under_its_version(installed, migrated, energy):
    installed("1.0", editable=True)
    before = digest(migrated())
    other_rules(energy)
    installed("1.0", editable=True)

    assert digest(migrated()) != before


def test_one_version_has_one_code_of_its_predicates(installed, migrated, energy):
    judging(energy)
    installed("1.0")
    settings = migrated().settings
    judging(energy, GOOD.replace("True", "False"))
    installed("1.0")

    words = (
        r"Plugin energy \(from registry-sector-energy 1\.0\): is not the 1\.0 .* its code differs"
    )
    with pytest.raises(PluginError, match=words):
        migrated()
    server = Application(settings)
    with pytest.raises(PluginError, match=words):
        server.require_ready()
    server.close()
    installed("1.1")
    migrated()


def test_a_checkout_may_change_its_predicates_under_its_version(installed, migrated, energy):
    judging(energy)
    installed("1.0", editable=True)
    migrated()
    judging(energy, GOOD.replace("True", "False"))
    installed("1.0", editable=True)

    migrated()


def test_code_without_predicates_may_change_under_its_version(installed, migrated, energy):
    installed("1.0")
    migrated()
    (energy / PACKAGE / "reading.py").write_text("WORDS = 1\n")
    installed("1.0")

    migrated()


def test_what_was_activated_before_code_was_journalled_says_nothing_of_it(
    installed, migrated, energy, monkeypatch
):
    judging(energy)
    installed("1.0")
    original = Origin.to_json

    def earlier(self: Origin) -> dict[str, object]:
        return {name: value for name, value in original(self).items() if name != "code"}

    monkeypatch.setattr(Origin, "to_json", earlier)
    settings = migrated().settings
    monkeypatch.setattr(Origin, "to_json", original)
    monkeypatch.setattr(Plugins, "fingerprint", lambda _: "of a later registry".ljust(64))

    server = Application(settings)
    server.require_ready()
    with server.store.reading() as reading:
        activated = journal.facts_of_kind(reading, "rulebook.activated")
    server.close()
    codes = [one.get("code") for facts in activated for one in facts["plugins"]
             if one["plugin"] == "energy"]  # fmt: skip
    assert codes[0] is None
    assert len(codes[1]) == 64


def test_two_versions_at_once_are_both_named(installed, tmp_path, monkeypatch):
    installed("1.0")
    second = tmp_path / "second"
    second.mkdir()
    monkeypatch.syspath_prepend(str(second))
    installed("2.0", second)

    with pytest.raises(PluginError) as caught:
        load_plugins(["energy"])

    assert "registry-sector-energy 1.0" in caught.value.message
    assert "registry-sector-energy 2.0" in caught.value.message
    assert len(load_plugins(DEFAULT_PLUGINS).describe()) == 2


def test_a_plugin_that_calls_itself_otherwise_is_refused(installed, energy):
    path = energy / PACKAGE / "__init__.py"
    path.write_text(path.read_text(encoding="utf-8") + '\n__version__ = "9.9"\n', encoding="utf-8")
    installed("1.0")

    with pytest.raises(PluginError, match=r"registry-sector-energy 1\.0\): says that it is 9\.9"):
        load_plugins(["energy"])


def test_a_version_that_is_none_is_refused(installed, migrated):
    installed("1.0")
    migrated()
    installed("newest")

    with pytest.raises(PluginError, match="has 'newest' for a version"):
        migrated()


def test_the_list_names_every_broken_plugin_and_shows_the_others(run, monkeypatch, tmp_path):
    (tmp_path / "fails_to_import.py").write_text("raise RuntimeError('no')\n")
    (tmp_path / "hooks_nothing.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("REGISTRY_PLUGIN_MODULES", "fails_to_import,hooks_nothing")

    result = run("plugin", "list")

    assert result.exit_code == 1
    assert "fails_to_import\tBROKEN\tPlugin fails_to_import: import failed: RuntimeError: no" in (
        result.stdout
    )
    assert "hooks_nothing\tBROKEN\t" in result.stdout
    assert "tax\tsanction-registry" in result.stdout
    assert not list(tmp_path.glob("var/*"))  # looking leaves no database behind
