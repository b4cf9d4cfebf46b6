"""Figures get the type of their field: what is written as text compares as money, date or word."""

from datetime import date
from decimal import Decimal

import pytest

from registry.domain.condition import ConditionError
from registry.domain.record import FieldSpec, FieldType, Record, RecordKind
from registry.rulebook.conditions import read_condition


def a_kind(code: str = "demo.kind", **types: str) -> RecordKind:
    values = ("fraud", "delay")
    fields = {
        name: FieldSpec(name, FieldType(type), name, name, values=values if type == "enum" else ())
        for name, type in types.items()
    }
    return RecordKind(code, "Kind", "类", "misconduct", 2, "1", True, fields)


KIND = a_kind(
    money="money",
    count="integer",
    share="ratio",
    day="date",
    word="text",
    act="enum",
    meant="flag",
)


def holds(condition, **fields) -> bool:
    record = Record("r", "s", KIND.code, date(2024, 1, 1), KIND.read(fields))
    return read_condition(condition, [KIND]).holds(record, [record])


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ({"field": "money", "equals": "1000.00"}, {"money": "1000"}),
        ({"field": "money", "equals": 1000}, {"money": "1000.00"}),
        ({"field": "money", "in": ["0.10", 5]}, {"money": "0.1"}),
        ({"field": "count", "equals": "3"}, {"count": 3}),
        ({"field": "share", "at_least": "0.10"}, {"share": "0.100"}),
        ({"field": "day", "equals": "2024-02-29"}, {"day": "2024-02-29"}),
        ({"field": "day", "in": ["2024-02-28", "2024-02-29"]}, {"day": "2024-02-29"}),
        ({"field": "day", "at_least": "2024-02-29"}, {"day": "2024-02-29"}),
        ({"field": "word", "equals": "2024-02-29"}, {"word": "2024-02-29"}),
        ({"field": "act", "in": ["fraud"]}, {"act": "fraud"}),
        ({"field": "meant", "equals": True}, {"meant": True}),
        ({"count": {"where": {"field": "day", "equals": "2024-01-05"}}, "at_least": 1},
         {"day": "2024-01-05"}),
        ({"distinct": {"field": "act"}, "equals": 1}, {"act": "delay"}),
    ],
)  # fmt: skip
def test_like_is_compared_with_like(condition, fields):
    assert holds(condition, **fields)


@pytest.mark.parametrize(
    ("condition", "path", "words"),
    [
        ({"field": "money", "at_least": "2024-01-01"}, "when.at_least", "must be a number"),
        ({"field": "money", "equals": True}, "when.equals", "must be a number"),
        ({"field": "money", "equals": "many"}, "when.equals", "must be a number"),
        ({"field": "count", "at_least": "1.5"}, "when.at_least", "whole number"),
        ({"field": "day", "at_least": 20240101}, "when.at_least", "must be a date"),
        ({"field": "day", "equals": "2024-02-30"}, "when.equals", "a date that exists"),
        ({"field": "word", "at_least": 1}, "when.at_least", "only takes equals, in, present"),
        ({"field": "act", "equals": "theft"}, "when.equals", "one of fraud, delay"),
        ({"field": "act", "in": ["fraud", "theft"]}, "when.in", "not theft"),
        ({"field": "meant", "equals": 1}, "when.equals", "true or false"),
        ({"field": "other", "present": True}, "when.field", "no record kind has a field 'other'"),
        ({"ratio": ["money", "day"], "at_least": 1}, "when.ratio", "day is date: a ratio needs"),
        ({"ratio": ["money", "share"], "in": [1]}, "when", "cannot be asked with 'in'"),
        ({"sum": {"field": "act"}, "at_least": 1}, "when.sum.field", "a sum needs money"),
        ({"count": {"dated_by": "money"}, "at_least": 1}, "when.count.dated_by", "not a date"),
        ({"count": {"per": "nobody"}, "at_least": 1}, "when.count.per", "no record kind has"),
        ({"count": {}, "at_least": "2024-01-01"}, "when.at_least", "must be a number"),
        (
            {"count": {"where": {"count": {}, "at_least": 1}}, "at_least": 1},
            "when.count.where",
            "speaks of one record",
        ),
        (
            {"all": [{"field": "money", "at_least": 1}, {"any": [{"field": "x", "equals": 1}]}]},
            "when.all.1.any.0.field",
            "no record kind",
        ),
    ],
)
def test_what_does_not_fit_says_where_and_what_would(condition, path, words):
    with pytest.raises(ConditionError) as caught:
        read_condition(condition, [KIND])

    assert caught.value.path == path
    assert words in str(caught.value)


def test_a_field_must_be_in_every_record_kind():
    other = a_kind("demo.other", money="money", count="money")

    read_condition({"field": "money", "at_least": 1}, [KIND, other])
    with pytest.raises(ConditionError, match=r"'day' is missing in demo\.other"):
        read_condition({"field": "day", "present": True}, [KIND, other])
    with pytest.raises(ConditionError, match="another type"):
        read_condition({"field": "count", "at_least": 1}, [KIND, other])


def test_figures_are_decimals_never_binary_fractions():
    condition = read_condition({"field": "money", "at_least": "0.10"}, [KIND])

    assert [clause.figure for clause in condition.clauses()] == [Decimal("0.10")]
