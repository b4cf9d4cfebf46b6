"""The straight way of a check and the way through Flask give the same answers and the same errors,
and each refusal is logged once, whichever way it came."""

from typing import Any

import pytest
import sqlalchemy as sa

from registry.api import check_door
from registry.store import tables
from tests.numbers import uscc

PATH = check_door.PATH
BODY = {
    "subject": {"identifier": {"scheme": "uscc", "value": uscc(1)}},
    "matter": "procurement.bid",
    "purpose": "procurement_and_funding",
    "case_no": "CASE-1",
}
OWN = ("id", "receipt", "as_of", "known_at")


def kinds(world: Any) -> list[str]:
    with world.registry.store.reading() as reading:
        rows = reading.connection.execute(sa.select(tables.checks.c.kind))
        return [row.kind for row in rows]


@pytest.fixture(params=["straight", "through Flask"])
def ask(request: pytest.FixtureRequest, client: Any, world: Any):
    """Post a check; an address with a bare question mark is one for Flask."""
    more = {} if request.param == "straight" else {"headers": {"Idempotency-Key": "key-1"}}

    def post(body: Any, who: str = "agency") -> Any:
        headers = {**world.headers(who), **more.get("headers", {})}
        return client.post(PATH, json=body, headers=headers)

    return post


def test_both_ways_answer_alike(client: Any, world: Any):
    world.listed(world.enterprise(uscc(1)))
    straight = client.post(PATH, json=BODY, headers=world.headers("agency"))
    keyed = {**world.headers("agency"), "Idempotency-Key": "key-1"}
    through = client.post(PATH, json=BODY, headers=keyed)

    assert straight.status_code == through.status_code == 200
    assert straight.mimetype == through.mimetype == "application/json"
    assert list(straight.json) == list(through.json)
    for name in straight.json.keys() - OWN:
        assert straight.json[name] == through.json[name]
    assert straight.json["outcome"] == "restricted"


def test_the_answer_is_the_one_that_was_logged(ask: Any, client: Any, world: Any):
    given = ask(BODY).json

    stored = client.get(f"{PATH}/{given['id']}", headers=world.headers("agency")).json
    assert stored == given


@pytest.mark.parametrize(
    ("changed", "who", "status", "logged"),
    [
        ({"matter": "no.such"}, "agency", 422, ["check.refused"]),
        ({"purpose": "awards"}, "agency", 422, ["check.refused"]),
        ({"unknown": 1}, "agency", 422, ["check.refused"]),
        ({}, "provider", 403, ["check.refused"]),
    ],
)
def test_a_refusal_is_logged_once(
    ask: Any, world: Any, changed: dict[str, Any], who: str, status: int, logged: list[str]
):
    answer = ask({**BODY, **changed}, who)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert kinds(world) == logged


def test_an_unknown_token_is_refused_without_a_row(client: Any, world: Any):
    answer = client.post(PATH, json=BODY, headers={"Authorization": "Bearer nobody"})

    assert answer.status_code == 401
    assert kinds(world) == []


def test_what_is_broken_is_500_and_says_nothing(
    client: Any, world: Any, monkeypatch: pytest.MonkeyPatch
):
    def broken(body: Any) -> Any:
        raise RuntimeError("a secret")

    monkeypatch.setattr("registry.services.checks.decide", broken)
    answer = client.post(PATH, json=BODY, headers=world.headers("agency"))

    assert answer.status_code == 500
    assert b"secret" not in answer.data


def test_both_ways_are_counted(client: Any, world: Any, application: Any):
    client.post(PATH, json=BODY, headers=world.headers("agency"))
    client.post(PATH, json={}, headers=world.headers("agency"))

    text = application.metrics.text().decode()
    assert f'method="POST",route="{PATH}",status="200"}} 1.0' in text
    assert f'method="POST",route="{PATH}",status="422"}} 1.0' in text
