"""The requests of docs/http-api.md, run as they stand there."""

from __future__ import annotations

import re
import shlex
import string
from pathlib import Path
from typing import Any

from tests.api.conftest import Http

PAGE = Path(__file__).parents[2] / "docs" / "http-api.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(\w+)=\$\(curl -s (.*) \| jq -r \.(\w+)\)\s*", re.DOTALL)


def run(http: Http, command: str, known: dict[str, str]) -> tuple[str, Any]:
    """One `NAME=$(curl … | jq -r .field)` against the test client: (name, whole answer)."""
    match = COMMAND.fullmatch(command)
    assert match, command
    words = shlex.split(string.Template(match[2].replace("\\\n", " ")).substitute(known))
    path, options = words[0], list(zip(words[1::2], words[2::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    body = [value for option, value in options if option == "-d"]
    answer = http.client.open(
        path, method="POST" if body else "GET", headers=headers, data=body[0] if body else None
    )
    assert answer.status_code in (200, 201), (command, answer.text)
    known[match[1]] = str(answer.json[match[3]])
    return match[1], answer.json


def test_the_documented_case_runs_from_record_to_check(http: Http):
    known = {name.upper(): token for name, token in http.world.tokens.items()}
    known["BASE"] = "/api/v1"
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    answers = dict(run(http, block, known) for block in blocks)

    assert list(answers) == [
        "SUBJECT", "RECORD", "CASE", "STATE", "LISTING", "STATUS", "CHECK", "SAME",
    ]  # fmt: skip
    assert known["STATE"] == "noticed"
    assert known["STATUS"] == "in_force"
    assert answers["CHECK"]["outcome"] == "restricted"
    assert known["SAME"] == "True"


def test_the_outcomes_and_roles_that_the_page_names_are_those_there_are():
    from registry.domain.actor import Role

    text = PAGE.read_text(encoding="utf-8")
    for role in Role:
        assert re.search(rf"^\| `{role}` \|", text, re.MULTILINE), role
    for outcome in ("restricted", "undetermined", "caution", "favoured", "clear"):
        assert f"`{outcome}`" in text
