"""Procurement and tendering as data: every worked case, and the bans the statutes fix."""

from datetime import date
from decimal import Decimal

import pytest

from registry.domain.criterion import Clock
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.sector import Sector
from registry.domain.subject import PERSONS
from registry.domain.validity import Term
from registry.rulebook.cases import CaseResult, run_cases
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook
from tests.sectors import sector_guards

SECTOR = load_sector("sector_plugins.procurement")
CASES = run_cases(SECTOR)
ARTICLES = {
    "procurement.false_material": "77(1)(1)",
    "procurement.disparage": "77(1)(2)",
    "procurement.collusion": "77(1)(3)",
    "procurement.bribery": "77(1)(4)",
    "procurement.negotiation": "77(1)(5)",
    "procurement.refuse_check": "77(1)(6)",
    "procurement.bribe_panel": "72",
    "procurement.refuse_sign": "72",
    "procurement.contract_deviates": "72",
    "procurement.assign_contract": "72",
    "procurement.counterfeit": "72",
    "procurement.stop_contract": "72",
    "procurement.false_complaint": "73",
    "procurement.agency_breach": "78",
    "procurement.expert": "75",
    "procurement.serious_record": "1",
    "procurement.serious_record_ban": "1",
    "procurement.tender_collusion": "53",
    "procurement.tender_bribery": "53",
    "procurement.tender_fraud": "54",
    "procurement.tender_assign_or_subcontract": "58",
    "procurement.tender_non_performance": "60",
    "procurement.tender_agency_leak": "50",
    "procurement.tender_owner_evade": "49",
}
SUPPLIER = {code for code, article in ARTICLES.items() if article[:2] in ("77", "72", "73")}
RECORD_LIST = ("procurement.serious_record", "procurement.serious_record_ban")
# Each ban follows the acts of its own articles, and no other.
BANS = {
    "p.procurement_ban": ("77", "72", "73"),
    "p.procurement_agency_ban": ("78",),
    "p.panel_ban": ("75",),
    "p.tender_ban": ("53", "54", "60"),
    "p.tender_agency_ban": ("50",),
}
TODAY = date(2024, 3, 1)


@pytest.fixture
def sector() -> Sector:
    return SECTOR


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file[29:-5]}:{case.line}")
def test_worked_case(case: CaseResult) -> None:
    assert case.passed, str(case)


def test_every_criterion_has_cases_below_at_and_the_day_before(sector: Sector) -> None:
    assert sector_guards.criteria_without_enough_cases(sector) == []


def test_every_act_of_the_tables_is_a_criterion_under_its_article(sector: Sector) -> None:
    assert {one.code: one.basis[0].article for one in sector.criteria} == ARTICLES


def test_the_penalty_decision_has_the_fields_of_the_contract(sector: Sector) -> None:
    kind = sector.record_kinds["procurement.penalty_decision"]
    assert {name: str(spec.type) for name, spec in kind.fields.items()} == {
        "act": "enum",
        "fine_amount": "money",
        "procurement_amount": "money",
        "project_no": "text",
        "penalty_no": "text",
        "ban_months": "integer",
        "ban_from": "date",
        "collusion_pattern": "text",
    }
    assert kind.number_field == "penalty_no"


def test_every_act_has_the_name_of_its_criterion(sector: Sector) -> None:
    acts = sector.record_kinds["procurement.penalty_decision"].fields["act"].values
    assert {f"procurement.{act}" for act in acts} <= set(ARTICLES)
    tender = set(sector.record_kinds["procurement.tender_decision"].fields["act"].values)
    archived = {"expert_breach", "staff_breach"}  # recorded; no criterion reads them
    assert archived <= tender
    assert {f"procurement.tender_{act}" for act in tender - archived} <= set(ARTICLES)


@pytest.mark.parametrize(
    ("code", "shortest", "longest"),
    [
        *((code, 1, 3) for code in sorted(SUPPLIER)),
        ("procurement.agency_breach", 1, 3),
        ("procurement.tender_collusion", 1, 2),
        ("procurement.tender_bribery", 1, 2),
        ("procurement.tender_fraud", 1, 3),
        ("procurement.tender_non_performance", 2, 5),
        ("procurement.tender_agency_leak", 1, 2),
    ],
)
def test_the_ban_of_the_decision_is_the_term_within_what_the_article_allows(
    sector: Sector, code: str, shortest: int, longest: int
) -> None:
    term = sector_guards.version_on(sector, code, TODAY).term
    assert (term.minimum, term.maximum) == (Term(years=shortest), Term(years=longest))
    assert (term.months_field, term.clock) == ("ban_months", Clock.DECIDED_ON)
    assert term.statutory


