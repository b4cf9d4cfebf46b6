"""The OpenAPI description of an operation, made of the same values that its decorator runs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask_smorest import Blueprint
from marshmallow import Schema

from registry.api.body import JSON
from registry.api.errors import PROBLEM
from registry.api.query import QuerySchema
from registry.services.access import ACTIONS

BEARER = "bearer"
F = TypeVar("F", bound=Callable[..., Any])

PROBLEMS = {
    "400": "The body is not well-formed: `malformed`.",
    "401": "No valid bearer token: `not-authenticated`.",
    "403": "The token's roles do not allow this: `not-permitted`, `two-person-rule`.",
    "404": "Absent, or not yours to see: `not-found`.",
    "409": "It contradicts what is stored: `conflict` and its kinds.",
    "413": "The body is larger than the limit: `too-large`.",
    "415": "The body is not JSON: `unsupported-media-type`.",
    "422": "A field or parameter is wrong: `invalid-input` with `errors`, and its kinds.",
    "503": "The store, the journal or a rule cannot be used now: `unavailable` and its kinds.",
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Repeating a request with the same key gives the stored result.",
}


def component(status: str) -> str:
    """The name of the shared response of an error status."""
    return f"Problem{status}"


def problem_response(status: str, schema: type[Schema]) -> dict[str, Any]:
    """That shared response."""
    return {"description": PROBLEMS[status], "content": {PROBLEM: {"schema": schema}}}


def described(
    run: F,
    *,
    status: int,
    schema: type[Schema] | None,
    action: str | None = None,
    public: bool = False,
    query: type[QuerySchema] | None = None,
    body: type[Schema] | None = None,
    body_required: bool = True,
    writes: bool = False,
    extra: Sequence[str] = (),
) -> F:
    """Describe an operation: who may call it, what it takes, what it answers, how it fails."""
    problems = {"401", "404", "422", "503", *extra}
    parameters: list[Any] = []
    if query is not None:
        parameters.append({"in": "query", "schema": query})
    doc: dict[str, Any] = {"security": [{BEARER: []}]}
    if public:
        doc["security"].append({})
    if action is not None:
        problems.add("403")
        roles = ", ".join(f"`{role}`" for role in ACTIONS[action])
        doc["description"] = f"Roles: {roles}."
    if writes:
        problems |= {"400", "409", "413", "415"}
        parameters.append(IDEMPOTENCY_KEY)
    if body is not None:
        content = {JSON: {"schema": body}}
        doc["requestBody"] = {"required": body_required, "content": content}
    if parameters:
        doc["parameters"] = parameters
    doc["responses"] = {
        str(status): _answer(status, schema),
        **{one: component(one) for one in sorted(problems)},
    }
    described_run: F = Blueprint.doc(**doc)(run)
    return described_run


def _answer(status: int, schema: type[Schema] | None) -> dict[str, Any]:
    if schema is None:
        return {"description": "Done; no body."}
    description = "Made." if status == 201 else "The answer."
    return {"description": description, "content": {JSON: {"schema": schema}}}
