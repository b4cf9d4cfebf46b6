"""Imports of published lists: who stands twice, who has no legible grade, whose totals differ."""

from __future__ import annotations

import sys

import pytest

from registry.domain.errors import InvalidInput
from registry.services import custody, ratings
from registry.services.imports.published_list import PublishedList
from registry.services.imports.ratings import ListOptions
from registry.store import ratings as store
from registry.store import subjects
from tests.importing import Imported, csv, imported
from tests.numbers import uscc
from tests.world import World

KIND = "ratings:tax.rating"


def listed(world: World, *rows: str, edition: str = "2020", **options) -> Imported:
    head = options.pop("head", "name,grade")
    printed, total = options.pop("printed", {}), options.pop("total", None)
    list_options = ListOptions(edition, printed=printed, total=total)
    return imported(world, csv(head, *rows), KIND, options=list_options, **options)


def grades(world: World, edition: str = "2020") -> dict[str, str]:
    """Grades by name of the body."""
    with world.registry.store.reading() as reading:
        agency = world.registry.importing("TAX", "Pan").agency.id
        found = store.of_edition(reading, "tax.rating", agency, edition)
        return {subjects.get(reading, id).name: one.grade for id, one in found.items()}


def test_a_list_becomes_ratings_of_provisional_bodies(world: World):
    found = listed(world, "甲,A", "乙,B", "丙,B")

    assert str(found.totals) == "taken 3, merged 0, refused 0"
    assert grades(world) == {"甲": "A", "乙": "B", "丙": "B"}
    with world.registry.store.reading() as reading:
        rating = store.get(reading, found.row(2).id)
        assert subjects.get(reading, rating.subject_id).provisional
        assert (rating.edition, rating.scorecard) == ("2020", "tax.rating")
    assert custody.verify(world.registry.store).problem is None


def test_the_same_list_again_changes_nothing_and_another_edition_is_another(world: World):
    listed(world, "甲,A", "乙,B")
    again = listed(world, "甲,A", "乙,B")
    later = listed(world, "甲,B", "乙,B", edition="2021")

    assert str(again.totals) == "taken 0, merged 2, refused 0"
    assert str(later.totals) == "taken 2, merged 0, refused 0"
    assert grades(world) == {"甲": "A", "乙": "B"}
    assert grades(world, "2021") == {"甲": "B", "乙": "B"}


@pytest.mark.requirement("SUB-14")
@pytest.mark.parametrize("chunk", [1, 10])
def test_a_body_with_two_grades_gets_neither_until_it_is_resolved(world: World, chunk):
    rows = ["甲,A", "乙,B", "甲,C", "丙,B", "丙,B"]
    found = listed(world, *rows, chunk=chunk)

    assert str(found.totals) == "taken 2, merged 1, refused 2"
    assert found.refused == {
        2: "grade: the list gives it A and C: resolve which is right; stands in row 4 as well",
        4: "grade: the list gives it A and C: resolve which is right; stands in row 2 as well",
    }
    assert found.row(6).notes == ("stands in row 5 as well",)
    assert found.findings == [
        "bodies that do not say their kind were taken as enterprise",
        "rows 2 and 4: 甲 stands twice, with conflicting grades",
        "rows 5 and 6: 丙 stands twice, with the same grade",
    ]
    assert grades(world) == {"乙": "B", "丙": "B"}
    with world.registry.store.reading() as reading:
        assert subjects.named(reading, "甲") == []
    resolved = listed(world, *rows[:2], *rows[3:])
    assert str(resolved.totals) == "taken 1, merged 3, refused 0"
    assert grades(world) == {"甲": "A", "乙": "B", "丙": "B"}


@pytest.mark.requirement("SUB-14")
@pytest.mark.parametrize("chunk", [1, 10])
def test_a_grade_that_the_edition_gave_otherwise_is_refused_with_the_whole_row(world: World, chunk):
    listed(world, "甲,A")
    found = listed(world, "甲,B,甲路 1 号", "乙,B,", head="name,grade,address", chunk=chunk)

    assert str(found.totals) == "taken 1, merged 0, refused 1"
    assert "this edition gave it" in found.refused[2]
    with world.registry.store.reading() as reading:
        assert subjects.named(reading, "甲")[0].addresses == ()
    assert grades(world) == {"甲": "A", "乙": "B"}


def test_a_body_without_a_legible_grade_enters_without_a_rating(world: World):
    found = listed(world, "甲,", "乙,B")

    assert str(found.totals) == "taken 2, merged 0, refused 0"
    assert found.row(2).notes == ("no legible grade: without a rating",)
    assert "without a legible grade: 1" in found.findings
    assert grades(world) == {"乙": "B"}
    with world.registry.store.reading() as reading:
        assert len(subjects.named(reading, "甲")) == 1


@pytest.mark.requirement("RAT-02")
def test_printed_totals_that_differ_are_told(world: World):
    found = listed(world, "甲,A", "乙,B", "丙,B", printed={"A": 1, "B": 3, "M": 0, "C": 1, "D": 0})

    assert found.findings[1:] == [
        "B: printed 3, in the file 2",
        "C: printed 1, in the file 0",
        "total: printed 5, in the file 3",
    ]
    again = listed(world, "甲,A", "乙,B", "丙,B", printed={"A": 1, "B": 2})
    assert again.findings[1:] == []


