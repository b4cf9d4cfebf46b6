"""Measures that follow ratings, in the impact of rules: seen before activation, as for listings."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from registry.domain.rating import RatingState
from registry.rulebook.rulebook import Rulebook
from registry.services import impact, rating_lists, ratings
from registry.services.impact import Impact
from registry.services.rating_lists import ListEdition, ListRow
from registry.store import ratings as store
from registry.store import tables
from tests.services.test_checks_ratings import publish
from tests.services.test_rules import activate, code_of
from tests.world import World

DAY = timedelta(days=1)
LOAN, STRICT = "i.loan_tax_source", "p.strict_refund"
RATED = date(2026, 2, 1)
Change = Callable[[dict[str, Any]], None]


def rate(world: World, subject_id: str, grade: str, on: date = RATED, **more: Any) -> str:
    """A grade by the tax scorecard, or another one; the id of the rating."""
    who, card = more.pop("who", "provider"), more.pop("scorecard", "tax.rating")
    edition = ListEdition(card, more.pop("edition", f"{on}"), on, **more)
    with world.work(who) as work:
        return rating_lists.record_published(work, edition, ListRow(subject_id, grade)).id


def measure(document: dict[str, Any], code: str, sector: str = "tax") -> dict[str, Any]:
    measures = document["sectors"][sector]["measures"]
    return next(one for one in measures if one["code"] == code)


def add_sanction(document: dict[str, Any]) -> None:
    """A recommended sanction after the grade D."""
    new = copy.deepcopy(measure(document, LOAN))
    new.update(code=STRICT, kind="sanction", matters=["tax.refund"])
    new["target"]["ratings"] = [{"scorecard": "tax.rating", "grades": ["D"]}]
    document["sectors"]["tax"]["measures"].append(new)


def grades(*codes: str, of: str = LOAN) -> Change:
    def change(document: dict[str, Any]) -> None:
        measure(document, of)["target"]["ratings"][0]["grades"] = list(codes)

    return change


def drop(code: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["sectors"]["tax"]["measures"].remove(measure(document, code))

    return change


def say(code: str, **values: Any) -> Change:
    return lambda document: measure(document, code).update(values)


def nothing(document: dict[str, Any]) -> None:
    """The rules as they are."""


def seen(world: World, after: Change, before: Change = nothing) -> Impact:
    """The impact of a change of the document on what another change of it made of the rules."""
    with world.registry.view() as view:
        document = copy.deepcopy(dict(view.rulebook.document))
    before(document)
    active = Rulebook.from_document(copy.deepcopy(document))
    after(document)
    return impact.impact(world.registry.store, active, Rulebook.from_document(document))


def test_a_grade_that_is_added_gives_the_measure_to_who_has_it_and_a_check_agrees(world: World):
    firm = world.enterprise()
    id = rate(world, firm.id, "B")
    head = world.registry.store.head().seq

    found = seen(world, grades("A", "B"))

    assert found.counts == {"enter": 0, "leave": 0, "measures": 1}
    (one,) = found.measures
    assert one.pop("basis")[0]["article"] == "8"
    assert one == {
        "listing_id": None,
        "rating_id": id,
        "subject_id": firm.id,
        "criterion": None,
        "scorecard": "tax.rating",
        "grade": "B",
        "gained": [f"tax/{LOAN}"],
        "lost": [],
        "changed": [],
    }
    assert world.registry.store.head().seq == head
    assert applied(world, firm) == []

    activate(world, grades("A", "B"))
    with world.registry.view() as view:
        proposed = view.rulebook.proposed_measures("tax")
    publish(world, next(one for one in proposed if one.code == LOAN))
    assert applied(world, firm) == [(LOAN, id)]


def applied(world: World, firm: Any) -> list[tuple[str, str]]:
    answer = world.ask(code_of(world, firm), "finance.loan", purpose="other_management")
    return [(one["code"], one["rating_id"]) for one in answer["incentives"]["recommended"]]


def without_firms(document: dict[str, Any]) -> None:
    measure(document, STRICT)["target"]["subject_kinds"] = ["individual_business"]


# the rules before, what is changed, and the lists by the grade of who is told
CASES: list[tuple[Change, Change, dict[str, dict[str, str]]]] = [
    (nothing, grades("B"), {"A": {"lost": LOAN}, "B": {"gained": LOAN}}),
    (nothing, grades("A", "C"), {"A": {"changed": LOAN}, "C": {"gained": LOAN}}),
    (nothing, drop(LOAN), {"A": {"lost": LOAN}}),
    (nothing, say(LOAN, matters=["finance.loan", "tax.refund"]), {"A": {"changed": LOAN}}),
    (nothing, add_sanction, {"D": {"gained": STRICT}}),
    (add_sanction, drop(STRICT), {"D": {"lost": STRICT}}),
    (add_sanction, grades("C", of=STRICT), {"D": {"lost": STRICT}, "C": {"gained": STRICT}}),
    (add_sanction, say(STRICT, force="mandatory"), {"D": {"changed": STRICT}}),
    (add_sanction, say(STRICT, matters=["permit.general"]), {"D": {"changed": STRICT}}),
    (add_sanction, without_firms, {"D": {"lost": STRICT}}),
    (add_sanction, nothing, {}),
]


def test_what_a_change_gives_takes_and_alters_is_told_of_each_rating(world: World):
    rated = {rate(world, world.enterprise().id, grade): grade for grade in "ABCD"}

    for before, after, moved in CASES:
        found = seen(world, after, before)

        told = {
            rated[one["rating_id"]]: {
                key: one[key] for key in ("gained", "lost", "changed") if one[key]
            }
            for one in found.measures
        }
        assert told == {
            grade: {key: [f"tax/{code}"] for key, code in lists.items()}
            for grade, lists in moved.items()
        }
        assert found.counts == {"enter": 0, "leave": 0, "measures": len(moved)}


def test_only_the_rating_in_force_today_counts_as_in_a_check(world: World):
    firms = [world.enterprise().id for _ in range(6)]
    draft, withdrawn, over, ahead, replaced, good = firms
    rate(world, draft, "B", state=RatingState.CONSULTATION)
    with world.work("provider") as work:
        taken_back = rating_lists.record_published(
            work, ListEdition("tax.rating", "2025", RATED), ListRow(withdrawn, "B")
        ).id
    with world.work("provider") as work:
        ratings.withdraw(work, taken_back, "Another firm was meant.")
    rate(world, over, "B", RATED - DAY)
    rate(world, over, "B", valid_to=world.today)  # the one before does not come back
    rate(world, ahead, "B", valid_from=world.today + DAY)
    rate(world, replaced, "B", RATED - DAY)
    rate(world, replaced, "A")
    rate(world, good, "A", RATED - DAY)
    latest = rate(world, good, "B")

    found = seen(world, grades("A", "B"))

    gained = {one["rating_id"]: one["subject_id"] for one in found.measures if one["gained"]}
    changed = [one["subject_id"] for one in found.measures if one["changed"]]
    assert (gained, changed) == ({latest: good}, [replaced])
    assert found.counts["measures"] == 2


def test_each_rater_and_each_report_of_a_third_party_stands_for_itself(world: World):
    firm = world.enterprise().id
    made = {
        rate(world, firm, "bbb", scorecard="procurement.third_party", who=who, source=source,
             edition=source)
        for who in ("provider", "other_provider")
        for source in ("Report 1", "Report 2")
    }  # fmt: skip

    def lower(document: dict[str, Any]) -> None:
        target = measure(document, "i.third_party_reference", "procurement")["target"]
        target["ratings"][0]["grades"].append("bbb")

    found = seen(world, lower)

    assert {one["rating_id"] for one in found.measures} == made
    assert found.counts["measures"] == len(made)


def test_a_listing_and_a_rating_of_one_subject_are_told_apart(world: World):
    listing = world.listed()
    id = rate(world, listing.subject_id, "A")

    def change(document: dict[str, Any]) -> None:
        drop("p.procurement_ban")(document)
        drop(LOAN)(document)

    found = seen(world, change)

    assert [(one["listing_id"], one["rating_id"], one["lost"]) for one in found.measures] == [
        (listing.id, None, ["tax/p.procurement_ban"]),
        (None, id, [f"tax/{LOAN}"]),
    ]
    assert [one["criterion"] for one in found.measures] == [listing.criterion, None]


def test_a_sector_that_comes_back_is_compared_with_what_its_edition_gives(world: World):
    rate(world, world.enterprise().id, "A")
    rate(world, world.enterprise().id, "B")
    with world.registry.view() as view:
        whole = view.rulebook
    activate(world, lambda document: document["sectors"].pop("tax"))
    changed = copy.deepcopy(dict(whole.document))
    grades("B")(changed)
    with world.registry.view() as view:
        same = impact.impact(world.registry.store, view.rulebook, whole)
        other = impact.impact(world.registry.store, view.rulebook, Rulebook.from_document(changed))

    assert same.counts["measures"] == 0
    moved = {(one["grade"], *one["gained"], "-", *one["lost"]) for one in other.measures}
    assert moved == {("A", "-", f"tax/{LOAN}"), ("B", f"tax/{LOAN}", "-")}


def test_ratings_are_read_page_by_page_and_each_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    made = set()
    for _ in range(5):
        firm = world.enterprise().id
        rate(world, firm, "A", RATED - DAY)
        made.add(rate(world, firm, "B"))
    monkeypatch.setattr(store, "_PAGE", 2)
    monkeypatch.setattr(impact, "SHOWN", 3)

    found = seen(world, grades("A", "B"))

    assert found.counts["measures"] == 5
    assert len({one["rating_id"] for one in found.measures} & made) == 3
    with world.registry.view() as view:
        pages = [known for _, known in store.by_subject(view.reading, {"tax.rating"})]
    assert [len(known) for known in pages] == [2] * 5
    assert {known[-1].id for known in pages} == made


def test_ratings_are_not_read_where_no_measure_that_follows_any_is_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    rate(world, world.enterprise().id, "A")
    read = []
    monkeypatch.setattr(store, "by_subject", lambda *asked: read.append(asked) or ())

    seen(world, drop("p.procurement_ban"))
    assert read == []
    seen(world, drop(LOAN))
    assert len(read) == 1


def test_an_erased_subject_is_counted_and_one_that_is_not_there_is_left_out(world: World):
    erased, gone, kept = (world.enterprise().id for _ in range(3))
    made = {firm: rate(world, firm, "B") for firm in (erased, gone, kept)}
    keys, whom = tables.subject_keys, tables.subjects
    with world.registry.store.database.engine.begin() as connection:
        connection.execute(sa.delete(keys).where(keys.c.subject_id == erased))
        connection.execute(sa.delete(whom).where(whom.c.id == gone))

    found = seen(world, grades("A", "B"))

    assert {one["rating_id"] for one in found.measures} == {made[erased], made[kept]}
