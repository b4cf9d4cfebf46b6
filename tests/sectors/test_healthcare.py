"""Health care as data: every worked case, what the statutes fix, and what stays out."""

import copy
from datetime import date
from decimal import Decimal

import pytest

from registry.domain.criterion import Clock
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.record import prohibited_category
from registry.domain.sector import Sector
from registry.domain.severity import Severity
from registry.domain.subject import PERSONS
from registry.domain.validity import Term
from registry.rulebook.build import build_sector
from registry.rulebook.cases import CaseResult, run_cases
from registry.rulebook.loader import load_sector
from tests.sectors import sector_guards

SECTOR = load_sector("sector_plugins.healthcare")
CASES = run_cases(SECTOR)
# Criterion -> article of the version in force now, and list kind.
CRITERIA = {
    "healthcare.fraud_institution": ("40", "black"),
    "healthcare.grave_loss": ("43", "black"),
    "healthcare.overuse": ("38", "watch"),
    "healthcare.management": ("39", "watch"),
    "healthcare.fraud_person": ("41", "watch"),
    "healthcare.physician_ban": ("58", "black"),
    "healthcare.physician_breach": ("55", "watch"),
    "healthcare.drug_counterfeit": ("118", "black"),
    "healthcare.drug_false_data": ("123", "black"),
    "healthcare.drug_bribe_taken": ("142", "black"),
}
PRICING = {
    "healthcare.kickback",
    "healthcare.false_vat_invoice",
    "healthcare.monopoly_unfair_price",
    "healthcare.price_law_breach",
    "healthcare.refuse_price_inquiry",
    "healthcare.bid_disorder",
    "healthcare.breach_of_commitment",
}
TOP = {"healthcare.especially_serious_kickback", "healthcare.especially_serious_conduct"}
BANS = {
    "healthcare.grave_loss": (Term(years=5), Term(years=5)),
    "healthcare.physician_ban": (Term(years=5), Term(years=100)),
    "healthcare.drug_counterfeit": (Term(years=100), Term(years=100)),
    "healthcare.drug_false_data": (Term(years=10), Term(years=10)),
    "healthcare.drug_bribe_taken": (Term(years=5), Term(years=5)),
}
ORDER_36 = date(2026, 4, 1)
TODAY = date(2026, 5, 1)


@pytest.fixture
def sector() -> Sector:
    return SECTOR


@pytest.mark.requirement("CRI-17")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file[33:-5]}:{case.line}")
def test_worked_case(case: CaseResult) -> None:
    assert case.passed, str(case)


def test_every_criterion_has_cases_below_at_and_the_day_before(sector: Sector) -> None:
    assert sector_guards.criteria_without_enough_cases(sector) == []


def test_every_act_of_the_tables_is_a_criterion_under_its_article(sector: Sector) -> None:
    now = {one.code: one for one in sector.criteria if one.validity.covers(TODAY)}
    by_statute = {code: (now[code].basis[0].article, str(now[code].list_kind)) for code in CRITERIA}
    assert by_statute == CRITERIA
    others = {"healthcare.order_harm", "healthcare.integrity_institution"}
    assert set(now) == set(CRITERIA) | PRICING | TOP | others


def test_every_act_has_the_name_of_its_criterion(sector: Sector) -> None:
    pricing = sector.record_kinds["healthcare.price_credit_decision"].fields["act"].values
    assert {f"healthcare.{act}" for act in pricing} == PRICING
    fund = sector.record_kinds["healthcare.fund_penalty"].fields["act"].values
    assert {f"healthcare.{act}" for act in fund} <= set(CRITERIA)


def test_the_fund_penalty_has_the_fields_of_the_tables(sector: Sector) -> None:
    fields = sector.record_kinds["healthcare.fund_penalty"].fields
    assert {
        name: str(fields[name].type) for name in fields if name.endswith(("_amount", "_id"))
    } == {
        "loss_amount": "money",
        "fraud_amount": "money",
        "fine_amount": "money",
        "institution_id": "text",
        "person_id": "text",
    }


