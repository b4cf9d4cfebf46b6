"""Counts, sums and distinct values of groups and windows of records that reach a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from registry.domain.condition import Aggregate, Condition
from registry.domain.validity import Term
from registry.store.bounds import AtLeast
from registry.store.figures import MONTH
from registry.store.rows import Rows

Sql = sa.ColumnElement[bool]
Number = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Chosen:
    """The rows that a version looks at: those `within` that were not annulled. `start` is the first
    day (in the grid) it is in force."""

    rows: Rows
    within: Sequence[Sql]
    start: int

    @property
    def base(self) -> list[Sql]:
        """Which rows there are to look at."""
        return [*self.within, self.rows.table.c.decided_on > 0]

    @property
    def under(self) -> Sql:
        """Decided while the version is in force."""
        return self.rows.table.c.decided_on >= self.start

    def counted(self, one: tuple[Condition | None, str | None]) -> list[Sql]:
        """Which rows a count takes: those of its `where` that have its date."""
        return counted(self.rows, *one)


def counted(rows: Rows, where: Condition | None, dated_by: str | None) -> list[Sql]:
    """Which rows a count, sum or distinct takes."""
    found = [] if where is None else [rows.holds(where)]
    if dated_by is not None:
        found.append(rows.column(dated_by).is_not(None))
    return found


def inline(bound: AtLeast, chosen: Chosen, filtered: bool) -> Sql:
    """A bound of one group, inside a statement that is grouped by subject; two-valued."""
    where = chosen.counted((bound.operand.where, bound.operand.dated_by)) if filtered else []
    amount: Any = _amount(bound, chosen.rows)
    last: Any = sa.func.max(chosen.rows.table.c.decided_on)
    if where:
        amount, last = amount.filter(sa.and_(*where)), last.filter(sa.and_(*where))
    if bound.operand.function == "sum":
        amount = sa.func.coalesce(amount, 0)
    return sa.and_(amount >= bound.figure, last >= chosen.start)


def _amount(bound: AtLeast, rows: Rows) -> Any:
    operand = bound.operand
    if operand.function == "count":
        return sa.func.count()
    column = rows.column(operand.field or "")
    if operand.function == "distinct":
        return sa.func.count(column.distinct())
    return sa.func.sum(_capped(column, bound.figure))


def _capped(column: Any, figure: int) -> Number:
    """What lies above the bound alone reaches it: cut there, no sum leaves 64 bits."""
    return sa.case((column > figure, figure), else_=column)


def in_groups(bound: AtLeast, chosen: Chosen) -> sa.Select[Any]:
    """The subjects, each once, of which a group or window of records reaches the bound and holds a
    record decided under the version."""
    operand = bound.operand
    if operand.within is None:
        return _by_key(bound, chosen)
    if operand.function == "distinct":
        return _joined_windows(bound, operand.within, chosen)
    if operand.function == "count" and operand.dated_by is None:
        return _nth_windows(bound, operand.within, chosen)
    return _frames(bound, operand.within, chosen)


def _where(operand: Aggregate, chosen: Chosen) -> list[Sql]:
    return [*chosen.base, *chosen.counted((operand.where, operand.dated_by))]


def _keys(operand: Aggregate, rows: Rows) -> list[Any]:
    per = [] if operand.per is None else [rows.column(operand.per)]
    return [rows.table.c.subject_id, *per]


def _by_key(bound: AtLeast, chosen: Chosen) -> sa.Select[Any]:
    operand, table = bound.operand, chosen.rows.table
    statement = (
        sa.select(table.c.subject_id)
        .where(*_where(operand, chosen))
        .group_by(*_keys(operand, chosen.rows))
        .having(_amount(bound, chosen.rows) >= bound.figure)
        .having(sa.func.max(table.c.decided_on) >= chosen.start)
    )
    return statement.distinct() if operand.per is not None else statement


def _nth_windows(bound: AtLeast, within: Term, chosen: Chosen) -> sa.Select[Any]:
    """So many records in a window: the record so many places on, by date, lies within it. The last
    ones of a window that reaches the version are such a row, and end with its last."""
    operand, table = bound.operand, chosen.rows.table
    if bound.figure == 1:
        where = _where(operand, chosen)
        return sa.select(table.c.subject_id).where(*where, chosen.under).distinct()
    order = _on_axis(table.c.decided_on, within)
    window = {"partition_by": _keys(operand, chosen.rows), "order_by": order}
    nth = sa.func.lead(table.c.decided_on, bound.figure - 1, type_=sa.BigInteger)
    last = nth.over(**window)
    inner = (
        sa.select(
            table.c.subject_id,
            order.label("first"),
            last.label("last"),
        )
        .where(*_where(operand, chosen))
        .subquery()
    )
    near = _on_axis(inner.c.last, within) < inner.c.first + _length(within)
    reached = inner.c.last >= chosen.start
    return sa.select(inner.c.subject_id).where(near, reached).distinct()


def _frames(bound: AtLeast, within: Term, chosen: Chosen) -> sa.Select[Any]:
    operand, rows = bound.operand, chosen.rows
    order = _on_axis(_date(operand, rows), within)
    frame: dict[str, Any] = {
        "partition_by": _keys(operand, rows),
        "order_by": order,
        "range_": (0, _length(within) - 1),
    }
    inner = (
        sa.select(
            rows.table.c.subject_id,
            _amount(bound, rows).over(**frame).label("amount"),
            sa.func.max(rows.table.c.decided_on).over(**frame).label("last"),
        )
        .where(*_where(operand, chosen))
        .subquery()
    )
    reached = sa.and_(inner.c.amount >= bound.figure, inner.c.last >= chosen.start)
    return sa.select(inner.c.subject_id).where(reached).distinct()


def _joined_windows(bound: AtLeast, within: Term, chosen: Chosen) -> sa.Select[Any]:
    """Different values in a window: no window function counts them, so each first is joined with
    what follows it."""
    operand, rows = bound.operand, chosen.rows
    keys = _keys(operand, rows)
    parts = (
        sa.select(
            rows.table.c.subject_id,
            rows.table.c.record_id,
            rows.table.c.decided_on,
            _on_axis(_date(operand, rows), within).label("day"),
            rows.column(operand.field or "").label("value"),
            (keys[1] if len(keys) > 1 else sa.literal(0)).label("per"),
        )
        .where(*_where(operand, chosen))
        .cte()
    )
    first, other = parts.alias(), parts.alias()
    together = sa.and_(
        other.c.subject_id == first.c.subject_id,
        other.c.per.is_not_distinct_from(first.c.per),
        other.c.day >= first.c.day,
        other.c.day < first.c.day + _length(within),
    )
    return (
        sa.select(first.c.subject_id)
        .select_from(first.join(other, together))
        .group_by(first.c.subject_id, first.c.record_id)
        .having(sa.func.count(other.c.value.distinct()) >= bound.figure)
        .having(sa.func.max(other.c.decided_on) >= chosen.start)
        .distinct()
    )


def _date(operand: Aggregate, rows: Rows) -> Any:
    return rows.table.c.decided_on if operand.dated_by is None else rows.column(operand.dated_by)


def _length(within: Term) -> int:
    """The length of a window on its axis: the grid of months, or days."""
    return within.days or (within.years * 12 + within.months) * MONTH


def _on_axis(day: Any, within: Term) -> Any:
    """A day of the grid on the axis of a window: as it is for months (a missing day lies between
    the last of its month and the first of the next, as in the domain), else counted in days."""
    if not within.days:
        return day
    month = day // MONTH - 2  # the year begins with March: leap days come last
    year = month // 12
    of_year = (153 * (month % 12) + 2) // 5 + day % MONTH
    days = year * 365 + year // 4 - year // 100 + year // 400 + of_year
    return sa.cast(days, sa.BigInteger)  # one expression, also where a list of them is taken
