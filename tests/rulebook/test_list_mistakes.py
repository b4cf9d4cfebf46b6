"""A mistake is reported in the file that says what is wrong: lists.yaml, or what overrules it."""

from pathlib import Path

import pytest

from registry.domain.errors import RuleError
from registry.domain.validity import Term
from registry.rulebook.loader import load_sector

GOOD = Path(__file__).parents[1] / "broken_rules" / "good"


def the_file(path: str, old: str, new: str) -> dict[str, str]:
    """A good file with a change in it, as make_package takes it."""
    text = (GOOD / path).read_text(encoding="utf-8")
    assert old in text
    return {path: text.replace(old, new)}


def the_mistake(package: str) -> str:
    with pytest.raises(RuleError) as caught:
        load_sector(package)
    return caught.value.message.removeprefix(f"{package}/")


@pytest.mark.parametrize(
    ("own", "where"),
    [
        # `min` stands in both files: the version's own counts, so it is the one that is wrong
        ("min: P4Y", "criteria/late.yaml:17: P4Y is longer than max, P3Y"),
        # `min` comes from the list, and is wrong beside this version alone
        ("max: P6M", "lists.yaml:4: under criteria/late.yaml:17: P1Y is longer than max, P6M"),
    ],
)
def test_the_file_that_gives_the_key_is_named(own, where, make_package):
    lists = the_file("lists.yaml", "max: P3Y", "max: P3Y, min: P1Y")
    late = the_file("criteria/late.yaml", "clock: act_end", f"clock: act_end, {own}")

    assert the_mistake(make_package(lists | late)) == where


def test_a_category_of_the_criterion_is_its_own_mistake(make_package):
    lists = the_file("lists.yaml", "  term:", "  categories: [market_order]\n  term:")
    late = the_file("criteria/late.yaml", "basis_code: 2", "basis_code: 2\ncategories: [othr_law]")

    message = the_mistake(make_package(lists | late))

    assert message.startswith("criteria/late.yaml:10: unknown category 'othr_law'. Known: ")


def test_a_wait_as_long_as_the_term_loads(make_package):
    late = the_file("criteria/late.yaml", "{clock: act_end}", "{clock: act_end, max: P6M}")

    sector = load_sector(make_package(late))

    (found,) = (one for one in sector.criteria if one.code == "demo.late")
    assert found.repair.minimum_publication == found.term.maximum == Term(months=6)


def test_where_nothing_is_repaired_no_wait_is_too_long(make_package):
    repair = (
        "{clock: act_end}\n    repair: {repairable: no, min_publication: P9Y, cooling_off: P9Y}"
    )
    late = the_file("criteria/late.yaml", "{clock: act_end}", repair)

    assert load_sector(make_package(late)).code == "demo"
