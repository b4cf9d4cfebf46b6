"""The bench runs: each figure with as little as it can, asking only that it gave numbers."""

import math
from pathlib import Path

import pytest

from bench.__main__ import FIGURES
from bench.run import Run


class Least(Run):
    """One round of next to nothing."""

    def count(self, whole: int, least: int = 20) -> int:
        return least

    def rounds(self, whole: int) -> int:
        return 1


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("bench")
@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_gives_numbers(figure: int, tmp_path: Path):
    lines = FIGURES[figure].run(Least(tmp_path, 0.0))

    assert lines
    assert {line.figure for line in lines} == {figure}
    assert all(math.isfinite(line.value) and line.value >= 0 for line in lines)
    assert all(line.verdict() for line in lines if line.must is not None)
