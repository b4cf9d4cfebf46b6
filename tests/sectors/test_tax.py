"""Order 54 as data: every worked case, and what the contract promises about this sector."""

import copy
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from registry.domain.criterion import Clock
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.record import FieldType
from registry.domain.sector import Sector
from registry.domain.subject import ORGANISATIONS, SubjectKind
from registry.domain.validity import Term
from registry.rulebook.build import build_sector
from registry.rulebook.cases import CaseResult, run_cases
from registry.rulebook.loader import load_sector
from tests.sectors import sector_guards

SECTOR = load_sector("sector_plugins.tax")
CASES = run_cases(SECTOR)
ITEMS = {
    "tax.evasion": "6(1)",
    "tax.arrears_asset_hiding": "6(2)",
    "tax.export_refund_fraud": "6(3)",
    "tax.violent_resistance": "6(4)",
    "tax.false_vat_special_invoice": "6(5)",
    "tax.false_vat_ordinary_invoice": "6(6)",
    "tax.forged_invoice": "6(7)",
    "tax.absconded": "6(8)",
    "tax.abetting": "6(9)",
    "tax.agent_fault": "6(10)",
    "tax.other_grave": "6(11)",
}
# The day before the order, and its first: 2022-02-01.
BEFORE, FIRST = date(2022, 1, 31), date(2022, 2, 1)


@pytest.fixture
def sector() -> Sector:
    return SECTOR


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file[21:-5]}:{case.line}")
def test_worked_case(case: CaseResult) -> None:
    assert case.passed, str(case)


def a_sector_with_the_evasion_threshold_at(amount: int) -> Sector:
    document = copy.deepcopy(dict(SECTOR.document))
    evasion = next(one for one in document["criteria"] if one["code"] == "tax.evasion")
    share = evasion["versions"][0]["when"]["all"][3]["any"][0]["all"]
    assert share[0] == {"field": "underpaid_amount", "at_least": 1000000}
    share[0]["at_least"] = amount
    return build_sector(document, SECTOR.package)


@pytest.mark.parametrize("amount", [999_999, 1_000_001])
def test_the_cases_and_the_readme_notice_a_threshold_that_is_one_yuan_off(amount: int) -> None:
    changed = a_sector_with_the_evasion_threshold_at(amount)
    failed = [case for case in run_cases(changed) if not case.passed]
    assert failed
    assert all("evasion" in case.file for case in failed)
    assert sector_guards.figures_missing_in_readme(changed) == [f"tax.evasion: {amount}"]


def test_every_criterion_has_cases_below_at_and_the_day_before(sector: Sector) -> None:
    assert sector_guards.criteria_without_enough_cases(sector) == []


def test_the_eleven_items_of_article_6_are_there_once_each(sector: Sector) -> None:
    found = {one.code: one.basis[0].article for one in sector.criteria}
    assert found == ITEMS
    assert len(sector.criteria) == 11


def test_each_item_has_a_record_kind_of_its_own(sector: Sector) -> None:
    kinds = [kind for one in sector.criteria for kind in one.record_kinds]
    assert sorted(kinds) == sorted(set(kinds)) == sorted(sector.record_kinds)
    assert all(kind.endswith("_decision") for kind in kinds)


def test_the_order_is_in_force_from_1_february_2022_and_not_the_day_before(sector: Sector) -> None:
    assert all(one.validity.covers(FIRST) for one in sector.criteria)
    assert not any(one.validity.covers(BEFORE) for one in sector.criteria)


def test_the_penalty_decision_has_the_fields_of_the_contract(sector: Sector) -> None:
    kind = sector.record_kinds["tax.penalty_decision"]
    assert {name: str(spec.type) for name, spec in kind.fields.items()} == {
        "underpaid_amount": "money",
        "due_total_year": "money",
        "year": "integer",
        "decision_no": "text",
        "served_on": "date",
        "final_on": "date",
        "means": "enum",
        "withheld_unpaid": "money",
        "review_state": "enum",
        "paid_in_full": "flag",
    }
    required = {name for name, spec in kind.fields.items() if spec.required}
    assert required == {"decision_no", "served_on", "year"}
    assert kind.number_field == "decision_no"


def test_the_fines_of_the_collection_law_stand_beside_the_acts(sector: Sector) -> None:
    shares = {
        (one.code, penalty.of): (penalty.share, penalty.basis[0].article)
        for one in sector.criteria
        for penalty in one.penalties
    }
    half, once, most = Decimal("0.5"), Decimal(1), Decimal(5)
    assert shares == {
        ("tax.evasion", "underpaid_amount"): ((half, most), "63"),
        ("tax.evasion", "withheld_unpaid"): ((half, most), "63"),
        ("tax.arrears_asset_hiding", "arrears_amount"): ((half, most), "65"),
        ("tax.export_refund_fraud", "refund_amount"): ((once, most), "66"),
        ("tax.violent_resistance", "refused_amount"): ((once, most), "67"),
    }


def test_every_decision_can_be_filed_before_it_is_final(sector: Sector) -> None:
    for kind in sector.record_kinds.values():
        assert kind.fields["final_on"].type is FieldType.DATE
        assert not kind.fields["final_on"].required
        assert kind.number_field == "decision_no"