def test_a_printed_total_names_its_grade_by_code_or_by_chinese_title(world: World):
    def hospitals(edition: str, printed: dict[str, int], *rows: str) -> list[str]:
        options = ListOptions(edition, printed=printed)
        found = imported(
            world, csv("name,grade", *rows), "ratings:healthcare.hospital", options=options
        )
        assert found.refused == {}
        return [one for one in found.findings if "printed" in one]

    rows = ("甲,优秀", "乙,优秀", "丙,good")

    assert hospitals("a", {"excellent": 2, "good": 1}, *rows) == []
    assert hospitals("b", {"优秀": 2, "良好": 1}, *rows) == []
    assert hospitals("c", {"excellent": 3, "良好": 2}, *rows) == [
        "excellent: printed 3, in the file 2",
        "良好: printed 2, in the file 1",
        "total: printed 5, in the file 3",
    ]
    assert hospitals("d", {"excellent": 3}, *rows) == ["excellent: printed 3, in the file 2"]


def test_one_grade_under_both_its_names_is_named_once(world: World):
    options = ListOptions("2020", printed={"excellent": 1, "优秀": 1})
    with pytest.raises(InvalidInput) as caught:
        imported(
            world, csv("name,grade", "甲,优秀"), "ratings:healthcare.hospital", options=options
        )

    said = "excellent and 优秀 are one grade: name it once"
    assert caught.value.errors == {"printed": [said]}


def test_only_the_totals_that_were_given_are_compared(world: World):
    found = listed(world, "甲,A", "乙,B", "丙,", printed={"A": 1, "B": 3})

    assert found.findings[1:] == ["without a legible grade: 1", "B: printed 3, in the file 1"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("甲,Z,,,", "grade: is no grade of tax.rating. Known: A"),
        ("甲,A,person,,", "kind: tax.rating does not rate it"),
        ("甲,A,,x,", "score: must be a decimal number"),
        ("甲,A,,,first", "rank: must be a whole number"),
        (",A,,,", "name: is required"),
    ],
)
def test_a_wrong_row_enters_nobody(world: World, row: str, words: str):
    found = listed(world, row, "乙,B,,,", head="name,grade,kind,score,rank")

    assert str(found.totals) == "taken 1, merged 0, refused 1"
    assert words in found.refused[2]
    with world.registry.store.reading() as reading:
        assert subjects.named(reading, "甲") == []


def test_a_column_that_means_nothing_is_refused_with_all_that_do(world: World):
    found = listed(world, "甲,A,1", head="name,grade,ranking")

    for column in ("grade", "score", "rank", "other_names"):
        assert column in found.refused[2].partition("is no column of this import: ")[2].split(", ")


def test_a_body_with_a_number_is_found_by_it(world: World):
    firm = world.enterprise(uscc(800), name="甲")
    found = listed(world, f"甲,A,{uscc(800)}", "甲,B,", head="name,grade,uscc")
    new = listed(world, f"丙,A,{uscc(801)}", head="name,grade,uscc")
    assert new.refused[2].startswith("representative: an organisation needs")

    assert str(found.totals) == "taken 2, merged 0, refused 0"
    with world.registry.view(world.tokens["auditor"]) as view:
        assert [one.grade for one in ratings.of_subject(view, firm.id)] == ["A"]


def test_the_sum_alone_is_compared_with_all_rows(world: World):
    assert listed(world, "甲,A", "乙,", total=3).findings[1:] == [
        "without a legible grade: 1",
        "total: printed 3, in the file 2",
    ]
    assert listed(world, "甲,A", "乙,", total=2).findings[1:] == ["without a legible grade: 1"]


def test_a_total_of_a_grade_that_is_none_is_refused_with_those_that_are(world: World):
    with pytest.raises(InvalidInput) as caught:
        listed(world, "甲,A", printed={"A": 1, "E": 2})

    (said,) = caught.value.errors["printed"]
    assert said.startswith("E is no grade of tax.rating. Known: A (")
    assert grades(world) == {}


def test_a_long_list_is_not_kept_in_memory_and_who_stands_twice_is_told():
    found, before = PublishedList(["uscc"]), sys.getallocatedblocks()
    for number in range(2, 50_002):
        found.see(
            number, {"name": f"{number // 2 if number < 2_502 else number}", "grade": "A"}, True
        )

    assert sys.getallocatedblocks() - before < 1_000
    said = found.findings({}, (), None)
    assert said[0] == "rows 2 and 3: 1 stands twice, with the same grade"
    assert (len(said), said[-1]) == (1_001, "250 more stand twice")


def test_a_scorecard_that_is_none(world: World):
    with pytest.raises(InvalidInput) as caught:
        imported(world, csv("name,grade", "甲,A"), "ratings:tax.nonsense")

    (said,) = caught.value.errors["kind"]
    assert said.startswith("tax.nonsense is no scorecard. Known: ")
    assert "construction.industry" in said
