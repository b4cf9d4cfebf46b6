"""Imports of subjects: new ones entered, known ones enriched, contradictions refused row by row."""

from __future__ import annotations

import gc
import io
from contextlib import suppress
from datetime import date

import openpyxl
import pytest

from registry.domain.errors import InvalidInput
from registry.services import custody, subjects
from registry.store import subjects as store
from tests.importing import csv, imported
from tests.numbers import resident_id, uscc
from tests.world import World

HEAD = "kind,name,uscc,representative_name,representative_scheme,representative_value,addresses"


def firm(number: int, name: str = "", head: int = 1, addresses: str = "") -> str:
    name = name or f"Firm {number}"
    return f"enterprise,{name},{uscc(number)},王,resident_id,{resident_id(head)},{addresses}"


def held(world: World, id: str | None):
    assert id is not None
    with world.registry.store.reading() as reading:
        found = store.get(reading, id)
        assert found is not None
        return found


def test_rows_become_subjects_with_their_heads(world: World):
    found = imported(world, csv(HEAD, *(firm(number, head=7) for number in range(10, 20))))

    assert str(found.totals) == "taken 10, merged 0, refused 0"
    added = [held(world, one.id) for one in found.outcomes]
    assert [one.name for one in added] == [f"Firm {number}" for number in range(10, 20)]
    heads = {one.representative_id for one in added}
    assert len(heads) == 1  # one person heads them all
    assert not any(one.provisional for one in added)
    assert custody.verify(world.registry.store).problem is None


def test_the_same_file_again_changes_nothing(world: World):
    content = csv(HEAD, *(firm(number, addresses="甲路 1 号") for number in range(10, 15)))
    first = imported(world, content)
    before = world.registry.store.head().seq
    again = imported(world, content)

    assert str(again.totals) == "taken 0, merged 5, refused 0"
    assert [one.id for one in again.outcomes] == [one.id for one in first.outcomes]
    assert world.registry.store.head().seq == before + 1  # the import itself, nothing else


def test_an_import_that_breaks_off_is_taken_up_again(world: World):
    content = csv(HEAD, *(firm(number) for number in range(10, 30)))
    with pytest.raises(KeyboardInterrupt):
        imported(world, content, stop_after=6)
    again = imported(world, content)

    assert str(again.totals) == "taken 14, merged 6, refused 0"
    assert len({one.id for one in again.outcomes}) == 20
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.proves("F42")
def test_wrong_rows_are_refused_and_the_others_taken(world: World):
    wrong = uscc(31)[:-1] + ("0" if uscc(31)[-1] != "0" else "1")
    found = imported(
        world,
        csv(
            HEAD,
            firm(30),
            f"enterprise,Wrong,{wrong},王,resident_id,{resident_id(1)},",
            f"enterprise,No head,{uscc(32)},,,,",
            f"ministry,Kind,{uscc(33)},王,resident_id,{resident_id(1)},",
            f"enterprise,,{uscc(34)},王,resident_id,{resident_id(1)},",
            firm(35),
        ),
    )

    assert str(found.totals) == "taken 2, merged 0, refused 4"
    assert "check character" in found.refused[3]
    assert "representative" in found.refused[4]
    assert found.refused[5].startswith("kind: must be one of enterprise")
    assert found.refused[6] == "name: is required"
    assert wrong not in str(found.refused)
    assert resident_id(1) not in str(found.outcomes)


@pytest.mark.proves("F62")
def test_names_of_mixed_scripts_are_taken_and_told(world: World):
    content = csv(HEAD, firm(30, "\u0410lpha"), firm(31, "Alpha"))
    first, again = imported(world, content), imported(world, content)

    assert str(first.totals) == "taken 2, merged 0, refused 0"
    assert str(again.totals) == "taken 0, merged 2, refused 0"
    for found in (first, again):
        (note,) = found.row(2).notes
        assert note.startswith("name: mixes scripts")
        assert found.row(3).notes == ()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (firm(40, "Another name"), "name: the number is held by a subject of another name"),
        (firm(40, head=2), "representative_value: another head"),
        (firm(40).replace("enterprise", "social_organisation"), "kind: it is known as enterprise"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 10])