def test_every_criterion_has_notice_term_and_repair_with_articles(sector: Sector) -> None:
    assert sector_guards.incomplete_criteria(sector) == []


def test_term_notice_and_repair_are_those_of_the_order(sector: Sector) -> None:
    for one in sector.criteria:
        assert one.list_kind is ListKind.BLACK
        assert (one.term.clock, one.term.maximum) == (Clock.PUBLISHED_ON, Term(years=3))
        assert not one.term.statutory
        assert (one.notice.required, one.notice.reply_days) == (True, 5)
        assert not one.notice.working
        assert one.repair.minimum_publication == Term(months=6)
        assert (one.repair.repeat_count, one.repair.repeat_window) == (2, Term(years=5))
        assert one.repair.ways == ("performance",)
        assert one.repair.immediate_ways == ("reorganisation", "outstanding_contribution")
        (refusal,) = one.repair.refusals
        assert refusal.code == "new_tax_offence"
        assert refusal.record_kinds == tuple(sector.record_kinds)


def test_what_binds_the_authoritys_own_site_and_the_old_threshold_are_read_by_no_rule(
    sector: Sector,
) -> None:
    kept = {one.code: (int(one.value), one.unit) for one in sector.parameters}
    assert kept == {
        "tax.publication_days": (15, "days"),
        "tax.takedown_days": (5, "days"),
        "tax.arrears_threshold_2018": (100_000, "yuan"),
    }
    assert {one.status for one in sector.parameters} == {RuleStatus.TO_VERIFY}
    assert [one.code for one in sector.parameters if one.validity.covers(BEFORE)] == [
        "tax.arrears_threshold_2018"
    ]
    assert not any(
        one.code == "tax.arrears_threshold_2018" and one.validity.covers(FIRST)
        for one in sector.parameters
    )
    publication = next(one for one in sector.parameters if one.code == "tax.publication_days")
    assert "次月15日内" in publication.title_zh
    text = files(sector.package).joinpath("README.md").read_text(encoding="utf-8")
    assert all(f"`{one.code}`" in text for one in sector.parameters)


def test_the_readme_names_every_field_that_a_decision_must_have(sector: Sector) -> None:
    text = files(sector.package).joinpath("README.md").read_text(encoding="utf-8")
    said = text.partition("**Required fields.**")[2].partition("\n- ")[0]
    required = {
        name
        for kind in sector.record_kinds.values()
        for name, spec in kind.fields.items()
        if spec.required
    }
    assert required == {"decision_no", "served_on", "year", "arrears_amount"}
    assert all(f"`{name}`" in said for name in required)


def test_nothing_is_taken_as_confirmed(sector: Sector) -> None:
    assert {one.status for one in sector.criteria} == {RuleStatus.TO_VERIFY}


def test_every_figure_to_verify_stands_in_the_readme(sector: Sector) -> None:
    assert sector_guards.figures_missing_in_readme(sector) == []
    assert sector_guards.rules_to_verify_that_the_readme_does_not_name(sector) == []


def test_evasion_bars_organisations_and_persons_from_procurement_by_statute(sector: Sector) -> None:
    ban = next(one for one in sector.measures if one.code == "p.procurement_ban")
    assert str(ban.force) == "mandatory"
    assert ban.matters == {"procurement.bid"}
    assert (ban.basis[0].article, ban.basis[0].statute) == ("22(1)(5)", True)
    assert "政府采购法" in ban.basis[0].instrument
    assert "财库〔2016〕125号" in ban.basis[1].instrument
    assert not ban.reaches
    evasion = sector_guards.version_on(sector, "tax.evasion", FIRST)
    assert ban.target.follows(ListKind.BLACK, evasion.code, evasion.severity)
    assert evasion.subject_kinds == ban.target.subject_kinds
    assert evasion.subject_kinds == (ORGANISATIONS - {SubjectKind.GOVERNMENT_BODY}) | {
        SubjectKind.PERSON,
        SubjectKind.PUBLIC_OFFICIAL,
    }


def test_only_the_exit_ban_reaches_the_legal_representative_whom_article_44_names(
    sector: Sector,
) -> None:
    reaching = {one.code: one.reaches for one in sector.measures if one.reaches}
    assert reaching == {"p.exit_ban": {"legal_representative"}}


def test_mandatory_measures_rest_on_a_statute(sector: Sector) -> None:
    assert sector_guards.mandatory_without_statute(sector) == []


@pytest.mark.requirement("CRI-13")
@pytest.mark.requirement("MEA-05")
def test_no_black_measure_follows_a_lower_grade(sector: Sector) -> None:
    assert sector_guards.measures_offered_below_their_grade(sector) == []


@pytest.mark.requirement("MEA-24")
def test_the_watch_list_never_brings_a_measure_of_the_black_list(sector: Sector) -> None:
    follow = sector_guards.measures_on_the_watch_list(sector)
    assert follow["watch"] == ["p.watch_supervision"]
    assert set(follow["watch"]).isdisjoint(follow["black"])
    assert "p.procurement_ban" in follow["black"]
