"""Periods in working and calendar days, against a counter that knows nothing but weekdays and sets.

The small calendar below holds real notices for 2024 and 2025 in part; 2026 is deliberately absent.
"""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.domain.workdays import (
    FIRST_DAY,
    LAST_DAY,
    Calendar,
    CalendarYear,
    Due,
    later,
)


def a_year(year: int, holidays: str = "", workdays: str = "") -> CalendarYear:
    return CalendarYear(
        year=year,
        holidays=frozenset(date.fromisoformat(f"{year}-{day}") for day in holidays.split()),
        workdays=frozenset(date.fromisoformat(f"{year}-{day}") for day in workdays.split()),
        notice="a notice",
        source="a source",
    )


CALENDAR = Calendar(
    code="cn",
    years={
        2024: a_year(
            2024,
            holidays="02-12 02-13 02-14 02-15 02-16 10-01 10-02 10-03 10-04 10-07",
            workdays="02-04 02-18 09-29 10-12",
        ),
        2025: a_year(2025, holidays="01-01", workdays="01-26"),
    },
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Calendars for some of 1986 to 2060, with days off and make-up days anywhere in them."""
    years = {}
    for year in draw(st.sets(st.integers(1986, 2060), max_size=6)):
        days = draw(st.sets(st.dates(date(year, 1, 1), date(year, 12, 31)), max_size=40))
        years[year] = CalendarYear(
            year=year,
            holidays=frozenset(day for day in days if day.weekday() < 5),
            workdays=frozenset(day for day in days if day.weekday() >= 5),
            notice="a notice",
            source="a source",
        )
    return Calendar(code="any", years=years)


def naive_working_days(calendar: Calendar, first: date, last: date) -> list[date]:
    """Every worked day from first to last: weekdays and make-up days, less the days off."""
    off = {day for year in calendar.years.values() for day in year.holidays}
    made_up = {day for year in calendar.years.values() for day in year.workdays}
    span = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [day for day in span if day in made_up or (day.weekday() < 5 and day not in off)]


def naive_safe_bound(day: date) -> date:
    after = [day + timedelta(days=offset) for offset in range(1, 20)]
    return [each for each in after if each.strftime("%a") not in ("Sat", "Sun")][9]


@given(calendars(), st.dates(date(1986, 1, 1), date(2060, 12, 31)), st.integers(1, 60))
@example(CALENDAR, date(2024, 2, 28), 1)
@example(CALENDAR, date(2024, 9, 30), 5)
@example(CALENDAR, date(2025, 12, 31), 1)
def test_a_period_of_working_days_ends_where_a_naive_count_ends(
    calendar: Calendar, start: date, days: int
) -> None:
    due = calendar.after_working_days(start, days)

    counted = naive_working_days(calendar, start + timedelta(days=1), start + timedelta(days=220))
    assert due.due_on == counted[days - 1]
    passed = [start + timedelta(days=o) for o in range(1, (due.due_on - start).days + 1)]
    # from 25 December on, the notice of the next year may still move a day
    awaited = {day.year for day in passed} | {(day + timedelta(days=7)).year for day in passed}
    assert due.provisional is not (awaited <= set(calendar.years))
    waiting = naive_safe_bound(due.due_on) if due.provisional else due.due_on
    assert due.earliest_on == waiting + timedelta(days=1)


@given(calendars(), st.dates(date(1986, 1, 1), date(2059, 12, 31)), st.integers(0, 300), st.data())
def test_working_days_between_adds_up_and_agrees_with_a_naive_count(
    calendar: Calendar, start: date, length: int, data: st.DataObject
) -> None:
    end = start + timedelta(days=length)
    middle = start + timedelta(days=data.draw(st.integers(0, length)))

    whole = calendar.working_days_between(start, end)

    assert whole == len(naive_working_days(calendar, start, end - timedelta(days=1)))
    parts = calendar.working_days_between(start, middle), calendar.working_days_between(middle, end)
    assert whole == sum(parts)


@given(calendars(), st.dates(date(1986, 1, 1), date(2060, 12, 31)), st.integers(1, 60))
def test_the_days_of_a_period_are_those_between_its_ends(
    calendar: Calendar, start: date, days: int
) -> None:
    due_on = calendar.after_working_days(start, days).due_on
    day_after = timedelta(days=1)
    assert calendar.working_days_between(start + day_after, due_on + day_after) == days


@given(calendars(), st.dates(date(1986, 1, 1), date(2060, 12, 31)), st.integers(0, 60))
def test_a_longer_period_never_ends_earlier(calendar: Calendar, start: date, days: int) -> None:
    shorter = calendar.after_working_days(start, days)
    longer = calendar.after_working_days(start, days + 1)
    assert shorter.due_on < longer.due_on
    assert shorter.earliest_on <= longer.earliest_on


def test_the_count_starts_on_the_day_after_the_event() -> None:
    monday = date(2024, 6, 3)
    assert CALENDAR.after_working_days(monday, 1) == Due(date(2024, 6, 4), date(2024, 6, 5), False)


def test_a_make_up_saturday_counts_and_a_day_off_does_not() -> None:
    # 8 to 11 October, then Saturday the 12th, which is worked in exchange for the holiday.
    due = CALENDAR.after_working_days(date(2024, 9, 30), 5)
    assert due == Due(date(2024, 10, 12), date(2024, 10, 13), False)


def test_without_the_notice_the_same_period_ends_on_another_day() -> None:
    bare = Calendar(code="cn", years={2024: a_year(2024)})
    assert bare.after_working_days(date(2024, 9, 30), 5).due_on == date(2024, 10, 7)


def test_29_february_is_counted() -> None:
    assert CALENDAR.after_working_days(date(2024, 2, 28), 1).due_on == date(2024, 2, 29)
    assert CALENDAR.after_working_days(date(2024, 2, 29), 1).due_on == date(2024, 3, 1)
    assert CALENDAR.after_calendar_days(date(2024, 2, 28), 1).due_on == date(2024, 2, 29)


def test_a_period_may_run_over_the_end_of_a_covered_year() -> None:
    # 1 January 2025 is off.
    due = CALENDAR.after_working_days(date(2024, 12, 31), 1)
    assert due == Due(date(2025, 1, 2), date(2025, 1, 3), False)


def test_a_period_that_reaches_an_uncovered_year_is_provisional_until_the_safe_bound() -> None:
    # Thursday 1 January 2026 is counted, for nobody has said yet that it is off. Ten more
    # Mondays-to-Fridays end on Thursday the 15th.
    due = CALENDAR.after_working_days(date(2025, 12, 31), 1)
    assert due == Due(date(2026, 1, 1), date(2026, 1, 16), True)


def test_the_last_days_of_the_newest_year_wait_for_the_next_notice() -> None:
    # The notice for 2019 moved 29 and 31 December 2018. Ten more weekdays end on 8 January.
    due = CALENDAR.after_working_days(date(2025, 12, 23), 2)
    assert due == Due(date(2025, 12, 25), date(2026, 1, 9), True)


def test_one_day_less_is_firm_and_so_are_they_once_the_next_notice_is_there() -> None:
    firm = Due(date(2025, 12, 24), date(2025, 12, 25), False)
    assert CALENDAR.after_working_days(date(2025, 12, 23), 1) == firm
    assert CALENDAR.after_working_days(date(2024, 12, 26), 1).provisional is False


def test_a_period_that_only_starts_in_an_uncovered_year_is_not_provisional() -> None:
    # The count begins on 1 January 2024; its eve, in a year without data, is not counted.
    assert CALENDAR.after_working_days(date(2023, 12, 31), 1).provisional is False
    assert CALENDAR.after_working_days(date(2023, 12, 30), 1).provisional is True


def test_the_safe_bound_counts_weekdays_whatever_the_calendar_says() -> None:
    # 2023 is uncovered, so the period is provisional; the bound runs over the holiday of 2024.
    due = CALENDAR.after_working_days(date(2023, 12, 29), 29)
    assert due.due_on == date(2024, 2, 7)
    assert due.earliest_on == date(2024, 2, 22)


def test_a_period_of_no_days_ends_on_its_first_day() -> None:
    sunday = date(2026, 3, 1)
    assert CALENDAR.after_working_days(sunday, 0) == Due(sunday, date(2026, 3, 2), False)
    assert CALENDAR.after_calendar_days(sunday, 0) == Due(sunday, date(2026, 3, 2), False)


def test_calendar_days_may_end_on_a_day_off_and_are_never_provisional() -> None:
    due = CALENDAR.after_calendar_days(date(2026, 1, 1), 10)
    assert due == Due(date(2026, 1, 11), date(2026, 1, 12), False)
    assert due.due_on.strftime("%A") == "Sunday"


def test_a_thousand_working_days_are_counted() -> None:
    due = Calendar(code="none", years={}).after_working_days(date(2024, 1, 1), 1000)
    assert due.due_on == date(2027, 11, 1)


def test_the_stricter_of_two_periods_has_the_later_last_day() -> None:
    early = Due(date(2024, 5, 6), date(2024, 5, 7), False)
    late = Due(date(2024, 5, 8), date(2024, 5, 9), False)
    assert later(early, late) == late
    assert later(late, early) == late


def test_of_two_equal_last_days_the_provisional_period_is_kept() -> None:
    firm = Due(date(2026, 5, 6), date(2026, 5, 7), False)
    provisional = Due(date(2026, 5, 6), date(2026, 5, 21), True)
    assert later(firm, provisional) == provisional
    assert later(provisional, firm) == provisional


def test_the_safe_bound_of_a_period_that_ends_earlier_is_still_waited_for() -> None:
    firm = Due(date(2026, 5, 8), date(2026, 5, 9), False)
    provisional = Due(date(2026, 5, 6), date(2026, 5, 21), True)
    assert later(firm, provisional) == Due(date(2026, 5, 8), date(2026, 5, 21), True)
    assert later(provisional, firm) == Due(date(2026, 5, 8), date(2026, 5, 21), True)


@given(
    *[
        st.builds(
            Due,
            st.dates(date(2026, 1, 1), date(2026, 1, 9)),
            st.dates(date(2026, 1, 10), date(2026, 1, 19)),
            st.booleans(),
        )
    ]
    * 3
)
def test_the_stricter_period_depends_neither_on_order_nor_on_grouping(
    first: Due, second: Due, third: Due
) -> None:
    assert later(first, second) == later(second, first)
    grouped, regrouped = later(later(first, second), third), later(first, later(second, third))
    assert (grouped.due_on, grouped.earliest_on) == (regrouped.due_on, regrouped.earliest_on)


@pytest.mark.parametrize("outside", [FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1)])
def test_a_date_out_of_bounds_is_refused_and_the_bound_named(outside: date) -> None:
    for call in (
        lambda: CALENDAR.is_working_day(outside),
        lambda: CALENDAR.after_working_days(outside, 0),
        lambda: CALENDAR.after_calendar_days(outside, 0),
        lambda: CALENDAR.working_days_between(outside, outside),
    ):
        with pytest.raises(ValueError, match="1900-01-01 to 2200-12-31"):
            call()


@pytest.mark.parametrize("days", [1, 1000, 10**6, 10**30])
def test_a_period_that_would_leave_the_bounds_is_refused_and_the_bound_named(days: int) -> None:
    for count in (CALENDAR.after_working_days, CALENDAR.after_calendar_days):
        with pytest.raises(ValueError, match="1900-01-01 to 2200-12-31"):
            count(LAST_DAY - timedelta(days=1), days)


def test_a_negative_period_is_refused() -> None:
    for count in (CALENDAR.after_working_days, CALENDAR.after_calendar_days):
        with pytest.raises(ValueError, match="0 days or more"):
            count(date(2024, 1, 1), -1)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="lies before the start"):
        CALENDAR.working_days_between(date(2024, 1, 2), date(2024, 1, 1))


def test_an_instant_is_not_taken_for_a_date() -> None:
    with pytest.raises(TypeError):
        CALENDAR.after_working_days(datetime(2024, 1, 1, 9, 0), 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("holidays", "workdays", "message"),
    [
        ("06-01", "", "off anyway"),
        ("", "06-03", "worked anyway"),
    ],
)
def test_a_calendar_day_on_the_wrong_side_of_the_week_is_refused(
    holidays: str, workdays: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        a_year(2024, holidays, workdays)


def test_a_day_of_another_year_is_refused() -> None:
    with pytest.raises(ValueError, match="2024-06-03 lies in another year"):
        CalendarYear(2025, frozenset({date(2024, 6, 3)}), frozenset(), "a notice", "a source")


def test_a_year_filed_under_another_is_refused() -> None:
    with pytest.raises(ValueError, match="2025 is filed under 2024"):
        Calendar(code="cn", years={2024: a_year(2025)})
