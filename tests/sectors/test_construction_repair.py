"""How the listings of builders and of unpaid wages end early, by each version of the rules."""

from __future__ import annotations

from datetime import date

import pytest

from registry.domain.criterion import Clock
from registry.domain.sector import Sector
from registry.domain.subject import PERSONS
from registry.domain.validity import Term
from tests.sectors import sector_guards
from tests.sectors.test_construction import (
    FIRMS,
    FIRST,
    JERRY,
    MARKET,
    ORDER_36,
    ORDER_45,
    REGULATION,
    SECTOR,
    WAGES,
)


@pytest.fixture
def sector() -> Sector:
    return SECTOR


def test_the_rule_of_one_city_on_repair_is_no_national_rule(sector: Sector) -> None:
    """Within the term with consent (1798); that the term ends first is for Suqian's profile."""
    seed = sector_guards.version_on(sector, JERRY, date(2023, 4, 30)).repair
    cited = [(one.instrument[:7], one.article) for one in seed.basis]

    assert seed.repairable == "yes"
    assert seed.ways == ("performance", "correction", "effect_removal")
    assert [article for name, article in cited if name == "关于加强和规范"] == [
        "（十四）",
        "（十八）",
    ]
    for one in sector.criteria:
        if one.code == JERRY:
            assert one.basis[0].article == "32(2)"


def test_under_order_36_the_answer_may_be_put_off_once(sector: Sector) -> None:
    for code in (*MARKET, JERRY):
        repair = sector_guards.version_on(sector, code, ORDER_36).repair
        assert (repair.decision_days, repair.extension_days) == (10, 10), code
        assert repair.temporary_lifting == ("court_reorganisation",), code


def test_a_new_ground_for_the_list_within_the_term_bars_repair(sector: Sector) -> None:
    for code in MARKET:
        for day in (FIRST, ORDER_36):
            (refusal,) = sector_guards.version_on(sector, code, day).repair.refusals
            assert refusal.code == "new_ground", code
            # what meets a criterion of the list, and no lesser act of the same kind of record
            assert (set(refusal.criteria), refusal.record_kinds) == (set(MARKET), ()), code


def test_a_wage_listing_does_not_end_early_while_an_order_is_open(sector: Sector) -> None:
    for code in WAGES:
        repair = sector_guards.version_on(sector, code, ORDER_45).repair
        (refusal,) = repair.refusals
        assert (refusal.code, refusal.record_kinds) == ("order_open", ()), code
        assert refusal.basis[0].article == "early removal (提前移出)", code


def test_wages_have_three_years_and_six_months_from_correction(sector: Sector) -> None:
    for code in WAGES:
        one = sector_guards.version_on(sector, code, ORDER_45)
        assert (one.term.maximum, one.term.clock) == (Term(years=3), Clock.VALID_FROM)
        assert (one.repair.cooling_off, one.repair.minimum_publication) == (Term(months=6), None)
        assert one.repair.documents == ("proof_of_payment", "commitment")
        assert one.subject_kinds == FIRMS | PERSONS
        for day, end in ((FIRST, REGULATION), (REGULATION, ORDER_45)):
            predecessor = sector_guards.version_on(sector, code, day)
            assert predecessor.term.maximum == Term(years=1)
            assert predecessor.validity.end == end
