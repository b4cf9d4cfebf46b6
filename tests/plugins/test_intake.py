"""The formats in which agencies send files: what is read, and what is refused safely."""

from __future__ import annotations

import io

import pytest

from plugins.intake import delimited, encoding, json_lines, lines
from registry.sdk import IntakeRow, RecordAdapter, UnreadableFile

NAMES = ("甲公司", "乙公司", "丙公司")
TABLE = "name,grade\n" + "".join(f"{name},优秀\n" for name in NAMES)


def read(content: bytes, adapter: RecordAdapter = delimited.ADAPTER) -> list[IntakeRow]:
    return list(adapter.read(io.BytesIO(content), "subjects"))


def names(rows: list[IntakeRow]) -> list[str]:
    return [row.values.get("name", row.fault) for row in rows]


# --- comma-separated values -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode("utf-8"),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("gb18030"),
        TABLE.replace("\n", "\r\n").encode("utf-8-sig"),
        TABLE.rstrip("\n").encode("gb18030"),
    ],
)
def test_a_table_in_utf_8_or_gb18030_with_or_without_a_mark(content: bytes):
    rows = read(content)

    assert names(rows) == list(NAMES)
    assert rows[0] == IntakeRow(2, {"name": "甲公司", "grade": "优秀"})
    assert [row.number for row in rows] == [2, 3, 4]


def test_rare_characters_of_four_bytes_are_read():
    rare = "㐀𠀀"
    for name in ("utf-8", "gb18030"):
        assert names(read(f"name\n甲公司\n{rare}\n".encode(name))) == ["甲公司", rare]


def test_one_line_in_another_encoding_is_refused_and_the_others_are_right():
    for most, other in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        head, *body = TABLE.splitlines(keepends=True)
        strange = "丁公司,良好\n".encode(other)
        rows = read(head.encode() + b"".join(one.encode(most) for one in body) + strange)

        assert names(rows[:3]) == list(NAMES)
        assert rows[3] == IntakeRow(5, fault=f"is not {most.upper()} as the other rows are")


def test_half_in_each_encoding_is_no_file():
    with pytest.raises(UnreadableFile, match="half of it is UTF-8"):
        read(b"name\n" + "甲公司\n".encode() + "乙公司\n".encode("gb18030"))


def test_a_short_text_that_could_be_either_is_read_as_the_rest_is():
    # the bytes of this character in GB18030 happen to be UTF-8
    assert "帧".encode("gb18030").decode("utf-8")
    assert names(read("name\n帧\n中国移动\n".encode("gb18030"))) == ["帧", "中国移动"]


@pytest.mark.parametrize("name", ["utf-16", "utf-16-be", "utf-32"])
def test_utf_16_is_refused(name: str):
    content = TABLE.encode(name)
    if name == "utf-16-be":
        content = b"\xfe\xff" + content
    with pytest.raises(UnreadableFile, match="UTF-16 or UTF-32"):
        read(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it is empty"),
        ("\n", "no heading"),
        ("name,,grade\n", "column 2 has no name"),
        ("name,grade,name\n", "column 3 has the name of another"),
        (",".join(f"c{one}" for one in range(501)) + "\n", "more than 500 columns"),
        ('na"me,x\n"a"b,c\n', "is not CSV"),
    ],
)
def test_a_heading_that_is_none_is_refused(content: str, words: str):
    if words == "is not CSV":
        (row,) = read(content.encode())
        assert words in row.fault
        return
    with pytest.raises(UnreadableFile, match=words):
        read(content.encode())


def test_rows_that_do_not_fit_the_heading_are_at_fault():
    content = "name,grade\n甲\n乙,优秀,x\n丙,优秀,,\n\n丁,\n"
    rows = read(content.encode())

    assert rows[0].fault == "has 1 cells for the 2 columns"
    assert rows[1].fault.startswith("has 3 cells for the 2 columns: a cell with a comma in it")
    assert rows[2].fault.startswith("has 4 cells for the 2 columns")
    assert rows[3] == IntakeRow(6, {"name": "丁"})


def test_empty_columns_that_a_spreadsheet_leaves_at_the_end_are_none():
    rows = read("name,grade,,\n甲,优秀,,\n乙,优秀,x,\n丙,优\n".encode())

    assert rows[0].values == {"name": "甲", "grade": "优秀"}
    assert rows[1].fault == "has more cells than the 2 columns"
    assert rows[2].values == {"name": "丙", "grade": "优"}


def test_a_heading_that_cannot_be_read_is_named_with_the_encoding_of_the_rest():
    with pytest.raises(UnreadableFile, match="its heading is not UTF-8, as the other rows are"):
        read("名称,等级\n".encode("gb18030") + "甲公司,优秀\n乙公司,良好\n".encode())


def test_a_cell_may_hold_line_ends_and_commas():
    rows = read('name,grade\n"甲\n公司,分部",优秀\n乙,良好\n'.encode())

    assert rows[0] == IntakeRow(2, {"name": "甲\n公司,分部", "grade": "优秀"})
    assert rows[1].number == 4


def test_a_quotation_mark_that_is_never_closed_is_told_with_the_lines_it_swallowed():
    rows = read(('name,grade\n甲,优秀\n"乙,优秀\n' + "丙,优秀\n" * 5).encode())

    assert names(rows[:1]) == ["甲"]
    assert len(rows) == 2
    assert rows[1].number == 3
    assert "to line 8" in rows[1].fault


def test_a_line_without_end_does_not_fill_the_memory():
    class Endless(io.BytesIO):
        def readline(self, size: int = -1) -> bytes:
            assert 0 < size <= lines.LINE_LIMIT + 1
            return b"a" * size

    with pytest.raises(UnreadableFile, match="line 1 has more than 1048576 bytes"):
        encoding.encoding_of(Endless())


# --- JSON Lines -----------------------------------------------------------------------------------


def test_objects_become_rows_with_numbers_as_they_are_written():
    content = (
        '{"name": "甲", "amount": 0.1, "year": 2024, "slight": true, "x": null, "n": ["a", "b"]}\n'
        "\n"
        '{"name": "乙", "amount": 12345678901234567890.10, "empty": " "}\n'
    )
    rows = read(b"\xef\xbb\xbf" + content.encode(), json_lines.ADAPTER)

    assert rows[0] == IntakeRow(
        1, {"name": "甲", "amount": "0.1", "year": "2024", "slight": "true", "n": "a|b"}
    )
    assert rows[1] == IntakeRow(3, {"name": "乙", "amount": "12345678901234567890.10"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"name": "a"', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'["a"]', "is not an object"),
        (b'{"a": 1, "a": 2}', "names a field twice"),
        (b'{"a": NaN}', "holds NaN"),
        (b'{"a": {"b": 1}}', "field a: must be text"),
        (b'{"a": [{}]}', "field a: must be text"),
        ("甲".encode("gb18030"), "is not UTF-8"),
    ],
)
def test_a_line_that_is_no_row_is_at_fault_and_the_next_is_read(line: bytes, words: str):
    first, second = read(line + b'\n{"name": "b"}\n', json_lines.ADAPTER)

    assert words in first.fault
    assert first.values == {}
    assert second == IntakeRow(2, {"name": "b"})
