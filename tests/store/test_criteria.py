"""A criterion as one SQL statement against the rule itself, on random rules and random records."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.condition import parse
from registry.domain.record import FieldSpec, FieldType, Record
from registry.domain.validity import Interval
from registry.store import tables
from registry.store.criteria import meeting
from registry.store.figures import figure, grid, row_of
from tests.builders import a_criterion, on

FIELDS = {
    "amount": FieldType.MONEY,
    "total": FieldType.MONEY,
    "share": FieldType.RATIO,
    "year": FieldType.INTEGER,
    "on_day": FieldType.DATE,
    "act": FieldType.ENUM,
    "project": FieldType.TEXT,
    "grave": FieldType.FLAG,
}
SPECS = {name: FieldSpec(name, type, name, name) for name, type in FIELDS.items()}
# The kinds keep the same fields in different slots, as they do where criteria came one by one.
LAYOUT = {
    "fair.one": {name: (slot, type) for slot, (name, type) in enumerate(FIELDS.items(), 1)},
    "fair.two": {name: (16 - slot, type) for slot, (name, type) in enumerate(FIELDS.items())},
}
START, END = date(2022, 2, 1), date(2025, 2, 1)

EDGES = ["0", "0.01", "99.99", "100", "100.01", "1000", "999999999999999.99", "1000000000000000"]
MONEY = st.sampled_from([Decimal(edge) for edge in EDGES]) | st.decimals(0, 2000, places=2)
SHARES = st.sampled_from(["0", "0.1", "0.333333", "0.333334", "1", "1000"]).map(Decimal)
DAYS = st.sampled_from(
    [START - timedelta(days=1), START, date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29),
     date(2024, 3, 1), END - timedelta(days=1), END]
) | st.dates(date(2020, 1, 1), date(2025, 12, 31))  # fmt: skip
VALUES = {
    FieldType.MONEY: MONEY,
    FieldType.RATIO: SHARES,
    FieldType.INTEGER: st.integers(0, 4) | st.just(10**9),
    FieldType.DATE: DAYS,
    FieldType.ENUM: st.sampled_from(["theft", "fraud", "other"]),
    FieldType.TEXT: st.sampled_from(["甲", "乙", "乙 ", "P-1"]),
    FieldType.FLAG: st.booleans(),
}
ORDERED = ("at_least", "above", "at_most", "below")
NUMBERS = ("amount", "total", "share", "year")
FIGURES = {
    "amount": MONEY | st.sampled_from([Decimal("99.995"), Decimal("1e20")]),
    "total": MONEY,
    "share": SHARES | st.just(Decimal("0.3333335")),
    "year": st.integers(0, 4).map(Decimal) | st.just(Decimal("1.5")),
}


# Shares that leave 64 bits on the way, and are compared in two parts, among them.
PAIRS = {
    ("amount", "total"): ["0", "0.1", "0.333333", "1", "7.25", "0.123456789"],
    ("total", "amount"): ["0.5", "3", "0.000001"],
    ("amount", "year"): ["0", "50", "33.333333"],
    ("year", "amount"): ["0", "0.02", "0.0101"],
    ("share", "total"): ["0", "0.001", "0.0033"],
    ("year", "share"): ["1", "3", "0.333"],
    ("share", "year"): ["0.5", "0.1"],
}


def field_clauses():
    ordered = st.sampled_from(NUMBERS).flatmap(
        lambda name: st.tuples(st.sampled_from((*ORDERED, "equals")), FIGURES[name]).map(
            lambda pair: {"field": name, pair[0]: pair[1]}
        )
    )
    dated = st.tuples(st.sampled_from((*ORDERED, "equals")), DAYS).map(
        lambda pair: {"field": "on_day", pair[0]: pair[1]}
    )
    worded = st.sampled_from(("act", "project", "grave")).flatmap(
        lambda name: st.one_of(
            VALUES[FIELDS[name]].map(lambda value: {"field": name, "equals": value}),
            st.lists(VALUES[FIELDS[name]], min_size=1, max_size=2).map(
                lambda values: {"field": name, "in": values}
            ),
        )
    )
    present = st.tuples(st.sampled_from(list(FIELDS)), st.booleans()).map(
        lambda pair: {"field": pair[0], "present": pair[1]}
    )
    ratio = st.sampled_from(list(PAIRS)).flatmap(
        lambda pair: st.tuples(
            st.sampled_from((*ORDERED, "equals")), st.sampled_from(PAIRS[pair]).map(Decimal)
        ).map(lambda one: {"ratio": list(pair), one[0]: one[1]})
    )
    return st.one_of(ordered, dated, worded, present, ratio)


def grouped(parts):
    return st.tuples(
        st.sampled_from(("all", "any", "none")), st.lists(parts, min_size=1, max_size=3)
    ).map(lambda pair: {pair[0]: pair[1]})


ROWS = st.recursive(field_clauses(), grouped, max_leaves=4)


@st.composite
def aggregates(draw):
    function = draw(st.sampled_from(("count", "sum", "distinct")))
    asked = {}
    figures = st.integers(-1, 4).map(Decimal) | st.just(Decimal("1.5"))
    if function == "sum":
        asked["field"] = draw(st.sampled_from(("amount", "share", "year")))
        figures = FIGURES[asked["field"]].filter(lambda one: one < 10**6) | figures
    if function == "distinct":
        asked["field"] = draw(st.sampled_from(list(FIELDS)))
    if draw(st.booleans()):
        asked["where"] = draw(ROWS)
    if draw(st.booleans()):
        asked["within"] = draw(st.sampled_from(["P1M", "P1Y", "P3Y", "P30D", "P1D", "P366D"]))
    if draw(st.integers(0, 3)) == 0:
        asked["dated_by"] = "on_day"
    if draw(st.integers(0, 3)) == 0:
        asked["per"] = draw(st.sampled_from(list(FIELDS)))
    operator = draw(st.sampled_from(("at_least", "at_least", "at_least", *ORDERED, "equals")))
    return {function: asked, operator: draw(figures)}


CONDITIONS = st.recursive(field_clauses() | aggregates(), grouped, max_leaves=5)
KNOWN = {
    FieldType.MONEY: [Decimal(edge) for edge in (*EDGES, "50", "101", "300")],
    FieldType.RATIO: [Decimal(edge) for edge in ("0", "0.1", "0.333333", "0.333334", "1", "1000")],
    FieldType.INTEGER: [0, 1, 2, 3, 10**9],
    FieldType.ENUM: ["theft", "fraud", "other"],
    FieldType.TEXT: ["甲", "乙", "乙 ", "P-1"],
    FieldType.FLAG: [True, False],
}
NEAR = [0, 1, 28, 29, 30, 31, 59, 60, 90, 365, 366, 730, 1095, 1096]


def people_of(seed):
    """Forty subjects with up to six records each, near each other in time and value. Drawn apart
    from the rule: hypothesis shrinks the rule, which is what one wants to read."""
    draw = Random(seed)
    ids = count()

    def day():
        first = draw.choice([START, date(2024, 2, 29), date(2024, 1, 31), END, date(2021, 6, 1)])
        return first + timedelta(days=draw.choice([-1, 1]) * draw.choice(NEAR))

    def value(type):
        return day() if type is FieldType.DATE else draw.choice(KNOWN[type])

    def record(subject):
        fields = {name: value(type) for name, type in FIELDS.items() if draw.random() < 0.8}
        annulled = date(2025, 1, 1) if draw.random() < 0.1 else None
        kind = draw.choice(list(LAYOUT))
        return Record(f"r{next(ids)}", subject, kind, day(), fields, annulled_on=annulled)

    return {
        f"s{number}": [record(f"s{number}") for _ in range(draw.randrange(7))]
        for number in range(40)
    }


def version_of(condition, end, kinds):
    return a_criterion(
        when=parse(condition),
        record_kinds=kinds,
        fields=SPECS,
        validity=Interval(START, end),
    )


def found_by_sql(application, version, known, day):
    """Entered, asked and taken back."""
    vault = application.store.vault
    rows = [row_of(vault, one, 1, LAYOUT[one.kind]) for one in known]
    with application.database.engine.connect() as connection, connection.begin() as begun:
        if rows:
            connection.execute(sa.insert(tables.figures), rows)
        statement = meeting(version, LAYOUT, vault, day)
        found = connection.execute(statement).scalars().all()
        begun.rollback()
    assert len(found) == len(set(found)), "each subject stands once"
    return set(found)


def agree(application, condition, seed, end, kinds, day):
    version = version_of(condition, end, kinds)
    known = people_of(seed)
    expected = {one for one, records in known.items() if version.found_on(records, day).met}
    every = [one for records in known.values() for one in records]
    assert found_by_sql(application, version, every, day) == expected


ASKED = {
    "condition": CONDITIONS,
    "seed": st.integers(0, 10**6),
    "end": st.sampled_from([None, END]),
    "kinds": st.sampled_from([("fair.one",), ("fair.one", "fair.two")]),
    "day": st.sampled_from([date(2026, 1, 1), date(2024, 2, 29)]),
}
QUIETLY = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=150, **QUIETLY)
@given(**ASKED)
def test_the_statement_finds_exactly_whom_the_rule_finds(application, **asked):
    agree(application, **asked)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@settings(max_examples=5_000, **QUIETLY)
@given(**ASKED)
def test_the_statement_finds_exactly_whom_the_rule_finds_among_many_rules(application, **asked):
    agree(application, **asked)


@pytest.mark.parametrize("day", [date(2024, 2, 28), date(2024, 2, 29), date(2023, 12, 31)])
def test_the_grid_of_days_keeps_their_order(day):
    assert grid(day) < grid(day + timedelta(days=1))


def test_no_figure_is_a_binary_fraction(application):
    vault = application.store.vault
    assert figure(vault, "f", FieldType.MONEY, Decimal("0.1")) == 10
    assert figure(vault, "f", FieldType.RATIO, Decimal("0.1")) == 100_000
    assert figure(vault, "f", FieldType.MONEY, Decimal("0.001")) is None
    assert figure(vault, "f", FieldType.TEXT, "甲") != figure(vault, "g", FieldType.TEXT, "甲")
    assert figure(vault, "f", FieldType.DATE, on("2024-03-01")) == grid(on("2024-03-01"))
