"""A change of the standard: seen before it is activated, and carried out by a reviewer only."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest

from registry.domain.errors import IllegalTransition, InvalidInput, NotFound
from registry.domain.listing import ExitGround
from registry.rulebook.rulebook import Rulebook
from registry.services import custody, exits, impact, removals, rules
from registry.store import listings
from registry.store import removals as store
from tests.services.test_rules import activate
from tests.world import CRITERION

DAY = timedelta(days=1)


def set_figure(when, figure):
    """Ask for another amount underpaid, wherever in the condition that stands."""
    if isinstance(when, list):
        for part in when:
            set_figure(part, figure)
    elif isinstance(when, dict):
        if when.get("field") == "underpaid_amount" and "at_least" in when:
            when["at_least"] = figure
        for part in when.values():
            set_figure(part, figure)


def evasion(document):
    return next(one for one in document["sectors"]["tax"]["criteria"] if one["code"] == CRITERION)


def later_version(figure, start):
    """A change of the document: from a day on, tax evasion begins at another figure."""

    def change(document):
        versions = evasion(document)["versions"]
        versions[-1]["valid_to"] = start.isoformat()
        new = copy.deepcopy(versions[-1])
        new.update(version=f"{start}", valid_from=start.isoformat(), valid_to=None)
        set_figure(new["when"], figure)
        versions.append(new)

    return change


def changed_book(world, change):
    with world.registry.view() as view:
        document = copy.deepcopy(dict(view.rulebook.document))
        change(document)
        return view.rulebook, Rulebook.from_document(document)


def of_listing(world, listing):
    with world.registry.view() as view:
        return store.open_of(view.reading, listing.id)


@pytest.mark.requirement("CRI-07")
def test_activation_proposes_to_remove_who_no_longer_meets_the_new_version(world):
    gone, stays = world.listed(), None
    firm = world.enterprise()
    record = world.record(firm, world.today - 90 * DAY, underpaid_amount="2000000")
    case = world.propose(firm, record)
    world.notice(case, world.today - 60 * DAY)
    stays = world.confirm(case)

    activate(world, later_version(1_500_000, world.today))

    removal = of_listing(world, gone)
    assert (removal.old_version, removal.new_version) == (gone.criterion_version, f"{world.today}")
    assert removal.effective_on == world.today
    assert any("1,500,000" in reason.text for reason in removal.reasons)
    assert of_listing(world, stays) is None
    with world.registry.view() as view:
        assert listings.get(view.reading, gone.id).exit is None, "a proposal ends nothing"
    assert custody.verify(world.registry.store).problem is None


def test_who_activates_is_told_how_many_removals_that_proposed(world):
    world.listed()
    with world.registry.operating() as work:
        document = copy.deepcopy(dict(work.rulebook.document))
        later_version(1_500_000, world.today)(document)
        done = rules.activate(
            work.change, Rulebook.from_document(document), "another".ljust(64, "0")
        )

    assert done.removals == 1


def test_a_reviewer_ends_the_listing_and_the_proposal_is_done(world):
    listing = world.listed()
    activate(world, later_version(1_500_000, world.today))
    removal = of_listing(world, listing)

    with world.work("reviewer") as work:
        ended = exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "The figure was raised.")

    assert ended.exit.ground is ExitGround.CRITERIA_CHANGED
    with world.registry.view() as view:
        assert store.get(view.reading, removal.id).state == "done"


def test_before_the_new_version_begins_the_listing_stays(world, clock):
    listing = world.listed()
    start = world.today + 10 * DAY
    activate(world, later_version(1_500_000, start))
    assert of_listing(world, listing).effective_on == start

    with pytest.raises(InvalidInput, match="ground"), world.work("reviewer") as work:
        exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "Too early.")
    clock.advance(days=10)
    with world.work("reviewer") as work:
        exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "Now.")


def test_a_proposal_is_declined_once_and_by_the_listing_s_own_authority(world):
    listing = world.listed()
    activate(world, later_version(1_500_000, world.today))
    removal = of_listing(world, listing)

    with pytest.raises(NotFound), world.work("other_reviewer") as work:
        removals.decline(work, removal.id, "Not mine.")
    with world.work("reviewer") as work:
        declined = removals.decline(work, removal.id, "The decision was amended since.")
    with pytest.raises(IllegalTransition), world.work("reviewer") as work:
        removals.decline(work, removal.id, "Again.")

    assert (declined.state, declined.decision_reason) == (
        "declined",
        "The decision was amended since.",
    )


def test_a_proposal_is_withdrawn_when_the_rules_change_back(world):
    listing = world.listed()
    activate(world, later_version(1_500_000, world.today))
    removal = of_listing(world, listing)

    def lower_again(document):
        set_figure(evasion(document)["versions"][-1]["when"], 1_000_000)

    activate(world, lower_again, "yet another")

    assert of_listing(world, listing) is None
    with world.registry.view() as view:
        assert store.get(view.reading, removal.id).state == "withdrawn"


@pytest.mark.requirement("CRI-07")
def test_a_proposal_stands_when_only_another_version_is_changed(world):
    listing = world.listed()
    activate(world, later_version(1_500_000, world.today))
    removal = of_listing(world, listing)

    def earlier_figure(document):
        set_figure(evasion(document)["versions"][-2]["when"], 900_000)

    activate(world, earlier_figure, "yet another")

    assert of_listing(world, listing) == removal


def test_a_repealed_criterion_proposes_the_removal_without_a_new_version(world):
    listing = world.listed()

    def repeal(document):
        evasion(document)["versions"][-1]["valid_to"] = world.today.isoformat()

    activate(world, repeal)

    removal = of_listing(world, listing)
    assert removal.new_version == ""
    assert removal.to_json()["new_version"] is None
    assert "in force no longer" in removal.reasons[0].text


def test_a_sector_that_is_disabled_and_a_change_of_wording_propose_nothing(world):
    listing = world.listed()

    activate(world, lambda document: evasion(document)["versions"][-1].update(text_zh="改写。"))
    assert of_listing(world, listing) is None
    activate(world, lambda document: document["sectors"].pop("tax"), "another still")
    assert of_listing(world, listing) is None


def test_the_impact_names_who_would_enter_and_leave_with_reasons_before_activation(world):
    listing = world.listed()
    near = world.enterprise()
    world.record(near, world.today - DAY, underpaid_amount="900000", due_total_year="1000000")
    head = world.registry.store.head().seq

    lower = impact.impact(
        world.registry.store, *changed_book(world, _figure_of_the_version_in_force(800_000))
    )
    higher = impact.impact(
        world.registry.store, *changed_book(world, later_version(1_500_000, world.today))
    )

    assert (lower.criteria, lower.counts) == ([CRITERION], {"enter": 1, "leave": 0, "measures": 0})
    assert lower.enter[0]["subject_id"] == near.id
    assert any("800,000" in reason["text"] for reason in lower.enter[0]["reasons"])
    assert (higher.counts["enter"], higher.counts["leave"]) == (0, 1)
    assert higher.leave[0]["listing_id"] == listing.id
    assert higher.leave[0]["old_version"] == listing.criterion_version
    assert higher.leave[0]["new_version"] == f"{world.today}"
    assert world.registry.store.head().seq == head
    assert of_listing(world, listing) is None


def _figure_of_the_version_in_force(figure):
    def change(document):
        set_figure(evasion(document)["versions"][-1]["when"], figure)

    return change


def test_the_impact_reads_the_records_where_a_new_rule_asks_of_another_field(world):
    firm = world.enterprise()
    world.record(firm, world.today - DAY, underpaid_amount="1", decision_no="税稽罚〔2026〕1号")

    def by_number(document):
        evasion(document)["versions"][-1]["when"] = {"field": "decision_no", "present": True}

    found = impact.impact(world.registry.store, *changed_book(world, by_number))

    assert [one["subject_id"] for one in found.enter] == [firm.id]


def test_the_impact_names_listings_that_would_get_other_measures(world):
    listing = world.listed()

    def drop_one(document):
        document["sectors"]["tax"]["measures"].pop(0)

    found = impact.impact(world.registry.store, *changed_book(world, drop_one))

    assert found.counts == {"enter": 0, "leave": 0, "measures": 1}
    assert found.measures[0]["listing_id"] == listing.id
    assert len(found.measures[0]["lost"]) == 1


def test_a_sector_that_comes_back_gains_nothing_that_its_edition_still_gives(world):
    world.listed()
    with world.registry.view() as view:
        whole = view.rulebook
    activate(world, lambda document: document["sectors"].pop("tax"))
    with world.registry.view() as view:
        found = impact.impact(world.registry.store, view.rulebook, whole)

    assert found.counts["measures"] == 0
    assert found.rewritten == []


@pytest.mark.requirement("CRI-07")
def test_the_impact_names_versions_that_would_be_active_with_another_text(world):
    active, proposed = changed_book(
        world, lambda document: set_figure(evasion(document)["versions"], 900_000)
    )
    found = impact.impact(world.registry.store, active, proposed)

    versions = [one["version"] for one in evasion(active.document)["versions"]]
    assert found.rewritten == [
        {"code": CRITERION, "version": version, "parts": ["when"]} for version in versions
    ]


def test_what_is_no_rulebook_is_refused_by_name(world):
    with world.registry.view() as view:
        for parts in ({"rules": {}}, {"sectors": {"tax": {"code": "tax"}}}, {"sectors": []}):
            with pytest.raises(InvalidInput, match="rulebook"):
                impact.laid_over(view.rulebook, parts)