@pytest.mark.parametrize("code", sorted(SUPPLIER - {"procurement.false_complaint"}))
def test_suppliers_are_fined_five_to_ten_per_mille_of_the_amount(sector: Sector, code: str) -> None:
    penalties = sector_guards.version_on(sector, code, TODAY).penalties
    fine, gains, ban, licence = (one for one in penalties if one.kind != "award_void")
    assert (fine.of, fine.share) == ("procurement_amount", (Decimal("0.005"), Decimal("0.01")))
    assert [str(one.kind) for one in (gains, ban, licence)] == ["confiscation", "ban", "revocation"]
    assert ban.period == (Term(years=1), Term(years=3))


def test_the_award_is_void_for_items_1_to_5_and_where_the_panel_was_bribed(sector: Sector) -> None:
    void = {
        one.code: [(each.basis[0].article, str(each.basis[0].status)) for each in one.penalties]
        for one in sector.criteria
        if any(each.kind == "award_void" for each in one.penalties)
    }
    items = {code for code, article in ARTICLES.items() if article[:2] == "77"}
    items -= {"procurement.refuse_check"}
    assert set(void) == items | {"procurement.bribe_panel"}
    assert all(void[code][-1] == ("77", "verified") for code in items)
    assert void["procurement.bribe_panel"][-1] == ("72", "to_verify")


def test_the_fines_of_tendering_and_of_experts_are_data_beside_their_acts(sector: Sector) -> None:
    shares = {
        one.code.partition("tender_")[2]: [
            (penalty.of, *map(str, penalty.share)) for penalty in one.penalties if penalty.share
        ]
        for one in sector.criteria
        if ".tender_" in one.code
    }
    unit = ("contract_amount", "0.005", "0.01")
    persons = ("fine_amount", "0.05", "0.1")
    assert shares == {
        "collusion": [unit, persons],
        "bribery": [unit, persons],
        "fraud": [unit, persons],
        "assign_or_subcontract": [unit],
        "owner_evade": [unit],
        "non_performance": [],
        "agency_leak": [],
    }
    amounts = [
        tuple(map(int, penalty.amount))
        for code in ("procurement.tender_agency_leak", "procurement.expert")
        for penalty in sector_guards.version_on(sector, code, TODAY).penalties
        if penalty.amount and None not in penalty.amount
    ]
    assert amounts == [(50000, 250000), (2000, 20000), (20000, 50000)]


def test_the_figures_of_the_qualification_test_are_kept(sector: Sector) -> None:
    assert {one.code.partition(".")[2]: int(one.value) for one in sector.parameters} == {
        "qualification_years": 3,
        "large_fine": 2_000_000,
        "tender_repeat_years": 3,
    }


def test_each_ban_beside_a_criterion_is_the_one_its_term_allows(sector: Sector) -> None:
    for one in sector.criteria:
        bans = [each.period for each in one.penalties if str(each.kind) == "ban" and each.period]
        if one.term.statutory:
            assert bans == [(one.term.minimum, one.term.maximum)]


def test_a_statutory_ban_has_no_early_end(sector: Sector) -> None:
    banned = [one for one in sector.criteria if one.term.statutory]
    assert {one.repair.repairable for one in banned} == {"no"}


@pytest.mark.parametrize("code", RECORD_LIST)
@pytest.mark.parametrize(
    ("day", "wait"),
    [
        (date(2023, 4, 30), None),
        (date(2023, 5, 1), Term(months=3)),
        (date(2026, 3, 31), Term(months=3)),
        (date(2026, 4, 1), Term(years=1)),
    ],
)
def test_the_record_list_can_end_early_as_the_order_of_the_day_says(
    sector: Sector, day: date, wait: Term | None, code: str
) -> None:
    record = sector_guards.version_on(sector, code, day)
    assert (record.repair.repairable, record.repair.minimum_publication) == ("yes", wait)
    assert record.term.maximum == Term(years=3)
    later = day >= date(2026, 4, 1)
    assert record.repair.decision_days == (10 if wait else None)
    assert record.repair.extension_days == (10 if later else None)
    assert bool(record.repair.temporary_lifting) is later


def test_on_the_record_list_a_fine_counts_from_the_decision_and_a_ban_by_its_own_months(
    sector: Sector,
) -> None:
    for version in sector.criteria:
        if version.code in RECORD_LIST:
            of_ban = version.code == "procurement.serious_record_ban"
            expected = ("ban_months", "ban_from") if of_ban else (None, None)
            assert (version.term.months_field, version.term.from_field) == expected
            asked = {name for clause in version.when.clauses() for name in clause.names()}
            assert asked == {"ban_months" if of_ban else "fine_amount"}


@pytest.mark.requirement("CRI-18")
@pytest.mark.requirement("CRI-19")
def test_each_decision_is_announced_in_the_medium_that_the_law_names(sector: Sector) -> None:
    for one in sector.criteria:
        name = "招标投标" if ".tender_" in one.code else "中国政府采购网"
        announced = one.list_kind is ListKind.BLACK or ".tender_" in one.code
        assert [medium.startswith(name) for medium in one.media] == [True] * announced


