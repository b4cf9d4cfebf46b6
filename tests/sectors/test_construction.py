"""Construction and wages as data: every worked case, and what the source says about each rule."""

from datetime import date
from importlib.resources import files

import pytest

from registry.domain.criterion import Clock
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.sector import Sector
from registry.domain.subject import ORGANISATIONS, PERSONS, SubjectKind
from registry.domain.validity import Term
from registry.rulebook.cases import CaseResult, run_cases
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook
from tests.sectors import sector_guards

SECTOR = load_sector("sector_plugins.construction")
CASES = run_cases(SECTOR)
MARKET = {
    "construction.qualification_fraud": "黑名单（一）",
    "construction.subcontract_whole": "黑名单（二）",
    "construction.qualification_lending": "黑名单（二）",
    "construction.accident": "黑名单（三）",
    "construction.payment_default": "黑名单（四）",
}
WAGES = {"construction.wage_crime_amount": "5(1)", "construction.wage_mass_incident": "5(2)"}
BARS = {
    "construction.practitioner_stopped": Term(years=1),
    "construction.practitioner_revoked": Term(years=5),
    "construction.practitioner_barred": Term(years=99),
}
# Order 241 with the rules of 2017 on wages; the wage regulation; order 45; NDRC orders 58 and 36.
FIRST, REGULATION, ORDER_45 = date(2018, 1, 1), date(2020, 5, 1), date(2022, 1, 1)
ORDER_58, ORDER_36 = date(2023, 5, 1), date(2026, 4, 1)
FIRMS = ORGANISATIONS - {SubjectKind.GOVERNMENT_BODY}


@pytest.fixture
def sector() -> Sector:
    return SECTOR


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file[30:-5]}:{case.line}")
def test_worked_case(case: CaseResult) -> None:
    assert case.passed, str(case)


def test_every_criterion_has_cases_below_at_and_the_day_before(sector: Sector) -> None:
    assert sector_guards.criteria_without_enough_cases(sector) == []


def test_every_item_of_the_tables_is_a_criterion_under_its_article(sector: Sector) -> None:
    for code, article in MARKET.items():
        assert sector_guards.version_on(sector, code, FIRST).basis[0].article == article
    for code, article in WAGES.items():
        assert sector_guards.version_on(sector, code, ORDER_45).basis[0].article == article
    for code in BARS:
        assert sector_guards.version_on(sector, code, ORDER_45).basis[0].article == "72"


@pytest.mark.requirement("CRI-16")
def test_each_behaviour_that_the_plan_names_is_a_criterion(sector: Sector) -> None:
    lists = {one.code: str(one.list_kind) for one in sector.criteria}
    assert lists == {
        **dict.fromkeys((*MARKET, *WAGES, *BARS), "black"),
        "construction.jerry_building": "black",
        "construction.illegal_subcontract": "watch",
        "construction.beyond_grade": "watch",
    }


@pytest.mark.requirement("CRI-16")
def test_the_industry_rating_has_five_grades_from_excellent_to_unqualified(sector: Sector) -> None:
    (industry,) = [one for one in sector.scorecards if one.code == "construction.industry"]
    assert [grade.title_zh for grade in industry.grades] == [
        "优秀",
        "良好",
        "合格",
        "基本合格",
        "不合格",
    ]


@pytest.mark.requirement("CRI-16")
def test_records_know_the_six_kinds_of_firm_and_registered_practitioners(sector: Sector) -> None:
    for code in ("construction.penalty_decision", "construction.qualification_decision"):
        assert sector.record_kinds[code].fields["firm_kind"].values == (
            "survey",
            "design",
            "construction",
            "supervision",
            "costing",
            "quality_testing",
        )
    for code in BARS:
        one = sector_guards.version_on(sector, code, ORDER_45)
        assert one.subject_kinds == PERSONS
        assert one.record_kinds == ("construction.practitioner_decision",)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("qualification_decision", {"permit_no", "revoked_on"}),
        ("penalty_decision", {"penalty_no", "project_id"}),
        ("project_accident", {"accident_level", "date", "project_id"}),
        ("payment_judgment", {"judgment_no", "amount", "performed"}),
        ("wage_decision", {"workers", "months", "amount", "order_no", "deadline", "incident_id"}),
    ],
)
def test_record_kinds_have_the_fields_of_the_tables(
    sector: Sector, kind: str, fields: set[str]
) -> None:
    found = sector.record_kinds[f"construction.{kind}"]
    assert fields <= set(found.fields)
    assert found.number_field in found.fields


def test_the_blacklist_of_the_market_lasts_one_year_from_the_listing(sector: Sector) -> None:
    for code in MARKET:
        for day in (FIRST, ORDER_36):
            one = sector_guards.version_on(sector, code, day)
            assert (one.term.maximum, one.term.clock) == (Term(years=1), Clock.VALID_FROM)
            assert one.severity is not None
            assert one.severity.level == "serious"


JERRY = "construction.jerry_building"


