"""registry evaluate and registry rules impact as an operator types them."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

import sector_plugins.tax
from registry.cli import main
from registry.cli.scaffold import write
from registry.services import agencies
from tests.services.test_checks_ratings import rate
from tests.world import CRITERION


def typed(world, *words: str) -> Result:
    settings = world.application.settings
    environment = {
        "REGISTRY_DATABASE_URL": settings.database_url,
        "REGISTRY_KEY_FILE": settings.key_file,
    }
    return CliRunner(env=environment).invoke(main, words)


@pytest.fixture
def firm(world):
    found = world.enterprise()
    world.record(found, date(2026, 1, 5))
    return found


def test_who_meets_a_criterion_is_printed_with_version_and_records(world, firm):
    said = typed(world, "evaluate", "--criterion", CRITERION)

    assert said.exit_code == 0, said.output
    code, version, subject, records, case = said.stdout.splitlines()[-1].split("\t")
    assert (code, subject, case) == (CRITERION, firm.id, "-")
    assert version
    assert records
    again = typed(world, "evaluate", "--criterion", CRITERION)
    assert "looked at 0 changed subjects" in again.stderr


def test_before_the_record_was_decided_nobody_met_it(world, firm):
    said = typed(world, "evaluate", "--criterion", CRITERION, "--on", "2026-01-04")

    assert said.stdout == ""
    assert said.stderr.startswith("0 meet")


def test_cases_are_opened_in_an_agency_s_name_and_only_once(world, firm):
    words = ("evaluate", "--criterion", CRITERION, "--propose", "--agency", "TAX", "--actor", "An")

    first, second = typed(world, *words), typed(world, *words)

    case = first.stdout.splitlines()[-1].rpartition("\tproposed ")[2]
    assert "proposed 1, known 0, refused 0" in first.stderr
    assert "proposed 0, known 1, refused 0" in second.stderr
    assert f"known {case}" in second.stdout
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_a_case_that_may_not_be_opened_is_refused_and_the_command_says_so(world, firm):
    with world.registry.operating() as work:
        agencies.add(work, "ROADS", "Road office", "national", "city", ["construction"])

    said = typed(
        world, "evaluate", "--criterion", CRITERION,
        "--propose", "--agency", "ROADS", "--actor", "An",
    )  # fmt: skip

    assert "proposed 0, known 0, refused 1" in said.stderr
    assert "\trefused " in said.stdout
    assert said.exit_code == 1


def test_proposing_without_an_agency_is_wrong_use(world):
    assert typed(world, "evaluate", "--propose").exit_code == 2
    assert typed(world, "evaluate", "--agency", "TAX", "--actor", "An").exit_code == 2
    assert typed(world, "evaluate", "--criterion", "tax.none").exit_code == 1


def changed_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tax"
    shutil.copytree(Path(sector_plugins.tax.__file__).parent, folder)
    rule = folder / "criteria" / "evasion.yaml"
    text = rule.read_text("utf-8")
    assert "underpaid_amount, at_least: 1000000}" in text
    rule.write_text(
        text.replace("underpaid_amount, at_least: 1000000}", "underpaid_amount, at_least: 900000}")
    )
    return folder


def test_the_impact_of_a_changed_folder_is_told_and_nothing_is_activated(world, tmp_path):
    near = world.enterprise()
    world.record(near, date(2026, 1, 5), underpaid_amount="950000", due_total_year="9000000")
    folder = changed_folder(tmp_path)
    with world.registry.view() as view:
        before = view.rulebook.digest

    said = typed(world, "rules", "impact", "--plugin", str(folder))
    whole = json.loads(typed(world, "rules", "impact", "--plugin", str(folder), "--json").stdout)

    assert said.exit_code == 0, said.output
    assert near.id in said.stdout
    assert "900,000" in said.stdout
    assert whole["counts"]["enter"] == 1
    with world.registry.view() as view:
        assert view.rulebook.digest == before


def test_a_rating_that_would_gain_a_measure_has_its_line(world, tmp_path):
    firm = world.enterprise()
    rating = rate(world, firm.id, "B", date(2026, 2, 1))
    folder = tmp_path / "tax"
    shutil.copytree(Path(sector_plugins.tax.__file__).parent, folder)
    rule = folder / "measures.yaml"
    text = rule.read_text("utf-8")
    rule.write_text(text.replace("grades: [A]}", "grades: [A, B]}", 1), "utf-8")

    said = typed(world, "rules", "impact", "--plugin", str(folder))

    assert said.exit_code == 0, said.output
    line = said.stdout.splitlines()[-1].split("\t")
    assert line == ["measures", "tax.rating", "B", firm.id, rating, "+tax/i.loan_tax_source"]
    assert said.stderr.splitlines()[-1].startswith("enter 0, leave 0, measures 1; ")


def test_a_distribution_as_it_was_made_has_its_impact_told(world, tmp_path):
    made = write("energy", tmp_path)

    said = typed(world, "rules", "impact", "--plugin", str(made))

    assert said.exit_code == 0, said.output
    assert "criteria changed: energy.serious_breach" in said.stderr


@pytest.mark.parametrize("layout", ["", "src"])
def test_a_distribution_is_imported_by_its_own_name_and_forgotten(world, tmp_path, layout):
    made = write("energy", tmp_path)
    package = made / "registry_sector_energy"
    (package / "words.py").write_text("WORD = 1\n", encoding="utf-8")
    start = package / "__init__.py"
    text = start.read_text(encoding="utf-8")
    start.write_text(f"{text}\n\nfrom {package.name}.words import WORD\n", encoding="utf-8")
    if layout:
        (made / layout).mkdir()
        package.rename(made / layout / package.name)
    path, modules = list(sys.path), set(sys.modules)

    said = typed(world, "rules", "impact", "--plugin", str(made))

    assert said.exit_code == 0, said.output
    assert "criteria changed: energy.serious_breach" in said.stderr
    assert sys.path == path
    assert not [name for name in set(sys.modules) - modules if name.startswith(package.name)]


def test_the_proposed_version_is_read_where_another_is_loaded(world, tmp_path, monkeypatch):
    old = ModuleType("registry_sector_energy")
    monkeypatch.setitem(sys.modules, old.__name__, old)

    said = typed(world, "rules", "impact", "--plugin", str(write("energy", tmp_path)))

    assert "criteria changed: energy.serious_breach" in said.stderr
    assert sys.modules[old.__name__] is old


def test_the_impact_of_what_is_installed_and_active_is_nothing(world):
    said = typed(world, "rules", "impact", "--plugin", "tax")

    assert said.exit_code == 0, said.output
    assert "criteria changed: none" in said.stderr
    printed = typed(world, "rules", "impact", "--plugin", "sector_plugins.tax", "--document")
    assert list(json.loads(printed.stdout)["rulebook"]["sectors"]) == ["tax"]


def test_a_folder_or_name_that_is_no_plugin_is_named(world, tmp_path):
    for name in (str(tmp_path), "no_such_plugin"):
        said = typed(world, "rules", "impact", "--plugin", name)
        assert said.exit_code == 1
        assert name in said.output
