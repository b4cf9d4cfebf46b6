"""What follows from ratings in a check: only from those in force, only where an edition says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.domain.check import decide
from registry.domain.legal import Citation
from registry.domain.measure import Measure, RatedTarget, Target
from registry.domain.rating import Rating, RatingState
from registry.domain.subject import SubjectKind
from tests.builders import a_listing, a_measure, a_request, a_subject, an_edition, facts, on

LAW = (Citation("纳税缴费信用管理办法", "级别设定"),)


def a_rating(grade: str | None = "D", **changes: Any) -> Rating:
    rating = Rating(
        id="rating",
        subject_id="org",
        sector="tax",
        scorecard="tax.rating",
        scorecard_version="2025-07-01",
        title="Tax credit",
        title_zh="纳税信用",
        agency_id="authority",
        rated_by="li",
        rated_on=on("2025-04-01"),
        valid_from=on("2025-04-01"),
        valid_to=on("2026-04-01"),
        state=RatingState.PUBLISHED,
        grade=grade,
        grade_title="D",
        grade_title_zh="D级",
        basis=LAW,
    )
    return replace(rating, **changes)


def following(*grades: str, kinds: tuple[str, ...] = ("enterprise",), **more: Any) -> Measure:
    """A measure after these grades of tax.rating and no listing."""
    target = Target(
        frozenset(),
        frozenset(SubjectKind(kind) for kind in kinds),
        ratings=(RatedTarget("tax.rating", frozenset(grades)),),
    )
    return a_measure(more.pop("code", "p.strict_refund"), target=target, **more)


RATED_D = (a_rating(),)


def told(*measures: Measure, ratings: Any = RATED_D, **more: Any) -> dict[str, Any]:
    known = facts(
        *more.pop("listings", ()), editions=[an_edition(*measures)], ratings=ratings, **more
    )
    return decide(a_request(as_of="2025-06-01"), known)


def test_a_mandatory_sanction_after_a_grade_restricts_and_names_rating_and_articles():
    answer = told(following("C", "D"))

    assert answer["outcome"] == "restricted"
    (applied,) = answer["sanctions"]["mandatory"]
    assert (applied["listing_id"], applied["rating_id"]) == (None, "rating")
    assert (applied["until"], applied["via"]) == ("2026-04-01", None)
    assert applied["basis"][0]["article"] == "art. 22(1)(5)"
    (shown,) = answer["ratings"]
    assert (shown["scorecard"], shown["grade"], shown["rater"]) == (
        "tax.rating",
        "D",
        "Tax bureau",
    )
    assert shown["basis"] == [LAW[0].to_json()]
    assert answer["listings"] == []


@pytest.mark.parametrize(
    ("measure", "outcome"),
    [
        (following("D", force="recommended"), "caution"),
        (following("D", code="i.fast", kind="incentive", force="recommended"), "favoured"),
        (following("A", "B"), "clear"),
        (following("D", kinds=("person",)), "clear"),
        (following("D", memorandum="memo", signatories=frozenset({"other"})), "clear"),
        (following("D", matters=("tax.refund",)), "clear"),
    ],
)
def test_the_outcome_is_the_first_that_fits(measure: Measure, outcome: str):
    assert told(measure)["outcome"] == outcome


@pytest.mark.parametrize(
    "rating",
    [
        a_rating(valid_from=on("2025-06-02"), rated_on=on("2025-06-02")),
        a_rating(valid_to=on("2025-06-01")),
        a_rating(state=RatingState.CONSULTATION),
        a_rating(state=RatingState.WITHDRAWN),
        a_rating(grade=None),
        a_rating("C"),
        a_rating(scorecard="tax.other"),
        a_rating(sector="procurement"),
    ],
)
def test_nothing_follows_from_a_rating_that_is_not_in_force_or_not_meant(rating: Rating):
    answer = told(following("D"), ratings=(rating,))

    assert (answer["outcome"], answer["sanctions"]["mandatory"]) == ("clear", [])


def test_a_later_rating_takes_the_place_of_the_one_before():
    better = a_rating("A", id="later", rated_on=on("2025-05-01"), valid_from=on("2025-05-01"))

    answer = told(following("D"), ratings=(a_rating(), better))

    assert answer["outcome"] == "clear"
    assert [one["id"] for one in answer["ratings"]] == ["later"]


def test_sanctions_after_a_listing_win_over_incentives_after_a_rating():
    incentive = following("A", code="i.fast", kind="incentive", force="recommended")

    answer = told(incentive, a_measure(), ratings=(a_rating("A"),), listings=(a_listing(),))

    assert answer["outcome"] == "restricted"
    assert answer["incentives"] == {"mandatory": [], "recommended": []}


def test_a_sanction_that_is_only_proposed_is_reported_as_dropped():
    proposed = following("D", code="p.other")

    answer = told(following("C"), proposed={"tax": (proposed,)})

    assert [one["code"] for one in answer["dropped"]] == ["p.other"]
    assert answer["outcome"] == "clear"


def test_a_rating_of_a_sector_that_is_not_enabled_makes_the_answer_undetermined():
    answer = told(following("A"), enabled=frozenset({"procurement"}))

    assert answer["outcome"] == "undetermined"
    assert answer["incomplete"][0]["sector"] == "tax"


def test_an_answer_for_which_no_rating_was_consulted_has_no_word_of_ratings():
    answer = told(a_measure(), ratings=None, listings=(a_listing(),))

    assert "ratings" not in answer
    assert "rating_id" not in answer["sanctions"]["mandatory"][0]


def test_a_listing_measure_does_not_follow_a_rating_nor_the_other_way_round():
    assert told(a_measure())["outcome"] == "clear"
    assert told(following("D"), ratings=(), listings=(a_listing(),))["outcome"] == "caution"


def test_ratings_reach_nobody_but_their_subject():
    person = replace(a_subject(), kind=SubjectKind.PERSON)

    assert told(following("D"), subject=person)["outcome"] == "clear"
