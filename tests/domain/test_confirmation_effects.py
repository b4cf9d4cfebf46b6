"""What a confirmation brings with it and ends: watch after black, exits, red listings."""

from dataclasses import replace
from typing import Any

import pytest

from registry.domain import confirmation
from registry.domain.confirmation import (
    Confirmed,
    Decision,
    end,
    screened_out,
    watch_after_exit,
)
from registry.domain.errors import IllegalTransition
from registry.domain.listing import ExitGround, Listing
from registry.domain.validity import Term, start_of
from tests.builders import (
    MICROSECOND,
    a_case,
    a_criterion,
    a_decision,
    a_listing,
    a_profile,
    a_responsible_person,
    a_setting,
    a_suspension,
    an_exit,
    at,
    on,
)


def confirmed(
    *reds: Listing,
    case: Any = None,
    decision: Decision | None = None,
    **setting: Any,
) -> Confirmed:
    return confirmation.confirm(
        case or a_case(),
        a_setting(**setting),
        decision or a_decision(),
        reds,
        ("black", "watch"),
    )


# --- watch after black ----------------------------------------------------------------------------


def test_watch_follows_from_the_end_of_the_black_listing_without_any_job():
    done = confirmed(now="2024-03-01", decision=a_decision(term="P1Y"))

    assert done.watch is not None
    assert (done.watch.list_kind, done.watch.severity) == ("watch", None)
    assert (done.watch.sector, done.watch.criterion) == ("tax", "tax.evasion")
    assert [one.article for one in done.watch.basis] == ["exit.black_to_watch"]
    assert done.watch.follows == done.listing.id
    last = start_of(on("2025-03-01"))
    for instant, black, watch in (
        (last - MICROSECOND, "in_force", "pending"),
        (last, "ended", "in_force"),
        (start_of(on("2026-03-01")), "ended", "ended"),
    ):
        assert (done.listing.status_at(instant), done.watch.status_at(instant)) == (black, watch)


def test_the_authority_sets_the_watch_term_at_confirmation():
    watch = confirmed(decision=a_decision(watch_term="P6M")).watch

    assert watch is not None
    assert (watch.valid_from, watch.valid_to) == (on("2027-03-01"), on("2027-09-01"))


@pytest.mark.parametrize("off", [{"exit__black_to_watch": False}, {"watch__enabled": False}])
def test_no_watch_follows_where_the_profile_says_so(off: dict[str, bool]):
    assert confirmed(profile=a_profile(**off)).watch is None


@pytest.mark.parametrize("list_kind", ["red", "watch"])
def test_no_watch_follows_other_lists(list_kind: str):
    done = confirmed(case=a_case(list_kind), criterion=a_criterion(list_kind))

    assert done.watch is None


def test_the_watch_listing_reaches_no_responsible_person():
    done = confirmed(decision=a_decision(responsible=(a_responsible_person(),)))

    assert done.watch is not None
    assert done.listing.responsible == (a_responsible_person(),)
    assert done.watch.responsible == ()


def exited(ground: str, when: str, valid_from: str = "2024-03-01") -> tuple[Listing, Listing]:
    done = confirmed(decision=a_decision(valid_from))
    assert done.watch is not None
    black = end(done.listing, ExitGround(ground), at(when))
    return black, watch_after_exit(done.watch, black)


@pytest.mark.parametrize("ground", ["repaired", "criteria_changed"])
def test_an_earlier_exit_redates_the_watch_listing(ground: str):
    black, watch = exited(ground, "2024-10-01")

    assert (watch.valid_from, watch.valid_to) == (on("2024-10-01"), on("2025-10-01"))
    assert (black.is_in_force(at("2024-10-01")), watch.is_in_force(at("2024-10-01"))) == (0, 1)


@pytest.mark.parametrize("ground", ["objection_upheld", "basis_annulled", "voided"])
def test_no_watch_follows_a_listing_that_should_not_have_been(ground: str):
    _, watch = exited(ground, "2024-10-01")

    for day in ("2024-10-01", "2027-03-01", "2027-09-01"):
        assert watch.status_at(at(day)) == "ended"


def test_watch_after_a_black_listing_that_never_began_waits_for_its_day():
    _, watch = exited("criteria_changed", "2024-03-10", valid_from="2024-05-01")

    assert watch.valid_from == on("2024-05-01")


# --- exit -----------------------------------------------------------------------------------------


def test_an_exit_works_from_its_instant():
    ended = end(a_listing(), ExitGround.REPAIRED, at("2024-10-01"))

    assert ended.is_in_force(at("2024-10-01") - MICROSECOND)
    assert ended.exit_at(at("2024-10-01")) == ("repaired", on("2024-10-01"))


