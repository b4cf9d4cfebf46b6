"""CSV (RFC 4180) in UTF-8 or GB18030, with a byte order mark or without."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from plugins.intake.encoding import Decoded, encoding_of
from plugins.intake.heading import Heading
from plugins.intake.lines import lines
from registry.sdk import IntakeRow, RecordAdapter, UnreadableFile


def read(file: BinaryIO, kind: str) -> Iterator[IntakeRow]:
    """The rows below the heading; a row's number is that of its first line."""
    decoded = Decoded(encoding_of(file))
    reader = csv.reader(decoded.texts(lines(file)), strict=True)
    heading: Heading | None = None
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            if heading is None:
                raise UnreadableFile("its heading is not CSV: a quotation mark is wrong") from None
            yield IntakeRow(first, fault=f"is not CSV{_to(first, reader.line_num)}: {_QUOTES}")
            continue
        strange = decoded.strange and any(
            one in decoded.strange for one in range(first, reader.line_num + 1)
        )
        decoded.strange.clear()
        if heading is None:
            if strange:
                name = decoded.encoding.upper()
                raise UnreadableFile(f"its heading is not {name}, as the other rows are")
            heading = Heading(cells)
        elif strange:
            yield IntakeRow(first, fault=f"is not {decoded.encoding.upper()} as the other rows are")
        elif any(cells):
            yield _row(heading, first, cells)
    if heading is None:
        raise UnreadableFile("it is empty")


_TOO_MANY = "has {} cells for the {} columns: a cell with a comma in it stands in quotation marks"
_QUOTES = "a quotation mark is not closed or stands inside a cell, or a cell is too long"


def _to(first: int, last: int) -> str:
    return f" (to line {last})" if last > first else ""


def _row(heading: Heading, number: int, cells: list[str]) -> IntakeRow:
    if len(cells) < len(heading.names):
        wanted = len(heading.names)
        return IntakeRow(number, fault=f"has {len(cells)} cells for the {wanted} columns")
    if len(cells) > heading.width:  # a comma too many moves what follows into the wrong column
        return IntakeRow(number, fault=_TOO_MANY.format(len(cells), heading.width))
    return heading.row(number, cells)


ADAPTER = RecordAdapter(
    "csv", "Comma-separated values", "逗号分隔值文件", frozenset({".csv"}), read
)
