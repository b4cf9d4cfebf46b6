"""parameters.yaml: numbers that no rule reads, dated and cited, and every way to get one wrong."""

from datetime import date
from decimal import Decimal

import pytest

from registry.domain.errors import RuleError
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook

FIRST = """parameters:
  - code: demo.share
    version: "2020"
    title: Share of the fund
    title_zh: 基金比例
    value: 0.05
    unit: share
    basis: [{instrument: demo-law, article: "9"}]
    valid_from: 2020-01-01
    valid_to: 2022-01-01
"""
LATER = FIRST.partition("\n")[2].replace('"2020"', '"2022"').replace("0.05", "-0.06")
LATER = LATER.replace("    valid_to: 2022-01-01\n", "").replace("2020-01-01", "2022-01-01")


def test_a_parameter_has_dated_versions_each_with_its_basis(make_package):
    first, later = load_sector(make_package({"parameters.yaml": FIRST + LATER})).parameters

    assert (first.value, first.unit) == (Decimal("0.05"), "share")
    assert first.basis[0].article == "9"
    assert first.validity.covers(date(2021, 12, 31))
    assert not first.validity.covers(date(2022, 1, 1))
    assert later.value == Decimal("-0.06")


def test_a_rulebook_stored_before_there_were_parameters_is_read(make_package):
    rulebook = Rulebook.merge([load_sector(make_package({"parameters.yaml": FIRST}))])
    older = {
        code: {key: part for key, part in one.items() if key != "parameters"}
        for code, one in rulebook.document["sectors"].items()
    }

    assert rulebook.sectors["demo"].parameters
    read = Rulebook.from_document({**rulebook.document, "sectors": older})
    assert read.sectors["demo"].parameters == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("value: 0.05", "value: much", 6, "must be a plain number such as 5"),
        ("value: 0.05", "value: true", 6, "must be a plain number such as 5"),
        ("value: 0.05", "value: 1000000000001", 6, "lie within 1000000000000"),
        ("unit: share", "unit: gold", 7, "must be one of yuan"),
        ("demo.share", "tax.share", 2, "tax.share must begin with demo."),
        ("demo-law", "demo-lore", 8, "unknown instrument 'demo-lore'"),
        ('[{instrument: demo-law, article: "9"}]', "[]", 8, "must cite at least one article"),
        ("valid_to: 2022-01-01", "valid_to: 2020-01-01", 10, "is empty"),
        ("unit:", "units:", 7, "did you mean unit"),
    ],
)
def test_a_mistake_is_named_with_its_line(make_package, old, new, line, words):
    package = make_package({"parameters.yaml": FIRST.replace(old, new)})

    with pytest.raises(RuleError) as caught:
        load_sector(package)

    assert caught.value.message.startswith(f"{package}/parameters.yaml:{line}: ")
    assert words in caught.value.message


def test_versions_never_overlap(make_package):
    again = FIRST.partition("\n")[2].replace('"2020"', '"2021"')

    with pytest.raises(RuleError, match=r"demo\.share stands here twice for the same day"):
        load_sector(make_package({"parameters.yaml": FIRST + again}))
