"""What `registry plugin check` lists as to_verify of profiles and calendars, of whichever package a
plugin loads them from."""

import re
from pathlib import Path

import pytest

RIVER = """code: river
title: River
parent: national
parameters:
  notice.scope:
    - {value: all, since: 2020-01-01, source: river law 1}
    - {value: all, since: 2024-01-01, source: river law 2, status: to_verify}
"""
PROFILES = """from registry.sdk import hookimpl, load_profiles


@hookimpl
def registry_profiles():
    return load_profiles(__name__)
"""


@pytest.fixture
def river(tmp_path: Path) -> Path:
    folder = tmp_path / "river"
    (folder / "profiles").mkdir(parents=True)
    (folder / "__init__.py").write_text(PROFILES, encoding="utf-8")
    (folder / "profiles" / "river.yaml").write_text(RIVER, encoding="utf-8")
    return folder


def listed(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("to_verify\t")]


def test_the_values_of_a_profile_to_verify_are_listed(run, river):
    result = run("plugin", "check", "./river")

    assert result.exit_code == 0, result.stderr
    (line,) = listed(result.stdout)
    what = "river notice.scope 2024-01-01: value all, source river law 2"
    assert line == f"to_verify\triver/profiles/river.yaml:7\t{what}"


def test_profiles_of_a_package_below_are_listed_too(run, river):
    (river / "rules").mkdir()
    (river / "profiles").rename(river / "rules" / "profiles")
    (river / "rules" / "__init__.py").write_text("", encoding="utf-8")
    below = PROFILES.replace("(__name__)", '(f"{__name__}.rules")')
    (river / "__init__.py").write_text(below, encoding="utf-8")
    (river / "setup.cfg").write_text(
        "[options.entry_points]\nregistry.plugins =\n    river = river_rules\n", encoding="utf-8"
    )
    package = river / "river_rules"
    package.mkdir()
    for name in ("rules", "__init__.py"):
        (river / name).rename(package / name)

    result = run("plugin", "check", "./river")

    assert result.exit_code == 0, result.stderr
    assert [one.split("\t")[1] for one in listed(result.stdout)] == [
        "river_rules/rules/profiles/river.yaml:7"
    ]


def test_an_installed_plugin_of_profiles_and_calendars_lists_both(run):
    shown = listed(run("plugin", "check", "china").stdout)

    assert shown == [one for one in listed(run("plugin", "check").stdout) if "\tplugins/" in one]
    for name in ("validity.cap.serious_org", "validity.cap.serious_person"):
        wanted = f"national {name} 2026-04-01: value P3Y, "
        assert len([one for one in shown if wanted in one]) == 1
    assert any("\tcalendar 2004: holidays 16 days, workdays 6 days" in one for one in shown)


def test_the_page_of_the_command_shows_lines_that_it_prints(run):
    page = Path(__file__).parents[2].joinpath("docs", "command-line.md").read_text(encoding="utf-8")

    shown = unnumbered(page)

    assert len(shown) == 3
    assert shown <= unnumbered(run("plugin", "check").stdout)


def unnumbered(output: str) -> set[str]:
    """Without the number of the line, which moves with every comment above it."""
    return {re.sub(r":\d+\t", "\t", one) for one in listed(output)}
