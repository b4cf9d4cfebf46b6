"""The general sector as data: every worked case, the catalogue, and what it leaves out."""

from datetime import date

import pytest

from registry.domain.criterion import Clock
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.measure import Force, MeasureKind
from registry.domain.sector import Sector
from registry.domain.validity import Term
from registry.rulebook.cases import CaseResult, run_cases
from registry.rulebook.categories import categories
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook
from tests.sectors import sector_guards

SECTOR = load_sector("sector_plugins.general")
CASES = run_cases(SECTOR)
ARTICLES = {
    "general.permit_fraud_life_health": "32(1)",
    "general.harm_life_health": "32(2)",
    "general.market_order": "32(3)",
    "general.refuse_duty": "32(4)",
    "general.defence_duty": "32(5)",
    "general.other_law": "32(6)",
    "general.serious_misconduct": "31",
    "general.personal_data_sale": "10",
    "general.penalised_bad_effect": "10",
    "general.watch": "（十六）",
    "general.government_misconduct": "一（三）",
    "general.integrity_model": "5",
}
ORDER_36 = date(2026, 4, 1)
BEFORE = date(2026, 3, 31)
PUNISHMENTS = [
    "p.no_preferences",
    "p.no_commitment_procedure",
    "p.limit_public_resources",
    "p.market_ban",
    "p.no_concession",
    "p.no_fiscal_funds",
    "p.focus_supervision",
    "p.no_conveniences",
    "p.office_ban",
    "p.no_honours",
    "p.qualification_revoked",
    "p.high_spending",
    "p.exit_ban",
    "p.other_by_law",
]
INCENTIVES = [
    "i.priority_licensing",
    "i.priority_selection",
    "i.bid_bonus",
    "i.public_services",
    "i.fewer_inspections",
    "i.other_incentive",
]


@pytest.fixture
def sector() -> Sector:
    return SECTOR


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file[30:-5]}:{case.line}")
def test_worked_case(case: CaseResult) -> None:
    assert case.passed, str(case)


def test_every_criterion_has_cases_below_at_and_the_day_before(sector: Sector) -> None:
    assert sector_guards.criteria_without_enough_cases(sector) == []


def test_every_ground_of_the_tables_is_a_criterion_under_its_article(sector: Sector) -> None:
    assert {one.code: one.basis[0].article for one in sector.criteria} == ARTICLES


def test_every_criterion_has_notice_term_and_repair_with_articles(sector: Sector) -> None:
    told = [one for one in sector.criteria if one.list_kind is not ListKind.RED]
    incomplete = set(sector_guards.incomplete_criteria(sector))
    assert incomplete.isdisjoint(one.code for one in told)


def test_order_36_is_a_later_version_beside_the_seed_default(sector: Sector) -> None:
    black = {
        one.code
        for one in sector.criteria
        if one.list_kind is ListKind.BLACK and one.code != "general.government_misconduct"
    }
    for code in sorted(black):
        seed = sector_guards.version_on(sector, code, BEFORE)
        later = sector_guards.version_on(sector, code, ORDER_36)
        assert (seed.term.maximum, seed.term.clock) == (Term(years=7), Clock.ACT_END), code
        assert (later.term.minimum, later.term.maximum) == (Term(years=1), Term(years=3)), code
        assert later.term.clock is Clock.DECIDED_ON, code
        assert later.repair.minimum_publication == Term(years=1), code
        assert seed.validity.end == later.validity.start, code


def test_no_rule_lists_anybody_before_an_authority_accepts_it(sector: Sector) -> None:
    assert {one.status for one in sector.criteria} == {RuleStatus.TO_VERIFY}


def test_every_figure_to_verify_stands_in_the_readme(sector: Sector) -> None:
    assert sector_guards.figures_missing_in_readme(sector) == []
    assert sector_guards.rules_to_verify_that_the_readme_does_not_name(sector) == []


@pytest.mark.requirement("CRI-08")
def test_the_first_five_of_the_six_grounds_open_a_case_by_law(sector: Sector) -> None:
    mandatory = {one.basis[0].article for one in sector.criteria if one.mandatory}
    assert mandatory == {"32(1)", "32(2)", "32(3)", "32(4)", "32(5)"}


@pytest.mark.requirement("CRI-10")
def test_the_table_of_the_city_plan_has_six_categories(sector: Sector) -> None:
    six = categories().sets["city-plan"].categories
    named = {code for one in sector.criteria for code in one.categories}

    assert len(six) == len(set(six)) == 6
    assert set(six) <= categories().categories.keys()
    assert named == set(six)  # each of them has a criterion


