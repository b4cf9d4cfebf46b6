"""What a verification must remember, in a temporary file that is gone when it ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

from registry.store import tables

DEADLINES = tables.deadlines.name
_TABLES = (
    "CREATE TABLE named (thing TEXT, version TEXT, digest TEXT, seq INTEGER, "
    "PRIMARY KEY (thing, version)) WITHOUT ROWID",
    "CREATE TABLE seals (chain TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID",
)


class Scratch:
    """Rows that the journal names and that were not yet found stored; seals by chain."""

    def __enter__(self) -> Scratch:
        self._file = sqlite3.connect("", isolation_level=None)
        for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", *_TABLES, "BEGIN"):
            self._file.execute(statement)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def name(self, seq: int, rows: Sequence[Sequence[str]]) -> None:
        """Entry `seq` names these rows: [table, id, digest]. A deadline may be named again, when
        it is recounted: it then stands as it was last named."""
        values = [
            (f"{table} {id}", "" if table == DEADLINES else digest, digest, seq)
            for table, id, digest in rows
        ]
        self._file.executemany("INSERT OR REPLACE INTO named VALUES (?, ?, ?, ?)", values)

    def found(self, thing: str, digest: str) -> bool:
        """A row of this content is stored; False if no entry names it."""
        statement = "DELETE FROM named WHERE thing = ? AND version IN ('', ?) AND digest = ?"
        return self._file.execute(statement, (thing, digest, digest)).rowcount == 1

    def left(self) -> Iterator[tuple[str, int]]:
        """(thing, entry) of the rows that were named and not found, the earliest entry's first."""
        yield from self._file.execute("SELECT thing, seq FROM named ORDER BY seq LIMIT 1")

    def seal(self, chain: str, seq: int) -> None:
        """A chain was sealed up to here."""
        self._file.execute("INSERT OR REPLACE INTO seals VALUES (?, ?)", (chain, seq))

    def sealed_to(self, chain: str) -> int | None:
        """How far a chain was sealed, if any entry that was read says so."""
        found: Any = self._file.execute(
            "SELECT seq FROM seals WHERE chain = ?", (chain,)
        ).fetchone()
        return int(found[0]) if found else None
