"""Terms and intervals: inclusive days, missing days, and the two ways a term begins."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.confirmation import validity_of
from registry.domain.validity import (
    LATEST,
    Interval,
    Term,
    day_of,
    in_force_on,
    longest,
    noon_of,
    start_of,
)
from tests.builders import a_case, a_criterion, a_decision, a_record, a_setting

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
TERMS = st.builds(Term, st.integers(0, 20), st.integers(0, 36), st.integers(0, 400)).filter(
    lambda term: term != Term()
)


def last_day(end: date) -> date:
    return end - timedelta(days=1)


# --- terms ----------------------------------------------------------------------------------------


def test_a_term_counts_the_day_it_starts_on():
    assert last_day(Term(years=3).after(date(2024, 3, 1))) == date(2027, 2, 28)


@pytest.mark.requirement("PUB-14")
def test_a_term_after_an_event_starts_on_the_day_after():
    assert last_day(Term(years=3).after_event(date(2020, 5, 10))) == date(2023, 5, 10)


@pytest.mark.requirement("PUB-14")
def test_the_period_of_misconduct_runs_from_the_end_of_the_act():
    rule = a_criterion(clock="act_end", term="P5Y")
    record = a_record(decided_on="2021-04-01", ended_on="2020-05-10")
    setting = a_setting(rule, now="2021-06-01", records=(record,))

    start, end, _ = validity_of(a_case(), setting, a_decision(term="P3Y"))

    assert start == date(2021, 6, 1)
    assert last_day(end) == date(2023, 5, 10)


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2024-02-29", "P1Y", "2025-03-01"),  # a missing 29 February becomes 1 March
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2023-02-28", "P1Y", "2024-02-28"),
        ("2024-01-31", "P1M", "2024-03-01"),
        ("2024-12-31", "P2M", "2025-03-01"),
        ("2024-03-31", "P1M", "2024-05-01"),
        ("2024-01-01", "P30D", "2024-01-31"),
        ("2024-01-31", "P1M1D", "2024-03-02"),
    ],
)
def test_a_day_that_does_not_exist_becomes_the_next_one(start, term, end):
    assert Term.parse(term).after(date.fromisoformat(start)) == date.fromisoformat(end)


@given(DAYS, st.integers(1, 60))
def test_years_end_on_the_anniversary(start, years):
    end = Term(years=years).after(start)

    if (start.month, start.day) == (2, 29) and not calendar.isleap(start.year + years):
        assert end == date(start.year + years, 3, 1)
    else:
        assert end == start.replace(year=start.year + years)


@given(DAYS, st.integers(1, 500))
def test_days_are_counted_one_by_one(start, days):
    assert Term(days=days).after(start) == start + timedelta(days=days)


@given(DAYS, TERMS)
def test_a_term_has_at_least_one_day_and_starts_later_after_an_event(start, term):
    assert term.after(start) > start
    assert term.after_event(start) == term.after(start + timedelta(days=1))


@given(st.tuples(DAYS, DAYS).map(sorted), TERMS)
def test_a_later_start_never_ends_earlier(starts, term):
    first, second = starts
    # whole months first, then days: the clamp to the 1st keeps the order but may join two days
    assert term.after(first) <= term.after(second)


@given(TERMS)
def test_a_term_is_written_as_it_is_read(term):
    assert Term.parse(str(term)) == term


@pytest.mark.parametrize(
    "text", ["", "P", "3Y", "P0Y", "P-1Y", "P1Y ", "P1W", "P٣Y", "PT1H", "p3y"]
)
def test_what_is_no_term_is_refused(text):
    with pytest.raises(ValueError, match="term"):
        Term.parse(text)


def test_a_term_beyond_the_last_day_is_refused():
    with pytest.raises(ValueError, match="ends after"):
        Term(years=100).after(date(LATEST.year - 50, 1, 1))


def test_the_longest_term_is_the_one_that_ends_last():
    start = date(2024, 2, 1)

    assert longest([Term(days=28), Term(months=1)], start) == Term(months=1)
    assert longest([Term(days=30), Term(months=1)], start) == Term(days=30)


# --- intervals ------------------------------------------------------------------------------------


def test_an_interval_ends_before_its_end():
    interval = Interval(date(2024, 3, 1), date(2027, 3, 1))

    assert not interval.covers(date(2024, 2, 29))
    assert interval.covers(date(2024, 3, 1))
    assert interval.covers(date(2027, 2, 28))
    assert not interval.covers(date(2027, 3, 1))


@pytest.mark.parametrize("end", ["2024-03-01", "2024-02-29"])
def test_an_empty_interval_is_refused(end):
    with pytest.raises(ValueError, match="empty"):
        Interval(date(2024, 3, 1), date.fromisoformat(end))


INTERVALS = st.builds(
    lambda start, length: Interval(start, start + timedelta(days=length) if length else None),
    st.dates(date(2024, 1, 1), date(2024, 2, 28)),
    st.integers(0, 30),
)


@given(INTERVALS, INTERVALS)
def test_two_intervals_overlap_if_a_day_lies_in_both(first, second):
    days = [date(2024, 1, 1) + timedelta(days=offset) for offset in range(100)]

    shared = any(first.covers(day) and second.covers(day) for day in days)

    assert first.overlaps(second) is second.overlaps(first) is shared


def test_the_version_in_force_is_the_one_that_covers_the_day():
    old = a_criterion(validity=Interval(date(2018, 1, 1), date(2022, 2, 1)), version="old")
    new = a_criterion(validity=Interval(date(2022, 2, 1)), version="new")

    assert in_force_on([old, new], date(2022, 1, 31)) is old
    assert in_force_on([old, new], date(2022, 2, 1)) is new
    assert in_force_on([old, new], date(2017, 12, 31)) is None


# --- days and instants ----------------------------------------------------------------------------


def test_a_legal_day_is_one_of_the_zone():
    assert day_of(datetime(2024, 2, 29, 15, 59, 59, 999999, UTC)) == date(2024, 2, 29)
    assert day_of(datetime(2024, 2, 29, 16, tzinfo=UTC)) == date(2024, 3, 1)
    assert start_of(date(2024, 3, 1)) == datetime(2024, 2, 29, 16, tzinfo=UTC)
    assert noon_of(date(2024, 3, 1)) == datetime(2024, 3, 1, 4, tzinfo=UTC)


@given(DAYS)
def test_start_and_noon_lie_on_their_day(day):
    assert day_of(start_of(day)) == day_of(noon_of(day)) == day
    assert day_of(start_of(day) - timedelta(microseconds=1)) == last_day(day)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        day_of(start_of(date(2024, 3, 1)).replace(tzinfo=None))
