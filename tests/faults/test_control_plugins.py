"""The controls of I24 and of faults 54 and 55: with a guard off, what proves them of plugins that
are upgraded, removed or not what they say finds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from registry import plugin_manager
from registry.api import listings
from registry.app import Application
from registry.domain.criterion import CriterionVersion
from registry.domain.determination import Determination
from registry.domain.facts import Facts
from registry.domain.listing import Listing
from registry.plugin_loading import PluginDescription
from registry.plugin_manager import Plugins
from registry.services import checks, determinations, origins
from registry.services.context import Contexts
from registry.services.work import View
from tests import test_plugin_faults as of_clashes
from tests import test_plugin_loading as of_names
from tests.api import test_switched_off_sectors as of_cases
from tests.api.conftest import Http
from tests.api.conftest import http as http
from tests.api.test_switched_off_sectors import cases as cases
from tests.kit import test_plugin_versions as of_versions
from tests.kit.conftest import energy as energy
from tests.kit.conftest import run as run
from tests.kit.test_plugin_versions import installed as installed
from tests.kit.test_plugin_versions import migrated as migrated
from tests.made_plugins import MakePlugin
from tests.services import test_rules as of_rules
from tests.services import test_upgrades as of_upgrades
from tests.services.test_upgrades import restarted as restarted
from tests.world import World

Patch = pytest.MonkeyPatch
DidNotRaise = pytest.fail.Exception


# --- upgraded and removed -------------------------------------------------------------------------


def the_past_is_read_by_the_rules_of_now(patch: Patch) -> None:
    patch.setattr(Contexts, "as_known", lambda self, reading: self.latest)


def texts_are_those_of_now(patch: Patch) -> None:
    real = listings.shape

    def shape(view: View, listing: Listing, as_of: datetime) -> dict[str, Any]:
        versions = view.rulebook.criterion_versions(listing.criterion)
        text = versions[-1].text_zh if versions else ""
        return {**real(view, listing, as_of), "criterion_text": text}

    patch.setattr(listings, "shape", shape)


def listings_go_with_their_sector(patch: Patch) -> None:
    real = checks.gather

    def gather(*known: Any) -> Facts:
        facts = real(*known)
        kept = tuple(one for one in facts.listings if one.sector in facts.enabled)
        return facts._replace(listings=kept)

    patch.setattr(checks, "gather", gather)


MUTANTS = [the_past_is_read_by_the_rules_of_now, texts_are_those_of_now]


@pytest.mark.control("I24")
@pytest.mark.parametrize("guard_off", MUTANTS)
def test_an_upgrade_that_changes_the_past_would_be_seen(
    world: World, restarted: Application, guard_off: Callable[[Patch], None], monkeypatch: Patch
):
    guard_off(monkeypatch)

    with pytest.raises(AssertionError):
        of_upgrades.test_after_an_upgrade_past_answers_replay_and_a_listing_keeps_its_text(
            world, restarted
        )


@pytest.mark.control("I24", "F54")
@pytest.mark.parametrize("guard_off", MUTANTS)
def test_a_removal_that_changes_the_past_would_be_seen(
    world: World, guard_off: Callable[[Patch], None], monkeypatch: Patch
):
    guard_off(monkeypatch)
    proof = of_upgrades.test_whatever_comes_and_goes_the_past_stands

    with pytest.raises(AssertionError):
        proof.hypothesis.inner_test(world, [[of_upgrades.without_the_sector]])


@pytest.mark.control("F54")
def test_were_listings_to_go_with_their_plugin_it_would_be_seen(world: World, monkeypatch: Patch):
    listings_go_with_their_sector(monkeypatch)

    with pytest.raises(AssertionError, match="restricted"):
        of_rules.test_without_its_plugin_a_sector_is_incomplete_where_needed_and_nowhere_else(world)


@pytest.mark.control("F54")
@pytest.mark.parametrize(
    "proof",
    [
        of_cases.test_a_case_of_a_sector_that_is_off_stands_among_the_others,
        of_cases.test_it_goes_no_further_without_its_rules_and_can_be_dropped,
    ],
)
def test_a_case_that_goes_on_under_rules_of_the_past_would_be_seen(
    http: Http, cases: dict[str, Any], proof: Callable[..., None], monkeypatch: Patch
):
    with http.world.registry.view() as view:
        rulebook = view.rulebook

    def enabled(_: View, case: Determination) -> CriterionVersion | None:
        known = rulebook.criterion_versions(case.criterion)
        return next((one for one in known if one.version == case.criterion_version), None)

    monkeypatch.setattr(determinations, "_enabled", enabled)

    with pytest.raises(AssertionError):
        proof(http, cases)


# --- not what they say ----------------------------------------------------------------------------


@pytest.mark.control("F55")
def test_were_the_first_of_a_name_taken_it_would_be_seen(
    install: Callable[..., None], monkeypatch: Patch
):
    monkeypatch.setattr(plugin_manager, "one_offer", lambda name, known: known[name][0])

    with pytest.raises(AssertionError, match="implements no hook"):
        of_names.test_two_distributions_that_claim_one_name_are_both_named(install)


@pytest.mark.control("F55")
def test_were_the_last_of_two_taken_it_would_be_seen(make_plugin: MakePlugin, monkeypatch: Patch):
    def last(self: Plugins, hook: str, _: type) -> Mapping[str, tuple[PluginDescription, Any]]:
        calls = self._calls(hook, {})
        return {value.code: (plugin, value) for plugin, call in calls for value in call()}

    monkeypatch.setattr(Plugins, "_collected", last)

    with pytest.raises(DidNotRaise):
        of_clashes.test_a_clash_names_both_plugins(
            "registry_identifiers", of_clashes.a_scheme("x"), "identifier scheme x", make_plugin
        )


@pytest.mark.control("F55")
def test_an_older_version_that_is_activated_would_be_seen(
    installed: Any, migrated: Any, energy: Any, monkeypatch: Patch
):
    monkeypatch.setattr(origins, "_require_no_older", lambda one, known: None)

    with pytest.raises(DidNotRaise):
        of_versions.test_an_older_version_is_refused_and_what_was_active_stays(
            installed, migrated, energy
        )


@pytest.mark.control("F55")
@pytest.mark.parametrize(
    "proof",
    [
        of_versions.test_an_older_version_is_refused_at_the_start_of_a_server_too,
        of_versions.test_a_plugin_that_was_away_does_not_come_back_older,
    ],
)
def test_an_older_version_that_is_served_would_be_seen(
    proof: Callable[..., None], installed: Any, migrated: Any, monkeypatch: Patch
):
    monkeypatch.setattr(origins, "_require_no_older", lambda one, known: None)

    with pytest.raises(DidNotRaise):
        proof(installed, migrated)
