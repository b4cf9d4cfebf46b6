"""The count of proved requirements, and that it refuses what it does not know."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requirement_plugin import Requirement, Tally, load_catalogue, report_lines

ROOT = Path(__file__).parents[1]

SUITE = """
import pytest

@pytest.mark.requirement("CHK-01", "CHK-09")
def test_passes(): pass

@pytest.mark.requirement("CHK-09")
def test_fails(): assert False

@pytest.mark.requirement("CHK-11")
@pytest.mark.skip
def test_is_skipped(): pass

@pytest.mark.requirement("CHK-12")
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False
"""


def run_pytest(folder: Path, suite: str, workers: int) -> subprocess.CompletedProcess[str]:
    """Run a small suite of its own, with the two plugins that matter and no others."""
    (folder / "test_suite.py").write_text(suite, encoding="utf-8")
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\nmarkers = requirement\n")
    command = [sys.executable, "-m", "pytest", "--requirements-report", "-n", str(workers)]
    return subprocess.run(
        [*command, "-p", "xdist", "-p", "tests.requirement_plugin"],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_catalogue_holds_every_requirement_once():
    catalogue = load_catalogue()

    assert len(catalogue) == 415
    assert len({r.group for r in catalogue.values()}) == 24
    assert all(r.id.startswith(f"{r.group}-") and r.text for r in catalogue.values())
    assert all(r.issue == "later" or r.issue.isdigit() for r in catalogue.values())


def test_a_requirement_is_proved_by_a_passing_test_unless_another_fails():
    tally = Tally()
    tally.add(["A", "B"], when="setup", outcome="passed")
    tally.add(["A", "B"], when="call", outcome="passed")
    tally.add(["B"], when="teardown", outcome="failed")
    tally.add(["C"], when="setup", outcome="passed")
    tally.add(["C"], when="call", outcome="skipped")

    assert tally.proved == {"A"}


def test_the_report_names_what_is_owed():
    catalogue = {
        id_: Requirement(id_, "CHK", "2", "text") for id_ in ("CHK-01", "CHK-02", "CHK-03")
    }
    tally = Tally(passed={"CHK-01", "CHK-02"}, failed={"CHK-02"})

    lines = list(report_lines(catalogue, tally, ["2"]))

    assert lines[0] == "CHK    1 / 3"
    assert "  CHK-02 FAILED: text" in lines
    assert "  CHK-03 unproved: text" in lines


@pytest.mark.parametrize("workers", [0, 2])
def test_the_count_is_the_same_with_and_without_workers(tmp_path: Path, workers: int):
    result = run_pytest(tmp_path, SUITE, workers)

    assert "CHK    1 / 13" in result.stdout
    assert "CHK-09 FAILED" in result.stdout
    assert "CHK-11 unproved" in result.stdout
    assert "CHK-12 unproved" in result.stdout
    assert result.returncode == 1


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("tag", ["'CHK-99'", ""])
def test_an_unknown_requirement_is_refused(tmp_path: Path, workers: int, tag: str):
    suite = f"import pytest\n@pytest.mark.requirement({tag})\ndef test_it(): pass\n"

    result = run_pytest(tmp_path, suite, workers)

    assert result.returncode == 1
    assert "must name identifiers of requirements.yaml" in result.stdout
