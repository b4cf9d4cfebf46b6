"""`registry plugin new`: what it writes passes as made, whatever the sector is called."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.cli.scaffold import LONGEST, check_name, write
from registry.domain.errors import InvalidInput
from registry.domain.record import prohibited_category
from registry.rulebook.cases import run_cases
from registry.rulebook.loader import load_sector
from registry.rulebook.review import review

GUIDE = Path(__file__).parents[2] / "docs" / "writing-a-sector-plugin.md"
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,8}){0,2}", fullmatch=True)


def test_what_is_made_passes_check_and_test(run, energy):
    checked, tested = run("plugin", "check", "energy"), run("plugin", "test", "./energy")

    assert checked.exit_code == 0, checked.output
    assert "rules are sound: sha256:" in checked.stdout
    assert tested.exit_code == 0, tested.output
    assert "3 cases as expected" in tested.stdout


def test_its_own_tests_pass_as_made(energy: Path):
    # In a process of its own: the fixtures of registry.testing, found by pytest itself.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "REGISTRY_"))}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=energy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert "6 passed" in result.stdout


def test_its_readme_enables_it_beside_the_bundled_plugins(energy: Path):
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).parents[2] / "setup.cfg", encoding="utf-8")
    lines = setup["options.entry_points"]["registry.plugins"].strip().splitlines()
    bundled = {line.partition("=")[0].strip() for line in lines}

    for place in (energy / "README.md", GUIDE):
        told = re.search(r"REGISTRY_PLUGINS=(\S+)", place.read_text(encoding="utf-8"))
        assert told is not None
        assert set(told[1].split(",")) == bundled | {"energy"}


def test_it_is_a_distribution_of_its_own(energy: Path):
    config = configparser.ConfigParser()
    config.read(energy / "setup.cfg", encoding="utf-8")

    assert config["metadata"]["name"] == "registry-sector-energy"
    assert config["options.entry_points"]["registry.plugins"].strip() == (
        "energy = registry_sector_energy"
    )
    for file in ("README.md", "pyproject.toml", ".github/workflows/rules.yml", ".gitignore"):
        assert (energy / file).read_text(encoding="utf-8").strip()


def test_every_rule_file_explains_itself_and_names_its_schema(energy: Path):
    files = sorted((energy / "registry_sector_energy").rglob("*.yaml"))

    assert len(files) == 6
    for file in files:
        text = file.read_text(encoding="utf-8")
        (schema,) = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", text, re.MULTILINE)
        assert (file.parent / schema).resolve().is_file(), file
        assert text.count("\n#") + text.count("  #") >= 1


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=NAMES)
def test_any_name_is_refused_in_words_or_passes(name: str, tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    if len(name) > LONGEST or prohibited_category(name):
        with pytest.raises(InvalidInput):
            check_name(name, ())
        return
    check_name(name, ())

    made = write(name, folder)

    sys.path.insert(0, str(made))
    try:
        package = f"registry_sector_{name}"
        assert review(package).mistakes == ()
        assert [one.failures for one in run_cases(load_sector(package))] == [()] * 3
    finally:
        sys.path.remove(str(made))
        sys.modules.pop(f"registry_sector_{name}", None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Energy", "small letters and digits"),
        ("2energy", "small letters and digits"),
        ("energy_", "small letters and digits"),
        ("a__b", "small letters and digits"),
        ("../energy", "small letters and digits"),
        ("energy sector", "small letters and digits"),
        ("能源", "small letters and digits"),
        ("e" * 33, "at most 32"),
        ("tax", "is taken: a plugin tax is installed"),
        ("religion", "is about religion, of which no record may be kept"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_written(name, words, run, tmp_path):
    result = run("plugin", "new", name)

    assert result.exit_code == 1
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_never_written_into(run, tmp_path):
    (tmp_path / "energy").mkdir()

    result = run("plugin", "new", "energy")

    assert result.exit_code == 1
    assert "is there already: nothing was written" in result.output
    assert list((tmp_path / "energy").iterdir()) == []
