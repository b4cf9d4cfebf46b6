"""Ratings in the whole registry: lists taken over, ratings scored, both time axes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from registry.domain.errors import (
    Duplicate,
    InvalidInput,
    NotFound,
    NotPermitted,
    StepMissing,
)
from registry.domain.rating import Rating, RatingState, in_force
from registry.domain.scoring import Stated
from registry.domain.subject import Subject, SubjectKind
from registry.services import custody, rating_lists, ratings, rules, scoring, subjects
from registry.services.rating_lists import ListEdition, ListRow, Recorded
from registry.services.scoring import NewScore
from registry.store import journal, tables
from registry.store import listings as listing_store
from registry.store import ratings as store
from tests.world import World

CARD = "tax.rating"
DRAFT = ListEdition(CARD, "2025", date(2026, 2, 1), RatingState.CONSULTATION, "税局公告第1号")
FINAL = replace(DRAFT, state=RatingState.PUBLISHED)


def unnumbered(world: World, name: str) -> Subject:
    """A body that a published list names and nobody has numbered."""
    with world.work("provider") as work:
        return subjects.add(work, subjects.NewSubject(SubjectKind.ENTERPRISE, name))


def take_over(world: World, edition: ListEdition, *rows: ListRow) -> list[Recorded]:
    with world.work("provider") as work:
        return [became for _, became in rating_lists.record_list(work, edition, rows)]


def history(world: World, subject: Subject) -> list[Rating]:
    with world.registry.view(world.tokens["auditor"]) as view:
        return ratings.of_subject(view, subject.id)


def accept(world: World) -> None:
    with world.work("authority") as work:
        version = work.rulebook.scorecard_versions(CARD)[-1].version
        rules.accept(work, CARD, version, "Accepted for the tests.")


def scored(world: World, subject: Subject, *stated: Stated, **more: object) -> Rating:
    with world.work("provider") as work:
        return scoring.score_subject(work, NewScore(CARD, subject.id, stated, **more))


@pytest.mark.requirement("RAT-01")
def test_a_list_for_comment_is_an_edition_with_a_state_and_its_counts(world: World) -> None:
    bodies = [unnumbered(world, f"Body {number}") for number in range(3)]

    became = take_over(
        world, DRAFT, *(ListRow(one.id, "A级") for one in bodies[:2]), ListRow(bodies[2].id, "B")
    )

    assert became == [Recorded.ADDED] * 3
    with world.registry.view() as view:
        counts = store.editions(view.reading, CARD)
    assert [one[2:] for one in counts] == [
        ("2025", "consultation", "A", 2),
        ("2025", "consultation", "B", 1),
    ]
    (rating,) = history(world, bodies[0])
    assert (rating.grade, rating.grade_title_zh, rating.source) == ("A", "A级", "税局公告第1号")
    assert in_force([rating], world.today) == ()


def test_publication_changes_the_draft_and_what_was_known_stays(world: World) -> None:
    body = unnumbered(world, "Body")
    take_over(world, DRAFT, ListRow(body.id, "A"))
    before = world.registry.store.head().seq

    assert take_over(world, FINAL, ListRow(body.id, "B")) == [Recorded.CHANGED]

    (now,) = history(world, body)
    assert (now.grade, now.state) == ("B", RatingState.PUBLISHED)
    assert in_force([now], date(2026, 1, 31)) == ()
    assert in_force([now], date(2026, 2, 1)) == (now,)
    with world.registry.view(world.tokens["auditor"]) as view:
        (then,) = store.of_subject(view.reading.at(before), body.id)
    assert (then.id, then.grade, then.state) == (now.id, "A", RatingState.CONSULTATION)


def test_the_same_row_twice_is_one_rating_and_another_grade_a_conflict(world: World) -> None:
    body = unnumbered(world, "Body")

    assert take_over(world, FINAL, ListRow(body.id, "A"), ListRow(body.id, "A级")) == [
        Recorded.ADDED,
        Recorded.SAME,
    ]
    assert take_over(world, FINAL, ListRow(body.id, "A"), ListRow(body.id, "C")) == [
        Recorded.SAME,
        Recorded.CONFLICT,
    ]
    assert take_over(world, DRAFT, ListRow(body.id, "A")) == [Recorded.SAME]
    with pytest.raises(Duplicate), world.work("provider") as work:
        rating_lists.record_published(work, FINAL, ListRow(body.id, "C"))
    (only,) = history(world, body)
    assert (only.grade, only.state) == ("A", RatingState.PUBLISHED)


@pytest.mark.parametrize(
    ("edition", "row", "field"),
    [
        (replace(FINAL, scorecard="tax.none"), {}, "scorecard"),
        (replace(FINAL, rated_on=date(2025, 6, 30)), {}, "rated_on"),
        (replace(FINAL, rated_on=date(2026, 3, 3)), {}, "rated_on"),
        (replace(FINAL, valid_from=date(2026, 1, 31)), {}, "valid_from"),
        (replace(FINAL, valid_to=date(2026, 2, 1)), {}, "valid_to"),
        (replace(FINAL, state=RatingState.WITHDRAWN), {}, "state"),
        (FINAL, {"subject_id": "0" * 32}, "rows.1.subject_id"),
        (FINAL, {"grade": "优秀"}, "rows.1.grade"),
        (FINAL, {"grade": None}, "rows.1.grade"),
    ],
)
def test_a_wrong_list_is_refused_whole_and_named(
    world: World, edition: ListEdition, row: dict[str, str], field: str
) -> None:
    good, bad = unnumbered(world, "Good"), unnumbered(world, "Bad")
    rows = [ListRow(good.id, "A"), ListRow(**{"subject_id": bad.id, "grade": "A", **row})]

    with pytest.raises(InvalidInput) as refused, world.work("provider") as work:
        rating_lists.record_list(work, edition, rows)

    assert list(refused.value.errors) == [field]
    assert history(world, good) == []


def test_a_person_is_not_rated_by_a_scorecard_of_firms(world: World) -> None:
    person = world.person()
    accept(world)

    with pytest.raises(InvalidInput, match=r"rows\.0\.subject_id"):
        take_over(world, FINAL, ListRow(person.id, "A"))
    with pytest.raises(InvalidInput, match="subject_id"):
        scored(world, person)


@pytest.mark.requirement("RAT-04")
def test_a_provider_rates_and_the_rating_says_who_when_by_which_version(world: World) -> None:
    accept(world)
    firm = world.enterprise()

    made = scored(world, firm, Stated("late_return", "March and April 2025", 2))

    (rating,) = history(world, firm)
    assert rating == made
    with world.registry.view(world.tokens["provider"]) as view:
        assert view.actor is not None
        assert rating.agency_id == view.actor.agency.id
        assert rating.rated_by == view.actor.id
    assert (rating.scorecard_version, rating.rated_on) == ("2025-07-01", world.today)
    assert (rating.score, rating.grade) == (Decimal(90), "A")


@pytest.mark.requirement("RPT-11")
def test_the_items_of_a_stored_rating_add_up_and_each_names_its_article(world: World) -> None:
    accept(world)
    firm = world.enterprise()
    scored(world, firm, Stated("late_payment", "three times", 3), Stated("false_data", "invoices"))

    (rating,) = history(world, firm)

    assert sum(one.points for one in rating.items) == rating.score == Decimal(74)
    assert [(one.code, one.points) for one in rating.items] == [
        ("start", Decimal(100)),
        ("late_payment", Decimal(-15)),
        ("false_data", Decimal(-11)),
    ]
    assert all(one.basis and one.basis[0].article for one in rating.items)
    assert [(ground.kind, ground.code) for ground in rating.grounds] == [("band", "B")]
    assert rating.items[1].reason == "three times"


@pytest.mark.requirement("RAT-03")
def test_a_scorecard_to_verify_scores_nobody_before_an_authority_took_it_over(
    world: World,
) -> None:
    firm = world.enterprise()

    with pytest.raises(StepMissing) as refused:
        scored(world, firm)
    assert [one["action"] for one in refused.value.details["missing"]] == ["accept_rule"]

    accept(world)
    assert scored(world, firm).grade == "A"
    with pytest.raises(StepMissing), world.work("other_provider") as work:
        scoring.score_subject(work, NewScore(CARD, firm.id))  # another agency did not


def test_records_decide_directly_and_no_listing_or_case_follows(world: World) -> None:
    accept(world)
    firm = world.enterprise()
    record = world.record(
        firm, date(2025, 11, 3), underpaid_amount="100000", due_total_year="1000000"
    )

    rating = scored(world, firm)

    assert (rating.score, rating.grade) == (Decimal(100), "D")
    (ground,) = rating.grounds
    assert (ground.kind, ground.code, ground.record_ids) == ("direct", "evasion", (record.id,))
    assert ground.basis[0].article == "直接判为D级的情形"
    with world.registry.view(world.tokens["auditor"]) as view:
        assert listing_store.of_subject(view.reading, firm.id) == []
        assert view.reading.rows(tables.determinations) == []


def test_a_listing_of_the_sector_decides_directly_while_it_is_in_force(world: World) -> None:
    accept(world)
    firm = world.enterprise()
    listing = world.listed(firm)

    rating = scored(world, firm)
    assert [ground.code for ground in rating.grounds] == ["evasion", "major_breach_list"]

    before = scored(world, firm, rated_on=listing.valid_from - timedelta(days=1))
    assert [ground.code for ground in before.grounds] == ["evasion"]


def test_a_direct_grade_is_kept_for_a_second_year_and_no_longer(world: World) -> None:
    accept(world)
    firm = world.enterprise()
    first = scored(world, firm, Stated("decision_not_paid", "Decision 7 of 2025"))
    world.clock.advance(days=365)
    second = scored(world, firm)
    world.clock.advance(days=365)
    third = scored(world, firm)

    assert [first.grade, second.grade, third.grade] == ["D", "D", "B"]
    assert [ground.code for ground in second.grounds] == ["direct_d_last_year"]
    assert [ground.code for ground in third.grounds] == ["A", "d_last_year"]


@pytest.mark.parametrize("code", ["evasion", "major_breach_list", "none", "start"])
def test_a_rater_states_only_what_the_scorecard_leaves_to_it(world: World, code: str) -> None:
    accept(world)
    firm = world.enterprise()

    with pytest.raises(InvalidInput, match=r"items\.0\.code"):
        scored(world, firm, Stated(code, "because"))
    with pytest.raises(InvalidInput, match=r"items\.1\.code"):
        scored(world, firm, Stated("late_return", "one"), Stated("late_return", "two"))


def test_only_the_rater_takes_a_rating_back_and_then_it_never_counted(world: World) -> None:
    body = unnumbered(world, "Body")
    with world.work("provider") as work:
        rating = rating_lists.record_published(work, FINAL, ListRow(body.id, "A"))
    with pytest.raises(NotFound), world.work("other_provider") as work:
        ratings.withdraw(work, rating.id, "not mine")
    with world.work("authority") as work:
        ratings.withdraw(work, rating.id, "The list named another body.")

    (gone,) = history(world, body)
    assert (gone.state, gone.withdrawn_because) == (
        RatingState.WITHDRAWN,
        "The list named another body.",
    )
    assert in_force([gone], world.today) == ()
    with pytest.raises(Duplicate), world.work("authority") as work:
        ratings.withdraw(work, rating.id, "again")
    assert take_over(world, FINAL, ListRow(body.id, "B")) == [Recorded.CHANGED]


def test_drafts_are_seen_by_the_rater_the_subject_the_centre_and_the_auditor(world: World) -> None:
    body = unnumbered(world, "Body")
    take_over(world, DRAFT, ListRow(body.id, "A"))

    seen = set()
    for who, token in world.tokens.items():
        try:
            with world.registry.view(token) as view:
                if ratings.of_subject(view, body.id):
                    seen.add(who)
        except NotPermitted:
            continue
    assert seen == {"provider", "authority", "reviewer", "operator", "auditor"}


def test_who_may_not_rate_is_refused(world: World) -> None:
    body = unnumbered(world, "Body")
    for who in ("agency", "reviewer", "operator", "coordinator", "auditor"):
        with pytest.raises(NotPermitted), world.work(who) as work:
            rating_lists.record_published(work, FINAL, ListRow(body.id, "A"))


def test_ratings_are_journalled_and_verified(world: World) -> None:
    accept(world)
    firm = world.enterprise()
    before = world.registry.store.head().seq
    scored(world, firm, Stated("late_return", "once"))
    take_over(world, FINAL, ListRow(firm.id, "A"), ListRow(unnumbered(world, "B").id, "B"))

    with world.registry.view() as view:
        kinds = [row.kind for row in journal.rows_after(view.reading, before, 100)]
    assert kinds.count("rating.recorded") == 3
    assert custody.verify(world.registry.store).problem is None