@pytest.mark.requirement("CRI-18")
@pytest.mark.requirement("CRI-19")
def test_suppliers_experts_agencies_and_bidders_have_records(sector: Sector) -> None:
    assert set(sector.record_kinds) == {
        "procurement.penalty_decision",
        "procurement.expert_decision",
        "procurement.tender_decision",
        "procurement.performance_evaluation",
    }
    parties = sector.record_kinds["procurement.tender_decision"].fields["party"].values
    assert set(parties) == {"bidder", "owner", "agency", "expert", "staff"}
    evaluation = sector.record_kinds["procurement.performance_evaluation"]
    read = {kind for one in sector.criteria for kind in one.record_kinds}
    assert evaluation.content == "basic"
    assert evaluation.code not in read


def test_every_criterion_has_notice_term_and_repair_with_articles(sector: Sector) -> None:
    assert sector_guards.incomplete_criteria(sector) == []


def test_only_what_no_statute_says_is_to_verify(sector: Sector) -> None:
    open_ = {one.code for one in sector.criteria if one.status is RuleStatus.TO_VERIFY}
    assert open_ == {
        "procurement.expert",
        *RECORD_LIST,
        "procurement.tender_assign_or_subcontract",
        "procurement.tender_owner_evade",
    }


def test_every_figure_to_verify_stands_in_the_readme(sector: Sector) -> None:
    assert sector_guards.figures_missing_in_readme(sector) == []
    assert sector_guards.rules_to_verify_that_the_readme_does_not_name(sector) == []


def test_each_ban_reaches_only_whom_its_article_names(sector: Sector) -> None:
    measures = {one.code: one for one in sector.measures}
    for code, articles in BANS.items():
        of_article = {key for key, article in ARTICLES.items() if article[:2] in articles}
        assert measures[code].target.criteria == of_article, code
    bidding = {code: one.matters for code, one in measures.items() if code in BANS}
    supplied = {code for code, matters in bidding.items() if matters == {"procurement.bid"}}
    tendered = {code for code, matters in bidding.items() if matters == {"tender.bid"}}
    assert {key for code in supplied for key in measures[code].target.criteria} == SUPPLIER
    assert tendered == {"p.tender_ban"}
    assert measures["p.procurement_refusal"].target.criteria == set(RECORD_LIST)
    assert measures["p.panel_ban"].target.subject_kinds == PERSONS
    assert not any(one.reaches for one in sector.measures)
    # notice 125 refuses suppliers; an agency is kept from acting by its own ban alone
    assert measures["p.procurement_refusal"].matters == {"procurement.bid"}
    acting = {one.code for one in sector.measures if "procurement.agency" in one.matters}
    assert acting == {"p.procurement_agency_ban"}


def test_no_measure_is_older_than_what_it_rests_on(sector: Sector) -> None:
    since = {one.code: one.validity.start for one in sector.measures}
    assert since["p.procurement_refusal"] == date(2017, 1, 1)  # notice 125 of 2016
    for code in ("p.focus_supervision", "p.no_honours", "p.watch_supervision"):
        assert since[code] == date(2019, 1, 1)  # the city plan, after notice 1798 of 2017


@pytest.mark.parametrize("code", ["p.focus_supervision", "p.no_honours"])
def test_what_the_city_plan_says_lasts_no_longer_than_serious_misconduct_is_shown(
    sector: Sector, code: str
) -> None:
    (measure,) = [one for one in sector.measures if one.code == code]
    black = {one.code: one.term for one in sector.criteria if one.list_kind is ListKind.BLACK}
    fitting = {
        code
        for code, term in black.items()
        if not term.statutory or term.maximum.years <= 3  # the profile caps the others
    }
    assert measure.target.criteria == fitting
    assert set(black) - fitting == {"procurement.tender_non_performance"}


def test_mandatory_measures_rest_on_a_statute(sector: Sector) -> None:
    assert sector_guards.mandatory_without_statute(sector) == []


def test_acts_without_a_ban_lead_to_the_watch_list_only(sector: Sector) -> None:
    watched = {one.code for one in sector.criteria if one.list_kind is ListKind.WATCH}
    assert watched == {
        "procurement.tender_assign_or_subcontract",
        "procurement.tender_owner_evade",
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


def test_it_stands_beside_tax_in_one_rulebook(sector: Sector) -> None:
    rulebook = Rulebook.merge([sector, load_sector("sector_plugins.tax")])
    both = [one.sector for one in rulebook.proposed_measures() if one.code == "p.procurement_ban"]
    assert sorted(both) == ["procurement", "tax"]
