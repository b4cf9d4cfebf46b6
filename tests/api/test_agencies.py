"""Agencies and tokens over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.actor import Role
from registry.domain.errors import Duplicate, InvalidInput, RegistryError
from registry.domain.token import hash_token
from registry.services import agencies
from registry.store import access
from tests.api.conftest import Http
from tests.api.shape import assert_problem


def token_id(http: Http, who: str) -> str | None:
    with http.world.registry.view() as view:
        return access.token_id(view.reading, hash_token(http.world.tokens[who]))


def test_an_agency_is_entered_given_a_token_and_the_token_revoked(http: Http):
    body = {"code": "LAND", "name": "Land bureau", "sectors": ["tax"]}
    agency = http.post("/agencies", "admin", body)
    assert agency.status_code == 201, agency.text
    assert (agency.json["profile"], agency.json["level"]) == ("national", "city")
    assert "LAND" in {one["code"] for one in http.items("/agencies", "auditor")}
    assert_problem(http.post("/agencies", "admin", body), 409, "duplicate")

    http.world.tokens["mo"] = http.world.token("LAND", "Mo", Role.AUDITOR)
    assert http.get("/journal", "mo").status_code == 200
    revoked = http.send("DELETE", f"/tokens/{token_id(http, 'mo')}", "admin")
    assert revoked.status_code == 204
    assert_problem(http.get("/journal", "mo"), 401, "not-authenticated")
    assert_problem(http.send("DELETE", f"/tokens/{'0' * 32}", "admin"), 404, "not-found")


def test_a_token_expires(http: Http, clock: Any):
    http.world.tokens["mo"] = http.world.token("TAX", "Mo", Role.AUDITOR, days=1)
    assert http.get("/journal", "mo").status_code == 200
    clock.advance(days=1, minutes=1)
    assert_problem(http.get("/journal", "mo"), 401, "not-authenticated")


def test_an_agency_works_in_its_own_sectors_only(http: Http):
    http.post("/agencies", "admin", {"code": "P", "name": "P", "sectors": ["procurement"]})
    http.world.tokens["mo"] = http.world.token("P", "Mo", Role.PROVIDER, Role.COORDINATOR)
    from tests.api.test_subjects import a_record

    record = http.post("/records", "mo", a_record(http.world.enterprise().id))
    draft = http.post("/measure-editions", "mo", {"sector": "tax"})
    assert_problem(record, 403, "not-permitted")
    assert_problem(draft, 403, "not-permitted")


@pytest.mark.requirement("SEC-11")
def test_nobody_grants_roles_over_http(still: Http):
    body = {"agency": "TAX", "actor": "Mo", "role": ["authority"]}

    assert_problem(still.post("/tokens", "admin", body), 405, "method-not-allowed")


@pytest.mark.proves("I19")
@pytest.mark.parametrize("name", ["\uff21n", "A n", "an", " AN "])
def test_width_case_and_spaces_make_no_second_person(http: Http, name: str):
    http.world.tokens["again"] = http.world.token("TAX", name, Role.REVIEWER)

    holders = [
        http.world.registry.actor(http.world.tokens[who]).id for who in ("authority", "again")
    ]
    assert holders[0] == holders[1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agency_code": "NONE"}, "agency"),
        ({"roles": []}, "role"),
        ({"roles": [Role.SUBJECT]}, "subject"),
        ({"subject_id": "0" * 32}, "subject"),
        ({"days": 0}, "expires"),
        ({"actor_name": ""}, "actor"),
        ({"actor_name": "A\u200bn"}, "actor"),
    ],
)
def test_a_wrong_token_is_refused_by_field(still: Http, changes: dict[str, Any], field: str):
    asked = {"agency_code": "TAX", "actor_name": "Mo", "roles": [Role.AGENCY], **changes}

    with pytest.raises(InvalidInput) as refused, still.world.registry.operating() as work:
        agencies.add_token(work, digest="0" * 64, **asked)
    assert field in refused.value.errors


@pytest.mark.parametrize(
    ("code", "sound"),
    [
        ("DEMO-TAX", True),
        ("9_b.C", True),
        ("x" * 60, True),
        ("x" * 61, False),
        ("a b", False),
        ("a\tb", False),
        ("TAX\n", False),
        ("a\u200bb", False),
        ("税务局", False),
        ("-x", False),
        ("", False),
    ],
)
def test_a_code_is_sound_or_not_whoever_enters_the_agency(still: Http, code: str, sound: bool):
    over_http = still.post("/agencies", "admin", {"code": code, "name": "X"})

    assert over_http.status_code == (201 if sound else 422)
    with pytest.raises(RegistryError) as refused, still.world.registry.operating() as work:
        agencies.add(work, code, "X", "national", "city", ())
    if sound:
        assert isinstance(refused.value, Duplicate)
        return
    assert isinstance(refused.value, InvalidInput)
    assert refused.value.errors["code"][0].startswith("must be 1 to 60 letters (A to Z, a to z), ")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"code": None}, "code"),
        ({"name": ""}, "name"),
        ({"profile": "mars"}, "profile"),
        ({"level": "village"}, "level"),
        ({"sectors": ["Tax"]}, "sectors.0"),
        ({"sectors": ["tax", "mining"]}, "sectors"),
        ({"sectors": "tax"}, "sectors"),
    ],
)
def test_a_wrong_agency_is_refused_by_field(still: Http, changes: dict[str, Any], field: str):
    body = {"code": "X", "name": "X", **changes}

    assert_problem(still.post("/agencies", "admin", body), 422, "invalid-input", field)


# --- the list of tokens ---------------------------------------------------------------------------


def test_tokens_are_listed_page_by_page_without_digest_or_name(http: Http):
    http.world.tokens["mo"] = http.world.token("TAX", "Mo", Role.AUDITOR, Role.AGENCY, days=1)
    mine, id = http.world.registry.actor(http.world.tokens["mo"]), token_id(http, "mo")

    found = http.items("/tokens", "admin", limit=2)

    by_id = {one["id"]: one for one in found}
    until = by_id[id].pop("expires_at")
    assert until.startswith("2026-03-03T02:00:00.")
    assert until.endswith("Z")
    assert len(found) == len(by_id) == len(http.world.tokens)
    assert by_id[id] == {
        "id": id,
        "agency": "TAX",
        "actor": mine.id,
        "roles": ["agency", "auditor"],
        "revoked": False,
    }
    assert by_id[token_id(http, "admin")]["expires_at"] is None
    assert http.items("/tokens", "auditor") == http.items("/tokens", "admin")
    said = http.get("/tokens?limit=200", "admin").text
    assert hash_token(http.world.tokens["mo"]) not in said
    assert "Mo" not in said


def test_a_listed_token_is_revoked_and_stays_in_the_list(http: Http):
    http.world.tokens["mo"] = http.world.token("TAX", "Mo", Role.AUDITOR)
    (id,) = (one["id"] for one in http.items("/tokens", "admin", agency="TAX")
             if one["roles"] == ["auditor"])  # fmt: skip

    assert http.send("DELETE", f"/tokens/{id}", "admin").status_code == 204

    assert_problem(http.get("/journal", "mo"), 401, "not-authenticated")
    revoked = [one["id"] for one in http.items("/tokens", "admin") if one["revoked"]]
    assert revoked == [id]


def test_tokens_of_one_agency(still: Http):
    every = still.items("/tokens", "admin")

    for code in ("TAX", "OTHER"):
        theirs = still.items("/tokens", "admin", agency=code)
        assert theirs == [one for one in every if one["agency"] == code]
        assert theirs != []
    nobody = still.get("/tokens?agency=NONE", "admin")
    assert_problem(nobody, 422, "invalid-input", "agency")
    assert_problem(still.get("/tokens?agency=a%20b", "admin"), 422, "invalid-input", "agency")
    assert_problem(still.get("/tokens?agency=TAX", "coordinator"), 403, "not-permitted")
