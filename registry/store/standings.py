"""Who stands where in a list that is being taken in, in a temporary file that is gone with it: a
list may have a million rows, and all of them must be seen before the first is stored."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from itertools import groupby

_TABLE = (
    "CREATE TABLE standing (who BLOB, row INTEGER, grade TEXT, name TEXT, PRIMARY KEY (who, row)) "
    "WITHOUT ROWID"
)
_AGAIN = (
    "SELECT who, row, grade, name FROM standing JOIN (SELECT who, min(row) AS first FROM standing "
    "GROUP BY who HAVING count(*) > 1) USING (who) ORDER BY first, row"
)

Places = list[tuple[int, str]]  # (row, grade)


class Standings:
    """The rows of a list by whom they are about: a hash, since names are not kept where a person's
    might be."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._file.close)
        for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", _TABLE, "BEGIN"):
            self._file.execute(statement)

    def add(self, who: bytes, row: int, grade: str, name: str) -> None:
        """Somebody stands in a row, with a grade, or "" for none that is legible."""
        self._file.execute("INSERT INTO standing VALUES (?, ?, ?, ?)", (who, row, grade, name))

    def of(self, who: bytes) -> Places:
        """All rows in which somebody stands, in their order."""
        statement = "SELECT row, grade FROM standing WHERE who = ? ORDER BY row"
        return self._file.execute(statement, (who,)).fetchall()

    def again(self) -> Iterator[tuple[str, Places]]:
        """(name, rows) of everybody who stands there more than once, in order of the first."""
        for _, found in groupby(self._file.execute(_AGAIN), key=lambda one: one[0]):
            rows = list(found)
            yield rows[0][3], [(row, grade) for _, row, grade, _ in rows]
