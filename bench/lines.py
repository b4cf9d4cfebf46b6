"""A measured line: what it is, what it must and should be, and what it was."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """`value` is compared with `must` and `aim`; `at_most`: less is better. Lines without bounds
    are the floors and counts beside the figures."""

    figure: int
    what: str
    value: float
    unit: str = ""
    must: float | None = None
    aim: float | None = None
    at_most: bool = True
    rounds: Sequence[float] = field(default=())

    def verdict(self) -> str:
        """Which bound holds; by how much the aim is missed."""
        if self.must is None and self.aim is None:
            return ""
        if self.aim is not None and self._within(self.aim):
            return "aim"
        missed = f" (aim missed by {self._off(self.aim)})" if self.aim is not None else ""
        if self.must is None:
            return f"-{missed}"
        if self._within(self.must):
            return f"must{missed}"
        return f"MISSED by {self._off(self.must)}"

    def _within(self, bound: float) -> bool:
        return self.value <= bound if self.at_most else self.value >= bound

    def _off(self, bound: float) -> str:
        worse = self.value / bound if self.at_most else bound / self.value
        return f"x{worse:.2f}"

    def to_json(self) -> dict[str, Any]:
        """For the results file."""
        return {**asdict(self), "verdict": self.verdict()}


def median(values: Iterable[float]) -> float:
    """The middle of the rounds: a round that something else disturbed does not count."""
    return statistics.median(values)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def table(lines: Sequence[Line]) -> str:
    """The report, a line each."""
    rows = [("", "", "measured", "must", "aim", "holds")]
    for line in lines:
        rounds = f" [{min(line.rounds):.4g}..{max(line.rounds):.4g}]" if line.rounds else ""
        shown = f"{line.value:,.4g} {line.unit}".strip() + rounds
        bounds = [_bound(line, one) for one in (line.must, line.aim)]
        rows.append((str(line.figure), line.what, shown, *bounds, line.verdict()))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _bound(line: Line, bound: float | None) -> str:
    return "" if bound is None else f"{'<=' if line.at_most else '>='} {bound:,g}"
