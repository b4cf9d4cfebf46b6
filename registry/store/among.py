"""One of many values, asked for in one statement that is compiled once: as a list of parameters it
would be written out anew for every list, and be limited in its length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from registry.store.types import write_json


class _Texts(FunctionElement[str]):
    """The texts of a JSON array, one a row."""

    inherit_cache = True
    type = sa.String()


@compiles(_Texts, "sqlite")
def _on_sqlite(element: _Texts, compiler: Any, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Texts, "postgresql")
def _on_postgresql(element: _Texts, compiler: Any, **options: Any) -> str:
    array = f"CAST({compiler.process(element.clauses, **options)} AS JSON)"
    return f"(SELECT value FROM json_array_elements_text({array}))"


def among_sent(column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """The same condition for values that come with each execution: a parameter of this name holds
    them as the text of a JSON array."""
    texts: sa.BindParameter[str] = sa.bindparam(name, type_=sa.Text())
    return column.op("IN", is_comparison=True)(_Texts(texts))


def among(column: sa.ColumnElement[str], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """The condition that a column of text has one of these values."""
    texts = sa.literal(write_json(list(values)), sa.Text())
    return column.op("IN", is_comparison=True)(_Texts(texts))
