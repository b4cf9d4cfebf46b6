"""Workbooks: what is read of a sheet, and the ways in which one attacks."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import openpyxl
import pytest

from plugins.intake import archive
from plugins.intake.workbook import ADAPTER
from registry.sdk import IntakeRow, UnreadableFile

HEAD = ("name", "grade", "on", "amount", "flag")
ROW = ("甲公司", "优秀", date(2025, 12, 1), 1200000.5, True)


def made(*rows: tuple[object, ...], change: Callable[..., None] = lambda book: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes) -> list[IntakeRow]:
    return list(ADAPTER.read(io.BytesIO(content), "subjects"))


def packed(content: bytes, parts: dict[str, bytes | None]) -> bytes:
    """The archive with parts replaced, added, or (None) left out."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            if part is not None:
                new.writestr(name, part)
    return made.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(content)
    return str(caught.value)


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_become_text():
    rows = read(
        made(
            HEAD,
            ROW,
            ("乙", None, datetime.fromisoformat("2025-12-01T08:30"), 3.0, False),
            (None, None, None, None, None),
            ("丙", "", None, 12345678901234, None),
        )
    )

    assert rows == [
        IntakeRow(
            2,
            {
                "name": "甲公司",
                "grade": "优秀",
                "on": "2025-12-01",
                "amount": "1200000.5",
                "flag": "true",
            },
        ),
        IntakeRow(3, {"name": "乙", "on": "2025-12-01T08:30:00", "amount": "3", "flag": "false"}),
        IntakeRow(5, {"name": "丙", "amount": "12345678901234"}),
    ]


@pytest.mark.proves("F61")
def test_a_formula_or_an_error_is_a_fault_of_its_row():
    rows = read(made(("name", "n"), ("甲", "=1+1"), ("乙", "#DIV/0!"), ("丙", 1)))

    assert rows[0].fault == "n: holds a formula, which is not taken"
    assert "error" in rows[1].fault
    assert rows[2].values == {"name": "丙", "n": "1"}


@pytest.mark.proves("F61")
def test_a_formula_with_a_stored_result_is_a_formula_all_the_same():
    content = made(("name", "n"), ("甲", 5))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read(SHEET)
    altered = sheet.replace(b"<v>5</v>", b"<f>WEBSERVICE(A1)</f><v>5</v>")
    assert altered != sheet

    assert "formula" in read(packed(content, {SHEET: altered}))[0].fault


def test_only_the_first_sheet_is_read():
    def second(book: openpyxl.Workbook) -> None:
        book.create_sheet("other").append(("x",))

    assert len(read(made(("name",), ("甲",), change=second))) == 1


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"name\n", b"\xd0\xcf\x11\xe0" + bytes(600)]
)
def test_what_is_no_workbook_is_refused(content: bytes):
    assert "no workbook" in refused(content)


def test_an_archive_of_other_things_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as other:
        other.writestr("word/document.xml", "<a/>")

    assert refused(file.getvalue()) == "it is no workbook"


def test_a_damaged_workbook_is_refused():
    content = made(HEAD, ROW)
    assert "damaged" in refused(packed(content, {SHEET: b"<worksheet><sheetData><row r="}))
    assert "damaged" in refused(packed(content, {SHEET: None}))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        start = book.getinfo(SHEET).header_offset
    assert refused(content[: start + 60] + b"\0\0\0\0" + content[start + 64 :])