def test_a_row_that_contradicts_what_is_known_is_refused(world: World, row, words, chunk):
    found = imported(world, csv(HEAD, firm(40), row, firm(40)), chunk=chunk)

    assert str(found.totals) == "taken 1, merged 1, refused 1"
    assert words in found.refused[3]


@pytest.mark.requirement("SUB-07")
def test_a_person_of_another_name_is_a_conflict_not_merged(world: World):
    rows = ("person,李四," + resident_id(5), "person,李 四," + resident_id(5))
    found = imported(world, csv("kind,name,resident_id", *rows, "person,王五," + resident_id(5)))

    assert str(found.totals) == "taken 1, merged 1, refused 1"
    assert "another name" in found.refused[4]
    assert "王五" not in found.refused[4]
    assert held(world, found.row(2).id).name == "李四"


@pytest.mark.parametrize("chunk", [1, 10])
def test_a_known_subject_gets_what_it_lacks(world: World, chunk):
    head = HEAD + ",other_names"
    found = imported(
        world,
        csv(
            head,
            firm(50, addresses="甲路 1 号") + ",",
            firm(50, addresses="乙路 2 号;甲路 1 号") + ",旧名",
            firm(50, addresses="丙路 3 号") + ",旧名|Ｆirm 50",
        ),
        chunk=chunk,
    )

    assert str(found.totals) == "taken 1, merged 2, refused 0"
    assert found.row(3).notes == ("added other_names and addresses",)
    subject = held(world, found.row(2).id)
    assert subject.addresses == ("甲路 1 号", "乙路 2 号", "丙路 3 号")
    assert subject.other_names == ("旧名",)
    with world.registry.view(world.tokens["operator"]) as view:
        assert subjects.lookup(view, None, "旧名", None, None) == [subject]
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.parametrize("chunk", [1, 10])
def test_a_body_without_a_number_is_provisional_and_one_by_its_name(world: World, chunk):
    rows = (
        "public_institution,某医院,",
        "public_institution,某 医院,",
        "public_institution,别院,某医院",
    )
    found = imported(world, csv("kind,name,other_names", *rows), chunk=chunk)

    assert str(found.totals) == "taken 2, merged 1, refused 0"
    assert found.row(2).id == found.row(3).id
    assert held(world, found.row(2).id).provisional


@pytest.mark.proves("F47")
def test_a_name_alone_never_reaches_a_subject_with_a_number(world: World):
    known = world.enterprise(name="甲公司")
    found = imported(world, csv("kind,name", "enterprise,甲公司"))

    assert found.totals.taken == 1
    assert found.row(2).id != known.id
    assert found.row(2).notes == (f"an identified subject bears this name: {known.id}",)


def test_two_numbers_of_two_subjects_in_one_row_are_refused(world: World):
    lei = "5299000J2N45DDNE4Y28"
    first = csv(HEAD + ",lei", firm(60) + f",{lei}", firm(61) + ",")
    assert imported(world, first).totals.taken == 2
    found = imported(world, csv(HEAD + ",lei", firm(61) + f",{lei}"))

    assert "two different subjects" in found.refused[2]


def test_addresses_are_parted_where_a_new_one_begins(world: World):
    rows = (
        'enterprise,甲,"南海区丹灶镇西环路 109 号,南海区丹灶镇金沙城区金业路"',
        'enterprise,乙,"里官路 28 号;南海区安康路 7 号；南海区三环路"',
        'enterprise,丙,"人民路 9 号,3 楼"',
    )
    found = imported(world, csv("kind,name,address", *rows))

    assert [len(held(world, one.id).addresses) for one in found.outcomes] == [2, 3, 1]


