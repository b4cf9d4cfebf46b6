"""Reading whole tables in key order, a page at a time: memory stays flat however many rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

PAGE = 1_000


class Unreadable(Exception):
    """The row after `after` cannot be read: what is stored there is no value of its column."""

    def __init__(self, table: str, after: tuple[Any, ...] | None) -> None:
        self.table, self.after = table, after
        super().__init__(table)


def stream(
    connection: sa.Connection, table: sa.Table, key: Sequence[str], *conditions: Any
) -> Iterator[Any]:
    """The rows that meet the conditions, in order of a unique key. Unreadable names a bad row."""
    columns = [table.c[name] for name in key]
    query = sa.select(table).where(*conditions).order_by(*columns)
    after: tuple[Any, ...] | None = None
    size = PAGE
    while True:
        page = query.limit(size)
        if after is not None:
            page = page.where(_beyond(columns, after))
        try:
            rows = connection.execute(page).all()
        except (ValueError, TypeError, DBAPIError) as error:
            if size == 1:
                raise Unreadable(table.name, after) from error
            size = 1  # one by one, up to the row that cannot be read
            continue
        yield from rows
        if len(rows) < size:
            return
        after = tuple(getattr(rows[-1], name) for name in key)


def _beyond(columns: Sequence[sa.Column[Any]], after: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    bounds = [sa.literal(value, column.type) for column, value in zip(columns, after, strict=True)]
    condition: sa.ColumnElement[bool] = sa.tuple_(*columns) > sa.tuple_(*bounds)
    return condition