@pytest.mark.proves("F60")
def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked():
    bomb = packed(made(HEAD, ROW), {SHEET: b"<a>" + b" " * 50_000_000})
    assert len(bomb) < 100_000

    tracemalloc.start()
    said = refused(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert said == "a part unpacks to more than 100 times its size"
    assert peak < 2_000_000


def lying(content: bytes, name: str, size: int) -> bytes:
    """The archive in which a part declares another size, in both places where it does."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        true = book.getinfo(name).file_size.to_bytes(4, "little")
    altered = bytearray(content)
    for mark, before in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for found in re.finditer(re.escape(mark), content):
            place = found.start() + before
            if content[place : place + 4] == true:
                altered[place : place + 4] = size.to_bytes(4, "little")
    return bytes(altered)


@pytest.mark.proves("F60")
def test_a_bomb_that_declares_to_be_small_is_refused_while_it_streams():
    bomb = lying(packed(made(HEAD, ROW), {SHEET: b" " * 50_000_000}), SHEET, 900)

    tracemalloc.start()
    assert refused(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000


@pytest.mark.proves("F60")
def test_too_much_altogether_is_refused(monkeypatch: pytest.MonkeyPatch):
    content = made(HEAD, ROW)
    monkeypatch.setattr(archive, "TOTAL_LIMIT", 1_000)
    assert refused(content) == "it unpacks to more than 1000 bytes"


def test_too_many_texts_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "TEXTS_LIMIT", 100)
    content = packed(made(HEAD, ROW), {"xl/sharedStrings.xml": b"<sst>" + bytes(100)})
    assert refused(content) == "its texts have more than 100 bytes"


@pytest.mark.proves("F60")
def test_too_many_parts_and_a_part_twice_are_refused():
    content = made(HEAD, ROW)
    many = packed(content, {f"xl/worksheets/sheet{n}.xml": b"<a/>" for n in range(2, 1_100)})
    assert refused(many) == "it has more than 1000 parts"
    file = io.BytesIO(content)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as twice:
        twice.writestr(SHEET, b"<a/>")
    assert refused(file.getvalue()) == "it has a part twice"


@pytest.mark.proves("F60")
@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl/externalLinks/externalLink1.xml", "refers to other files"),
        ("xl/vbaProject.bin", "macros"),
        ("xl/embeddings/oleObject1.bin", "macros or other files"),
    ],
)
def test_what_reaches_outside_is_refused(part: str, words: str):
    assert words in refused(packed(made(HEAD, ROW), {part: b"x"}))


ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'


@pytest.mark.proves("F60")
@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
@pytest.mark.parametrize("text", [ENTITY, LAUGHS])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_wherever_they_stand(part: str, text: str, encoding: str):
    said = refused(packed(made(HEAD, ROW), {part: text.encode(encoding)}))

    assert said == "it declares entities or a document type, as no workbook does"


def test_a_mark_across_two_blocks_is_found():
    spaces = archive._BLOCK - 4
    content = b"<?xml version='1.0'?>".ljust(spaces) + ENTITY.encode()

    assert "entities" in refused(packed(made(HEAD, ROW), {SHEET: content}))


def sheet_of(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def test_a_row_that_claims_to_be_the_billionth_is_refused():
    cell = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>name</t></is></c></row>'
    far = sheet_of(cell.format(1) + cell.format(1_000_000_000))

    assert refused(packed(made(HEAD, ROW), {SHEET: far})) == "it has more than 1048576 rows"


def test_a_cell_far_to_the_right_is_refused():
    far = sheet_of('<row r="1"><c r="ZZZ1" t="inlineStr"><is><t>name</t></is></c></row>')

    assert "more than 500 columns" in refused(packed(made(HEAD, ROW), {SHEET: far}))


def test_what_a_sheet_declares_as_its_size_is_not_believed():
    content = made(("name",), ("甲",), ("乙",))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read(SHEET)
    for ref in (b"A1:A1", b"A1:XFD1048576"):
        altered = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="' + ref + b'"', sheet)
        assert altered != sheet
        assert len(read(packed(content, {SHEET: altered}))) == 2


def test_a_long_sheet_is_read_with_flat_memory():
    def peak(count: int) -> int:
        content = made(("name", "n"), *((f"甲{n % 100}", n) for n in range(count)))
        tracemalloc.start()
        assert sum(1 for _ in ADAPTER.read(io.BytesIO(content), "subjects")) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(6_000) < 2 * peak(600) + 500_000