@pytest.mark.parametrize(
    ("code", "path", "figure"),
    [
        ("kickback", ("all", 1), 500_000),
        ("false_vat_invoice", ("all", 2), 1_000_000),
        ("especially_serious_kickback", ("all", 1), 2_000_000),
    ],
)
@pytest.mark.parametrize("off", [-1, 1])
def test_the_cases_and_the_readme_notice_a_threshold_that_is_one_yuan_off(
    code: str, path: tuple[str, int], figure: int, off: int
) -> None:
    document = copy.deepcopy(dict(SECTOR.document))
    one = next(one for one in document["criteria"] if one["code"] == f"healthcare.{code}")
    clause = one["versions"][0]["when"][path[0]][path[1]]
    assert clause["at_least"] == figure
    clause["at_least"] = figure + off
    changed = build_sector(document, SECTOR.package)

    assert [case for case in run_cases(changed) if not case.passed and code in case.file]
    assert sector_guards.figures_missing_in_readme(changed) == [
        f"healthcare.{code}: {figure + off}"
    ]


def test_the_rules_of_2020_and_of_2025_stand_beside_each_other(sector: Sector) -> None:
    for code in sorted(PRICING | TOP):
        versions = [one for one in sector.criteria if one.code == code]
        assert [one.version for one in versions] == ["2021-01-01", "2025-06-05", "2026-04-01"]
        assert "donation" in versions[0].repair.ways
        assert not any("donation" in one.repair.ways for one in versions[1:])


def test_order_36_is_a_later_version_and_the_seed_stays(sector: Sector) -> None:
    later = [one for one in sector.criteria if one.validity.start == ORDER_36]
    assert {one.code for one in later} == PRICING | TOP | {
        "healthcare.fraud_institution",
        "healthcare.order_harm",
    }
    for one in later:
        assert (one.term.minimum, one.term.maximum) == (Term(years=1), Term(years=3))
        assert one.term.clock is Clock.DECIDED_ON
        assert one.repair.minimum_publication == Term(years=1)
        assert (one.repair.decision_days, one.repair.extension_days) == (10, 10)
        assert one.repair.documents == ("proof_of_performance", "commitment")
        # a court reorganises firms, and order in hospitals is broken by persons
        firms = one.code != "healthcare.order_harm"
        assert one.repair.temporary_lifting == (("court_reorganisation",) if firms else ())
        seed = sector_guards.version_on(sector, one.code, date(2026, 3, 31))
        assert seed.term.clock is Clock.ACT_END
        assert seed.term.maximum in (Term(years=5), Term(years=7))
        assert seed.supersedes != one.supersedes


def test_before_order_36_an_application_is_answered_in_the_three_days_of_the_seed(
    sector: Sector,
) -> None:
    for one in sector.criteria:
        if one.list_kind is not ListKind.BLACK or one.validity.start == ORDER_36:
            continue
        if one.code in BANS:
            assert (one.repair.documents, one.repair.decision_days) == ((), None), one.code
            continue
        assert (one.repair.documents, one.repair.decision_days) == (("application",), 3), one.code
        cited = {each.instrument: each.article for each in one.repair.basis}
        assert cited["宿迁市社会信用条例（草案）"] == "43", one.code


def test_the_ban_of_a_statute_is_the_term_and_has_no_early_end(sector: Sector) -> None:
    banned = {one.code: one for one in sector.criteria if one.term.statutory}
    assert {code: (one.term.minimum, one.term.maximum) for code, one in banned.items()} == BANS
    assert {one.repair.repairable for one in banned.values()} == {"no"}
    assert {one.term.clock for one in banned.values()} == {Clock.DECIDED_ON}


def test_every_criterion_has_notice_term_and_repair_with_articles(sector: Sector) -> None:
    assert sector_guards.incomplete_criteria(sector) == []


def test_only_what_the_statute_itself_says_is_verified(sector: Sector) -> None:
    verified = {one.code for one in sector.criteria if one.status is RuleStatus.VERIFIED}
    assert verified == set(BANS) - {"healthcare.drug_bribe_taken"}


def test_every_figure_to_verify_stands_in_the_readme(sector: Sector) -> None:
    assert sector_guards.figures_missing_in_readme(sector) == []
    assert sector_guards.rules_to_verify_that_the_readme_does_not_name(sector) == []


