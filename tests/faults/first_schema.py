"""A registry as its first version left it: the first schema, with something in every table of it.

The rows are made by today's code and loaded into that schema. What only later versions write is
kept from being written, since the journal would name it: the marks of records.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from registry.plugin_manager import Plugins
from registry.store import event_cursors, records, schema, tables
from registry.store.database import Database
from tests.faults import killed
from tests.filled import Filled, fill

FIRST = "0001_initial"
Columns = dict[str, list[str]]
Rows = dict[str, list[tuple[Any, ...]]]


def made(folder: Path, plugins: Plugins) -> Filled:
    """The rows to load, on a file of their own. The plugins were others then: that they are not
    those of the active rulebook has `registry migrate` activate it anew, figures and all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "marked", lambda reading, marks: dict.fromkeys(marks, ""))
        patch.setattr(plugins, "fingerprint", lambda: "0" * 64)
        filled = fill(folder, plugins)
        application = filled.again()
        killed.check(application, {"tokens": filled.tokens})
        with application.store.changing() as change:
            event_cursors.move(change, "listener", 1)
        application.close()
    return filled


def load(database: Database, source: Filled) -> Columns:
    """Bring an empty database to the first schema and fill it; the columns that there were."""
    application = source.again()
    with database.changing() as connection, application.database.reading() as reading:
        command.upgrade(schema.config(connection), FIRST)
        columns = columns_of(connection)
        for table in tables.metadata.sorted_tables:
            names = [name for name in columns.get(table.name, []) if name != "place"]
            chosen = sa.select(*(table.c[name] for name in names))
            if "place" in table.c:  # counted by the database, in the same order
                chosen = chosen.order_by(table.c.place)
            if names:
                found = [dict(row) for row in reading.execute(chosen).mappings()]
                connection.execute(sa.insert(table), found)
    application.close()
    return columns


def columns_of(connection: sa.Connection) -> Columns:
    """The columns of a database, by table; alembic's own is left out."""
    found = sa.inspect(connection)
    return {
        table: [one["name"] for one in found.get_columns(table)]
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def rows_of(database: Database, columns: Columns) -> Rows:
    """What these columns hold, by table, in an order that no database has a say in."""
    with database.reading() as connection:
        return {
            name: sorted((tuple(row) for row in _read(connection, name, names)), key=repr)
            for name, names in columns.items()
        }


def _read(connection: sa.Connection, name: str, names: list[str]) -> Any:
    table = tables.metadata.tables[name]
    return connection.execute(sa.select(*(table.c[one] for one in names)))
