"""The answer of a check: the first line of the table that fits, and what it carries."""

import json
from typing import Any

import pytest

from registry.domain.check import Facts, Incomplete, decide
from registry.domain.listing import Listing
from registry.domain.measure import Edition
from registry.domain.severity import Severity
from registry.domain.validity import ZONE_DATA, start_of
from tests.builders import (
    MICROSECOND,
    a_listing,
    a_measure,
    a_request,
    a_suspension,
    an_edition,
    an_exit,
    an_incentive,
    facts,
    on,
)

MANDATORY = a_measure()
RECOMMENDED = a_measure("p.more_inspections", force="recommended")
INCENTIVE = an_incentive()
EVERYTHING = an_edition(MANDATORY, RECOMMENDED, INCENTIVE)


def answer(known: Facts, **request: str) -> dict[str, Any]:
    return decide(a_request(**request), known)


def codes(told: dict[str, Any], kind: str = "sanctions") -> list[str]:
    return [one["code"] for force in ("mandatory", "recommended") for one in told[kind][force]]


def asked(
    *listings: Listing, held: Edition | None = None, as_of: str = "2025-06-01", **changes: Any
) -> dict[str, Any]:
    return answer(facts(*listings, editions=[held or EVERYTHING], **changes), as_of=as_of)


# --- the outcome: the first line that fits --------------------------------------------------------


def test_restricted_when_a_mandatory_sanction_applies():
    told = asked(a_listing())

    assert told["outcome"] == "restricted"
    assert [one["code"] for one in told["sanctions"]["mandatory"]] == ["p.procurement_ban"]
    assert [one["code"] for one in told["sanctions"]["recommended"]] == ["p.more_inspections"]


ABSENT = Incomplete("sector", "The rules cannot be consulted.", "tax")


def test_restricted_even_if_something_else_could_not_be_consulted():
    told = asked(a_listing(), incomplete=(ABSENT,))

    assert (told["outcome"], told["incomplete"]) == ("restricted", [ABSENT.to_json()])


@pytest.mark.parametrize(
    "listings",
    [(), (a_listing("red"),), (a_listing("watch"),)],
    ids=["not clear", "not favoured", "not caution"],
)
def test_undetermined_when_something_needed_could_not_be_consulted(listings: tuple[Listing, ...]):
    assert asked(*listings, incomplete=(ABSENT,))["outcome"] == "undetermined"


@pytest.mark.proves("F47")
def test_by_name_only_the_answer_is_always_undetermined_with_the_candidates():
    told = answer(facts(matched_by="name", subject=None, candidates=2))

    assert (told["outcome"], told["candidates"]) == ("undetermined", 2)


def test_caution_when_a_recommended_sanction_applies():
    assert asked(a_listing(), held=an_edition(RECOMMENDED))["outcome"] == "caution"


@pytest.mark.parametrize("list_kind", ["black", "watch", "alert"])
def test_caution_when_an_adverse_listing_has_no_measure_for_the_matter(list_kind: str):
    told = answer(facts(a_listing(list_kind)))

    assert (told["outcome"], codes(told)) == ("caution", [])


def test_favoured_when_incentives_apply():
    told = asked(a_listing("red"))

    assert (told["outcome"], codes(told, "incentives")) == ("favoured", ["i.fast_track"])


@pytest.mark.requirement("CHK-09")
def test_clear_when_nothing_applies_and_the_answer_is_dated():
    told = asked()

    assert told["outcome"] == "clear"
    assert told["as_of"] == told["known_at"] == "2025-06-01T04:00:00.000000Z"
    assert told["rulebook"] == {"digest": "sha256:0", "tzdata": ZONE_DATA}
    assert told["listings"] == []


def test_a_red_listing_without_an_incentive_is_clear():
    assert answer(facts(a_listing("red")))["outcome"] == "clear"


def test_an_unknown_subject_is_clear_and_said_to_be_unknown():
    told = asked(subject=None)

    assert told["outcome"] == "clear"
    assert told["subject"] == {
        "id": None,
        "name": None,
        "known": False,
        "matched_by": "identifier",
    }
    assert told["green_channel"]["eligible"] is False