def test_mandatory_measures_rest_on_a_statute(sector: Sector) -> None:
    assert sector_guards.mandatory_without_statute(sector) == []
    mandatory = {one.code: one for one in sector.measures if one.force == "mandatory"}
    followed = {code for one in mandatory.values() for code in one.target.criteria}
    assert followed == set(BANS)


@pytest.mark.parametrize("code", sorted(BANS))
def test_a_statutory_ban_brings_nothing_that_its_article_does_not_say(
    sector: Sector, code: str
) -> None:
    serious = Severity("suqian-draft-2018", "serious")
    follow = {
        one.code for one in sector.measures if one.target.follows(ListKind.BLACK, code, serious)
    }
    own = {
        "healthcare.grave_loss": {"p.insurance_management_ban", "p.insurance_agreement_review"},
        "healthcare.physician_ban": {"p.practice_ban"},
        "healthcare.drug_false_data": {"p.drug_application_bar"},
    }
    assert follow == own.get(code, {"p.drug_trade_ban"})


def test_what_rests_on_the_seeds_follows_what_the_seeds_let_last(sector: Sector) -> None:
    measures = {one.code: one for one in sector.measures}
    fitting = PRICING | TOP | {"healthcare.fraud_institution", "healthcare.order_harm"}
    for name in (
        "no_fiscal_funds",
        "no_preferences",
        "no_commitment_procedure",
        "no_honours",
        "focus_supervision",
    ):
        assert measures[f"p.{name}"].target.criteria == fitting


def test_what_only_the_memorandum_says_follows_order_in_hospitals_and_is_to_verify(
    sector: Sector,
) -> None:
    measures = {one.code: one for one in sector.measures}
    for code, matter in (("p.raise_rates", "finance.insurance"), ("p.employer_notice", "other")):
        one = measures[code]
        assert (one.matters, one.status) == ({matter}, RuleStatus.TO_VERIFY)
        assert (one.target.criteria, one.target.subject_kinds) == (
            {"healthcare.order_harm"},
            PERSONS,
        )
        assert one.force == "recommended"


def test_no_measure_is_older_than_the_first_of_what_it_rests_on(sector: Sector) -> None:
    plan = {one.code: one for one in sector.measures if one.validity.start == date(2017, 1, 1)}
    assert set(plan) == {"i.green_channel", "i.fewer_inspections"}
    assert all("白党发〔2016〕16号" in one.basis[0].instrument for one in plan.values())


def test_impersonation_is_fraud_and_no_overuse(sector: Sector) -> None:
    impersonation = "冒名或者虚假就医"
    assert (
        impersonation
        in sector_guards.version_on(sector, "healthcare.fraud_institution", TODAY).text_zh
    )
    assert (
        impersonation not in sector_guards.version_on(sector, "healthcare.overuse", TODAY).text_zh
    )


def test_only_the_ban_of_article_43_reaches_the_persons_it_names(sector: Sector) -> None:
    reaching = {one.code: one.reaches for one in sector.measures if one.reaches}
    assert reaching == {"p.insurance_management_ban": {"legal_representative", "principal"}}


def test_order_in_hospitals_is_about_persons_only_and_they_are_always_told(sector: Sector) -> None:
    for one in (one for one in sector.criteria if one.code == "healthcare.order_harm"):
        assert one.subject_kinds == PERSONS
        assert one.notice.required
        assert one.publish_persons == ()  # no law says that they are shown to the public


@pytest.mark.requirement("CRI-13")
@pytest.mark.requirement("MEA-05")
def test_no_black_measure_follows_a_lower_grade(sector: Sector) -> None:
    assert sector_guards.measures_offered_below_their_grade(sector) == []


@pytest.mark.requirement("MEA-24")
def test_the_watch_list_never_brings_a_measure_of_the_black_list(sector: Sector) -> None:
    follow = sector_guards.measures_on_the_watch_list(sector)
    assert follow["watch"] == ["p.watch_supervision"]
    assert set(follow["watch"]).isdisjoint(follow["black"])


