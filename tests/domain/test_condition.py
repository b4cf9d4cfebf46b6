"""Conditions against a reader that counts by hand: thresholds, exact figures, windows."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.condition import ConditionError, parse
from registry.domain.record import Record
from registry.domain.validity import Term

MONEY = st.decimals(min_value=0, max_value=Decimal("1e15"), places=2)
DAYS = st.dates(date(2016, 1, 1), date(2024, 12, 31))


def a_record(decided_on: date = date(2024, 1, 1), **fields) -> Record:
    return Record("r", "s", "k", decided_on, fields)


def holds(condition, *records: Record) -> bool:
    return any(parse(condition).holds(record, records) for record in records)


# --- thresholds -----------------------------------------------------------------------------------


@given(MONEY, MONEY)
def test_thresholds_are_inclusive_unless_written_otherwise(value, figure):
    record = a_record(f=value)

    def asked(operator):
        return holds({"field": "f", operator: str(figure)}, record)

    assert asked("at_least") is (value >= figure)
    assert asked("above") is (value > figure)
    assert asked("at_most") is (value <= figure)
    assert asked("below") is (value < figure)


@given(MONEY)
def test_one_cent_decides(figure):
    condition = {"field": "f", "at_least": str(figure)}

    assert holds(condition, a_record(f=figure))
    assert not holds(condition, a_record(f=figure - Decimal("0.01")))


@pytest.mark.parametrize("operator", ["at_least", "above", "at_most", "below"])
def test_dates_are_compared_by_day(operator):
    day = date(2022, 2, 1)
    found = {
        offset: holds({"field": "d", operator: day}, a_record(d=day + timedelta(days=offset)))
        for offset in (-1, 0, 1)
    }

    assert (
        found
        == {
            "at_least": {-1: False, 0: True, 1: True},
            "above": {-1: False, 0: False, 1: True},
            "at_most": {-1: True, 0: True, 1: False},
            "below": {-1: True, 0: False, 1: False},
        }[operator]
    )


# --- ratios ---------------------------------------------------------------------------------------


@given(MONEY, MONEY, st.integers(0, 10**6))
def test_a_ratio_is_exact(top, bottom, millionths):
    figure = Decimal(millionths).scaleb(-6)
    record = a_record(top=top, bottom=bottom)

    met = holds({"ratio": ["top", "bottom"], "at_least": str(figure)}, record)

    exact = bottom != 0 and Fraction(top) / Fraction(bottom) >= Fraction(figure)
    assert met is exact


def test_exactly_a_tenth_is_at_least_a_tenth():
    condition = {"ratio": ["top", "bottom"], "at_least": "0.10"}

    assert holds(condition, a_record(top=Decimal("100000.00"), bottom=Decimal("1000000.00")))
    assert not holds(condition, a_record(top=Decimal("99999.99"), bottom=Decimal("1000000.00")))


@pytest.mark.parametrize("operator", ["at_least", "above", "at_most", "below", "equals"])
@pytest.mark.parametrize(
    "fields", [{"top": 1, "bottom": 0}, {"top": 0, "bottom": 0}, {"top": 1}, {"bottom": 1}, {}]
)
def test_a_ratio_over_zero_or_without_a_part_is_not_met(operator, fields):
    assert not holds({"ratio": ["top", "bottom"], operator: 0}, a_record(**fields))


# --- what is absent -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [{"at_least": 0}, {"above": -1}, {"at_most": 9}, {"below": 9}, {"equals": 0}, {"in": [0, ""]}],
)
def test_an_absent_field_never_meets(question):
    assert not holds({"field": "f", **question}, a_record())
    assert not holds({"field": "f", **question}, a_record(f=None))


def test_presence_can_be_asked_for_both_ways():
    assert holds({"field": "f", "present": True}, a_record(f=0))
    assert holds({"field": "f", "present": False}, a_record())
    assert not holds({"field": "f", "present": True}, a_record())
    assert not holds({"field": "f", "present": False}, a_record(f=False))


# --- groups ---------------------------------------------------------------------------------------


@given(st.lists(st.booleans(), min_size=1, max_size=5))
def test_groups_are_all_any_and_none(truths):
    parts = [{"field": f"f{i}", "equals": True} for i in range(len(truths))]
    record = a_record(**{f"f{i}": truth for i, truth in enumerate(truths)})

    assert holds({"all": parts}, record) is all(truths)
    assert holds({"any": parts}, record) is any(truths)
    assert holds({"none": parts}, record) is (not any(truths))


def test_clauses_of_a_group_hold_together_on_one_record():
    condition = {"all": [{"field": "a", "equals": 1}, {"field": "b", "equals": 1}]}

    assert not holds(condition, a_record(a=1, b=0), a_record(a=0, b=1))
    assert holds(condition, a_record(a=1, b=1), a_record(a=0, b=0))


# --- aggregates -----------------------------------------------------------------------------------

RECORDS = st.lists(
    st.builds(
        lambda day, amount, group: a_record(day, amount=amount, group=group),
        DAYS,
        st.none() | st.decimals(min_value=0, max_value=1000, places=2),
        st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=7,
)


def windows(records: list[Record], term: Term | None) -> list[list[Record]]:
    """Every set that some window of the term can hold: one for each possible first day."""
    if term is None:
        return [records]
    return [
        [one for one in records if first <= one.decided_on < term.after(first)]
        for first in {record.decided_on for record in records}
    ]


@given(RECORDS, st.sampled_from([None, "P30D", "P1Y", "P3Y"]), st.integers(0, 7))
def test_a_count_is_that_of_the_fullest_window(records, within, least):
    term = Term.parse(within) if within else None
    inside = {"within": within} if within else {}

    met = holds({"count": inside, "at_least": least}, *records)

    assert met is (max(len(window) for window in windows(records, term)) >= least)


@given(RECORDS, st.sampled_from([None, "P1Y"]), st.integers(0, 3000))
def test_a_sum_is_per_group_and_window(records, within, least):
    term = Term.parse(within) if within else None
    asked = {"field": "amount", "per": "group", **({"within": within} if within else {})}

    met = holds({"sum": asked, "at_least": least}, *records)

    best = max(
        sum((one.fields["amount"] or Decimal(0) for one in window), Decimal(0))
        for group in ("a", "b")
        for window in windows([one for one in records if one.fields["group"] == group], term)
        or [[]]
    )
    assert met is (best >= least)


@given(RECORDS, st.integers(0, 4))
def test_distinct_counts_values_that_are_given(records, least):
    met = holds({"distinct": {"field": "amount"}, "at_least": least}, *records)

    assert met is (len({one.fields["amount"] for one in records} - {None}) >= least)


@given(RECORDS)
def test_where_chooses_the_records(records):
    condition = {"count": {"where": {"field": "group", "equals": "a"}}, "at_least": 1}

    assert holds(condition, *records) is any(one.fields["group"] == "a" for one in records)


def test_a_window_of_a_year_ends_the_day_before_its_anniversary():
    condition = {"count": {"within": "P1Y"}, "at_least": 2}
    first = a_record(date(2023, 3, 1))

    assert holds(condition, first, a_record(date(2024, 2, 29)))
    assert not holds(condition, first, a_record(date(2024, 3, 1)))


def test_a_window_may_go_by_a_date_field_and_undated_records_do_not_count():
    condition = {"count": {"within": "P30D", "dated_by": "act_on"}, "at_least": 2}
    first = a_record(date(2010, 1, 1), act_on=date(2024, 1, 1))

    assert holds(condition, first, a_record(date(2020, 1, 1), act_on=date(2024, 1, 30)))
    assert not holds(condition, first, a_record(date(2010, 1, 2)))


@given(RECORDS, st.randoms())
def test_the_order_of_records_does_not_matter(records, random):
    condition = {"sum": {"field": "amount", "within": "P1Y"}, "at_least": 500}
    shuffled = list(records)
    random.shuffle(shuffled)

    assert holds(condition, *records) is holds(condition, *shuffled)


# --- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ([], "when"),
        ({}, "when"),
        ({"all": []}, "when.all"),
        ({"all": [{"field": "f", "at_least": 1}, "x"]}, "when.all.1"),
        ({"field": "f"}, "when"),
        ({"field": "f", "at_least": 1, "below": 2}, "when"),
        ({"field": "f", "at_least": 1, "more": 2}, "when"),
        ({"field": "", "at_least": 1}, "when.field"),
        ({"field": "f", "at_least": 0.1}, "when.at_least"),
        ({"field": "f", "at_least": True}, "when.at_least"),
        ({"field": "f", "at_least": "NaN"}, "when.at_least"),
        ({"field": "f", "at_least": "Infinity"}, "when.at_least"),
        ({"field": "f", "equals": 0.5}, "when.equals"),
        ({"field": "f", "equals": None}, "when.equals"),
        ({"field": "f", "in": []}, "when.in"),
        ({"field": "f", "in": "abc"}, "when.in"),
        ({"field": "f", "present": "yes"}, "when.present"),
        ({"ratio": ["a"], "at_least": 1}, "when.ratio"),
        ({"ratio": ["a", "b"], "present": True}, "when.present"),
        ({"count": {"field": "f"}, "at_least": 1}, "when.count"),
        ({"sum": {}, "at_least": 1}, "when.sum"),
        ({"count": {"within": "1 year"}, "at_least": 1}, "when.count.within"),
        ({"count": {"where": {"field": "f"}}, "at_least": 1}, "when.count.where"),
        ({"count": 3, "at_least": 1}, "when.count"),
    ],
)
def test_a_condition_that_cannot_be_read_says_where(condition, path):
    with pytest.raises(ConditionError) as caught:
        parse(condition)

    assert caught.value.path == path


def test_the_names_a_condition_uses_are_known():
    condition = parse(
        {
            "any": [
                {"ratio": ["a", "b"], "above": 1},
                {"sum": {"field": "c", "per": "d", "dated_by": "e"}, "at_least": 1},
                {"count": {"where": {"field": "f", "present": True}}, "at_least": 1},
            ]
        }
    )

    assert set(condition.names()) == set("abcdef")
