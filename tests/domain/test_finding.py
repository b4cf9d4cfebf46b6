"""Findings: each clause says what was found, what is asked and by which article, twice."""

from datetime import date
from decimal import Decimal

import pytest

from registry.domain.condition import parse
from registry.domain.finding import explain
from registry.domain.legal import Citation
from registry.domain.record import FieldSpec, FieldType, Record

BASIS = (Citation("示范法", "7"),)
FIELDS = {
    "amount": FieldSpec("amount", FieldType.MONEY, "amount", "金额"),
    "total": FieldSpec("total", FieldType.MONEY, "total", "总额"),
    "act": FieldSpec("act", FieldType.ENUM, "act", "行为", values=("fraud", "delay")),
    "state": FieldSpec(
        "state",
        FieldType.ENUM,
        "review",
        "复议状态",
        values=("pending", "annulled"),
        values_zh=("复议中", "已撤销"),
    ),
    "final_on": FieldSpec("final_on", FieldType.DATE, "final on", "生效日期"),
    "meant": FieldSpec("meant", FieldType.FLAG, "deliberate", "故意"),
}


def a_record(id: str = "r", day: date = date(2024, 1, 1), **fields) -> Record:
    return Record(id, "s", "k", day, fields)


def told(condition, *records: Record):
    met, reasons, used = explain(parse(condition), records, FIELDS, BASIS)
    return met, [(reason.met, reason.text, reason.text_zh) for reason in reasons], used


@pytest.mark.parametrize(
    ("condition", "fields", "met", "text", "text_zh"),
    [
        (
            {"none": [{"field": "state", "in": ["pending", "annulled"]}]},
            {"state": "pending"},
            False,
            "review pending, must not be one of pending, annulled: not met",
            "复议状态复议中，不得属于复议中、已撤销：不符合",
        ),
        (
            {"field": "amount", "at_least": 1000000},
            {"amount": Decimal("1250000.00")},
            True,
            "amount 1,250,000.00, must be at least 1,000,000: met",
            "金额1,250,000.00，须不低于1,000,000：符合",
        ),
        (
            {"field": "amount", "below": 10},
            {"amount": 12},
            False,
            "amount 12, must be below 10: not met",
            "金额12，须低于10：不符合",
        ),
        (
            {"ratio": ["amount", "total"], "at_least": "0.10"},
            {"amount": 1, "total": 3},
            True,
            "amount as a share of total 0.333333, must be at least 0.1: met",
            "金额占总额比例0.333333，须不低于0.1：符合",
        ),
        (
            {"field": "act", "in": ["fraud", "delay"]},
            {},
            False,
            "act not given, must be one of fraud, delay: not met",
            "行为未载明，须属于fraud、delay：不符合",
        ),
        (
            {"field": "final_on", "present": True},
            {"final_on": date(2024, 2, 1)},
            True,
            "final on: 2024-02-01, must be given: met",
            "生效日期：2024-02-01，须载明：符合",
        ),
        (
            {"none": [{"field": "meant", "equals": False}]},
            {"meant": True},
            True,
            "deliberate yes, must not be equal to no: met",
            "故意是，不得等于否：符合",
        ),
    ],
)
def test_a_clause_is_told_in_both_languages(condition, fields, met, text, text_zh):
    assert told(condition, a_record(**fields)) == (met, [(met, text, text_zh)], ("r",))


def test_every_reason_carries_the_article():
    _, reasons, _ = explain(
        parse({"field": "amount", "at_least": 1}), [a_record(amount=1)], FIELDS, BASIS
    )

    assert reasons[0].to_json()["basis"] == [
        {"instrument": "示范法", "article": "7", "status": "verified"}
    ]


def test_of_an_any_that_holds_only_what_holds_is_told():
    condition = {"any": [{"field": "amount", "at_least": 10}, {"field": "act", "equals": "fraud"}]}

    met, reasons, _ = told(condition, a_record(amount=1, act="fraud"))

    assert met
    assert [text for _, text, _ in reasons] == ["act fraud, must be equal to fraud: met"]


def test_of_an_any_that_fails_every_part_is_told():
    condition = {"any": [{"field": "amount", "at_least": 10}, {"field": "act", "equals": "fraud"}]}

    met, reasons, _ = told(condition, a_record(amount=1, act="delay"))

    assert not met
    assert [one[0] for one in reasons] == [False, False]


def test_the_record_that_meets_is_the_one_told_and_used():
    condition = {"all": [{"field": "amount", "at_least": 10}, {"field": "act", "equals": "fraud"}]}
    near = a_record("near", amount=10, act="delay")
    full = a_record("full", amount=11, act="fraud")

    met, reasons, used = told(condition, near, full)

    assert (met, used) == (True, ("full",))
    assert "amount 11" in reasons[0][1]


def test_where_none_meets_the_nearest_is_told():
    condition = {"all": [{"field": "amount", "at_least": 10}, {"field": "act", "equals": "fraud"}]}

    met, reasons, used = told(
        condition, a_record("far", amount=1, act="delay"), a_record("near", amount=10, act="delay")
    )

    assert not met
    assert [one[0] for one in reasons] == [True, False]
    assert used == ("far", "near")


def test_an_aggregate_uses_the_records_that_it_counted():
    condition = {"count": {"within": "P1Y"}, "at_least": 2}
    records = [a_record("a"), a_record("b", date(2024, 5, 1)), a_record("c", date(2030, 1, 1))]

    met, reasons, used = told(condition, *records)

    assert (met, used) == (True, ("a", "b"))
    assert reasons[0][1:] == (
        "number of records within P1Y 2, must be at least 2: met",
        "记录数（P1Y内）2，须不低于2：符合",
    )


def test_a_sum_names_its_field():
    _, reasons, _ = told({"sum": {"field": "amount"}, "above": 5}, a_record(amount=3), a_record())

    assert reasons[0][1:] == (
        "sum of amount 3, must be above 5: not met",
        "金额合计3，须高于5：不符合",
    )


def test_a_share_just_below_is_not_shown_as_the_share_asked_for():
    record = a_record(amount=Decimal("99999999.99"), total=Decimal("1000000000.00"))

    _, reasons, _ = told({"ratio": ["amount", "total"], "at_least": "0.10"}, record)

    assert reasons[0][1] == (
        "amount as a share of total 0.09999999999, must be at least 0.1: not met"
    )
