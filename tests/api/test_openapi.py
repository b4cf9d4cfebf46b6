"""The OpenAPI document: valid, whole, and nothing in it that is not there."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from registry.api.body import JSON
from registry.api.errors import PROBLEM
from tests.api.conftest import Http
from tests.api.test_access_matrix import ALLOWED, PUBLIC, routes


@pytest.fixture(scope="module")
def document(still: Http) -> dict[str, Any]:
    return still.get("/openapi.json").json  # type: ignore[no-any-return]


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]):
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_it_describes_every_route_and_nothing_else(still: Http, document: dict[str, Any]):
    described = {
        (method, path.removeprefix("/api/v1").replace("{", "<string:").replace("}", ">"))
        for method, path, _ in operations(document)
    }

    outside = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}
    assert described == routes(still) | outside


def test_every_operation_says_what_it_does_answers_and_how_it_fails(document: dict[str, Any]):
    for method, path, operation in operations(document):
        assert operation["summary"], path
        responses = operation["responses"]
        assert any(status.startswith("2") for status in responses), path
        if not path.startswith("/api/"):
            continue
        assert {"401", "422", "503"} <= set(responses), (method, path)
        for status in responses:
            if not status.startswith("2"):
                assert responses[status] == {"$ref": f"#/components/responses/Problem{status}"}
        rule = path.removeprefix("/api/v1").replace("{", "<string:").replace("}", ">")
        assert ("403" in responses) is (ALLOWED[method, rule] is not PUBLIC), path
        assert ("requestBody" in operation) <= ("415" in responses), path


def test_every_error_is_a_problem(document: dict[str, Any]):
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == [PROBLEM]
        assert response["content"][PROBLEM]["schema"]["$ref"].endswith("/ProblemOut")


def test_request_bodies_refuse_what_they_do_not_know(document: dict[str, Any]):
    schemas = document["components"]["schemas"]
    sent = {name: schema for name, schema in schemas.items() if name.endswith("In")}

    assert sent
    for name, schema in sent.items():
        assert schema.get("additionalProperties") is False, name


def test_paging_is_in_the_body_and_not_in_headers(still: Http, document: dict[str, Any]):
    names = {
        parameter["name"]
        for _, _, operation in operations(document)
        for parameter in operation.get("parameters", [])
    }
    assert "page" not in names
    assert "cursor" in names
    assert "X-Pagination" not in still.get("/sectors").headers
    assert "Pagination" not in str(document)


def test_writes_take_an_idempotency_key(document: dict[str, Any]):
    for method, path, operation in operations(document):
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        assert ("Idempotency-Key" in names) is (method in ("POST", "PUT", "DELETE")), path


def test_answers_are_json(document: dict[str, Any]):
    for _, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204" and path != "/metrics":
                assert list(response["content"]) == [JSON], path