def test_orders_58_and_36_stand_beside_the_seed_default_and_never_instead_of_it(
    sector: Sector,
) -> None:
    seed = sector_guards.version_on(sector, JERRY, date(2023, 4, 30))
    assert (seed.term.maximum, seed.term.clock) == (Term(years=7), Clock.ACT_END)
    assert (seed.repair.decision_days, seed.repair.documents) == (3, ("application",))
    for day, least in ((ORDER_58, Term(months=3)), (ORDER_36, Term(years=1))):
        since = sector_guards.version_on(sector, JERRY, day)
        assert (since.term.maximum, since.term.minimum) == (Term(years=3), least)
        assert (since.term.clock, since.validity.start) == (Clock.DECIDED_ON, day)
        assert (since.repair.repairable, since.repair.minimum_publication) == ("yes", least)
        assert since.repair.decision_days == 10
    assert sector_guards.version_on(sector, JERRY, ORDER_58).repair.documents == (
        "application",
        "commitment",
        "proof_of_identity",
        "proof_of_correction",
    )
    for code in MARKET:
        assert sector_guards.version_on(sector, code, FIRST).validity.end == ORDER_36


def test_the_bars_of_article_72_are_statutory_and_have_no_early_end(sector: Sector) -> None:
    for code, term in BARS.items():
        one = sector_guards.version_on(sector, code, ORDER_45)
        assert (one.term.maximum, one.term.statutory) == (term, True)
        assert one.repair.repairable == "no"


@pytest.mark.parametrize(
    ("name", "article", "builder", "designer"),
    [
        ("beyond_grade", "60", ("0.02", "0.04"), ("1", "2")),
        ("qualification_lending", "61", ("0.02", "0.04"), ("1", "2")),
        ("subcontract_whole", "62", ("0.005", "0.01"), ("0.25", "0.5")),
        ("illegal_subcontract", "62", ("0.005", "0.01"), ("0.25", "0.5")),
        ("jerry_building", "64", ("0.02", "0.04"), None),
    ],
)
def test_the_ratios_of_the_quality_regulation_are_data_beside_their_acts(
    sector: Sector,
    name: str,
    article: str,
    builder: tuple[str, str],
    designer: tuple[str, str] | None,
) -> None:
    for one in sector.criteria:
        if one.code == f"construction.{name}":
            shares = [tuple(map(str, penalty.share or ())) for penalty in one.penalties]
            assert shares == [builder, designer][: len(shares)]
            assert len(shares) == (2 if designer else 1)
            assert {penalty.of for penalty in one.penalties} == {"contract_amount"}
            assert {penalty.basis[0].article for penalty in one.penalties} == {article}


@pytest.mark.parametrize(
    ("name", "article"),
    [
        ("beyond_grade", "65"),
        ("qualification_lending", "66"),
        ("subcontract_whole", "67"),
        ("illegal_subcontract", "67"),
    ],
)
def test_the_construction_law_punishes_the_same_acts_article_by_article_to_be_verified(
    sector: Sector, name: str, article: str
) -> None:
    for one in sector.criteria:
        if one.code == f"construction.{name}":
            for penalty in one.penalties:
                law = penalty.basis[1]
                assert (law.instrument, law.article) == ("中华人民共和国建筑法", article)
                assert law.status is RuleStatus.TO_VERIFY


def test_the_bars_and_fines_on_persons_are_data_beside_their_acts(sector: Sector) -> None:
    ranges = {
        code: [(str(one.kind), one.period, one.for_life) for one in version.penalties]
        for code in BARS
        for version in [sector_guards.version_on(sector, code, ORDER_45)]
    }
    assert ranges == {
        "construction.practitioner_stopped": [("suspension", (Term(years=1),) * 2, False)],
        "construction.practitioner_revoked": [
            ("revocation", None, False),
            ("ban", (Term(years=5),) * 2, False),
        ],
        "construction.practitioner_barred": [("ban", None, True)],
    }
    for code, day in [(code, day) for code in WAGES for day in (REGULATION, ORDER_45)]:
        version = sector_guards.version_on(sector, code, day)
        assert {"47", "48", "49"} <= {one.article for one in version.basis}
        amounts = [
            (penalty.basis[0].article, tuple(map(int, penalty.amount)))
            for penalty in version.penalties
            if penalty.amount and None not in penalty.amount
        ]
        assert amounts == [
            ("54", (20000, 50000)),
            ("54", (10000, 30000)),
            ("55", (50000, 100000)),
        ]
        assert sector_guards.version_on(sector, code, FIRST).penalties == ()