@pytest.mark.parametrize(
    "ended",
    [a_listing(until="2024-10-01"), a_listing(exit=an_exit("repaired", "2024-09-01"))],
)
def test_what_has_ended_does_not_end_again(ended: Listing):
    with pytest.raises(IllegalTransition):
        end(ended, ExitGround.CRITERIA_CHANGED, at("2024-10-01"))


# --- red ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("list_kind", "ground"), [("black", "blacklisted"), ("watch", "watchlisted")]
)
def test_a_new_black_or_watch_listing_ends_red_listings(list_kind: str, ground: str):
    red = a_listing("red", since="2023-01-01", sector="procurement")

    done = confirmed(red, case=a_case(list_kind), criterion=a_criterion(list_kind))

    assert done.ended[0].exit_at(at("2024-03-01")) == (ground, on("2024-03-01"))


def test_a_red_listing_stands_until_the_black_one_begins():
    red = a_listing("red", since="2023-01-01")

    done = confirmed(red, decision=a_decision(valid_from="2024-05-01"))

    begin = start_of(on("2024-05-01"))
    assert done.ended[0].is_in_force(begin - MICROSECOND)
    assert not done.ended[0].is_in_force(begin)
    assert done.listing.is_in_force(begin)


def test_suspended_and_pending_red_listings_end_as_well():
    suspended = a_listing(
        "red", since="2023-01-01", suspensions=(a_suspension("late", "2023-06-01"),)
    )
    pending = a_listing("red", since="2024-06-01")

    assert len(confirmed(suspended, pending).ended) == 2


def test_a_red_listing_that_is_over_keeps_its_own_ending():
    over = a_listing("red", since="2020-01-01", until="2024-03-01")
    gone = a_listing("red", since="2023-01-01", exit=an_exit("repaired", "2023-06-01"))

    assert confirmed(over, gone).ended == ()


def test_a_profile_may_end_red_listings_of_the_same_sector_only():
    here = a_listing("red", since="2023-01-01", id="here")
    there = a_listing("red", since="2023-01-01", id="there", sector="procurement")

    ended = confirmed(here, there, profile=a_profile(red__removal_scope="same_sector")).ended

    assert [one.id for one in ended] == ["here"]


def test_a_new_red_listing_ends_nothing():
    red = a_listing("red", since="2023-01-01")

    assert confirmed(red, case=a_case("red"), criterion=a_criterion("red")).ended == ()


@pytest.mark.parametrize("list_kind", ["black", "watch", "alert"])
@pytest.mark.parametrize(
    "state",
    [
        {},
        {"since": "2024-06-01"},
        {"suspensions": (a_suspension("verification", "2024-03-01"),)},
        {"suspensions": (a_suspension("late", "2024-03-01"),)},
    ],
    ids=["in force", "pending", "under verification", "late"],
)
def test_a_red_candidate_on_an_adverse_list_is_screened_out(list_kind: str, state: dict[str, Any]):
    assert screened_out([a_listing(list_kind, **state)], at("2024-04-01"))


@pytest.mark.parametrize(
    "listing",
    [
        a_listing("red"),
        a_listing(until="2024-04-01"),
        a_listing(exit=an_exit("objection_upheld", "2024-03-31")),
        a_listing("watch", since="2027-03-01", exit=an_exit("objection_upheld", "2024-04-01")),
    ],
    ids=["red", "expired today", "ended yesterday", "cancelled before it began"],
)
def test_what_is_over_does_not_screen_out(listing: Listing):
    assert not screened_out([listing], at("2024-04-01"))


def test_what_ended_earlier_today_still_screens_out_for_red_would_begin_at_midnight():
    ended = a_listing(exit=an_exit("objection_upheld", "2024-04-01"))

    assert screened_out([ended], at("2024-04-01"))
    assert not screened_out([ended], start_of(on("2024-04-02")))


# --- the joint period -----------------------------------------------------------------------------


@pytest.mark.requirement("MEA-17")
@pytest.mark.parametrize(
    ("joint", "until"), [("P1Y", "2025-03-01"), ("P3Y", "2027-03-01"), ("P9Y", "2027-03-01")]
)
def test_the_joint_period_counts_from_the_first_day_and_ends_with_the_listing(joint, until):
    criterion = a_criterion()
    rule = replace(criterion.term, joint=Term.parse(joint))
    done = confirmed(now="2024-03-01", criterion=replace(criterion, term=rule))

    assert done.listing.valid_to == on("2027-03-01")
    assert done.listing.joint_until == on(until)
    assert done.watch is not None
    assert done.watch.joint_until is None


@pytest.mark.requirement("MEA-17")
def test_without_a_joint_period_the_listing_has_none():
    assert confirmed(now="2024-03-01").listing.joint_until is None
