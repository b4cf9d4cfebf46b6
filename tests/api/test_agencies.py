"""Agencies and tokens over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Http
from tests.api.shape import assert_problem


def test_an_agency_is_entered_given_a_token_and_the_token_revoked(http: Http):
    body = {"code": "LAND", "name": "Land bureau", "sectors": ["tax"]}
    agency = http.post("/agencies", "admin", body)
    assert agency.status_code == 201, agency.text
    assert (agency.json["profile"], agency.json["level"]) == ("national", "city")
    assert "LAND" in {one["code"] for one in http.items("/agencies", "auditor")}
    assert_problem(http.post("/agencies", "admin", body), 409, "duplicate")

    asked = {"agency": "LAND", "actor": "Mo", "role": ["agency", "auditor"], "expires": 30}
    token = http.post("/tokens", "admin", asked)
    assert token.status_code == 201, token.text
    http.world.tokens["mo"] = token.json["token"]
    assert http.get("/journal", "mo").status_code == 200
    revoked = http.send("DELETE", f"/tokens/{token.json['id']}", "admin")
    assert revoked.status_code == 204
    assert_problem(http.get("/journal", "mo"), 401, "not-authenticated")
    assert_problem(http.send("DELETE", f"/tokens/{'0' * 32}", "admin"), 404, "not-found")


def test_a_token_expires(http: Http, clock: Any):
    asked = {"agency": "TAX", "actor": "Mo", "role": ["auditor"], "expires": 1.0}
    http.world.tokens["mo"] = http.post("/tokens", "admin", asked).json["token"]
    assert http.get("/journal", "mo").status_code == 200
    clock.advance(days=1, minutes=1)
    assert_problem(http.get("/journal", "mo"), 401, "not-authenticated")


def test_an_agency_works_in_its_own_sectors_only(http: Http):
    http.post("/agencies", "admin", {"code": "P", "name": "P", "sectors": ["procurement"]})
    asked = {"agency": "P", "actor": "Mo", "role": ["provider", "coordinator"]}
    http.world.tokens["mo"] = http.post("/tokens", "admin", asked).json["token"]
    from tests.api.test_subjects import a_record

    record = http.post("/records", "mo", a_record(http.world.enterprise().id))
    draft = http.post("/measure-editions", "mo", {"sector": "tax"})
    assert_problem(record, 403, "not-permitted")
    assert_problem(draft, 403, "not-permitted")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agency": "NONE"}, "agency"),
        ({"role": []}, "role"),
        ({"role": ["king"]}, "role.0"),
        ({"role": "agency"}, "role"),
        ({"role": ["subject"]}, "subject"),
        ({"subject": "0" * 32}, "subject"),
        ({"expires": 0}, "expires"),
        ({"expires": 1.5}, "expires"),
        ({"expires": "30"}, "expires"),
        ({"expires": True}, "expires"),
        ({"expires": 10**30}, "expires"),
        ({"actor": ""}, "actor"),
    ],
)
def test_a_wrong_token_is_refused_by_field(still: Http, changes: dict[str, Any], field: str):
    body = {"agency": "TAX", "actor": "Mo", "role": ["agency"], **changes}

    assert_problem(still.post("/tokens", "admin", body), 422, "invalid-input", field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"code": None}, "code"),
        ({"name": ""}, "name"),
        ({"profile": "mars"}, "profile"),
        ({"level": "village"}, "level"),
        ({"sectors": ["Tax"]}, "sectors.0"),
        ({"sectors": "tax"}, "sectors"),
    ],
)
def test_a_wrong_agency_is_refused_by_field(still: Http, changes: dict[str, Any], field: str):
    body = {"code": "X", "name": "X", **changes}

    assert_problem(still.post("/agencies", "admin", body), 422, "invalid-input", field)
