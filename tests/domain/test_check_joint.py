"""Measures for every sector: which listings they follow, for how long, and what blocks them."""

from dataclasses import replace
from typing import Any

import pytest

from registry.domain.check import decide
from registry.domain.listing import Listing
from registry.domain.measure import Measure, Target
from tests.builders import (
    a_listing,
    a_measure,
    a_profile,
    a_request,
    an_edition,
    an_incentive,
    facts,
    on,
)


def for_every_sector(measure: Measure, **changes: Any) -> Measure:
    target = Target(measure.target.list_kinds, measure.target.subject_kinds, every_sector=True)
    return replace(measure, sector="general", target=target, **changes)


JOINT = for_every_sector(a_measure("p.no_honours", force="recommended"))
INCENTIVE = for_every_sector(an_incentive("i.green_channel"))
GENERAL = an_edition(JOINT, INCENTIVE, sector="general")
ENABLED = frozenset({"tax", "general"})


def told(*listings: Listing, as_of: str = "2025-06-01", **changes: Any) -> dict[str, Any]:
    known = facts(*listings, **{"editions": [GENERAL], "enabled": ENABLED, **changes})
    return decide(a_request(as_of=as_of), known)


def codes(answer: dict[str, Any], kind: str = "sanctions") -> list[tuple[str, str]]:
    return [(one["code"], one["until"]) for one in answer[kind]["recommended"]]


@pytest.mark.requirement("MEA-17")
def test_a_sanction_of_another_sector_follows_for_the_joint_period():
    listing = a_listing(until="2027-01-01", joint_until=on("2026-01-01"))

    assert codes(told(listing, as_of="2025-12-31")) == [("p.no_honours", "2026-01-01")]
    assert codes(told(listing, as_of="2026-01-01")) == []


@pytest.mark.requirement("MEA-17")
def test_a_criterion_without_a_joint_period_blocks_the_sanctions_of_other_sectors():
    answer = told(a_listing(joint_until=None))

    assert codes(answer) == []
    assert answer["outcome"] == "caution"


def test_a_joint_period_never_outlasts_the_listing():
    listing = a_listing(until="2025-09-01", joint_until=on("2026-01-01"))

    assert codes(told(listing)) == [("p.no_honours", "2025-09-01")]


def test_without_the_mark_a_measure_follows_its_own_sector_only():
    own = an_edition(a_measure("p.no_honours", sector="general"), sector="general")

    answer = told(a_listing(joint_until=on("2030-01-01")), editions=[own])

    assert answer["sanctions"] == {"mandatory": [], "recommended": []}


@pytest.mark.requirement("MEA-23")
def test_an_incentive_for_every_sector_needs_no_joint_period():
    answer = told(a_listing("red", joint_until=None))

    assert [code for code, _ in codes(answer, "incentives")] == ["i.green_channel"]
    assert answer["outcome"] == "favoured"


def test_an_unpublished_joint_sanction_is_dropped_and_told_where_it_would_apply():
    proposed = {"general": (JOINT, INCENTIVE)}
    nothing = [an_edition(sector="tax")]

    told_of = told(a_listing(joint_until=on("2026-01-01")), editions=nothing, proposed=proposed)
    blocked = told(a_listing(joint_until=None), editions=nothing, proposed=proposed)

    assert [(one["sector"], one["code"]) for one in told_of["dropped"]] == [
        ("general", "p.no_honours")
    ]
    assert blocked["dropped"] == []


def test_the_sector_of_a_joint_measure_is_needed_for_its_matter():
    answer = told(enabled=frozenset({"tax"}))

    assert [one["sector"] for one in answer["incomplete"]] == ["general"]
    assert answer["outcome"] == "undetermined"


# --- the period of the measure itself -------------------------------------------------------------

POST_BAN = a_measure("p.office_ban", force="recommended", period_of="measure.post_ban.months")


def banned(as_of: str, **changes: Any) -> dict[str, Any]:
    listing = a_listing(since="2024-03-01", until="2029-03-01")
    return told(listing, as_of=as_of, **{"editions": [an_edition(POST_BAN)], **changes})


@pytest.mark.requirement("MEA-09")
def test_a_measure_ends_after_the_months_of_the_profile():
    profile = a_profile(measure__post_ban__months=36)

    assert codes(banned("2027-02-28", profile=profile)) == [("p.office_ban", "2027-03-01")]
    assert codes(banned("2027-03-01", profile=profile)) == []


@pytest.mark.requirement("MEA-09")
def test_a_ban_from_posts_by_statute_binds_until_its_months_are_over_and_no_day_longer():
    statutory = a_measure("p.office_ban", force="mandatory", period_of="measure.post_ban.months")
    held = {
        "editions": [an_edition(statutory)],
        "profile": a_profile(measure__post_ban__months=36),
    }

    last, after = banned("2027-02-28", **held), banned("2027-03-01", **held)

    assert last["outcome"] == "restricted"
    assert last["sanctions"]["mandatory"][0]["until"] == "2027-03-01"
    assert after["sanctions"] == {"mandatory": [], "recommended": []}
    # the listing outlasts the ban: it is told, and no longer bars from a post
    assert after["outcome"] == "caution"


def test_a_period_that_the_profile_does_not_set_blocks_the_measure_and_is_told():
    answer = banned("2025-06-01")

    assert codes(answer) == []
    assert answer["outcome"] == "undetermined"
    assert answer["incomplete"] == [
        {
            "what": "profile",
            "sector": None,
            "reason": "The profile national does not set measure.post_ban.months.",
        }
    ]
