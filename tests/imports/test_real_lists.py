"""The two lists that agencies really published go in whole (see tests/data/README.md)."""

from __future__ import annotations

from collections import Counter

import pytest

from registry.services import custody, subjects
from registry.services.imports.ratings import ListOptions
from registry.store import ratings as store
from registry.store import subjects as subject_store
from tests.importing import DATA, Imported, imported
from tests.world import World

HOSPITALS, BUILDERS = "hospital_ratings_nanhai_2020.csv", "construction_ratings_daqing.csv"
PRINTED = {"优秀": 6, "良好": 138, "合格": 89, "基本合格": 15, "不合格": 35}


def taken_in(world: World, name: str, scorecard: str, **more) -> Imported:
    content = more.pop("content", (DATA / name).read_bytes())
    options = ListOptions(name, printed=more.pop("printed", {}))
    return imported(world, content, f"ratings:{scorecard}", name, options=options, chunk=100)


def named(world: World, name: str):
    with world.registry.view(world.tokens["operator"]) as view:
        return subjects.lookup(view, None, name, None, None)


def grades(world: World, name: str, scorecard: str) -> Counter[str]:
    agency = world.registry.importing("TAX", "Pan").agency.id
    with world.registry.store.reading() as reading:
        found = store.of_edition(reading, scorecard, agency, name)
        return Counter(one.grade_title_zh for one in found.values())


@pytest.mark.requirement("SUB-12")
def test_the_hospitals_of_nanhai_with_their_aliases_and_addresses(world: World):
    found = taken_in(world, HOSPITALS, "healthcare.hospital")

    assert str(found.totals) == "taken 18, merged 0, refused 0"
    assert grades(world, HOSPITALS, "healthcare.hospital") == {"优秀": 16, "良好": 2}
    for alias, name, addresses in (
        ("佛山市南海区中医院", "广东省中西医结合医院", 1),
        ("佛山市南海区第三人民医院", "南方医科大学南海医院", 2),
        ("佛山市南海区精神卫生中心", "佛山市南海区公共卫生医院", 3),
        ("佛山市南海区罗村医院", "佛山市南海区公共卫生医院", 3),
        ("佛山市南海区第八人民医院", "佛山市南海区第八人民医院", 2),
    ):
        (one,) = named(world, alias)
        assert (one.name, len(one.addresses), one.provisional) == (name, addresses, True)
    again = taken_in(world, HOSPITALS, "healthcare.hospital")
    assert str(again.totals) == "taken 0, merged 18, refused 0"
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.requirement("SUB-14", "RAT-02")
def test_the_builders_of_daqing_with_whoever_stands_twice_and_the_totals(world: World):
    found = taken_in(world, BUILDERS, "construction.industry", printed=PRINTED)

    assert str(found.totals) == "taken 279, merged 1, refused 2"
    twice = [one for one in found.findings if "twice" in one]
    assert len(twice) == 2
    assert any("大庆恒艺" in one and "conflicting grades" in one for one in twice)
    assert any("庆懋机电" in one and "the same grade" in one for one in twice)
    assert all("良好 and 合格" in one or "合格 and 良好" in one for one in found.refused.values())
    assert "without a legible grade: 50" in found.findings
    assert found.findings[-4:] == [
        "良好: printed 138, in the file 137",
        "基本合格: printed 15, in the file 0",
        "不合格: printed 35, in the file 0",
        "total: printed 283, in the file 282",
    ]
    rated = grades(world, BUILDERS, "construction.industry")
    assert rated == {"优秀": 6, "良好": 135, "合格": 88}
    without = [one for one in found.outcomes if "no legible grade: without a rating" in one.notes]
    assert len(without) == 50
    with world.registry.store.reading() as reading:
        bodies = subject_store.get_many(reading, [one.id for one in without if one.id])
    assert len(bodies) == 50
    assert all(one.provisional for one in bodies)
    assert named(world, "大庆恒艺建筑安装工程有限公司") == []
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.requirement("SUB-14")
def test_the_conflict_is_resolved_by_leaving_the_wrong_row_out(world: World):
    text = (DATA / BUILDERS).read_text(encoding="utf-8")
    taken_in(world, BUILDERS, "construction.industry")
    wrong = "大庆恒艺建筑安装工程有限公司,合格\n"
    assert wrong in text
    found = taken_in(
        world, BUILDERS, "construction.industry", content=text.replace(wrong, "").encode()
    )

    assert str(found.totals) == "taken 1, merged 280, refused 0"
    assert len(named(world, "大庆恒艺建筑安装工程有限公司")) == 1