def test_terms_of_information_and_local_thresholds_are_kept_and_read_by_no_rule(
    sector: Sector,
) -> None:
    kept = {one.code.partition(".")[2]: (int(one.value), one.unit) for one in sector.parameters}
    assert kept == {
        "good_record_years": (3, "years"),
        "adverse_record_least_months": (6, "months"),
        "adverse_record_most_years": (3, "years"),
        "rectified_record_least_months": (3, "months"),
        "anhui_entry_days": (7, "days"),
        "anhui_after_blacklist_years": (3, "years"),
        "changzhou_single_amount": (10000, "yuan"),
        "changzhou_ten_amount": (60000, "yuan"),
    }
    assert {one.status for one in sector.parameters} == {RuleStatus.TO_VERIFY}
    begun = {one.code.partition(".")[2]: one.validity.start for one in sector.parameters}
    for name in ("anhui_entry_days", "anhui_after_blacklist_years"):  # of 2019
        assert begun[name] == date(2020, 1, 1)
    for name in ("changzhou_single_amount", "changzhou_ten_amount"):  # of 2018
        assert begun[name] == date(2019, 1, 1)


def test_the_readme_names_every_parameter_to_verify_and_what_is_assumed(sector: Sector) -> None:
    text = files(sector.package).joinpath("README.md").read_text(encoding="utf-8")
    rows = text.partition("## Figures to verify")[2].partition("\n## ")[0].splitlines()

    for one in sector.parameters:
        assert [row for row in rows if f"`{one.code}`" in row and f"{one.value:f} " in row], (
            one.code
        )
    assert [row for row in rows if "`construction.road`, `term`" in row and "assumption" in row]
    assert [row for row in rows if "P3Y, the window, is our reading" in row]


def test_only_what_rests_on_the_draft_opens_by_duty_and_lets_joint_sanctions_follow(
    sector: Sector,
) -> None:
    for one in sector.criteria:
        seed = one.code == "construction.jerry_building"
        assert one.mandatory is seed
        assert one.term.joint == (one.term.maximum if seed else None)


def test_every_criterion_has_notice_term_and_repair_with_articles(sector: Sector) -> None:
    assert sector_guards.incomplete_criteria(sector) == []


def test_only_the_bars_that_a_statute_fixes_are_taken_as_confirmed(sector: Sector) -> None:
    confirmed = {one.code for one in sector.criteria if one.status is RuleStatus.VERIFIED}
    assert confirmed == set(BARS)


def test_every_figure_to_verify_stands_in_the_readme(sector: Sector) -> None:
    assert sector_guards.figures_missing_in_readme(sector) == []
    assert sector_guards.rules_to_verify_that_the_readme_does_not_name(sector) == []


def test_article_48_names_what_is_limited_and_whom_it_reaches(sector: Sector) -> None:
    statutory = {
        one.code: sorted(one.matters)
        for one in sector.measures
        if one.force == "mandatory" and one.target.criteria == set(WAGES)
    }
    assert statutory == {
        "p.no_fiscal_funds": ["grant.fiscal"],
        "p.procurement_ban": ["procurement.bid"],
        "p.tender_ban": ["tender.bid"],
        "p.finance_limit": ["finance.loan"],
        "p.market_entry_limit": ["permit.construction", "permit.general", "permit.market_entry"],
        "p.no_tax_preference": ["tax.preference"],
        "p.no_honours": ["honour.award"],
        "p.travel_limit": [
            "consumption.air_travel",
            "consumption.high_class_train",
            "travel.booking",
        ],
    }
    for one in sector.measures:
        reached = {"legal_representative", "principal", "directly_responsible"}
        assert one.reaches == (reached if one.code in statutory else set())


def test_what_rests_on_the_ministry_alone_is_recommended(sector: Sector) -> None:
    assert sector_guards.mandatory_without_statute(sector) == []
    mandatory = {
        code for one in sector.measures if one.force == "mandatory" for code in one.target.criteria
    }
    assert mandatory == set(WAGES) | set(BARS)


@pytest.mark.requirement("CRI-13")
@pytest.mark.requirement("MEA-05")
def test_no_black_measure_follows_a_lower_grade(sector: Sector) -> None:
    assert sector_guards.measures_offered_below_their_grade(sector) == []


@pytest.mark.requirement("MEA-24")
def test_the_watch_list_never_brings_a_measure_of_the_black_list(sector: Sector) -> None:
    follow = sector_guards.measures_on_the_watch_list(sector)
    assert follow["watch"] == ["p.watch_supervision"]
    assert set(follow["watch"]).isdisjoint(follow["black"])


def test_a_practitioner_bar_brings_no_measure_of_the_market(sector: Sector) -> None:
    serious = sector_guards.version_on(sector, "construction.practitioner_barred", ORDER_45)
    follow = {
        one.code
        for one in sector.measures
        if one.target.follows(ListKind.BLACK, serious.code, serious.severity)
    }
    assert follow == {"p.no_registration"}


def test_it_stands_beside_the_other_sectors_in_one_rulebook(sector: Sector) -> None:
    others = [load_sector(f"sector_plugins.{name}") for name in ("tax", "procurement")]
    rulebook = Rulebook.merge([sector, *others])
    bans = [one.sector for one in rulebook.proposed_measures() if one.code == "p.procurement_ban"]
    assert sorted(bans) == ["construction", "procurement", "tax"]
