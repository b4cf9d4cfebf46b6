"""The general sector as data: every worked case, the catalogue, and what it leaves out."""

from datetime import date
from importlib.resources import files

import pytest

from registry.domain.criterion import Clock
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.measure import Force, Measure, MeasureKind
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
ORDER_58, ORDER_36 = date(2023, 5, 1), date(2026, 4, 1)
BEFORE = date(2023, 4, 30)
# Food, drugs, special equipment, work safety and fire: a year at least under order 58.
FIVE_FIELDS = {"general.harm_life_health", "general.permit_fraud_life_health"}
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


def nine(sector: Sector) -> list[str]:
    """The black criteria that rest on the draft or the city plan."""
    black = {one.code for one in sector.criteria if one.list_kind is ListKind.BLACK}
    return sorted(black - {"general.government_misconduct"})


def test_orders_58_and_36_are_later_versions_beside_the_seed_default(sector: Sector) -> None:
    assert len(nine(sector)) == 9
    for code in nine(sector):
        seed, order_58, order_36 = (
            sector_guards.version_on(sector, code, day) for day in (BEFORE, ORDER_58, ORDER_36)
        )
        assert (seed.term.maximum, seed.term.clock) == (Term(years=7), Clock.ACT_END), code
        least = Term(years=1) if code in FIVE_FIELDS else Term(months=3)
        for later, minimum in ((order_58, least), (order_36, Term(years=1))):
            assert (later.term.minimum, later.term.maximum) == (minimum, Term(years=3)), code
            assert later.term.clock is Clock.DECIDED_ON, code
            assert later.repair.minimum_publication == minimum, code
            assert later.repair.decision_days == 10, code
        assert (seed.validity.end, order_58.validity.start) == (ORDER_58, ORDER_58), code
        assert (order_58.validity.end, order_36.validity.start) == (ORDER_36, ORDER_36), code


def test_each_version_says_what_is_handed_in_and_how_long_the_answer_takes(sector: Sector) -> None:
    for code in nine(sector):
        seed, order_58, order_36 = (
            sector_guards.version_on(sector, code, day).repair
            for day in (BEFORE, ORDER_58, ORDER_36)
        )
        assert (seed.documents, seed.decision_days) == (("application",), 3), code
        assert [one.article for one in seed.basis] == ["（十四）", "（十八）", "43"], code
        wanted = ("application", "commitment", "proof_of_identity", "proof_of_correction")
        assert (order_58.documents, order_58.extension_days) == (wanted, None), code
        assert order_36.documents == ("proof_of_performance", "commitment"), code
        assert order_36.extension_days == 10, code
        assert order_36.temporary_lifting == ("court_reorganisation",), code
        assert order_58.temporary_lifting == (), code
    officials = sector_guards.version_on(sector, "general.government_misconduct", ORDER_36).repair
    assert (officials.decision_days, officials.basis[-1].article) == (3, "43")


def test_the_figures_of_the_severity_schemes_are_kept_each_in_its_time(sector: Sector) -> None:
    def kept(day: date) -> dict[str, tuple[int, str]]:
        return {
            one.code.partition(".")[2]: (int(one.value), one.unit)
            for one in sector.parameters
            if one.validity.covers(day)
        }

    law = {
        "simple_procedure_citizen": (200, "yuan"),
        "simple_procedure_organisation": (3000, "yuan"),
        "annulled_penalty_days": (3, "days"),
    }
    assert kept(date(2020, 1, 1)) == {
        "ndrc_2019_general_least_months": (3, "months"),
        "ndrc_2019_general_most_months": (12, "months"),
        "ndrc_2019_serious_least_months": (6, "months"),
        "ndrc_2019_serious_most_months": (36, "months"),
        "ndrc_2019_specific_serious_months": (36, "months"),
    }
    assert kept(ORDER_58) == law | {
        "order_58_least_months": (3, "months"),
        "order_58_five_fields_least_months": (12, "months"),
        "order_58_most_months": (36, "months"),
    }
    assert kept(ORDER_36) == law | {
        "order_36_minor_most_months": (3, "months"),
        "order_36_general_least_months": (3, "months"),
        "order_36_general_most_months": (12, "months"),
        "order_36_serious_least_months": (12, "months"),
        "order_36_serious_most_months": (36, "months"),
    }
    verified = {one.code for one in sector.parameters if one.status is RuleStatus.VERIFIED}
    assert verified == {f"general.{name}" for name in law}  # read in the statute
    text = files(sector.package).joinpath("README.md").read_text(encoding="utf-8")
    assert [one.code for one in sector.parameters if one.status is RuleStatus.TO_VERIFY
            and f"`{one.code}`" not in text] == []  # fmt: skip


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
    own = [one for one in sector.criteria if one.categories_field is None]
    named = {code for one in own for code in one.categories}

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


