"""registry import as an operator types it: what is said, the exit code, and that a process that
was killed can be followed by another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.app import Application
from registry.cli import main
from registry.services import custody, rating_lists
from tests.importing import csv
from tests.numbers import uscc
from tests.world import World


def environment(application: Application) -> dict[str, str]:
    return {
        "REGISTRY_DATABASE_URL": application.settings.database_url,
        "REGISTRY_KEY_FILE": application.settings.key_file,
    }


def typed(application: Application, *words: str) -> Result:
    return CliRunner(env=environment(application)).invoke(main, ["import", *words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def test_a_report_row_by_row_that_ends_with_the_totals(application: Application, file: Path):
    file.write_text(
        csv("kind,name", "enterprise,甲", "ministry,乙", "enterprise,甲", "enterprise,丙")
    )
    found = typed(application, str(file), "--kind", "subjects")

    assert found.exit_code == 1
    said = found.stdout.splitlines()
    assert said[0].startswith("row 2: taken ")
    assert said[1].startswith("row 3: refused - kind: must be one of")
    assert said[2].replace("merged", "taken")[7:] == said[0][7:]
    assert said[-1] == "taken 2, merged 1, refused 1"
    assert "100%" in found.stderr


def test_brief_tells_only_what_there_is_to_say_and_all_taken_is_0(
    application: Application, file: Path
):
    file.write_text(csv("kind,name", "enterprise,甲"), encoding="gb18030")
    found = typed(application, str(file), "--kind", "subjects", "--brief")

    assert (found.exit_code, found.stdout) == (0, "taken 1, merged 0, refused 0\n")


def test_ratings_that_name_nobody_as_their_rater_are_taken_and_it_is_said(world: World, file: Path):
    file.write_text(csv("name,grade", "甲,A"))
    words = (str(file), "--kind", "ratings:tax.rating")

    unnamed, named = (
        typed(world.application, *words),
        typed(world.application, *words, "--agency", "TAX", "--edition", "2021"),
    )

    assert "no --agency: these ratings name nobody as the rater" in unnamed.stdout
    assert "no --agency" not in named.stdout


def test_a_draft_for_comment_is_taken_as_one(world: World, file: Path):
    file.write_text(csv("name,grade", "甲,A"))
    words = ("--kind", "ratings:tax.rating", "--agency", "TAX", "--state", "consultation")

    assert typed(world.application, str(file), *words).exit_code == 0
    with world.registry.view() as view:
        (edition,) = rating_lists.editions(view, "tax.rating")
    assert edition.state == "consultation"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "records"), "agency: is required: who provides these records?"),
        (("--kind", "nonsense"), "kind: must be one of"),
        (("--kind", "subjects", "--row-kind", "firm"), "row-kind: must be one of"),
        (("--kind", "subjects", "--column", "x"), "column: must be THEIRS=OURS"),
        (("--kind", "subjects", "--agency", "NOBODY"), "there is no agency NOBODY"),
        (("--kind", "ratings:tax.rating", "--printed", "=3"), "printed: must be GRADE=N, or N"),
        (("--kind", "ratings:tax.rating", "--printed", "A=x"), "printed: must be GRADE=N, or N"),
    ],
)
def test_wrong_words_are_refused_with_what_is_wrong(
    application: Application, file: Path, words: tuple[str, ...], said: str
):
    file.write_text(csv("kind,name", "enterprise,甲"))
    found = typed(application, str(file), *words)

    assert found.exit_code == 1
    assert said in found.stderr


def test_a_name_that_no_plugin_reads(application: Application, tmp_path: Path):
    path = tmp_path / "list.pdf"
    path.write_bytes(b"%PDF")
    found = typed(application, str(path), "--kind", "subjects")

    assert found.exit_code == 1
    assert "no enabled plugin reads it: its name must end in .csv" in found.stderr


def test_a_file_that_breaks_off_leaves_nothing(application: Application, file: Path):
    before = application.store.head()
    file.write_bytes(csv("kind,name", "enterprise,甲").encode() + b"x" * 1_100_000)
    found = typed(application, str(file), "--kind", "subjects")

    assert found.exit_code == 1
    assert "line 3 has more than 1048576 bytes" in found.stderr
    assert application.store.head() == before


def test_a_killed_import_is_followed_by_another(application: Application, file: Path):
    rows = [f"enterprise,甲{number}" for number in range(3_000)]
    file.write_text(csv("kind,name", *rows), encoding="utf-8")
    command = [sys.executable, "-m", "registry", "import", str(file), "--kind", "subjects"]
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment(application)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("row 2: taken")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = typed(application, str(file), "--kind", "subjects")

    assert found.exit_code == 0
    totals = found.stdout.splitlines()[-1].replace(",", "").split()
    assert int(totals[1]) + int(totals[3]) == 3_000
    assert int(totals[3]) >= 500
    assert custody.verify(application.store).problem is None
    assert uscc(1) not in found.stdout
