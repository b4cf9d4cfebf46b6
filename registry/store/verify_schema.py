"""The schema is the one this code wants, its guards are in place, and the file is sound."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from registry.store import tables
from registry.store.schema import newest


def bad_schema(connection: sa.Connection) -> Iterator[str]:
    """What is wrong with the revision or the triggers that refuse changes."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found != newest():
        yield f"it is at {found}, this version wants {newest()}"
    if connection.dialect.name == "sqlite":
        names = [f"{t}_no_{action}" for t in tables.APPEND_ONLY for action in ("update", "delete")]
        listed = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        names = [f"{t}_append_only" for t in tables.APPEND_ONLY]
        listed = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    there = set(connection.execute(sa.text(listed)).scalars())
    for name in names:
        if name not in there:
            yield f"the trigger {name} is missing: the log could be altered"


def bad_file(connection: sa.Connection) -> Iterator[str]:
    """What SQLite finds wrong with its file, indexes included, and flags that are neither yes nor
    no, which SQL and Python read differently. PostgreSQL has types and checksums."""
    if connection.dialect.name != "sqlite":
        return
    said = connection.execute(sa.text("PRAGMA integrity_check(1)")).scalar()
    if said != "ok":
        yield f"the file is damaged: {str(said).splitlines()[-1]}"
    for table in tables.metadata.sorted_tables:
        flags = [column for column in table.columns if isinstance(column.type, sa.Boolean)]
        for flag in flags:
            number = sa.type_coerce(flag, sa.Integer)
            odd = sa.select(sa.func.count()).where(number.not_in((0, 1)))
            if connection.execute(odd).scalar():
                yield f"a flag in {table.name}.{flag.name} is neither yes nor no"
