"""The scorecards of the bundled sectors: what their sources say, figure by figure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from registry.domain.legal import RuleStatus
from registry.domain.record import Record, prohibited_category
from registry.domain.scorecard import ScorecardVersion
from registry.domain.scoring import Evidence, Stated, score
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook
from tests.builders import a_record, on

SECTORS = ("tax", "construction", "healthcare", "procurement")


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return Rulebook.merge([load_sector(f"sector_plugins.{name}") for name in SECTORS])


def card(rulebook: Rulebook, code: str, day: str = "2026-04-20") -> ScorecardVersion:
    found = rulebook.scorecard(code, on(day))
    assert found is not None
    return found


def grades(version: ScorecardVersion) -> list[str]:
    return [one.title_zh for one in version.grades]


@pytest.mark.requirement("RAT-01", "RAT-02", "CRI-16", "CRI-17")
def test_published_lists_find_the_grades_that_they_print(rulebook: Rulebook) -> None:
    builders = card(rulebook, "construction.industry")
    hospitals = card(rulebook, "healthcare.hospital", "2020-06-01")

    assert grades(builders) == ["优秀", "良好", "合格", "基本合格", "不合格"]
    assert grades(hospitals) == ["优秀", "良好"]
    for version in (builders, hospitals):
        assert not version.scores
        for one in version.grades:
            assert version.grade(one.title_zh) == version.grade(one.code) == one
    assert grades(card(rulebook, "construction.road")) == ["AA级", "A级", "B级", "C级", "D级"]


def test_every_line_cites_and_nothing_is_verified_that_was_not_read(rulebook: Rulebook) -> None:
    versions = rulebook.scorecards()
    assert {one.code for one in versions} == {
        "construction.industry",
        "construction.road",
        "healthcare.hospital",
        "healthcare.medicine_price",
        "healthcare.practice_points",
        "procurement.supplier",
        "procurement.third_party",
        "tax.rating",
    }
    for version in versions:
        assert version.basis
        for line in version.lines:
            assert line.basis, (version.code, line.code)
            assert prohibited_category(line.code, line.title, line.title_zh) is None
        if version.scores or version.bands:
            assert version.status is RuleStatus.TO_VERIFY, version.code


@pytest.mark.parametrize(
    ("stated", "total", "grade"),
    [
        ([], "100", "A"),
        ([("not_all_indicators", 1)], "90", "A"),
        ([("not_all_indicators", 1), ("late_return", 1)], "85", "B"),
        ([("late_payment", 6)], "70", "B"),
        ([("late_payment", 5), ("arrears_unpaid", 1)], "64", "C"),
        ([("false_data", 6)], "34", "D"),
        ([("zero_vat", 1)], "100", "B"),
        ([("no_proper_books", 1), ("false_data", 3)], "67", "C"),
        ([("new_firm", 1)], "100", "M"),
        ([("no_business_income", 1), ("late_return", 6)], "70", "M"),
        ([("no_business_income", 1), ("late_return", 7)], "65", "C"),
        ([("new_firm", 1), ("decision_not_paid", 1)], "100", "D"),
    ],
)
def test_tax_grades(
    rulebook: Rulebook, stated: list[tuple[str, int]], total: str, grade: str
) -> None:
    told = [Stated(code, "because", count) for code, count in stated]
    found = score(card(rulebook, "tax.rating"), Evidence(stated=told), on("2026-04-20"))

    assert (found.total, found.grade) == (Decimal(total), grade)


def test_zero_value_added_tax_is_what_bars_from_a_and_nothing_else(rulebook: Rulebook) -> None:
    (line,) = [one for one in card(rulebook, "tax.rating").lines if one.code == "zero_vat"]
    assert line.title_zh == "非正常原因增值税应纳税额连续3个月或者累计6个月为零"


def evasion(day: str = "2025-07-01", **fields: object) -> Record:
    values = {
        "underpaid_amount": Decimal(100_000),
        "due_total_year": Decimal(1_000_000),
        "final_on": on("2025-08-01"),
        **fields,
    }
    return a_record(day, kind="tax.penalty_decision", fields=values)


@pytest.mark.parametrize(
    ("record", "grade"),
    [
        (evasion(), "D"),
        (evasion(underpaid_amount=Decimal("99999.99")), "A"),
        (evasion(due_total_year=Decimal(1_000_001)), "A"),
        (evasion(final_on=None), "A"),
        (evasion(review_state="pending"), "A"),
        (evasion("2024-12-31"), "A"),
        (evasion("2026-01-01"), "A"),
    ],
)
def test_evasion_is_a_direct_d_in_the_year_after(
    rulebook: Rulebook, record: Record, grade: str
) -> None:
    found = score(card(rulebook, "tax.rating"), Evidence(records=[record]), on("2026-04-20"))

    assert found.grade == grade


def finding(day: str, **fields: object) -> Record:
    return a_record(day, kind="healthcare.price_credit_decision", fields=fields)


def kickback(day: str, amount: str, **more: object) -> Record:
    return finding(day, act="kickback", kickback_amount=Decimal(amount), **more)


def invoice(day: str, amount: str, **more: object) -> Record:
    return finding(day, act="false_vat_invoice", invoice_amount=Decimal(amount), **more)


OLD, NEW = "2024-03-01", "2025-09-01"


@pytest.mark.parametrize(
    ("rated_on", "record", "grade"),
    [
        ("2024-06-01", kickback(OLD, "499999.99"), None),
        ("2024-06-01", kickback(OLD, "500000"), "serious"),
        ("2024-06-01", kickback(OLD, "1999999.99"), "serious"),
        ("2024-06-01", kickback(OLD, "2000000"), "especially_serious"),
        ("2024-06-01", invoice(OLD, "99999.99"), None),
        ("2024-06-01", invoice(OLD, "100000"), "general"),
        ("2024-06-01", invoice(OLD, "1000000"), "serious"),
        ("2024-06-01", invoice(OLD, "10000000"), "especially_serious"),
        ("2024-06-01", invoice(OLD, "10000000", good_faith=True), None),
        ("2024-06-01", finding(OLD, act="bid_disorder", grade="medium"), "medium"),
        ("2026-03-01", kickback(NEW, "500000"), "serious"),
        ("2026-03-01", kickback(NEW, "999999.99"), "serious"),
        ("2026-03-01", kickback(NEW, "1000000"), "especially_serious"),
        ("2026-03-01", invoice(NEW, "49999.99"), None),
        ("2026-03-01", invoice(NEW, "50000"), "breach"),
        ("2026-03-01", invoice(NEW, "500000"), "serious"),
        ("2026-03-01", invoice(NEW, "2500000"), "especially_serious"),
        (
            "2026-03-01",
            finding(NEW, act="bid_disorder", national_volume_rigging=True),
            "especially_serious",
        ),
        (
            "2026-03-01",
            finding(NEW, act="kickback", bribed_insurance_staff=True),
            "especially_serious",
        ),
        # the lower figures of 2025 do not reach back
        ("2026-03-01", kickback(OLD, "1999999.99"), "serious"),
        ("2026-03-01", invoice(OLD, "999999.99"), "breach"),
        ("2026-03-01", finding(OLD, act="bid_disorder", grade="medium"), "breach"),
        ("2026-03-01", finding(NEW, act="kickback", grade="serious", review_state="pending"), None),
        # where the source has bands the amount decides, whatever grade the finding names
        ("2024-06-01", kickback(OLD, "100000", grade="especially_serious"), None),
        ("2024-06-01", kickback(OLD, "500000", grade="especially_serious"), "serious"),
        ("2024-06-01", kickback(OLD, "100000", grade="general"), "general"),
        ("2024-06-01", invoice(OLD, "100000", grade="serious"), "general"),
        ("2024-06-01", finding(OLD, act="kickback", grade="serious"), "serious"),
        ("2026-03-01", kickback(NEW, "100000", grade="serious"), None),
        ("2026-03-01", kickback(NEW, "100000", grade="breach"), "breach"),
        ("2026-03-01", invoice(NEW, "50000", grade="especially_serious"), "breach"),
        ("2026-03-01", kickback(OLD, "100000", grade="especially_serious"), None),
        ("2026-03-01", invoice(OLD, "100000", grade="serious"), "breach"),
        ("2026-03-01", finding(NEW, act="bid_disorder", grade="serious"), "serious"),
    ],
)
def test_medicine_price_credit_in_both_versions(
    rulebook: Rulebook, rated_on: str, record: Record, grade: str | None
) -> None:
    version = card(rulebook, "healthcare.medicine_price", rated_on)

    found = score(version, Evidence(records=[record]), on(rated_on))

    assert (found.total, found.grade) == (None, grade)
    assert all(ground.basis for ground in found.grounds)


def test_medicine_price_has_four_grades_and_then_three(rulebook: Rulebook) -> None:
    code = "healthcare.medicine_price"
    before, after = (card(rulebook, code, day) for day in ("2025-06-04", "2025-06-05"))

    assert len(before.grades) == 4
    assert grades(after) == ["失信", "严重失信", "特别严重失信"]
    assert rulebook.scorecard(code, date(2020, 12, 31)) is None


def penalty(day: str, **fields: object) -> Record:
    return a_record(day, kind="procurement.penalty_decision", fields=fields)


@pytest.mark.parametrize(
    ("day", "total"),
    [
        ("2024-02-28", "100"),
        ("2024-03-01", "45"),
        ("2025-02-28", "45"),
        ("2025-03-01", "95"),
        ("2026-03-01", "95"),
        ("2026-03-02", "100"),
    ],
)
def test_suppliers_lose_fifty_points_while_banned_and_five_for_two_years(
    rulebook: Rulebook, day: str, total: str
) -> None:
    records = [
        penalty("2024-03-01", ban_months=12, ban_from=on("2024-03-01")),
        penalty("2024-03-01", fine_amount=Decimal(1000)),
    ]
    version = card(rulebook, "procurement.supplier")

    found = score(version, Evidence(records=records), on(day))

    assert (found.total, found.grade) == (Decimal(total), None)


@pytest.mark.parametrize(
    ("day", "total"),
    [("2024-02-29", "100"), ("2024-03-01", "50"), ("2025-03-01", "50"), ("2025-03-02", "100")],
)
def test_a_ban_without_a_first_day_runs_from_the_day_after_the_decision(
    rulebook: Rulebook, day: str, total: str
) -> None:
    version = card(rulebook, "procurement.supplier")

    found = score(version, Evidence(records=[penalty("2024-03-01", ban_months=12)]), on(day))

    assert found.total == Decimal(total)


def test_the_supplier_card_of_2021_holds_from_the_next_year(rulebook: Rulebook) -> None:
    assert rulebook.scorecard("procurement.supplier", on("2021-12-31")) is None
    assert card(rulebook, "procurement.supplier", "2022-01-01").version == "2022-01-01"


@pytest.mark.requirement("RAT-03", "RAT-05")
def test_what_is_known_of_each_decides_whether_anybody_is_scored_by_it(rulebook: Rulebook) -> None:
    day = on("2026-04-20")

    def missing(code: str) -> list[str]:
        return [one.action for one in card(rulebook, code).missing(day, accepted=True)]

    assert missing("tax.rating") == []
    assert missing("healthcare.medicine_price") == []
    assert missing("healthcare.practice_points") == ["approval", "publication"]
    assert missing("procurement.supplier") == [
        "grades_rules",
        "application_rules",
        "approval",
        "publication",
    ]


@pytest.mark.requirement("RAT-18")
def test_sector_data_on_ethnic_medicine_is_no_part_of_a_rating_or_a_rule(
    rulebook: Rulebook,
) -> None:
    sector = rulebook.sector("healthcare")
    assert sector is not None
    values = {one.code: (one.value, one.unit) for one in sector.parameters}

    assert values["healthcare.ethnic_medicine_reimbursement"] == (Decimal(5), "percentage_points")
    assert values["healthcare.ethnic_medicine_threshold"] == (Decimal(-10), "percentage_points")
    rules = [sector.document[name] for name in ("criteria", "measures", "scorecards")]
    assert "ethnic_medicine" not in str(rules)
