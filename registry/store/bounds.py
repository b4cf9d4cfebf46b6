"""Comparisons as lower bounds in whole numbers: `value >= low and not value >= high`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from registry.domain.condition import Aggregate, Clause, Condition

# No stored figure comes near it (money: 1e17 fen), so that a bound beyond it may be set to it.
FAR = 2**62


@dataclass(frozen=True)
class AtLeast:
    """A count, sum or distinct that reaches a whole number (in the unit of its field)."""

    operand: Aggregate
    figure: int

    @property
    def counted(self) -> tuple[Condition | None, str | None] | None:
        """Which records are counted, where they are one group; None where there are several."""
        if self.operand.per is not None or self.operand.within is not None:
            return None
        return self.operand.where, self.operand.dated_by


def bounds(operator: str, figure: Fraction) -> tuple[int | None, int | None]:
    """(low, high) of a comparison with a figure; both None for an `equals` that nothing meets."""
    if operator == "equals":
        if figure.denominator != 1:
            return None, None
        return _near(figure.numerator), _near(figure.numerator + 1)
    if operator in ("at_least", "above"):
        return _near(ceil(figure) if operator == "at_least" else floor(figure) + 1), None
    return None, _near(floor(figure) + 1 if operator == "at_most" else ceil(figure))


def _near(figure: int) -> int:
    return max(-FAR, min(FAR, figure))


def at_least(clause: Clause, scale: int) -> tuple[AtLeast | None, AtLeast | None]:
    """The bounds of a clause on a count, sum or distinct."""
    assert isinstance(clause.operand, Aggregate)
    low, high = bounds(clause.operator, Fraction(clause.figure) * scale)
    return (
        AtLeast(clause.operand, low) if low is not None else None,
        AtLeast(clause.operand, high) if high is not None else None,
    )
