"""Fault 71 at every address that is written to, and in every object of a body: what the registry
sets itself cannot be sent. And what the same harness finds where unknown fields are let pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from marshmallow import EXCLUDE, RAISE, Schema, fields

from registry.api import check_body, impact, query, writes
from registry.api.fields import RequestSchema
from tests.api.conftest import Http
from tests.api.conftest import still as still
from tests.api.shape import JSON
from tests.api.test_injection import counts
from tests.faults.test_input_bodies import WRITES
from tests.faults.test_input_bodies import everybody as everybody
from tests.faults.test_input_bodies import stored as stored_rows

SET_BY_THE_REGISTRY = (
    "id", "status", "agency_id", "agency", "provider", "maker", "proposed_by", "confirmed_by",
    "decided_by", "actor_id", "roles", "public", "provisional", "annulled_on", "known_from",
    "known_to", "sealed", "hash", "revoked", "__class__", "state",
)  # fmt: skip
# A rating that is taken over from an older list has a state of its own to tell.
MEANT = {(("POST", "/ratings"), "state")}


def let_pass(http: Http, routes: Any = WRITES) -> list[tuple[Any, str]]:
    """The addresses and fields where what was sent is not refused by its name."""
    found = []
    for route in routes:
        method, rule = route
        path = re.sub(r"<string:s?id>", "0" * 32, rule).replace("<string:code>", "tax.none")
        for name in SET_BY_THE_REGISTRY:
            body = json.dumps({name: "x"})
            answer = http.send(method, path, "everybody", data=body, content_type=JSON)
            told = answer.get_json(force=True).get("errors", {}).get(name, [""])
            if answer.status_code != 422 or "not a field" not in told[0]:
                found.append((route, name))
    return found


@pytest.mark.proves("F71")
def test_no_address_takes_what_the_registry_sets(still: Http, everybody: str):
    before = stored_rows(still)

    assert set(let_pass(still)) == MEANT
    assert stored_rows(still) == before


@pytest.mark.control("F71")
def test_were_unknown_fields_let_pass_every_address_would_take_them(
    still: Http, everybody: str, monkeypatch: pytest.MonkeyPatch
):
    """The control."""

    def lax(schema: RequestSchema, value: Any) -> Any:
        return query.load(_Lax(schema), value)

    monkeypatch.setattr(writes, "load", lax)
    monkeypatch.setattr(impact, "load", lax)
    monkeypatch.setattr(check_body, "_FIELDS", check_body._FIELDS | set(SET_BY_THE_REGISTRY))

    assert {route for route, _ in let_pass(still)} == set(WRITES)


class _Lax:
    """A schema that leaves out what it does not know."""

    def __init__(self, schema: Schema) -> None:
        self.load = partial(schema.load, unknown=EXCLUDE)


# --- objects inside -------------------------------------------------------------------------------


def schemas(of: type[RequestSchema] = RequestSchema) -> Iterator[type[RequestSchema]]:
    yield of
    for kind in of.__subclasses__():
        yield from schemas(kind)


def lax_places(schema: Schema) -> list[str]:
    """Where a schema, or an object or list in it, would let an unknown field pass."""
    found = [] if schema.unknown == RAISE else ["itself"]
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            nested = inner.schema
            laxer = inner.unknown not in (None, RAISE) or not isinstance(nested, RequestSchema)
            found += [name] if laxer or nested.unknown != RAISE else []
    return found


@pytest.mark.proves("F71")
def test_no_object_in_a_body_takes_what_it_does_not_know():
    found = {kind.__name__: lax_places(kind()) for kind in schemas()}

    assert len(found) > 40
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.control("F71")
def test_a_laxer_schema_would_be_seen():
    """The control: by itself, in an object and in a list."""

    class Inner(Schema):
        class Meta:
            unknown = EXCLUDE

    class Outer(Schema):
        class Meta:
            unknown = RAISE

        one = fields.Nested(Inner)
        several = fields.List(fields.Nested(Inner))
        loosened = fields.Nested(RequestSchema, unknown=EXCLUDE)

    assert lax_places(Inner()) == ["itself"]
    assert lax_places(Outer()) == ["one", "several", "loosened"]


@pytest.mark.proves("F71")
def test_a_record_takes_no_field_that_its_kind_does_not_have(still: Http, everybody: str):
    """The fields of a record are an object of their own, read by its kind."""
    firm = still.world.enterprise().id
    before = counts(still)
    for name in SET_BY_THE_REGISTRY:
        body = {
            "kind": "tax.penalty_decision", "subject_id": firm, "decided_on": "2026-01-01",
            "fields": {name: "x"},
        }  # fmt: skip
        answer = still.post("/records", "provider", body)
        assert answer.status_code == 422
        assert any("no such field" in said[0] for said in answer.json["errors"].values()), name

    assert counts(still) == before
