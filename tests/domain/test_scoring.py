"""Scoring: the items add up exactly, bands are sharp, direct grades and knock-outs decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.condition import Clause, Field
from registry.domain.legal import Citation, RuleStatus
from registry.domain.listing import ListKind
from registry.domain.rating import Rating, RatingState, compare_counts, in_force
from registry.domain.scorecard import (
    Approval,
    Band,
    DirectGrade,
    FromListing,
    FromRater,
    FromRating,
    FromRecords,
    Grade,
    Item,
    KnockOut,
    Period,
    RuleText,
    ScorecardVersion,
)
from registry.domain.scoring import Evidence, Stated, score
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval, Term
from tests.builders import a_listing, a_record, on

LAW = (Citation("A law", "7", statute=True),)
DAY = date(2025, 6, 1)
GRADES = tuple(Grade(code, f"Grade {code}", f"{code}级") for code in "ABCD")
TEXT = RuleText("文本", LAW)


def band(grade: str, low: str | None, high: str | None) -> Band:
    lowest, highest = (Decimal(one) if one is not None else None for one in (low, high))
    return Band(grade, lowest, True, highest, False, LAW)


BANDS = (
    band("A", "90", None),
    band("B", "70", "90"),
    band("C", "40", "70"),
    band("D", None, "40"),
)


def an_item(code: str, points: str, most: str | None = None, trigger: object = None) -> Item:
    limit = Decimal(most) if most is not None else None
    used = trigger or FromRater()
    return Item(code, code, code, used, LAW, Decimal(points), limit)  # type: ignore[arg-type]


def a_scorecard(**changes: object) -> ScorecardVersion:
    version = ScorecardVersion(
        code="demo.rating",
        version="1",
        sector="demo",
        title="Demonstration",
        title_zh="示范",
        subject_kinds=frozenset({SubjectKind.ENTERPRISE}),
        validity=Interval(date(2020, 1, 1)),
        period=Period.parse("P1Y"),
        term=None,
        grades=GRADES,
        start=Decimal(100),
        start_basis=LAW,
        items=(an_item("late", "-5"), an_item("hidden", "-2.5", "10")),
        bands=BANDS,
        direct=(),
        knock_outs=(),
        rules={"points": TEXT, "grades": TEXT, "application": TEXT},
        approval=Approval("City", "No. 1", date(2020, 1, 1), date(2020, 2, 1)),
        basis=LAW,
    )
    return replace(version, **changes)  # type: ignore[arg-type]


def a_rating(**changes: object) -> Rating:
    rating = Rating(
        id="r",
        subject_id="org",
        sector="demo",
        scorecard="demo.rating",
        scorecard_version="1",
        title="Demonstration",
        title_zh="示范",
        agency_id="bureau",
        rated_by="li",
        rated_on=date(2025, 1, 1),
        valid_from=date(2025, 1, 1),
        valid_to=None,
        state=RatingState.PUBLISHED,
        grade="D",
        grade_title="D",
        grade_title_zh="D级",
        basis=LAW,
    )
    return replace(rating, **changes)  # type: ignore[arg-type]


@pytest.mark.requirement("RPT-11")
@given(
    st.lists(st.decimals(-999, 999, places=4), min_size=1, max_size=6),
    st.lists(st.integers(0, 50), min_size=6, max_size=6),
    st.decimals(0, 1000, places=4),
)
def test_the_total_is_the_sum_of_the_items_to_the_last_digit(points, counts, start):  # type: ignore[no-untyped-def]
    items = tuple(an_item(f"i{n}", str(one)) for n, one in enumerate(points) if one)
    stated = [Stated(one.code, "so", n) for one, n in zip(items, counts, strict=False) if n]
    version = a_scorecard(start=start, items=items)

    found = score(version, Evidence(stated=stated), DAY)

    assert sum((one.points for one in found.items), Decimal(0)) == found.total
    assert found.total == start + sum(
        (one.points * n for one, n in zip(items, counts, strict=False)), Decimal(0)
    )
    assert version.band_of(found.total).grade == found.grade  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize(
    ("late", "hidden", "total", "grade"),
    [
        (0, 0, "100", "A"),
        (2, 0, "90", "A"),
        (2, 1, "87.5", "B"),
        (6, 0, "70", "B"),
        (6, 4, "60", "C"),
        (6, 40, "60", "C"),  # together at most ten
        (12, 0, "40", "C"),
        (12, 1, "37.5", "D"),
        (30, 0, "-50", "D"),
    ],
)
def test_bands_begin_with_their_lower_bound(late: int, hidden: int, total: str, grade: str) -> None:
    stated = [Stated("late", "so", late), Stated("hidden", "so", hidden)]
    found = score(a_scorecard(), Evidence(stated=stated), DAY)

    assert (found.total, found.grade) == (Decimal(total), grade)


def test_every_line_has_its_article_and_why() -> None:
    found = score(a_scorecard(), Evidence(stated=[Stated("late", "April", 3)]), DAY)

    assert [(one.code, one.points, one.count, one.reason) for one in found.items] == [
        ("start", Decimal(100), 1, ""),
        ("late", Decimal(-15), 3, "April"),
    ]
    assert all(one.basis == LAW for one in found.items)
    (ground,) = found.grounds
    assert (ground.text, ground.text_zh, ground.basis) == ("85 points: Grade B", "85分，B级", LAW)


FIELDS = FromRecords(("tax.penalty_decision",), Clause(Field("amount"), "at_least", 10), {})


def test_an_item_counts_the_records_that_meet_its_condition() -> None:
    version = a_scorecard(items=(an_item("fine", "-20", trigger=FIELDS),))
    records = [
        a_record("2025-02-01", id="one", fields={"amount": Decimal(10)}),
        a_record("2025-02-01", id="small", fields={"amount": Decimal("9.99")}),
        a_record("2025-03-01", id="annulled", fields={"amount": 50}, annulled_on=on("2025-04-01")),
        a_record("2024-05-31", id="old", fields={"amount": 50}),
        a_record("2024-06-01", id="just", fields={"amount": 50}),
        a_record("2025-06-02", id="ahead", fields={"amount": 50}),
        a_record("2025-02-01", id="other", kind="tax.other", fields={"amount": 50}),
    ]

    found = score(version, Evidence(records=records), DAY)

    assert found.items[1].record_ids == ("one", "just")
    assert found.total == Decimal(60)


@pytest.mark.parametrize(
    ("period", "counted"),
    [
        ("year_before", ["2024-01-01", "2024-06-01", "2024-12-31"]),
        ("year", ["2025-01-01", "2025-06-01"]),
        ("P1Y", ["2024-06-01", "2024-12-31", "2025-01-01", "2025-06-01"]),
        ("P1M", ["2025-06-01"]),
    ],
)
def test_which_records_count_is_the_period(period: str, counted: list[str]) -> None:
    days = ["2023-12-31", "2024-01-01", "2024-06-01", "2024-12-31", "2025-01-01", "2025-06-01"]
    days.append("2025-06-02")
    found = Period.parse(period)

    assert [day for day in days if found.covers(on(day), DAY)] == counted


def test_a_record_counts_as_long_as_its_own_consequence_lasts() -> None:
    ban = FromRecords(("k",), None, {}, from_field="ban_from", months_field="ban_months")
    fields = {"ban_from": on("2025-01-01"), "ban_months": 12}
    record = a_record("2024-12-20", kind="k", fields=fields)
    period = Period.parse("year")

    assert not ban.counts(record, period, on("2024-12-19"))
    assert ban.counts(record, period, on("2024-12-20"))
    assert ban.counts(record, period, on("2025-12-31"))
    assert not ban.counts(record, period, on("2026-01-01"))
    assert not ban.counts(a_record("2024-12-20", kind="k", fields={}), period, on("2025-01-01"))


def test_a_consequence_without_a_first_day_runs_from_the_day_after_the_decision() -> None:
    ban = FromRecords(("k",), None, {}, from_field="ban_from", months_field="ban_months")
    record = a_record("2024-12-20", kind="k", fields={"ban_months": 12})
    period = Period.parse("year")

    assert not ban.counts(record, period, on("2024-12-19"))
    assert ban.counts(record, period, on("2024-12-20"))
    assert ban.counts(record, period, on("2025-12-20"))
    assert not ban.counts(record, period, on("2025-12-21"))
    never = a_record("2024-12-20", kind="k", fields={"ban_months": 0})
    assert not ban.counts(never, period, on("2024-12-21"))


def test_an_earlier_decision_keeps_the_earlier_figures() -> None:
    old = FromRecords(("k",), None, {}, decided=Interval(on("1900-01-01"), on("2025-06-05")))
    new = FromRecords(("k",), None, {}, decided=Interval(on("2025-06-05")))
    period, day = Period.parse("P7Y"), on("2026-01-01")

    assert old.counts(a_record("2025-06-04", kind="k"), period, day)
    assert not old.counts(a_record("2025-06-05", kind="k"), period, day)
    assert new.counts(a_record("2025-06-05", kind="k"), period, day)
    assert not new.counts(a_record("2025-06-04", kind="k"), period, day)


def direct(code: str, grade: str, **more: object) -> DirectGrade:
    return DirectGrade(code, code, code, FromRater(), LAW, grade, **more)  # type: ignore[arg-type]


def test_of_several_direct_grades_the_worst_decides_whatever_the_points() -> None:
    version = a_scorecard(direct=(direct("new", "B"), direct("fraud", "D"), direct("lie", "D")))
    stated = [Stated("new", "this year"), Stated("lie", "forged"), Stated("fraud", "sentence")]

    found = score(version, Evidence(stated=stated), DAY)

    assert (found.total, found.grade) == (Decimal(100), "D")
    assert [(one.kind, one.code, one.reason) for one in found.grounds] == [
        ("direct", "fraud", "sentence"),
        ("direct", "lie", "forged"),
    ]
    alone = score(version, Evidence(stated=stated[:1]), DAY)
    assert alone.grade == "B"


def test_a_direct_grade_may_need_points_and_last_its_own_term() -> None:
    version = a_scorecard(
        direct=(direct("idle", "B", at_least=Decimal(70), term=Term(years=2)),),
        items=(an_item("late", "-5"),),
    )
    told = Stated("idle", "no income")

    enough = score(version, Evidence(stated=[told, Stated("late", "x", 6)]), DAY)
    assert enough.grade == "B"
    assert enough.direct is not None
    assert enough.direct.term == Term(years=2)
    too_few = score(version, Evidence(stated=[told, Stated("late", "x", 7)]), DAY)
    assert (too_few.grade, too_few.direct) == ("C", None)


def test_a_knock_out_keeps_the_grade_down_and_never_lifts_it() -> None:
    bar = KnockOut("books", "No books", "账簿", FromRater(), LAW, "B")
    version = a_scorecard(knock_outs=(bar,))
    told = Stated("books", "none kept")

    best = score(version, Evidence(stated=[told]), DAY)
    assert best.grade == "B"
    assert [one.kind for one in best.grounds] == ["band", "knock_out"]
    worse = score(version, Evidence(stated=[told, Stated("late", "x", 10)]), DAY)
    assert worse.grade == "C"
    assert [one.kind for one in worse.grounds] == ["band"]


def test_a_listing_of_the_sector_counts_and_one_of_another_does_not() -> None:
    listed = FromListing(frozenset({ListKind.BLACK}))
    version = a_scorecard(direct=(replace(direct("listed", "D"), trigger=listed),))

    own = score(version, Evidence(listings=[a_listing(sector="demo")]), DAY)
    assert own.grade == "D"
    for other in (a_listing(sector="tax"), a_listing("watch", sector="demo")):
        assert score(version, Evidence(listings=[other]), DAY).grade == "A"


def test_an_earlier_rating_counts_by_grade_by_line_and_by_time() -> None:
    before = FromRating(frozenset({"D"}), Term(months=18), frozenset({"fraud"}))
    version = a_scorecard(direct=(replace(direct("kept", "D"), trigger=before),))
    by_fraud = score(
        a_scorecard(direct=(direct("fraud", "D"),)), Evidence(stated=[Stated("fraud", "s")]), DAY
    ).grounds
    earlier = a_rating(rated_on=on("2024-05-01"), grounds=by_fraud)

    def grade(*ratings: Rating, day: date = DAY) -> str | None:
        return score(version, Evidence(ratings=ratings), day).grade

    assert grade(earlier) == "D"
    assert grade(earlier, day=on("2025-11-01")) == "D"
    assert grade(earlier, day=on("2025-11-02")) == "A"
    assert grade(replace(earlier, grounds=())) == "A"
    assert grade(replace(earlier, grade="C")) == "A"
    assert grade(replace(earlier, state=RatingState.WITHDRAWN)) == "A"
    assert grade(replace(earlier, rated_on=DAY)) == "A"


@pytest.mark.requirement("RAT-03", "RAT-05")
@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, []),
        ({"rules": {"grades": TEXT, "application": TEXT}}, ["points_rules"]),
        ({"rules": {"points": TEXT, "application": TEXT}}, ["grades_rules"]),
        ({"rules": {"points": TEXT, "grades": TEXT}}, ["application_rules"]),
        ({"approval": None}, ["approval", "publication"]),
        ({"approval": Approval("C", "1", DAY, None)}, ["publication"]),
        ({"approval": Approval("C", "1", DAY, on("2025-06-02"))}, ["publication"]),
        ({"approval": Approval("C", "1", on("2025-06-02"), DAY)}, ["approval"]),
        ({"figures_status": RuleStatus.TO_VERIFY}, ["accept_rule"]),
    ],
)
def test_all_three_texts_approval_and_publication_are_needed_to_score(
    changes: dict[str, object], missing: list[str]
) -> None:
    version = a_scorecard(**changes)

    assert [one.action for one in version.missing(DAY, accepted=False)] == missing
    accepted = [one for one in missing if one != "accept_rule"]
    assert [one.action for one in version.missing(DAY, accepted=True)] == accepted


def test_the_latest_rating_of_each_rater_is_in_force_until_it_runs_out() -> None:
    first = a_rating(id="1", valid_to=on("2026-01-01"))
    second = a_rating(id="2", valid_from=on("2025-03-01"), valid_to=on("2025-05-01"))
    other = a_rating(id="3", agency_id="other")
    draft = a_rating(id="4", valid_from=on("2025-04-01"), state=RatingState.CONSULTATION)
    known = (first, second, other, draft)

    def ids(day: str) -> list[str]:
        return sorted(one.id for one in in_force(known, on(day)))

    assert ids("2024-12-31") == []
    assert ids("2025-02-28") == ["1", "3"]
    assert ids("2025-03-01") == ["2", "3"]
    assert ids("2025-05-01") == ["3"]  # the first does not come back
    assert ids("2026-01-01") == ["3"]


@pytest.mark.requirement("RAT-02")
def test_printed_totals_that_are_not_the_rows_are_told() -> None:
    printed = {"优秀": 6, "良好": 138, "合格": 89, "基本合格": 15, "不合格": 35}
    rows = {"优秀": 6, "良好": 137, "合格": 89}

    grades = [Grade(f"grade_{title}", title, title) for title in printed]

    told = [(one.grade, one.printed, one.found) for one in compare_counts(printed, rows, grades)]

    assert told == [("良好", 138, 137), ("基本合格", 15, 0), ("不合格", 35, 0), (None, 283, 232)]
    assert compare_counts({"优秀": 2}, {"优秀": 2}, grades[:1]) == ()
    without = compare_counts({"优秀": 3}, {"优秀": 2, "": 1}, grades[:1])  # one is not legible
    assert [(one.grade, one.printed, one.found) for one in without] == [("优秀", 3, 2)]


@pytest.mark.requirement("RAT-02")
def test_a_total_that_was_not_given_is_not_compared() -> None:
    rows = {"A": 6, "B": 137, "": 50}  # those without a legible grade may be the C and the D
    given = {"A": 6, "B": 137}

    assert compare_counts({"A": 6}, rows, GRADES) == ()
    assert [one.grade for one in compare_counts({"A": 5}, rows, GRADES)] == ["A"]
    assert compare_counts(given, rows, GRADES) == ()
    assert compare_counts({}, rows, GRADES) == ()
    (whole,) = compare_counts({**given, "C": 0, "D级": 0}, rows, GRADES)
    assert (whole.grade, whole.printed, whole.found) == (None, 143, 193)
