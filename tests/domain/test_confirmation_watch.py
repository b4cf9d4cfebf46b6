"""Watch cases: the listing ends with its warning, or earlier by its own clock."""

import pytest

from registry.domain.confirmation import Decision, latest_day
from registry.domain.validity import LATEST
from tests.builders import a_case, a_criterion, a_decision, a_record, a_setting, on
from tests.domain.test_confirmation import life, refused


def watch_life(decision: Decision | None = None, ends_on: str = "2024-12-31") -> tuple[str, str]:
    return life(decision, a_case("watch", ends_on=on(ends_on)), criterion=a_criterion("watch"))


def test_a_watch_listing_lasts_through_the_day_that_its_warning_named():
    assert watch_life() == ("2024-03-01", "2025-01-01")


@pytest.mark.parametrize(
    ("ended_on", "until"),
    [("2023-05-01", "2024-12-31"), ("2021-06-30", "2024-07-01")],
    ids=["the warning ends first", "its own clock ends first"],
)
def test_a_watch_listing_ends_with_its_warning_or_by_its_own_clock(ended_on: str, until: str):
    case, rule = a_case("watch", ends_on=on("2024-12-30")), a_criterion("watch", clock="act_end")
    record = a_record("2023-06-01", ended_on=ended_on)

    assert life(case=case, criterion=rule, records=(record,)) == ("2024-03-01", until)


def test_a_watch_listing_whose_clock_has_run_out_is_refused():
    case, rule = a_case("watch", ends_on=on("2024-12-30")), a_criterion("watch", clock="act_end")
    record = a_record("2023-06-01", ended_on="2010-01-01")

    assert refused(case=case, criterion=rule, records=(record,)) == "term"


def test_a_warning_beyond_the_longest_term_lengthens_nothing():
    assert watch_life(ends_on="2035-01-01") == ("2024-03-01", "2027-03-01")


def test_a_warning_on_the_day_of_the_decision_may_name_the_day_that_is_its_last():
    rule, record = a_criterion("watch", clock="decided_on"), a_record("2024-03-01")
    setting = a_setting(criterion=rule, records=(record,))

    assert latest_day(setting) == on("2027-03-01")
    case = a_case("watch", ends_on=on("2027-03-01"))
    assert life(case=case, criterion=rule, records=(record,))[1] == "2027-03-02"


def test_a_warning_may_name_any_day_where_the_term_outlasts_the_years_that_are_counted():
    setting = a_setting(criterion=a_criterion("watch", term="P500Y", severity=None))

    assert latest_day(setting) == LATEST


def test_a_watch_listing_may_be_shorter_but_not_longer_than_warned():
    case, rule = a_case("watch", ends_on=on("2024-12-31")), a_criterion("watch")

    assert watch_life(a_decision(term="P6M"))[1] == "2024-09-01"
    assert refused(a_decision(term="P1Y"), case, criterion=rule) == "term"


def test_a_warning_that_is_over_lists_nobody():
    case = a_case("watch", ends_on=on("2024-02-29"))

    assert refused(case=case, criterion=a_criterion("watch")) == "term"


@pytest.mark.parametrize(
    ("clock", "ended_on"),
    [
        ("valid_from", "2023-05-01"),
        ("act_end", "2023-05-01"),  # the reviewer may name `valid_from`
        ("act_end", None),
    ],
)
def test_a_warning_may_name_the_last_day_that_a_listing_could_have(
    clock: str, ended_on: str | None
):
    record = a_record("2023-06-01", ended_on=ended_on)
    setting = a_setting(criterion=a_criterion("watch", clock=clock), records=(record,))

    assert latest_day(setting) == on("2027-02-28")
