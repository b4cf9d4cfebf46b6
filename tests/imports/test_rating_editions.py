"""A draft for comment goes in as what it is; its publication changes the state and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from registry.domain.rating import RatingState
from registry.services import rating_lists
from registry.services.imports.ratings import ListOptions
from tests.importing import DATA, imported
from tests.world import World

NAME, CARD = "hospital_ratings_nanhai_2020.csv", "healthcare.hospital"
SOURCE = "2020年南海区公立医院信用评价等级单位名单（征求意见稿）"
DRAFT = ListOptions("2020", date(2021, 1, 4), SOURCE, state=RatingState.CONSULTATION)


def take_in(world: World, options: ListOptions) -> str:
    content = (DATA / NAME).read_bytes()
    return str(imported(world, content, f"ratings:{CARD}", NAME, options=options).totals)


def editions(world: World) -> list[tuple[str, str, dict[str, int]]]:
    with world.registry.view() as view:
        found = rating_lists.editions(view, CARD)
    return [(one.edition, one.state, dict(one.counts)) for one in found]


@pytest.mark.requirement("RAT-01")
def test_the_hospitals_of_2020_are_a_draft_for_comment_with_sixteen_and_two(world: World) -> None:
    assert take_in(world, DRAFT) == "taken 18, merged 0, refused 0"
    assert editions(world) == [("2020", "consultation", {"excellent": 16, "good": 2})]

    published = replace(DRAFT, state=RatingState.PUBLISHED)
    assert take_in(world, published) == "taken 0, merged 18, refused 0"
    assert editions(world) == [("2020", "published", {"excellent": 16, "good": 2})]


def test_the_yearly_editions_stand_beside_each_other(world: World) -> None:
    take_in(world, replace(DRAFT, state=RatingState.PUBLISHED))
    take_in(world, replace(DRAFT, edition="2021", rated_on=date(2022, 1, 4)))

    assert [one[:2] for one in editions(world)] == [
        ("2020", "published"),
        ("2021", "consultation"),
    ]
