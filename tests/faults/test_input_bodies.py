"""Faults 57 to 59 and 65 at every address that is written to: what is too large, or no well-formed
JSON, is refused before anything is done. And what the same harness finds with the guard off.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from registry.api import checks, front, impact, writes
from registry.domain.actor import Role
from registry.domain.errors import Malformed
from tests.api.conftest import Http
from tests.api.conftest import still as still
from tests.api.shape import JSON
from tests.api.test_access_matrix import ALLOWED
from tests.api.test_bodies import MALFORMED
from tests.api.test_injection import a_firm, counts
from tests.world import TAX

LIMIT = 1_048_576
LONG = b'{"reason": "' + b"x" * LIMIT + b'"}'
WRITES = sorted(route for route in ALLOWED if route[0] != "GET")
# An address where nothing has to be said takes an empty body for an empty object.
BROKEN = {what: body for what, body in MALFORMED.items() if what != "nothing"}
# What Python's own parser takes for JSON, fails on in another way, or reads as something else.
PLAIN_TAKES = {
    "UTF-16",
    "a key twice",
    "a key twice inside",
    "an escaped key twice",
    "NaN",
    "Infinity",
    "a number beyond measure",
    "a number of 5000 digits",
    "a number of 401 digits",
    "a fraction of 401 digits",
    "a list too deep by one",
    "lists too deep",
    "objects too deep",
    "half of a surrogate pair",
    "half of a pair in a key",
    "NUL",
    "NUL in a list",
}


@pytest.fixture(scope="module")
def everybody(still: Http) -> str:
    """A person who holds every role, so that no address refuses before it reads."""
    roles = [role for role in Role if role is not Role.SUBJECT]
    still.world.tokens["everybody"] = still.world.token(TAX, "Everybody", *roles)
    return "everybody"


def sent(http: Http, route: tuple[str, str], body: bytes) -> tuple[int, str]:
    """Status and code of the answer to this body at an address."""
    method, rule = route
    path = re.sub(r"<string:s?id>", "0" * 32, rule).replace("<string:code>", "tax.none")
    answer = http.send(method, path, "everybody", data=body, content_type=JSON)
    return answer.status_code, (answer.get_json(force=True) or {}).get("code", "")


def stored(http: Http) -> dict[str, int]:
    """The rows of every table, less those that say that a check was refused."""
    return {name: rows for name, rows in counts(http).items() if name not in ("checks", "chains")}


def others(
    http: Http, bodies: dict[str, bytes], route: tuple[str, str], *expected: Any
) -> set[str]:
    """The bodies that were not answered as expected."""
    return {what for what, body in bodies.items() if sent(http, route, body) != expected}


def plain(raw: bytes) -> Any:
    """As a body would be parsed without care."""
    try:
        return json.loads(raw)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Malformed("Not JSON.") from None


@pytest.mark.proves("F58", "F59", "F65")
def test_every_address_refuses_what_is_no_well_formed_json_and_does_nothing(
    still: Http, everybody: str
):
    before = stored(still)
    wrong = {route: others(still, BROKEN, route, 400, "malformed") for route in WRITES}

    assert {route: what for route, what in wrong.items() if what} == {}
    assert stored(still) == before


@pytest.mark.control("F58", "F59", "F65")
def test_with_a_plain_parser_the_same_bodies_are_taken_or_fail_otherwise(
    still: Http, everybody: str, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    for module in (front, writes, checks, impact):
        monkeypatch.setattr(module, "parse", plain)

    assert others(still, BROKEN, ("POST", "/subjects"), 400, "malformed") >= PLAIN_TAKES


@pytest.mark.proves("F57")
def test_every_address_refuses_a_body_over_the_limit_and_does_nothing(still: Http, everybody: str):
    before = stored(still)
    answers = {route: sent(still, route, LONG) for route in WRITES}

    assert set(answers.values()) == {(413, "too-large")}, answers
    assert stored(still) == before


@pytest.mark.control("F57")
def test_without_the_limit_the_same_body_is_read(
    still: Http, everybody: str, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    monkeypatch.setitem(still.client.application.config, "MAX_CONTENT_LENGTH", None)
    answers = {route: sent(still, route, LONG) for route in WRITES}

    assert answers["POST", "/subjects"] == (422, "invalid-input")
    assert (413, "too-large") not in answers.values()


@pytest.mark.control("F65")
def test_without_a_longest_name_one_of_a_megabyte_gets_as_far_as_the_database(
    still: Http, everybody: str, monkeypatch: pytest.MonkeyPatch
):
    """The control of fault 65: it is the field that refuses a name which the body has room for.
    SQLite would store it; a column of PostgreSQL is not that wide."""
    route, body = ("POST", "/subjects"), a_firm(b"x" * (LIMIT - len(a_firm(b""))))
    before = stored(still)
    assert sent(still, route, body) == (422, "invalid-input")
    assert stored(still) == before

    monkeypatch.setattr("registry.api.fields.clean_text", lambda value, limit: value)

    assert sent(still, route, body)[0] in (201, 500, 503)