# --- needed sectors -------------------------------------------------------------------------------


def test_a_sector_is_needed_when_the_subject_has_a_listing_of_it():
    told = answer(facts(a_listing(), enabled=frozenset()))

    assert told["outcome"] == "undetermined"
    assert [one["sector"] for one in told["incomplete"]] == ["tax"]


def test_a_sector_is_needed_when_an_edition_in_effect_holds_measures_for_the_matter():
    unaware = facts(editions=[EVERYTHING], enabled=frozenset())

    assert answer(unaware)["outcome"] == "undetermined"
    assert answer(unaware, matter="permit.general")["outcome"] == "clear"


def test_a_sector_that_is_not_enabled_leaves_the_answers_of_others_alone():
    other = an_edition(a_measure(matters=["land.transfer"]), sector="procurement")

    told = answer(
        facts(a_listing(), editions=[EVERYTHING, other], enabled=frozenset({"tax"})),
    )

    assert (told["outcome"], told["incomplete"]) == ("restricted", [])


# --- whom and what a measure reaches --------------------------------------------------------------


def test_a_measure_applies_for_its_matters_only():
    told = answer(facts(a_listing(), editions=[EVERYTHING]), matter="permit.general")

    assert (told["outcome"], codes(told)) == ("caution", [])


def test_a_measure_applies_to_its_kinds_of_subject_only():
    persons = an_edition(a_measure(subject_kinds=["person"]))

    assert codes(asked(a_listing(), held=persons)) == []


@pytest.mark.requirement("MEA-05")
def test_a_measure_bound_to_a_grade_is_not_returned_below_it():
    scheme = "suqian-draft-2018"
    bound = an_edition(a_measure(severity_from=Severity(scheme, "serious")))
    below = a_listing(severity=Severity(scheme, "substantial"))
    at_grade = a_listing(severity=Severity(scheme, "serious"))

    assert codes(asked(below, held=bound)) == []
    assert codes(asked(at_grade, held=bound)) == ["p.procurement_ban"]


@pytest.mark.requirement("MEA-24")
def test_a_watch_listing_never_returns_the_measures_of_the_black_list():
    own = a_measure("p.watched", force="recommended", follows="watch")

    told = asked(a_listing("watch"), held=an_edition(MANDATORY, RECOMMENDED, own))

    assert codes(told) == ["p.watched"]


def test_a_memorandums_measure_is_returned_to_signatories_only():
    agreed = a_measure(memorandum="a memorandum", signatories=frozenset({"customs"}))

    assert codes(asked(a_listing(), held=an_edition(agreed))) == []
    told = asked(a_listing(), held=an_edition(agreed), agency_code="customs")
    assert codes(told) == ["p.procurement_ban"]


@pytest.mark.requirement("MEA-01")
@pytest.mark.parametrize("force", ["mandatory", "recommended"])
@pytest.mark.parametrize(("kind", "follows"), [("sanction", "black"), ("incentive", "red")])
def test_sanctions_and_incentives_are_grouped_by_force(force: str, kind: str, follows: str):
    one = a_measure("x.one", kind=kind, force=force, follows=follows)

    told = asked(a_listing(follows), held=an_edition(one))

    groups = {
        (group, name): [item["code"] for item in told[group][name]]
        for group in ("sanctions", "incentives")
        for name in ("mandatory", "recommended")
    }
    assert [key for key, found in groups.items() if found] == [(f"{kind}s", force)]


def test_a_measure_is_told_with_article_content_implementer_and_last_day():
    (ban,) = asked(a_listing(until="2027-03-01"))["sanctions"]["mandatory"]

    assert ban["basis"] == [one.to_json() for one in MANDATORY.basis]
    assert ban["until"] == "2027-03-01"
    assert (ban["listing_id"], ban["via"]) == ("listing", None)
    assert (ban["content"], ban["implementer"]) == ("Content", "procurement units")


def test_an_incentive_of_a_red_listing_that_will_be_ended_says_until_when():
    red = a_listing("red", exit=an_exit("blacklisted", "2025-08-01"))

    (item,) = asked(red)["incentives"]["recommended"]

    assert item["until"] == "2025-08-01"


