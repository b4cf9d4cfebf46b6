"""Measures after ratings in the whole registry: as of, known at, replay, and what is not read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from registry.domain.errors import InvalidInput
from registry.domain.legal import Citation
from registry.domain.measure import Force, Measure, MeasureKind, RatedTarget, Target
from registry.domain.rating import RatingState
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval, noon_of
from registry.services import editions, rating_lists, ratings
from registry.services.rating_lists import ListEdition, ListRow
from registry.store import check_facts
from registry.store import subjects as subject_store
from tests.world import World

MATTER, PURPOSE = "tax.refund", "other_management"


def a_measure(**changes: Any) -> Measure:
    values: dict[str, Any] = {
        "code": "p.strict_refund",
        "version": "",
        "sector": "tax",
        "name": "Refunds are looked at strictly",
        "name_zh": "严格审核退税",
        "kind": MeasureKind.SANCTION,
        "force": Force.RECOMMENDED,
        "content": "Look at the refund strictly.",
        "content_zh": "从严审核出口退税。",
        "implementer": "tax bureaus",
        "basis": (
            Citation("纳税缴费信用管理办法（国家税务总局公告2025年第12号）", "D级的管理措施"),
        ),
        "matters": frozenset({MATTER}),
        "target": Target(
            frozenset(),
            frozenset({SubjectKind.ENTERPRISE}),
            ratings=(RatedTarget("tax.rating", frozenset({"D"})),),
        ),
        "validity": Interval(date(2026, 1, 1)),
        **changes,
    }
    return Measure(**values)


def publish(world: World, *measures: Measure) -> None:
    """A tax edition with these measures beside those in force."""
    with world.work("coordinator") as work:
        draft = editions.draft(work, "tax", None).id
    for measure in measures:
        with world.work("coordinator") as work:
            editions.put_measure(work, draft, measure)
    with world.work("coordinator") as work:
        editions.publish(work, draft, None)


def rate(world: World, subject_id: str, grade: str, rated_on: date, **more: Any) -> str:
    edition = ListEdition("tax.rating", more.pop("edition", "2025"), rated_on, **more)
    with world.work("provider") as work:
        return rating_lists.record_published(work, edition, ListRow(subject_id, grade)).id


def code_of(world: World, subject_id: str) -> str:
    with world.registry.view() as view:
        return subject_store.identifiers_of(view.reading, subject_id)[0].value


def ask(world: World, value: str, **more: Any) -> dict[str, Any]:
    return world.ask(value, MATTER, purpose=PURPOSE, **more)


def replayed(world: World, id: str) -> Any:
    with world.registry.view(world.tokens["agency"]) as view:
        assert view.actor is not None
        return world.registry.checks.replay(view.reading, view.actor, id)


def test_a_measure_follows_a_grade_on_both_time_axes_and_is_replayed(world: World) -> None:
    firm = world.enterprise()
    value = code_of(world, firm.id)
    publish(world, a_measure())
    before = ask(world, value)
    untold = world.registry.store.head().at
    world.clock.advance(days=1)

    id = rate(world, firm.id, "D", date(2026, 2, 1))
    answer = ask(world, value)

    assert (before["outcome"], before["ratings"]) == ("clear", [])
    assert answer["outcome"] == "caution"
    (applied,) = answer["sanctions"]["recommended"]
    assert (applied["code"], applied["rating_id"]) == ("p.strict_refund", id)
    assert applied["basis"][0]["article"] == "D级的管理措施"
    assert answer["ratings"][0]["basis"][0]["article"] == "信用级别的评定"

    assert ask(world, value, known_at=untold)["outcome"] == "clear"
    assert ask(world, value, as_of=noon_of(date(2026, 1, 31)))["outcome"] == "clear"
    world.clock.advance(days=1)
    with world.work("provider") as work:
        ratings.withdraw(work, id, "Another firm was meant.")
    assert ask(world, value)["outcome"] == "clear"
    assert replayed(world, before["id"]) == {"same": True}
    assert replayed(world, answer["id"]) == {"same": True}


def test_a_draft_for_comment_has_no_effect(world: World) -> None:
    firm = world.enterprise()
    publish(world, a_measure())
    rate(world, firm.id, "D", date(2026, 2, 1), state=RatingState.CONSULTATION)

    answer = ask(world, code_of(world, firm.id))

    assert (answer["outcome"], answer["ratings"]) == ("clear", [])


def test_ratings_are_not_read_where_no_edition_holds_a_measure_that_follows_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = world.enterprise()
    value = code_of(world, firm.id)
    rate(world, firm.id, "D", date(2026, 2, 1))
    read: list[str] = []
    real = check_facts.ratings_of

    def noted(reading: Any, subject_id: str) -> Any:
        read.append(subject_id)
        return real(reading, subject_id)

    monkeypatch.setattr(check_facts, "ratings_of", noted)

    assert "ratings" not in ask(world, value)
    publish(world, a_measure())
    world.ask(value)  # another matter
    assert read == []
    assert ask(world, value)["outcome"] == "caution"
    assert read == [firm.id]


def test_nobody_is_listed_by_a_score(world: World) -> None:
    """Rule 6: the worst grade, a mandatory measure after it, and still no case and no listing."""
    firm = world.enterprise()
    law = Citation("中华人民共和国税收征收管理法", "44", statute=True)
    publish(world, a_measure(force=Force.MANDATORY, basis=(law,)))
    rate(world, firm.id, "D", date(2026, 2, 1))

    answer = ask(world, code_of(world, firm.id))

    assert (answer["outcome"], answer["listings"]) == ("restricted", [])
    other = world.ask(code_of(world, firm.id))
    assert (other["outcome"], other["listings"]) == ("clear", [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ratings": (RatedTarget("tax.none", frozenset({"D"})),)}, "target.ratings.0.scorecard"),
        (
            {"ratings": (RatedTarget("construction.industry", frozenset({"good"})),)},
            "target.ratings.0.scorecard",
        ),
        ({"ratings": (RatedTarget("tax.rating", frozenset({"E"})),)}, "target.ratings.0.grades"),
        ({"ratings": ()}, "target"),
    ],
)
def test_a_measure_follows_only_grades_that_its_sector_has(
    world: World, changes: dict[str, Any], field: str
) -> None:
    target = Target(frozenset(), frozenset({SubjectKind.ENTERPRISE}), **changes)

    with pytest.raises(InvalidInput) as refused:
        publish(world, a_measure(target=target))

    assert list(refused.value.errors) == [field]


def test_a_measure_after_ratings_reaches_nobody_else(world: World) -> None:
    with pytest.raises(InvalidInput, match="reaches"):
        publish(world, a_measure(reaches=frozenset({"legal_representative"})))
