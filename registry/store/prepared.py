"""Statements of the check, compiled once and run on the driver's own connection.

SQLAlchemy writes the SQL; going around its result handling on this one path saves more than the
decision itself costs (see docs/performance.md). Values come back as the driver gives them: `day`,
`instant` and `document` read what SQLite keeps as text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from registry.store.types import Instant, from_iso, iso, write_json
from registry.store.writer import driver_of

_NAMED, _PLACED = sqlite.dialect(paramstyle="named"), sqlite.dialect(paramstyle="qmark")


class Prepared:
    """One statement; `all` and `run` take its named parameters. `columns`: those that an insert
    is given, if not all."""

    def __init__(
        self, statement: sa.sql.ClauseElement, columns: Sequence[str] | None = None
    ) -> None:
        self._statement, self._columns = statement, columns
        self._sql: dict[str, str] = {}

    def all(self, connection: sa.Connection, values: dict[str, Any]) -> list[Any]:
        """The rows as tuples."""
        rows: list[Any] = self._execute(connection, values).fetchall()
        return rows

    def run(self, connection: sa.Connection, values: dict[str, Any]) -> None:
        """Execute a statement without result."""
        self._execute(connection, values)

    def run_each(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
        """Execute a statement without result once for each row."""
        cursor = driver_of(connection).cursor()
        if connection.dialect.name == "sqlite" and rows:
            # SQLite's driver looks each name up again for each row: values by their place instead
            sql, values_of = self._placed
            cursor.executemany(sql, map(values_of, rows))
        else:
            cursor.executemany(self._sql_for(connection), rows)

    @cached_property
    def _placed(self) -> tuple[str, Callable[[dict[str, Any]], tuple[Any, ...]]]:
        compiled = self._statement.compile(dialect=_PLACED, column_keys=self._columns)
        names = compiled.positiontup  # type: ignore[attr-defined]
        return str(compiled), itemgetter(*names)

    def _execute(self, connection: sa.Connection, values: dict[str, Any]) -> Any:
        return driver_of(connection).execute(self._sql_for(connection), values)

    def _sql_for(self, connection: sa.Connection) -> str:
        dialect = connection.dialect
        found = self._sql.get(dialect.name)
        if found is None:
            # both drivers take the values by name
            named = _NAMED if dialect.name == "sqlite" else dialect
            compiled = self._statement.compile(dialect=named, column_keys=self._columns)
            found = self._sql[dialect.name] = str(compiled)
        return found


def day(value: Any) -> date:
    """A date column."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def instant(value: Any) -> datetime:
    """An instant column."""
    return value if isinstance(value, datetime) else from_iso(value)


def document(value: Any) -> Any:
    """A JSON column."""
    return orjson.loads(value) if isinstance(value, str) else value


def writers_of(
    table: sa.Table, connection: sa.Connection
) -> list[tuple[str, Callable[[Any], Any]]]:
    """By column, what makes of a value the form that the driver takes, where that is another."""
    found: list[tuple[str, Callable[[Any], Any]]] = []
    on_sqlite = connection.dialect.name == "sqlite"
    for column in table.columns:
        if isinstance(column.type, sa.JSON):
            found.append((column.name, write_json))
        elif on_sqlite and isinstance(column.type, Instant):
            found.append((column.name, iso))
        elif on_sqlite and isinstance(column.type, sa.Date):
            found.append((column.name, date.isoformat))
    return found


def instant_for(connection: sa.Connection, value: datetime) -> Any:
    """An instant as the driver wants it."""
    return value if connection.dialect.name == "postgresql" else iso(value)
