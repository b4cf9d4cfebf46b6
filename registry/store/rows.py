"""Field and ratio clauses as conditions on one row of the figures, exact in 64 bits. A missing
value only ever fails a comparison, as in the domain: SQL's third truth value does not leave here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from registry.domain.condition import Aggregate, Clause, Condition, Field, Group, Ratio
from registry.domain.criterion import CriterionVersion
from registry.domain.errors import NotReady
from registry.domain.figure import SCALES, ratio_factors
from registry.domain.record import FieldType
from registry.store.bounds import FAR, bounds
from registry.store.figures import Slots, figure, grid
from registry.store.vault import Vault

Sql = sa.ColumnElement[bool]
Number = sa.ColumnElement[int]

# What a stored figure of the type never exceeds, in its unit.
_LARGEST = {FieldType.MONEY: 10**17, FieldType.RATIO: 10**9, FieldType.INTEGER: 10**9}
_LIMB = 10**9  # a product too large for 64 bits is taken apart here


class Rows:
    """The rows of one table (or of an alias of it), read by a version's fields."""

    def __init__(
        self,
        table: sa.FromClause,
        version: CriterionVersion,
        layout: Mapping[str, Slots],
        vault: Vault,
    ) -> None:
        self.table, self._version, self._layout, self._vault = table, version, layout, vault

    def over(self, table: sa.FromClause) -> Rows:
        """The same fields read from another table."""
        return Rows(table, self._version, self._layout, self._vault)

    def type(self, name: str) -> FieldType:
        """The type of a field."""
        return self._version.fields[name].type

    def scale(self, operand: Aggregate) -> int:
        """How many units a count, sum or distinct has to one."""
        return SCALES[self.type(operand.field or "")] if operand.function == "sum" else 1

    def column(self, name: str) -> Any:
        """The column of a field; kinds may keep it in different slots. NotReady without one."""
        try:
            slots = {kind: self._layout[kind][name][0] for kind in self._version.record_kinds}
        except KeyError:
            raise NotReady(
                f"The figures of {self._version.code} are not prepared: run registry migrate."
            ) from None
        if len(set(slots.values())) == 1:
            return self.table.c[f"v{next(iter(slots.values()))}"]
        cases = {kind: self.table.c[f"v{slot}"] for kind, slot in slots.items()}
        return sa.case(cases, value=self.table.c.kind)

    def holds(self, condition: Condition, wanted: bool = True) -> Sql:
        """True where a condition on one record holds (or, unless `wanted`, where it does not)."""
        if isinstance(condition, Group):
            inner = wanted is (condition.mode != "none")
            parts = [self.holds(part, inner) for part in condition.parts]
            return sa.or_(*parts) if (condition.mode == "any") is wanted else sa.and_(*parts)
        found = self._clause(condition)
        return found if wanted else sa.not_(sa.func.coalesce(found, sa.false()))

    def _clause(self, clause: Clause) -> Sql:
        if isinstance(clause.operand, Ratio):
            return self._ratio(clause.operand, clause.operator, Fraction(clause.figure))
        assert isinstance(clause.operand, Field)
        name = clause.operand.name
        column = self.column(name)
        if clause.operator == "present":
            there: Sql = column.is_not(None) if clause.figure else column.is_(None)
            return there
        if clause.operator == "in":
            numbers = [self._figure(name, one) for one in clause.figure]
            one_of: Sql = column.in_([one for one in numbers if one is not None])
            return one_of
        scaled = self._scaled(name, clause.figure)
        low, high = (None, None) if scaled is None else bounds(clause.operator, scaled)
        if clause.operator == "equals":
            return sa.false() if low is None else column == low
        ordered: Sql = column >= low if low is not None else column < high
        return ordered

    def _figure(self, name: str, value: Any) -> int | None:
        return figure(self._vault, name, self.type(name), value)

    def _scaled(self, name: str, value: Any) -> Fraction | None:
        """The figure of a rule in the unit of its field: it may be finer than any record is."""
        if self.type(name) in SCALES:
            return Fraction(value) * SCALES[self.type(name)]
        if isinstance(value, date):
            return Fraction(grid(value))
        number = self._figure(name, value)
        return None if number is None else Fraction(number)

    def _ratio(self, ratio: Ratio, operator: str, share: Fraction) -> Sql:
        """top / bottom against a share, as products of whole numbers."""
        top, bottom = self.column(ratio.numerator), self.column(ratio.denominator)
        sound = sa.and_(bottom > 0, top.is_not(None))
        if share < 0:  # no stored figure is negative
            return sound if operator in ("at_least", "above") else sa.false()
        above, below = ratio_factors(
            self.type(ratio.numerator), self.type(ratio.denominator), share
        )
        left = self._product(top, above, self.type(ratio.numerator))
        right = self._product(bottom, below, self.type(ratio.denominator))
        if len(left) != len(right):
            left = left if len(left) == 2 else self._parts(top, above)
            right = right if len(right) == 2 else self._parts(bottom, below)
        one: Any = sa.tuple_(*left) if len(left) > 1 else left[0]
        other: Any = sa.tuple_(*right) if len(right) > 1 else right[0]
        compared: Sql = {
            "at_least": one >= other,
            "above": one > other,
            "at_most": one <= other,
            "below": one < other,
            "equals": one == other,
        }[operator]
        return sa.and_(sound, compared)

    def _product(self, column: Number, factor: int, type: FieldType) -> list[Number]:
        if _LARGEST[type] * factor <= FAR:
            return [column if factor == 1 else column * factor]
        return self._parts(column, factor)

    @staticmethod
    def _parts(column: Number, factor: int) -> list[Number]:
        """column * factor as (multiples of a limb, rest): no product leaves 64 bits."""
        low = (column % _LIMB) * factor
        return [(column // _LIMB) * factor + low // _LIMB, low % _LIMB]
