"""The one shape of errors, asserted by one helper for every code that a test produces."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from registry.api.errors import PROBLEM, TYPE
from registry.api.schemas.problems import ProblemOut

MEMBERS = set(ProblemOut().fields)
ALWAYS = {"type", "title", "status", "detail", "instance", "code"}
JSON = "application/json"


def assert_problem(response: TestResponse, status: int, code: str, *fields: str) -> dict[str, Any]:
    """An RFC 9457 body of this status and code; `fields` are exactly those in `errors`."""
    body: dict[str, Any] = response.get_json(force=True)
    assert (response.status_code, body.get("code")) == (status, code), response.text
    assert response.content_type == PROBLEM
    assert ALWAYS <= set(body) <= MEMBERS, body
    assert body["status"] == status
    assert body["type"] == TYPE + code
    assert body["instance"].startswith("urn:uuid:")
    assert body["detail"].strip()
    assert body["title"].strip()
    assert ("errors" in body) is (code == "invalid-input"), body
    if "errors" in body:
        assert all(said and all(said) for said in body["errors"].values())
    if fields:
        assert set(body["errors"]) == set(fields), body["errors"]
    if status == 401:
        assert response.headers["WWW-Authenticate"] == "Bearer"
    if status == 503:
        assert response.headers["Retry-After"]
    if status == 405:
        assert response.headers["Allow"]
    return body


def without_instance(response: TestResponse) -> dict[str, Any]:
    """The body of an error less the id of the occurrence."""
    body: dict[str, Any] = response.get_json(force=True)
    body.pop("instance")
    return body
