"""Rows set aside: formulas refused, columns renamed, cells cleaned; the file itself is not kept."""

from __future__ import annotations

import io

import pytest

from registry.domain.intake import IntakeRow
from registry.services.imports.spool import Spool, digest_of


def kept(*rows: IntakeRow, **columns: str) -> list[IntakeRow]:
    spool = Spool(rows, columns)
    found = [row for chunk in spool.chunks(2) for row in chunk]
    assert spool.count == len(found) == len(rows)
    spool.close()
    return found


@pytest.mark.proves("F61")
@pytest.mark.parametrize("cell", ["=1+1", ' =HYPERLINK("x")', "＝SUM(A1)", "\t=cmd|' /C calc'!A0"])
def test_a_formula_is_never_taken_for_text(cell: str):
    (row,) = kept(IntakeRow(2, {"name": cell}))

    assert row == IntakeRow(2, {}, "name: holds a formula, which is not taken")
    assert cell not in row.fault


@pytest.mark.proves("F61")
@pytest.mark.parametrize("cell", ["a=b", "-1", "+86 20", "@home", "甲＝乙"])
def test_text_that_is_no_formula_is_kept(cell: str):
    assert kept(IntakeRow(2, {"name": cell})) == [IntakeRow(2, {"name": cell})]


def test_columns_are_renamed_left_out_and_may_not_meet():
    row = IntakeRow(2, {"名称": " 甲 ", "备注": "=x"})

    assert kept(row, 名称="name", 备注="") == [IntakeRow(2, {"name": "甲"})]
    (both,) = kept(IntakeRow(3, {"名称": "甲", "name": "乙"}), 名称="name")
    assert both.fault == "name: stands in two columns"


def test_line_ends_and_every_character_survive():
    values = {"name": "甲\n乙\u2028丙\x85丁"}

    assert kept(IntakeRow(2, values), IntakeRow(3, values)) == [
        IntakeRow(2, values),
        IntakeRow(3, values),
    ]


@pytest.mark.parametrize("half", ["\ud800", "甲\udfff乙"])
def test_half_a_character_is_a_fault(half: str):
    (row, other) = kept(IntakeRow(2, {"name": half}), IntakeRow(3, {"name": "甲"}))

    assert row == IntakeRow(2, {}, "holds half of a character: a lone surrogate")
    assert other == IntakeRow(3, {"name": "甲"})


def test_a_cell_as_long_as_a_book_is_a_fault():
    (row,) = kept(IntakeRow(2, {"name": "x" * 10_001}))

    assert row.fault == "name: has more than 10000 characters"


def test_the_digest_leaves_the_file_at_its_start():
    file = io.BytesIO(b"abc")

    assert digest_of(file).startswith("ba7816bf")
    assert file.read() == b"abc"