def test_sanctions_win_over_incentives_for_the_same_matter():
    both = (a_listing(), a_listing("red", id="red", sector="tax"))

    told = asked(*both, held=an_edition(RECOMMENDED, INCENTIVE))

    assert (told["outcome"], codes(told, "incentives")) == ("caution", [])


# --- in force -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tick", "outcome"), [(-MICROSECOND, "restricted"), (0 * MICROSECOND, "clear")]
)
def test_a_sanction_ends_with_its_listing_without_any_job(tick: Any, outcome: str):
    moment = start_of(on("2027-03-01")) + tick

    told = answer(
        facts(a_listing(until="2027-03-01"), editions=[EVERYTHING]), as_of=moment.isoformat()
    )

    assert told["outcome"] == outcome


def test_an_as_of_ahead_says_what_would_apply_by_what_is_known():
    assert asked(a_listing(until="2027-03-01"), as_of="2026-12-31")["outcome"] == "restricted"


@pytest.mark.requirement("CHK-09")
def test_one_answer_tells_red_black_watch_alert_and_suspended_apart():
    suspended = a_listing(id="resting", suspensions=(a_suspension("verification", "2025-05-01"),))
    kinds = [a_listing(kind, id=kind) for kind in ("red", "black", "watch", "alert")]

    told = asked(*kinds, suspended)

    assert {(one["id"], one["list_kind"], one["status"]) for one in told["listings"]} == {
        ("red", "red", "in_force"),
        ("black", "black", "in_force"),
        ("watch", "watch", "in_force"),
        ("alert", "alert", "in_force"),
        ("resting", "black", "suspended"),
    }


@pytest.mark.requirement("CHK-09")
def test_a_listing_under_verification_is_shown_without_its_sanctions():
    told = asked(a_listing(suspensions=(a_suspension("verification", "2025-05-01"),)))

    assert (told["outcome"], codes(told)) == ("clear", [])
    (shown,) = told["listings"]
    assert shown["status"] == "suspended"
    assert shown["suspension"] == {"kind": "verification", "since": "2025-05-01"}


@pytest.mark.requirement("CHK-09")
def test_a_late_listing_is_absent_from_the_answer():
    told = asked(a_listing(suspensions=(a_suspension("late", "2025-05-01"),)))

    assert (told["outcome"], codes(told), told["listings"]) == ("clear", [], [])


def test_a_listing_is_shown_with_reason_article_and_last_day():
    (shown,) = asked(a_listing(until="2027-03-01"))["listings"]

    assert (shown["list_kind"], shown["sector"], shown["status"]) == ("black", "tax", "in_force")
    assert shown["reason"] == "amount 1, must be at least 1: met"
    assert shown["basis"][0]["article"] == "art. 22(1)(5)"
    assert (shown["valid_to"], shown["authority"]) == ("2027-03-01", "Tax bureau")


@pytest.mark.parametrize(
    "listing",
    [a_listing(since="2026-01-01"), a_listing(exit=an_exit("repaired", "2025-05-01"))],
    ids=["pending", "ended"],
)
def test_what_is_not_in_force_is_not_shown(listing: Listing):
    told = asked(listing)

    assert (told["outcome"], told["listings"]) == ("clear", [])


# --- pure -----------------------------------------------------------------------------------------


def test_the_same_request_and_facts_give_the_same_bytes():
    first, second = (
        json.dumps(asked(a_listing(), a_listing("red", id="red")), sort_keys=True) for _ in range(2)
    )

    assert first == second


def test_until_the_hour_of_an_exit_its_measures_apply_on_that_day_too():
    black = a_listing(exit=an_exit("basis_annulled", "2025-06-01T06:00:00Z"))

    before = asked(black, as_of="2025-06-01T05:59:59Z")
    after = asked(black, as_of="2025-06-01T06:00:00Z")

    assert before["outcome"] == "restricted"
    assert before["sanctions"]["mandatory"][0]["until"] == "2025-06-01"
    assert after["outcome"] == "clear"
