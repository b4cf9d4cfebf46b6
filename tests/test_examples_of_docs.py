"""What a newcomer types from the pages, on a registry as `make run` leaves it: the case of
docs/http-api.md from the first token to the check, and the check of the README."""

from __future__ import annotations

import configparser
import importlib
import json
import re
import shlex
import string
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from registry.app import Application
from registry.cli import main
from registry.demo import world as demo

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(?:sh|shell)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# NAME=$(…), a NAME=value, or a command alone; what follows a pipe is jq -r .field
STATEMENT = re.compile(
    r"(?:(?P<name>\w+)=)?(?:\$\((?P<run>.*?)(?: \| jq -r \.(?P<field>\w+))?\)|(?P<plain>.+?))\n",
    re.DOTALL,
)


def section(page: str, heading: str) -> str:
    """What stands under a heading of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def statements(text: str) -> Iterator[re.Match[str]]:
    """The statements of the shell blocks, in order."""
    for block in BLOCK.findall(text):
        place = 0
        while place < len(block):
            found = STATEMENT.match(block, place)
            assert found is not None, block[place:]
            yield found
            place = found.end()


class Refused(Exception):
    """A request of the page was not answered with what it asks for: its address, and the answer."""


class Shell:
    """A shell in which `registry` and `curl` reach one application; `answers` holds what curl got,
    by the variable that it is for."""

    def __init__(self, application: Application) -> None:
        self.client = application.flask().test_client()
        self.known: dict[str, str] = {}
        self.answers: dict[str, Any] = {}

    def run(self, text: str) -> None:
        """Every statement; one that is refused fails the test."""
        for one in statements(text):
            command = one["run"] or one["plain"]
            words = shlex.split(
                string.Template(command.replace("\\\n", " ")).substitute(self.known)
            )
            if words[0] == "curl":
                answer = self.answers[one["name"]] = self.curl(words)
                self.known[one["name"]] = str(answer[one["field"]])
            elif words[0] == "registry":
                said = registry(*words[1:])
                if one["name"]:
                    self.known[one["name"]] = said.strip()
            else:
                assert one["name"], command
                self.known[one["name"]] = command

    def curl(self, words: list[str]) -> Any:
        """`curl -s ADDRESS [-H HEADER]... [-d BODY]`."""
        assert words[1] == "-s", words
        options = list(zip(words[3::2], words[4::2], strict=True))
        bodies = [value for option, value in options if option == "-d"]
        answer = self.client.open(
            words[2].removeprefix("http://127.0.0.1:8080"),
            method="POST" if bodies else "GET",
            headers=dict(value.split(": ", 1) for option, value in options if option == "-H"),
            data=bodies[0] if bodies else None,
        )
        if answer.status_code not in (200, 201):
            raise Refused(words[2], answer.json)
        return answer.json


def registry(*words: str) -> str:
    """What the command says."""
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, (words, done.output)
    return done.stdout


@pytest.fixture
def fresh(application: Application, monkeypatch: pytest.MonkeyPatch) -> Application:
    """A registry as `make run` leaves it; commands work on it too, by its clock."""
    demo.load(application.registry)
    for command in ("access", "check"):
        module = importlib.import_module(f"registry.cli.{command}")
        monkeypatch.setattr(module, "opened", lambda: nullcontext(application))
    return application


def test_the_page_takes_a_case_from_the_first_token_to_the_check(fresh: Application):
    shell = Shell(fresh)
    shell.run(section("docs/http-api.md", "One case"))

    got = shell.answers
    assert [one["action"] for one in got["CASE"]["next"]][:1] == ["accept_rule"]
    assert shell.known["ACCEPTED"] == "accepted"
    assert got["ACCEPTED"]["version"] == got["CASE"]["criterion_version"]
    assert shell.known["STATE"] == "noticed"
    assert shell.known["STATUS"] == "in_force"
    assert got["CHECK"]["outcome"] == "restricted"
    assert [one["id"] for one in got["CHECK"]["listings"]] == [shell.known["LISTING"]]
    assert got["CHECK"]["sanctions"]["mandatory"] != []
    assert got["SAME"]["same"] is True


def test_without_its_acceptance_the_page_would_list_nobody(fresh: Application):
    page = section("docs/http-api.md", "One case")
    (accepting,) = [one for one in BLOCK.findall(page) if "/acceptance" in one]

    with pytest.raises(Refused) as refused:
        Shell(fresh).run(page.replace(accepting, ""))

    address, answer = refused.value.args
    assert address.endswith("/confirm")
    assert answer["code"] == "step-missing"
    assert [one["action"] for one in answer["missing"]] == ["accept_rule"]


def test_the_check_of_the_readme_is_restricted_and_later_what_it_says(fresh: Application):
    said = " ".join(section("README.md", "One check").split())
    command = re.search(r"\.venv/bin/registry (check .*?) ```", said)
    assert command is not None
    words = shlex.split(command[1].replace("\\ ", ""))
    later = re.search(r"Add `(--as-of) (\S+)` and .* the answer is then `(\w+)`", said)
    assert later is not None

    now = json.loads(registry(*words))
    then = json.loads(registry(*words, later[1], later[2]))
    assert f"It says `{now['outcome']}`" in said
    assert then["outcome"] == later[3] == "caution"
    assert [one["list_kind"] for one in then["listings"]] == ["watch"]


def test_the_guide_installs_pytest_with_the_plugin_before_it_runs_it():
    guide = (ROOT / "docs" / "writing-a-sector-plugin.md").read_text(encoding="utf-8")
    before, found, _ = guide.partition("$ pytest energy")
    assert found
    assert '\npip install -e "./energy[test]"\n' in before
    (made,) = (ROOT / "registry" / "templates").rglob("setup.cfg*")
    config = configparser.ConfigParser()
    config.read(made, encoding="utf-8")
    assert config["options.extras_require"]["test"].strip().startswith("pytest")


def test_the_page_on_imports_says_whose_ids_a_list_of_ratings_reports():
    page = " ".join(section("docs/command-line.md", "registry import").split())

    assert "id on a row's line is that of the rating, not of the subject" in page