@pytest.mark.requirement("SUB-09")
@pytest.mark.parametrize("column", ["fingerprint", "指纹", "right_fingerprints", "ｆingerprint"])
def test_a_column_of_fingerprints_is_refused_with_the_whole_file(world: World, column: str):
    for kind in ("subjects", "records"):
        with pytest.raises(InvalidInput, match="file") as caught:
            imported(world, csv(f"kind,name,{column}", "enterprise,甲,x"), kind)
        assert "never collected: fingerprints" in str(caught.value.errors)
    with world.registry.view(world.tokens["operator"]) as view:
        assert subjects.lookup(view, None, "甲", None, None) == []


def test_columns_may_be_called_otherwise_or_left_out(world: World):
    content = csv("单位名称,备注", "甲,x")
    with pytest.raises(AssertionError):
        assert imported(world, content, row_kind="enterprise").totals.taken
    found = imported(
        world, content, row_kind="enterprise", columns={"单位名称": "name", "备注": ""}
    )

    assert held(world, found.row(2).id).name == "甲"


def test_a_workbook_and_json_lines_go_in_as_well(world: World):
    book = openpyxl.Workbook()
    for row in (("kind", "name", "uscc"), ("enterprise", "甲", None), ("enterprise", "=1+1", None)):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    found = imported(world, file.getvalue(), name="list.xlsx")
    assert str(found.totals) == "taken 1, merged 0, refused 1"
    lines = '{"kind": "enterprise", "name": "甲", "other_names": ["乙", "丙"]}\n{"name": \n'
    found = imported(world, lines, name="list.jsonl")

    assert str(found.totals) == "taken 0, merged 1, refused 1"
    assert held(world, found.row(1).id).other_names == ("乙", "丙")


def test_a_misspelt_column_is_told(world: World):
    found = imported(world, csv("kind,name,adress", "enterprise,甲,x"))

    assert found.refused[2].startswith("adress: is no column of this import: address")


def test_the_import_is_journalled_with_the_digest_and_the_person(world: World):
    imported(world, csv(HEAD, firm(70, head=9)))
    with world.registry.store.reading() as reading:
        from registry.store import journal

        rows = journal.rows_after(reading, 0, 10_000)
        last = rows[-1]
        facts = journal.facts_of(reading, last)
        entered = [row for row in rows if row.kind == "subject.added" and row.actor == last.actor]
    assert last.kind == "file.imported"
    assert len(facts["digest"]) == 64
    assert (facts["kind"], facts["taken"]) == ("subjects", 1)
    assert len(entered) == 2


def test_a_minor_and_somebody_unborn(world: World):
    unborn = resident_id(8, date(2026, 12, 1))
    found = imported(world, csv("kind,name,resident_id", f"person,甲,{unborn}"))

    assert "birth date" in found.refused[2]


@pytest.mark.parametrize("stop_after", [None, 3])
def test_the_collector_of_garbage_works_again_after_an_import(world: World, stop_after: int | None):
    content = csv(HEAD, *(firm(number) for number in range(10, 20)))

    with suppress(KeyboardInterrupt):
        imported(world, content, stop_after=stop_after)

    assert gc.isenabled()


def test_a_head_whose_number_another_person_bears_is_refused_in_one_file_and_in_the_next(
    world: World,
):
    misnamed = firm(51).replace(",王,", ",赵六,")
    first = imported(world, csv(HEAD, firm(50), misnamed, firm(52)))
    again = imported(world, csv(HEAD, misnamed, firm(53), firm(50).replace(",王,", ",赵六,")))

    said = "representative_name: the number is held by a person of another name"
    assert first.refused == {3: said}
    assert str(first.totals) == "taken 2, merged 0, refused 1"
    assert again.refused == {2: said, 4: said}
    assert len({held(world, one.id).representative_id for one in first.outcomes if one.id}) == 1
