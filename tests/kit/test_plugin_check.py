"""`registry plugin check` and `test`: every mistake at once, with its line, beside the enabled
plugins; and every figure that is still to be verified."""

import shutil
from pathlib import Path

import pytest

from registry.domain.errors import RuleError
from registry.rulebook.loader import load_sector
from registry.rulebook.review import review
from registry.rulebook.rule_files import rule_files
from registry.settings import BUNDLED
from tests.rulebook.conftest import GOOD

SECTORS = sorted(path.parent for path in Path("sector_plugins").glob("*/sector.yaml"))
PACKAGE = "registry_sector_energy"
TAX = Path("sector_plugins/tax").resolve()


def changed(energy: Path, file: str, old: str, new: str) -> None:
    path = energy / PACKAGE / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


ON_A_DAY = """on: 2024-03-01
  records:
    - kind: energy.penalty_decision
      decided_on: 2021"""

# file, what stands there, what is written instead, where the mistake is, and its words
MISTAKES = [
    ("criteria/serious_breach.yaml", ', article: "6(1)"', "", ":20: ", "article: is required"),
    ("criteria/serious_breach.yaml", "valid_from: 2022-01-01", "valid_from: 2022-02-30", ":17: ",
     "2022-02-30 is no date that exists"),
    ("criteria/serious_breach.yaml", "valid_from: 2022-01-01", "valid_from: 2019-12-31", ":17: ",
     "is in force from 2019-12-31, but nothing in its basis is before 2022-01-01"),
    ("criteria/serious_breach.yaml", "50000}", "1e6}", ":28: ", "1e6 is neither a plain number"),
    ("records.yaml", "title: fine,", "title: blood type,", ":19: ",
     "is about blood type, which must never be collected"),
    ("measures.yaml", "[procurement.bid]", "[procurement.bit]", ":16: ", "unknown matter"),
    ("measures.yaml", "    valid_from: 2022-01-01", "    valid_from: 2019-12-31", ":21: ",
     "nothing in its basis is before 2020-01-01"),
    ("cases/serious_breach.yaml", ON_A_DAY, ON_A_DAY.replace("on: 2024-03-01", "on: 2021-12-30"),
     ":27: ", "before the decision of 2021-12-31"),
    ("cases/serious_breach.yaml", "  expect: {met: false}", "  expect: {met: true}",
     "serious_breach.yaml:3: ", "has 3 of 3 worked cases in cases/serious_breach.yaml; write one "
     "just below, with met: false"),
    ("cases/serious_breach.yaml", "decided_on: 2021-12-31", "decided_on: 2021-12-30", ":3: ",
     "one decided on 2021-12-31, the day before, with not_in_force: true"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_line(file, old, new, line, words, run, energy):
    changed(energy, file, old, new)

    result = run("plugin", "check", "energy")

    assert result.exit_code == 1, result.output
    found = [one for one in result.stderr.splitlines() if line in one and words in one]
    assert len(found) == 1, result.stderr
    assert "rules are sound" not in result.output


def test_all_mistakes_are_told_at_once(run, energy):
    changed(energy, "criteria/serious_breach.yaml", "list_kind: black", "list_kind: grey")
    changed(energy, "criteria/serious_breach.yaml", "    checked_on: 2022-01-01\n", "")
    changed(energy, "records.yaml", "content: misconduct", "content: bad")
    changed(energy, "lists.yaml", "max: P3Y", "max: 3 years")

    result = run("plugin", "check", "energy")

    assert result.exit_code == 1
    assert "mistakes: 4" in result.stderr
    for words in ("not 'grey'", "checked_on: is required", "not 'bad'", "'3 years' is not a term"):
        assert words in result.stderr


def test_a_criterion_without_cases_is_refused(run, energy):
    shutil.rmtree(energy / PACKAGE / "cases")

    result = run("plugin", "check", "energy")

    assert result.exit_code == 1
    assert "has 0 of 3 worked cases" in result.stderr


LATER = """  - version: "2025-01-01"
    valid_from: 2025-01-01
    status: to_verify
    basis: [{instrument: energy-measures, article: "6(1)", status: to_verify}]
    checked_on: 2025-01-01
    text_zh: 处八万元以上罚款的。
    when:
      all:
        - {field: final_on, present: true}
        - {field: fine_amount, at_least: 80000}
"""


@pytest.mark.requirement("CRI-07")
def test_a_version_that_no_case_was_decided_under_is_refused(run, energy):
    rule = energy / PACKAGE / "criteria" / "serious_breach.yaml"
    changed(
        energy,
        "criteria/serious_breach.yaml",
        "    valid_from: 2022-01-01\n",
        "    valid_from: 2022-01-01\n    valid_to: 2025-01-01\n",
    )
    rule.write_text(rule.read_text(encoding="utf-8") + LATER, encoding="utf-8")

    untried = run("plugin", "check", "energy")

    assert untried.exit_code == 1
    line = rule.read_text(encoding="utf-8").splitlines().index(LATER.splitlines()[0]) + 1
    assert f"serious_breach.yaml:{line}: 2025-01-01 has no worked case" in untried.stderr
    cases = energy / PACKAGE / "cases" / "serious_breach.yaml"
    text = cases.read_text(encoding="utf-8")
    (below,) = [one for one in text.split("\n- ") if "met: false" in one]
    below = below.removeprefix("- ").replace("2024-", "2026-")
    cases.write_text(f"{text.rstrip()}\n- {below.rstrip()}\n", encoding="utf-8")
    assert run("plugin", "check", "energy").exit_code == 0


def test_a_folder_comes_before_an_installed_plugin_of_its_name_and_it_is_said(run, tmp_path):
    elsewhere = run("plugin", "check", "tax")
    shutil.copytree(TAX, tmp_path / "tax")

    for command in ("check", "test"):
        here = run("plugin", command, "tax")
        assert here.exit_code == 0
        assert here.stderr.startswith(
            "looking at the folder ./tax, not at the installed plugin tax (sanction-registry "
        )
    assert elsewhere.exit_code == 0
    assert "looking at" not in elsewhere.stderr


def test_every_figure_to_verify_is_listed_with_its_line(run, energy):
    result = run("plugin", "check", "energy")

    listed = [line.split("\t") for line in result.stdout.splitlines() if "to_verify" in line]
    wanted = "black.term: max P3Y, clock published_on, cites energy-measures 12"
    assert [f"{PACKAGE}/lists.yaml:14", wanted] in [one[1:] for one in listed]
    assert any(
        one[2] == "energy.serious_breach 2022-01-01 when: fine_amount at_least 50000"
        for one in listed
    )
    for _, place, what in listed:
        file, line = place.split(":")
        text = (energy / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        key = what.partition(": ")[2].split()[0]
        assert key in text or key == "cites" or "field: " in text


def test_what_is_verified_is_not_listed(run, energy):
    for path in (energy / PACKAGE).rglob("*.yaml"):
        text = path.read_text(encoding="utf-8").replace("to_verify", "verified")
        path.write_text(text, encoding="utf-8")

    result = run("plugin", "check", "energy")

    assert result.exit_code == 0
    assert "to_verify\t" not in result.stdout


# --- beside the plugins that are enabled ----------------------------------------------------------


def renamed_sector(energy: Path, code: str) -> None:
    for path in (energy / PACKAGE).rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("code: energy\n", f"code: {code}\n").replace("energy.", f"{code}.")
        path.write_text(text, encoding="utf-8")


def test_a_conflict_with_an_enabled_plugin_names_both(run, energy):
    renamed_sector(energy, "tax")

    result = run("plugin", "check", "energy")

    assert result.exit_code == 1
    assert "sector tax is declared by both tax (sanction-registry" in result.stderr
    assert "registry_sector_energy" in result.stderr


def test_a_matter_that_another_sector_has_is_a_conflict(run, energy):
    own = "matters:\n  - {code: border.exit, purpose: licensing, title: Exit, title_zh: 出境}\n"
    path = energy / PACKAGE / "sector.yaml"
    path.write_text(path.read_text(encoding="utf-8") + own, encoding="utf-8")

    result = run("plugin", "check", "energy")

    assert result.exit_code == 1
    assert "matter border.exit is declared by both" in result.stderr


def test_a_name_that_another_distribution_offers_is_a_conflict(run, energy):
    config = energy / "setup.cfg"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("    energy = ", "    china = "), encoding="utf-8")

    result = run("plugin", "check", "energy")

    assert result.exit_code == 1
    assert "Plugin china: has a name that sanction-registry" in result.output


def test_a_plugin_declared_in_pyproject_is_found_too(run, energy):
    (energy / "setup.cfg").unlink()
    project = '[project]\nname = "registry-sector-energy"\nversion = "1"\n'
    entries = f'[project.entry-points."registry.plugins"]\nenergy = "{PACKAGE}"\n'
    (energy / "pyproject.toml").write_text(project + entries, encoding="utf-8")

    assert run("plugin", "check", "energy").exit_code == 0


def test_the_package_itself_can_be_named(run, energy):
    result = run("plugin", "check", f"energy/{PACKAGE}")

    assert result.exit_code == 0, result.output


def test_what_is_neither_folder_nor_plugin_is_said_so(run, tmp_path):
    (tmp_path / "empty").mkdir()

    assert (
        "is no folder and no installed plugin. Installed: china"
        in run("plugin", "check", "energy").output
    )
    assert "holds no plugin" in run("plugin", "test", "empty").output


# --- worked cases ---------------------------------------------------------------------------------


def test_a_case_that_differs_fails_and_says_in_what(run, energy):
    changed(energy, "criteria/serious_breach.yaml", "at_least: 50000", "above: 50000")

    result = run("plugin", "test", "energy")

    assert result.exit_code == 1
    assert f"{PACKAGE}/cases/serious_breach.yaml:12: Exactly fifty thousand yuan: met is false" in (
        result.stdout
    )
    assert "1 failed" in result.stderr


def test_only_the_plugin_that_was_named_is_tested(run, energy):
    assert "sector_plugins" not in run("plugin", "test", "energy").output
    assert PACKAGE not in run("plugin", "test", "tax").output


# --- the bundled sectors, and the broken ones -----------------------------------------------------


def test_the_bundled_rules_are_sound(run):
    result = run("plugin", "check")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("folder", SECTORS, ids=lambda path: path.name)
def test_every_file_of_a_bundled_sector_is_looked_at(folder: Path):
    package = folder.as_posix().replace("/", ".")
    parts = {f"{folder.as_posix()}/{part}.yaml" for part, _ in rule_files(package)}

    assert parts == {path.as_posix() for path in folder.rglob("*.yaml")}
    assert folder.name in BUNDLED


@pytest.mark.parametrize(
    "mistake",
    sorted(p for p in GOOD.parent.iterdir() if not p.name.startswith(("good", "profile_"))),
    ids=lambda path: path.name,
)  # fmt: skip
def test_a_broken_sector_is_never_called_sound(mistake: Path, make_package):
    package = make_package(overlay=mistake)
    with pytest.raises(RuleError) as caught:
        load_sector(package)

    assert caught.value.message in [one.message for one in review(package).mistakes]


def test_a_copy_of_an_enabled_sector_is_looked_at_in_its_place(run, tmp_path):
    shutil.copytree(TAX, tmp_path / "tax")
    rule = tmp_path / "tax" / "criteria" / "evasion.yaml"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace("at_least: 1000000", "at_least: 900000"), encoding="utf-8")

    assert "rules are sound" in run("plugin", "check", "./tax").stdout
    assert "met is true, not false" in run("plugin", "test", "./tax").stdout


@pytest.mark.requirement("CRI-07")
def test_versions_that_are_active_here_and_say_something_else_are_told(run, tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", f"sqlite:///{tmp_path}/registry.db")
    monkeypatch.setenv("REGISTRY_KEY_FILE", f"{tmp_path}/registry.key")
    assert run("migrate").exit_code == 0
    assert run("plugin", "check", "tax").stderr == ""
    shutil.copytree(TAX, tmp_path / "tax")
    rule = tmp_path / "tax" / "criteria" / "evasion.yaml"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace("at_least: 1000000", "at_least: 900000"), encoding="utf-8")

    result = run("plugin", "check", "./tax")

    assert result.exit_code == 0
    assert "tax.evasion 2022-02-01: changed, not added: when" in result.stderr
    assert "A change of law is a new version under the same code" in result.stderr


STANDARD = """jurisdictions: [jiangsu]
standard:
  level: provincial
  approvals:
    - {by: superior_department, document: A-1, approved_on: 2025-11-01}
  consultation: {opened_on: 2025-09-01, closed_on: 2025-09-30, summary: 3 answers}
  evaluation: {evaluator: University of the province}
"""


@pytest.mark.requirement("CRI-01")
def test_what_a_local_set_lacks_to_be_activated_is_told_and_is_no_mistake(run, energy):
    changed(energy, "sector.yaml", "jurisdictions: [national]\n", STANDARD)

    result = run("plugin", "check", "energy")

    assert result.exit_code == 0, result.stderr
    assert "energy cannot be activated yet: the approval of the provincial government" in (
        result.stderr
    )


def test_a_folder_of_profiles_alone_is_a_plugin(run, tmp_path):
    folder = tmp_path / "river"
    (folder / "profiles").mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "from registry.sdk import hookimpl, load_profiles\n\n\n"
        "@hookimpl\ndef registry_profiles():\n    return load_profiles(__name__)\n"
    )
    (folder / "profiles" / "river.yaml").write_text(
        "code: river\ntitle: River\nparent: national\nparameters:\n  notice.scope:\n"
        "    - {value: al, since: 2020-01-01, source: river law 1}\n"
    )

    wrong = run("plugin", "check", "./river")

    assert wrong.exit_code == 1
    assert "river.yaml:6: notice.scope holds 'al', which nothing reads" in wrong.stderr