@pytest.mark.requirement("CRI-17")
def test_there_are_archives_of_institutions_practitioners_and_drug_firms(sector: Sector) -> None:
    basic = {code for code, kind in sector.record_kinds.items() if kind.content == "basic"}
    assert basic == {
        "healthcare.institution_licence",
        "healthcare.practitioner_licence",
        "healthcare.physician_assessment",
        "healthcare.drug_licence",
    }
    stages = sector.record_kinds["healthcare.drug_licence"].fields["stage"].values
    assert set(stages) == {"research", "production", "distribution", "retail"}


@pytest.mark.requirement("CRI-17")
def test_an_integrity_hospital_is_a_red_candidate_with_incentives(sector: Sector) -> None:
    red = sector_guards.version_on(sector, "healthcare.integrity_institution", TODAY)
    follow = {
        one.code for one in sector.measures if one.target.follows(ListKind.RED, red.code, None)
    }
    assert red.list_kind is ListKind.RED
    assert follow == {"i.green_channel", "i.fewer_inspections"}


@pytest.mark.requirement("CRI-17")
def test_no_record_kind_asks_what_a_patient_suffers_from(sector: Sector) -> None:
    words = [
        word
        for kind in sector.record_kinds.values()
        for spec in kind.fields.values()
        for word in (spec.name, spec.title, spec.title_zh, *spec.values)
    ]
    assert words
    assert prohibited_category(*words) is None


@pytest.mark.requirement("RAT-18")
def test_the_share_of_ethnic_medicine_is_a_parameter_and_no_part_of_a_decision(
    sector: Sector,
) -> None:
    assert {one.code: (one.value, one.unit) for one in sector.parameters} == {
        "healthcare.ethnic_medicine_reimbursement": (Decimal(5), "percentage_points"),
        "healthcare.ethnic_medicine_threshold": (Decimal(-10), "percentage_points"),
    }
    names = {name for one in sector.criteria for name in one.when.names()}
    assert names
    assert not any("ethnic" in name for name in names)


@pytest.mark.parametrize(
    ("code", "kind", "article", "limits"),
    [
        ("overuse", "fine", "38", (1, 2)),
        ("overuse", "suspension", "38", (Term(months=6), Term(years=1))),
        ("management", "fine", "39", (10_000, 50_000)),
        ("fraud_institution", "fine", "40", (2, 5)),
        ("fraud_institution", "suspension", "40", (Term(months=6), Term(years=1))),
        ("fraud_institution", "revocation", "40", None),
        ("fraud_person", "suspension", "41", (Term(months=3), Term(years=1))),
        ("fraud_person", "fine", "41", (2, 5)),
        ("grave_loss", "ban", "43", (Term(years=5), Term(years=5))),
        ("physician_breach", "suspension", "55", (Term(months=6), Term(years=1))),
        ("physician_breach", "fine", "56", (10_000, 30_000)),
        ("physician_ban", "ban", "58", (Term(years=5), None)),
        ("drug_counterfeit", "ban", "118", None),
        ("drug_false_data", "ban", "123", (Term(years=10), Term(years=10))),
        ("kickback", "fine", "141", (300_000, 3_000_000)),
        ("drug_bribe_taken", "ban", "142", (Term(years=5), Term(years=5))),
    ],
)
def test_penalties_are_data_with_their_articles(
    sector: Sector, code: str, kind: str, article: str, limits: object
) -> None:
    version = sector_guards.version_on(sector, f"healthcare.{code}", TODAY)
    penalty = next(one for one in version.penalties if one.kind == kind)
    assert penalty.basis[0].article == article
    assert penalty.basis[0].statute
    assert (penalty.share or penalty.amount or penalty.period) == limits


def test_bans_for_life_say_so(sector: Sector) -> None:
    for_life = {one.code for one in sector.criteria if any(each.for_life for each in one.penalties)}
    assert for_life == {"healthcare.physician_ban", "healthcare.drug_counterfeit"}


def test_sanctions_of_other_sectors_never_follow_a_statutory_ban(sector: Sector) -> None:
    for one in sector.criteria:
        if one.list_kind is ListKind.BLACK:
            joint = None if one.term.statutory else one.term.maximum
            assert one.term.joint == joint, one.code
