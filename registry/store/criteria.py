"""A version of a criterion as one SQL statement over everybody: the same answer as
`CriterionVersion.found_on`, on SQLite and PostgreSQL (held by a property test).

Every clause becomes either a condition on one row (field and ratio clauses) or a lower bound on a
count, sum or distinct; the whole becomes alternatives, each of which joins conditions on one row
with lower bounds that hold or do not. All arithmetic is in whole numbers of 64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

import sqlalchemy as sa

from registry.domain.condition import Aggregate, Clause, Condition
from registry.domain.criterion import CriterionVersion
from registry.domain.validity import LATEST
from registry.store import tables
from registry.store.bounds import AtLeast, at_least
from registry.store.figures import Slots, grid
from registry.store.groups import Chosen, in_groups, inline
from registry.store.rows import Rows
from registry.store.vault import Vault

Sql = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Alternative:
    """Conditions on one and the same row (None: none), and bounds with whether they must hold."""

    row: Sql | None
    bounds: tuple[tuple[AtLeast, bool], ...]

    def and_(self, other: Alternative) -> Alternative:
        rows = [one for one in (self.row, other.row) if one is not None]
        return Alternative(sa.and_(*rows) if rows else None, self.bounds + other.bounds)

    @property
    def asks_a_row(self) -> bool:
        """A bound that holds says by itself that there is a record; else one must be looked for."""
        return self.row is not None or not any(wanted for _, wanted in self.bounds)


def meeting(
    version: CriterionVersion,
    layout: Mapping[str, Slots],
    vault: Vault,
    on: date,
    among: sa.Select[Any] | None = None,
) -> sa.Select[Any]:
    """The statement that gives the subjects (`subject_id`, each once) whose records meet the
    version on a date; `among` limits it to some subjects. Any kind of subject is in it."""
    rows = Rows(tables.figures, version, layout, vault)
    table, kinds = rows.table, version.record_kinds
    base = [table.c.kind.in_(kinds) if len(kinds) > 1 else table.c.kind == kinds[0]]
    if on < LATEST:
        base.append(table.c.decided_on <= grid(on))
    if version.validity.end is not None:
        base.append(table.c.decided_on < grid(version.validity.end))
    if among is not None:
        base.append(table.c.subject_id.in_(among))
    chosen = Chosen(rows, base, grid(version.validity.start))
    return _statement(_alternatives(version.when, rows, True), chosen)


def _alternatives(condition: Condition, rows: Rows, wanted: bool) -> list[Alternative]:
    """The alternatives under which a condition holds (or, unless `wanted`, does not)."""
    if not _counts(condition):
        return [Alternative(rows.holds(condition, wanted), ())]
    if isinstance(condition, Clause):
        return _bounds(condition, rows, wanted)
    parts = [
        _alternatives(part, rows, wanted is (condition.mode != "none")) for part in condition.parts
    ]
    if (condition.mode == "any") is wanted:
        return [one for part in parts for one in part]
    return [_joined(combination) for combination in product(*parts)]


def _joined(parts: tuple[Alternative, ...]) -> Alternative:
    joined = Alternative(None, ())
    for part in parts:
        joined = joined.and_(part)
    return joined


def _counts(condition: Condition) -> bool:
    return any(isinstance(clause.operand, Aggregate) for clause in condition.clauses())


def _bounds(clause: Clause, rows: Rows, wanted: bool) -> list[Alternative]:
    """A comparison of a count, sum or distinct as lower bounds."""
    assert isinstance(clause.operand, Aggregate)
    low, high = at_least(clause, rows.scale(clause.operand))
    if low is None and high is None:  # equal to what no value can be
        return [] if wanted else [Alternative(None, ())]
    asked = [(bound, holds) for bound, holds in ((low, True), (high, False)) if bound is not None]
    if wanted:
        return [Alternative(None, tuple(asked))]
    return [Alternative(None, ((bound, not holds),)) for bound, holds in asked]


def _statement(alternatives: list[Alternative], chosen: Chosen) -> sa.Select[Any]:
    kept = [one for one in map(_settled, alternatives) if one is not None]
    table = chosen.rows.table
    if not kept:
        return sa.select(table.c.subject_id).where(sa.false())
    if len(kept) == 1 and not kept[0].bounds:
        only = kept[0].row
        where = [*chosen.within, chosen.under, *([] if only is None else [only])]
        return sa.select(table.c.subject_id).where(*where).distinct()
    if len(kept) == 1 and not kept[0].asks_a_row:
        return _by_groups(kept[0], chosen)
    return _grouped(kept, chosen)


def _settled(one: Alternative) -> Alternative | None:
    """Without the bounds that any number meets; None where one of them must not hold."""
    if any(bound.figure <= 0 and not wanted for bound, wanted in one.bounds):
        return None
    return Alternative(one.row, tuple(pair for pair in one.bounds if pair[0].figure > 0))


def _by_groups(only: Alternative, chosen: Chosen) -> sa.Select[Any]:
    """One alternative of bounds alone: the groups that reach the first, kept or cut by others."""
    first, *others = sorted(only.bounds, key=lambda pair: not pair[1])
    statement = in_groups(first[0], chosen)
    column = statement.selected_columns.subject_id
    for bound, wanted in others:
        other = in_groups(bound, chosen)
        statement = statement.where(column.in_(other) if wanted else column.not_in(other))
    return statement


def _grouped(kept: list[Alternative], chosen: Chosen) -> sa.Select[Any]:
    """One pass over the records, subject by subject. Where all bounds count the same records, no
    others are read."""
    table = chosen.rows.table
    first = kept[0].bounds[0][0].counted if kept[0].bounds else None
    alike = first is not None and not any(one.asks_a_row for one in kept)
    alike = alike and all(bound.counted == first for one in kept for bound, _ in one.bounds)
    where = [*chosen.base, *(chosen.counted(first) if alike and first is not None else ())]
    statement = sa.select(table.c.subject_id).where(*where).group_by(table.c.subject_id)
    return statement.having(sa.or_(*(_having(one, chosen, not alike) for one in kept)))


def _having(one: Alternative, chosen: Chosen, filtered: bool) -> Sql:
    asked: list[Sql] = []
    if one.asks_a_row:
        where = chosen.under if one.row is None else sa.and_(chosen.under, one.row)
        asked.append(sa.func.count().filter(where) > 0)
    for bound, wanted in one.bounds:
        reached: Sql
        if bound.counted is None:
            reached = chosen.rows.table.c.subject_id.in_(in_groups(bound, chosen))
        else:
            reached = inline(bound, chosen, filtered)
        asked.append(reached if wanted else sa.not_(reached))
    return sa.and_(*asked)
