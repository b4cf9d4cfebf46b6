"""Fault 66: text that would be SQL or a template, in every parameter of every address that is read;
and fault 65: text that is too long, or no text.

The addresses and their parameters are those of the OpenAPI document, so that none can be forgotten.
A parameter is a value, never a statement: the answer is an empty list, nothing, or says what is
wrong, and no row comes or goes.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from registry.domain.actor import Role
from registry.store.columns import metadata
from tests.api.conftest import Http
from tests.api.shape import JSON, assert_problem
from tests.world import TAX

ABSENT = "0" * 32
INJECTIONS = (
    "'",
    '"',
    "' OR '1'='1",
    "x' -- ",
    "1; DROP TABLE listings",
    "1 UNION SELECT digest FROM tokens",
    "0) OR (1=1",
    "id DESC, (SELECT 1)",
    "%' OR name LIKE '%",
    "1/**/OR/**/1=1",
    "{{7*7}}",
    "${7*7}",
    "{0.__class__}",
    "%(id)s",
    ":id",
    "?",
)
OUTSIDE = {"/healthz", "/readyz", "/metrics"}
# What an address must have for its parameters to be read at all.
NEEDED = {
    "/persons": {"occupation": "tour_guide"},
    "/subjects/{id}/points": {"scorecard": "healthcare.practice_points"},
}


@pytest.fixture(scope="module")
def reader(still: Http) -> str:
    """A person who holds every role, so that no address refuses before it reads."""
    roles = [role for role in Role if role is not Role.SUBJECT]
    still.world.tokens["reader"] = still.world.token(TAX, "Everybody", *roles)
    still.world.listed()
    still.check("91990000000004UY70")
    return "reader"


@pytest.fixture(scope="module")
def ids(still: Http, reader: str) -> dict[str, str]:
    """Something that is there, for addresses whose query is tried: an absent one is never asked."""
    (listing,) = still.get("/listings").json["items"]
    return {
        "/subjects": listing["subject_id"],
        "/listings": listing["id"],
        "/measure-editions": still.get("/measure-editions").json["items"][0]["id"],
    }


def addresses(http: Http) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every address that GET reads, with its parameters."""
    paths = http.get("/openapi.json").json["paths"]
    return [
        (
            path.removeprefix("/api/v1"),
            [*item.get("parameters", ()), *item["get"].get("parameters", ())],
        )
        for path, item in sorted(paths.items())
        if "get" in item and path not in OUTSIDE
    ]


def places(http: Http) -> list[tuple[str, str, str]]:
    """(address, query or path, name) of every parameter."""
    return [
        (path, one["in"], one["name"])
        for path, parameters in addresses(http)
        for one in parameters
        if one["in"] in ("query", "path")
    ]


def tried(http: Http, ids: dict[str, str], path: str, where: str, name: str, text: str) -> Any:
    query = dict(NEEDED.get(path, {}))
    if where == "path":
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    else:
        path = path.replace("{id}", ids.get("/" + path.split("/")[1], ABSENT))
        query[name] = text
    return http.get(path, "reader", query_string=query)


def counts(http: Http) -> dict[str, int]:
    """How many rows each table holds."""
    with http.world.registry.view() as view:
        run = view.reading.connection.execute
        return {
            name: run(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


@pytest.mark.proves("F66")
def test_injected_text_is_a_value_in_every_parameter(still: Http, reader: str, ids: dict[str, str]):
    before = counts(still)
    for path, where, name in places(still):
        for text in INJECTIONS:
            answer = tried(still, ids, path, where, name, text)
            if answer.status_code == 200:
                assert answer.json["items"] == [], (path, name, text)
            elif answer.status_code == 404:
                assert where == "path", (path, name, text)
                assert_problem(answer, 404, "not-found")
            else:
                assert_problem(answer, 422, "invalid-input", name)

    assert counts(still) == before


def test_every_parameter_is_tried_on_something_that_is_there(still: Http, ids: dict[str, str]):
    """The control: without the injected text the same requests are answered."""
    for path, _ in addresses(still):
        if "{" not in path or "/" + path.split("/")[1] in ids:
            found = path.replace("{id}", ids.get("/" + path.split("/")[1], ABSENT))
            answer = still.get(found, "reader", query_string=NEEDED.get(path, {}))
            assert answer.status_code == 200, (path, answer.text)


@pytest.mark.proves("F66")
def test_no_address_takes_a_sort_key(still: Http, reader: str):
    """There is nothing to inject into: lists have the one order that their pages go by."""
    assert not {name for _, _, name in places(still)} & {"sort", "order", "order_by", "sort_by"}
    for path, parameters in addresses(still):
        if any(one["name"] == "cursor" for one in parameters):
            answer = still.get(path, "reader", query_string={"sort": "id; DROP TABLE subjects"})
            assert answer.status_code in (404, 422), path


# --- text that is too long, or no text ------------------------------------------------------------


LIMIT = 1_048_576


def a_firm(name: bytes) -> bytes:
    """A body as it is sent; an enterprise of this name."""
    return b'{"kind": "enterprise", "name": "' + name + b'"}'


@pytest.mark.proves("F65")
def test_a_name_that_fills_the_body_is_refused_by_field_and_one_byte_more_is_too_large(still: Http):
    longest = LIMIT - len(a_firm(b""))
    within = still.post("/subjects", "provider", data=a_firm(b"x" * longest), content_type=JSON)
    over = still.post("/subjects", "provider", data=a_firm(b"x" * (longest + 1)), content_type=JSON)

    told = assert_problem(within, 422, "invalid-input", "name")
    assert len(str(told)) < 1_000
    assert assert_problem(over, 413, "too-large")["limit"] == LIMIT


@pytest.mark.proves("F65")
@pytest.mark.parametrize("name", [b"\\ud800", b"A\\udfffB", b"A\\u0000", b"A\x00", b"\xed\xa0\x80"])
def test_a_name_with_half_a_character_or_nul_is_malformed(still: Http, name: bytes):
    before = counts(still)
    answer = still.post("/subjects", "provider", data=a_firm(name), content_type=JSON)

    assert_problem(answer, 400, "malformed")
    assert counts(still) == before