def test_nothing_here_is_mandatory_and_a_statute_stands_only_where_a_court_must_order_it(
    sector: Sector,
) -> None:
    assert {one.force for one in sector.measures} == {Force.RECOMMENDED}
    on_statute = {
        one.code for one in sector.measures if any(citation.statute for citation in one.basis)
    }
    assert on_statute == {"p.high_spending"}
    assert not any(citation.statute for one in sector.criteria for citation in one.basis)


def measure(sector: Sector, code: str) -> Measure:
    return next(one for one in sector.measures if one.code == code)


def test_high_spending_names_each_item_of_the_courts_rules_and_whom_they_reach(
    sector: Sector,
) -> None:
    found = measure(sector, "p.high_spending")
    items = [
        *("乘坐飞机", "列车软卧", "轮船二等以上舱位", "G字头动车组", "其他动车组列车一等以上座位"),
        *("星级以上宾馆", "购买不动产", "租赁高档写字楼", "非经营必需车辆", "旅游、度假"),
        *("高收费学校", "高额保费"),
    ]
    assert [item for item in items if item not in found.content_zh] == []
    rules = [one for one in found.basis if one.statute]
    assert [(one.article, one.status) for one in rules] == [("3", RuleStatus.TO_VERIFY)] * 2
    assert found.reaches == {"legal_representative", "principal", "directly_responsible"}


def test_a_measure_reaches_those_whom_its_basis_names(sector: Sector) -> None:
    heads = {"legal_representative", "principal"}
    assert measure(sector, "p.market_ban").reaches == heads | {"registered_practitioner"}
    for code in ("p.revoke_honours", "p.no_award_selection"):
        found = measure(sector, code)
        named = {"senior_manager", "responsible_director", "shareholder"}
        assert found.reaches == heads | named | {"directly_responsible"}
        assert "38" in {one.article for one in found.basis}


@pytest.mark.requirement("MEA-13")
@pytest.mark.requirement("MEA-14")
def test_missing_papers_are_accepted_on_a_promise_but_not_those_that_a_law_demands(
    sector: Sector,
) -> None:
    for code in ("i.green_channel", "i.tolerant_acceptance"):
        articles = [one.article for one in measure(sector, code).basis]
        assert articles[-3:] == ["6", "五（二）2（1）②", "五（一）"]
    found = measure(sector, "i.tolerant_acceptance")
    assert "除法律法规要求提供的材料外" in found.content_zh
    assert "other than those that a law or regulation demands" in found.content


@pytest.mark.requirement("MEA-10")
@pytest.mark.requirement("MEA-11")
def test_the_district_plan_stands_beside_the_city_plan_whose_words_it_has(sector: Sector) -> None:
    for article, district in (("12", "五（二）2（2）③"), ("13", "五（二）2（2）④")):
        both = [
            {one.article for one in found.basis}
            for found in sector.measures
            if any(one.article == article and "实施方案" in one.instrument for one in found.basis)
        ]
        assert len(both) >= 5
        assert all(district in articles for articles in both)


def test_trading_venues_are_among_the_institutions_of_the_city_plan(sector: Sector) -> None:
    assert "交易场所" in measure(sector, "p.no_financial_institution").content_zh


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
