"""Figures (数额) as whole numbers: money in fen, ratios in millionths. What a criterion compares
them with must be such that a database can do it exactly, in whole numbers of 64 bits."""

from __future__ import annotations

from fractions import Fraction

from registry.domain.condition import Aggregate, Clause, Ratio
from registry.domain.record import FieldType

SCALES = {FieldType.MONEY: 100, FieldType.RATIO: 10**6, FieldType.INTEGER: 1}
FACTOR = 9 * 10**9  # of a limb of nine digits: the product stays within 64 bits
_LARGEST_SUM = 9 * 10**12  # a million records that reach it add up within 64 bits


def ratio_factors(top: FieldType, bottom: FieldType, share: Fraction) -> tuple[int, int]:
    """(factor of the numerator, factor of the denominator) that stand for a comparison of the
    ratio with a share. ValueError where they leave what can be multiplied exactly."""
    above = SCALES[bottom] * share.denominator
    below = SCALES[top] * share.numerator
    common = Fraction(above, below) if below else None
    factors = (common.numerator, common.denominator) if common is not None else (1, 0)
    if max(factors) > FACTOR:
        raise ValueError("has more digits than a ratio of these fields can be compared with")
    return factors


def require_exact(clause: Clause, types: dict[str, FieldType]) -> None:
    """ValueError unless the comparison can be made exactly over everybody at once."""
    operand = clause.operand
    if isinstance(operand, Ratio) and Fraction(clause.figure) >= 0:
        pair = types[operand.numerator], types[operand.denominator]
        ratio_factors(*pair, Fraction(clause.figure))
    if not isinstance(operand, Aggregate):
        return
    for inner in operand.where.clauses() if operand.where is not None else ():
        require_exact(inner, types)
    within = operand.within
    if within is not None and within.days and (within.years or within.months):
        raise ValueError("within counts years and months, or days, not both")
    if operand.function == "sum" and operand.field is not None:
        scale = SCALES[types[operand.field]]
        if Fraction(clause.figure) * scale > _LARGEST_SUM:
            raise ValueError(f"a sum is compared with at most {_LARGEST_SUM // scale}")
