"""What tables are made of: names of constraints, types of columns, and versions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(32)
HASH = sa.String(64)
# Columns of a version that are written after it, and so no part of its digest.
SET_LATER = ("place", "known_to")


def current_only() -> dict[str, Any]:
    """Make an index partial: only rows that are the current version."""
    return {
        "sqlite_where": sa.text("known_to IS NULL"),
        "postgresql_where": sa.text("known_to IS NULL"),
    }


def versioned(
    name: str, *columns: Any, unique: tuple[str, ...] = (), index: tuple[str, ...] = ()
) -> sa.Table:
    """A table of versions; `unique` and `index` hold among current rows, column by column."""
    table = sa.Table(
        name,
        metadata,
        sa.Column("place", Seq, primary_key=True, autoincrement=True),
        sa.Column("id", ID, nullable=False, comment="the thing; its versions share it"),
        sa.Column("known_from", Seq, nullable=False, comment="main chain seq that wrote it"),
        sa.Column("known_to", Seq, comment="main chain seq that replaced it"),
        *columns,
        sa.UniqueConstraint("id", "known_from"),
    )
    sa.Index(f"uq_{name}_current", table.c.id, unique=True, **current_only())
    for column in unique:
        sa.Index(
            "uq_" + name + "_" + column.replace("+", "_"),
            *(table.c[part] for part in column.split("+")),
            unique=True,
            **current_only(),
        )
    for column in index:
        sa.Index(
            "ix_" + name + "_" + column.replace("+", "_"),
            *(table.c[part] for part in column.split("+")),
            **current_only(),
        )
    return table
