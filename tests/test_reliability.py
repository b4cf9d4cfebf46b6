"""Every invariant and fault of tests/reliability.yaml is proved by some test, which names it, and
has a negative control: a test that shows that the proof fails where the guard is off."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.requirement_plugin import (
    CONTROL,
    PROVES,
    Tally,
    load_reliability,
    reliability_lines,
)
from tests.test_requirement_plugin import run_pytest

TESTS = Path(__file__).parent


def named_in(source: str, tag: str = PROVES) -> Iterator[str]:
    """What the tags `pytest.mark.proves(...)` of a source name, wherever they stand."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{tag}":
            yield from (ast.literal_eval(one) for one in node.args)


@pytest.mark.parametrize("tag", [PROVES, CONTROL])
def test_each_invariant_and_fault_is_named_by_a_test_and_no_other_is(tag: str):
    # The sources, since a run of one file collects no other.
    named = {
        id_
        for path in TESTS.rglob("test_*.py")
        for id_ in named_in(path.read_text(encoding="utf-8"), tag)
    }

    assert sorted(named) == sorted(load_reliability())


def test_a_tag_is_found_on_a_function_a_module_and_a_single_case():
    source = """
import pytest
pytestmark = pytest.mark.proves("A")

@pytest.mark.proves("B", "C")
@pytest.mark.requirement("X")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.proves("D"))])
def test_it(x): 'pytest.mark.proves("E")'
"""

    assert sorted(named_in(source)) == ["A", "B", "C", "D"]


def test_the_report_names_what_is_owed():
    tally = Tally(passed={"A", "B"}, failed={"B"})

    lines = list(reliability_lines({"A": "a", "B": "b", "C": "c"}, tally, Tally(passed={"C"})))

    assert lines == [
        "reliability: 1 / 3 proved",
        "  B FAILED: b",
        "  C not proved: c",
        "reliability: 1 / 3 with a negative control",
        "  A not with a negative control: a",
        "  B not with a negative control: b",
    ]


SUITE = """
import pytest

@pytest.mark.proves("I24", "F54")
def test_passes(): pass

@pytest.mark.proves("F54")
def test_fails(): assert False

@pytest.mark.control("F54")
def test_the_guard_is_off(): pass
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_the_tags_of_a_run_are_counted(tmp_path: Path, workers: int):
    result = run_pytest(tmp_path, SUITE, workers)

    total = len(load_reliability())
    assert f"reliability: 1 / {total} proved" in result.stdout
    assert f"reliability: 1 / {total} with a negative control" in result.stdout
    assert "F54 FAILED" in result.stdout
    assert "I23 not proved" in result.stdout


@pytest.mark.parametrize("tag", ["'F999'", "'CHK-01'", ""])
def test_an_unknown_identifier_is_refused(tmp_path: Path, tag: str):
    suite = f"import pytest\n@pytest.mark.proves({tag})\ndef test_it(): pass\n"

    result = run_pytest(tmp_path, suite, 0)

    assert result.returncode == 1
    assert "must name identifiers of reliability.yaml" in result.stdout
