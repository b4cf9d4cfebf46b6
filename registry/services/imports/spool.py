"""Rows set aside while a file is read: on disk, in a file without a name that nobody else opens
and that is gone with the process, so that a million rows take no more memory than ten."""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import orjson

from registry.domain.errors import InvalidInput
from registry.domain.intake import IntakeRow
from registry.domain.record import prohibited_category

BLOCK = 1_048_576
CELL_LIMIT = 10_000


def digest_of(file: BinaryIO) -> str:
    """The SHA-256 of a file, which is left at its start."""
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


class Spool:
    """The rows of one file, read once and safely, to be gone through in chunks."""

    def __init__(self, rows: Iterable[IntakeRow], columns: dict[str, str]) -> None:
        self.count = 0
        self._columns, self._checked = columns, set[str]()
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - see close
        try:
            for row in rows:
                self._write(self._safe(row))
                self.count += 1
        except BaseException:
            self.close()
            raise

    def chunks(self, size: int) -> Iterator[list[IntakeRow]]:
        """The rows in order, so many at a time."""
        self._file.seek(0)
        while found := [IntakeRow(*orjson.loads(line)) for line in islice(self._file, size)]:
            yield found

    def close(self) -> None:
        """Let go of what was set aside."""
        self._file.close()

    def _write(self, row: IntakeRow) -> None:
        try:
            line = orjson.dumps([row.number, row.values, row.fault])
        except TypeError:
            line = orjson.dumps([row.number, {}, "holds half of a character: a lone surrogate"])
        self._file.write(line + b"\n")  # line ends in cells are escapes: none ends a line

    def _safe(self, row: IntakeRow) -> IntakeRow:
        """The row under the column names of the registry; one with a formula is at fault."""
        if row.fault:
            return IntakeRow(row.number, fault=row.fault)
        values = {}
        for column, cell in row.values.items():
            if column not in self._checked:
                self._check(column)
            name = self._columns.get(column, column)
            if not name:
                continue
            if name in values:
                return IntakeRow(row.number, fault=f"{name}: stands in two columns")
            fault = _fault(cell)
            if fault:
                return IntakeRow(row.number, fault=f"{column[:40]}: {fault}")
            values[name] = cell.strip()
        return IntakeRow(row.number, values)

    def _check(self, column: str) -> None:
        """InvalidInput for a column that may never be collected, under its own name or another."""
        category = prohibited_category(column)
        if category is not None:
            raise InvalidInput.field("file", f"a column is never collected: {category}")
        self._checked.add(column)


def _fault(cell: str) -> str:
    """What is wrong with a cell, if anything: a formula is taken for an attack, never for text."""
    if len(cell) > CELL_LIMIT:
        return f"has more than {CELL_LIMIT} characters"
    if unicodedata.normalize("NFKC", cell[:8]).lstrip().startswith("="):
        return "holds a formula, which is not taken"
    return ""
