"""Excel workbooks (.xlsx): the first sheet, read row by row; formulas are never run nor taken."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from plugins.intake.archive import require_safe
from plugins.intake.heading import COLUMN_LIMIT, Heading
from registry.sdk import IntakeRow, RecordAdapter, UnreadableFile

SHEET_LIMIT = 100
ROW_LIMIT = 1_048_576
_FAULTS = {"f": "holds a formula, which is not taken", "e": "holds an error of its own"}


def read(file: BinaryIO, kind: str) -> Iterator[IntakeRow]:
    """The rows of the first sheet below its heading; UnreadableFile for what is not safe."""
    require_safe(file)
    # Loaded here: only who imports a workbook should wait for it.
    import openpyxl
    from defusedxml import DefusedXmlException

    try:
        # warnings are about looks and features that no row has
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(
                file, read_only=True, data_only=False, keep_links=False, rich_text=False
            )
        try:
            if len(book.sheetnames) > SHEET_LIMIT:
                raise UnreadableFile(f"it has more than {SHEET_LIMIT} sheets")
            yield from _rows(book.worksheets[0])
        finally:
            book.close()
    except UnreadableFile:
        raise
    except (DefusedXmlException, SyntaxError, KeyError, IndexError, ValueError, TypeError) as error:
        raise UnreadableFile(f"it is a damaged workbook ({type(error).__name__})") from None


def _rows(sheet: Any) -> Iterator[IntakeRow]:
    # What a sheet declares as its size may be a lie; the cells themselves are counted.
    sheet.reset_dimensions()
    heading: Heading | None = None
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number > ROW_LIMIT:  # a row may claim any number, and those before it are made up
            raise UnreadableFile(f"it has more than {ROW_LIMIT} rows")
        if len(cells) > COLUMN_LIMIT:
            raise UnreadableFile(f"row {number} has more than {COLUMN_LIMIT} columns")
        if heading is None:
            heading = Heading([_text(cell) for cell in cells])
        elif any(cell.value is not None for cell in cells):
            yield _row(heading, number, cells)


def _row(heading: Heading, number: int, cells: tuple[Any, ...]) -> IntakeRow:
    for place, cell in enumerate(cells, 1):
        fault = _FAULTS.get(cell.data_type)
        if fault is not None:
            return IntakeRow(number, fault=f"{heading.name_of(place)}: {fault}")
    return heading.row(number, [_text(cell) for cell in cells])


def _text(cell: Any) -> str:
    """A cell as text: dates as YYYY-MM-DD, whole numbers without fraction, true and false."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


ADAPTER = RecordAdapter("xlsx", "Excel workbook", "Excel 工作簿", frozenset({".xlsx"}), read)