@pytest.mark.requirement("CRI-11")
def test_the_narrower_plans_have_four_categories_and_six_behaviours_of_individuals() -> None:
    sets = categories().sets

    four = sets["baiyun-2016"].categories
    assert four == ("life_health", "market_order", "refuse_duty", "defence_duty")
    assert set(sets["baoshan-2018"].categories) - set(four) == {
        "debt_evasion",
        "illegal_fund_raising",
        "telecom_fraud",
        "network_fraud",
        "traffic_breach",
        "tax_dishonesty",
    }


@pytest.mark.requirement("CRI-12")
def test_a_model_has_one_of_six_sources(sector: Sector) -> None:
    source = sector.record_kinds["general.commendation"].fields["source"]
    assert source.required
    assert len(source.values) == 6


@pytest.mark.requirement("MEA-06")
def test_the_fourteen_punishments_cite_their_items(sector: Sector) -> None:
    assert _items(sector, "33(2)") == {
        code: f"33(2)({number})" for number, code in enumerate(PUNISHMENTS, start=1)
    }


@pytest.mark.requirement("MEA-07")
def test_the_six_incentives_cite_their_items(sector: Sector) -> None:
    assert _items(sector, "33(3)") == {
        code: f"33(3)({number})" for number, code in enumerate(INCENTIVES, start=1)
    }


def _items(sector: Sector, paragraph: str) -> dict[str, str]:
    return {
        one.code: citation.article
        for one in sector.measures
        for citation in one.basis
        if citation.article.startswith(paragraph)
    }


@pytest.mark.requirement("MEA-08")
def test_each_restriction_of_the_city_plan_names_its_punishment(sector: Sector) -> None:
    detailed = [
        one
        for one in sector.measures
        if one.parent and any(citation.article == "五（二）2（2）②" for citation in one.basis)
    ]

    assert len(detailed) >= 10
    assert {one.parent for one in detailed} <= set(PUNISHMENTS)


@pytest.mark.requirement("MEA-10")
def test_high_consumption_follows_able_but_refuses_only(sector: Sector) -> None:
    consumption = [
        one
        for one in sector.measures
        if any(matter.startswith("consumption.") for matter in one.matters)
        or one.code in ("p.exit_ban", "p.raise_loan_rate", "p.raise_insurance_rate")
    ]
    items = {matter for one in consumption for matter in one.matters}

    assert {frozenset(one.target.criteria) for one in consumption} == {
        frozenset({"general.refuse_duty"})
    }
    assert len([item for item in items if item.startswith("consumption.")]) >= 6


def test_nothing_here_is_mandatory_since_no_instrument_is_a_statute(sector: Sector) -> None:
    assert {one.force for one in sector.measures} == {Force.RECOMMENDED}
    assert not any(one.statute for one in sector.instruments.values())


def test_only_what_a_body_may_do_by_itself_is_a_sanction_for_every_sector(sector: Sector) -> None:
    across = {
        one.code
        for one in sector.measures
        if one.target.every_sector and one.kind is MeasureKind.SANCTION
    }
    assert across == {
        "p.no_preferences",
        "p.no_commitment_procedure",
        "p.no_fiscal_funds",
        "p.focus_supervision",
        "p.no_conveniences",
        "p.no_honours",
    }


@pytest.mark.requirement("CRI-13")
@pytest.mark.requirement("MEA-05")
def test_no_black_measure_follows_a_lower_grade(sector: Sector) -> None:
    assert sector_guards.measures_offered_below_their_grade(sector) == []


@pytest.mark.requirement("MEA-24")
def test_the_watch_list_never_brings_a_measure_of_the_black_list(sector: Sector) -> None:
    follow = sector_guards.measures_on_the_watch_list(sector)
    assert follow["watch"] == ["p.watch_supervision"]
    assert set(follow["watch"]).isdisjoint(follow["black"])


def test_what_is_for_reference_serves_no_criterion(sector: Sector) -> None:
    reference = {
        "general.association_sanction",
        "general.association_incentive",
        "general.social_feedback",
    }
    used = {kind for one in sector.criteria for kind in one.record_kinds}

    assert used.isdisjoint(reference)
    assert used | reference == set(sector.record_kinds)
    assert {sector.record_kinds[code].content for code in reference} == {"basic"}


def test_every_sector_with_a_joint_period_names_categories(sector: Sector) -> None:
    tax = load_sector("sector_plugins.tax")
    assert all(one.term.joint and one.categories for one in tax.criteria)
    assert not any(one.term.joint for one in sector.criteria)


def test_it_stands_beside_the_other_sectors_in_one_rulebook(sector: Sector) -> None:
    rulebook = Rulebook.merge([sector, load_sector("sector_plugins.tax")])
    assert rulebook.matter("border.exit") is not None
