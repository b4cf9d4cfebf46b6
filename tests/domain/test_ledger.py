"""Points ledgers: every record with its points, the sums per period, the band of each sum."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from registry.domain.ledger import entries, period_of, sums
from registry.domain.record import Record
from registry.domain.scorecard import Period, ScorecardVersion
from registry.domain.validity import Interval
from registry.rulebook.loader import load_sector
from tests.builders import a_record, on

KIND = "healthcare.practice_points_notice"


@pytest.fixture(scope="module")
def card() -> ScorecardVersion:
    cards = load_sector("sector_plugins.healthcare").scorecards
    return next(one for one in cards if one.code == "healthcare.practice_points")


def notice(day: str, points: int, **more: object) -> Record:
    return a_record(day, kind=KIND, id=f"{day}/{points}", fields={"points": points}, **more)


@pytest.mark.requirement("RAT-12")
def test_the_ledger_holds_every_act_and_sums_per_cycle(card: ScorecardVersion) -> None:
    records = [
        notice("2025-12-31", 10),
        notice("2026-01-01", 10),
        notice("2026-03-01", 2),
        notice("2026-02-01", 6, annulled_on=on("2026-02-20")),
        notice("2026-07-02", 4),
        a_record("2026-03-01", kind="healthcare.practice_decision"),
    ]

    found = entries(card, records, on("2026-07-01"))
    told = sums(card, found)

    assert [(str(one.record.decided_on), one.item.points) for one in found] == [
        ("2025-12-31", 10),
        ("2026-01-01", 10),
        ("2026-03-01", 2),
    ]
    assert all(one.item.basis[0].article == "记分标准" for one in found)
    assert [
        (one.period.start.year, one.total, one.band.grade if one.band else "") for one in told
    ] == [
        (2025, Decimal(10), "below_12"),
        (2026, Decimal(12), "from_12"),
    ]
    assert sum((one.item.points for one in found), Decimal(0)) == sum(one.total for one in told)


@pytest.mark.requirement("RAT-12")
@pytest.mark.parametrize(
    ("points", "band"),
    [
        ([10, 1], "below_12"),
        ([10, 2], "from_12"),
        ([10, 4, 1], "from_12"),
        ([10, 6], "from_16"),
        ([10, 10], "from_16"),
        ([10, 10, 1], "above_20"),
    ],
)
def test_the_thresholds_are_the_plugins(
    card: ScorecardVersion, points: list[int], band: str
) -> None:
    records = [notice(f"2026-01-{day:02}", one) for day, one in enumerate(points, 1)]
    (told,) = sums(card, entries(card, records, on("2026-12-31")))

    assert told.band is not None
    assert told.band.grade == band


def test_cycles_of_a_term_follow_each_other_from_the_first_entry() -> None:
    term, first = Period.parse("P1Y"), on("2024-02-29")

    assert period_of(term, first, first) == Interval(first, on("2025-03-01"))
    assert period_of(term, first, on("2025-02-28")).start == first
    assert period_of(term, first, on("2025-03-01")) == Interval(on("2025-03-01"), on("2026-03-01"))
    assert period_of(Period.parse("year"), first, on("2025-03-01")) == Interval(
        date(2025, 1, 1), date(2026, 1, 1)
    )
