"""Messages name what is wrong, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.actor import Role
from registry.domain.errors import NotPermitted
from registry.services import agencies
from tests.api.conftest import Http, a_check
from tests.api.shape import assert_problem
from tests.api.test_subjects import a_record
from tests.numbers import uscc


@pytest.fixture
def stranger(http: Http) -> Http:
    """With `mo`, who has every role here, of an agency of another sector."""
    with http.world.registry.operating() as work:
        agencies.add(work, "P", "P", "national", "city", ("procurement",))
    roles = (Role.PROVIDER, Role.AUTHORITY, Role.COORDINATOR)
    http.world.tokens["mo"] = http.world.token("P", "Mo", *roles)
    return http


def asked(http: Http, what: str) -> Any:
    firm = http.world.enterprise()
    if what == "determination":
        record = http.post("/records", "provider", a_record(firm.id)).json["id"]
        body = {"criterion": "tax.evasion", "subject_id": firm.id, "record_ids": [record]}
        return http.post("/determinations", "mo", body)
    if what == "record":
        return http.post("/records", "mo", a_record(firm.id))
    if what == "acceptance":
        body = {"version": "2022-02-01", "statement": "S"}
        return http.post("/criteria/tax.evasion/acceptance", "mo", body)
    return http.post("/measure-editions", "mo", {"sector": "tax"})


@pytest.mark.parametrize("what", ["determination", "record", "acceptance", "edition"])
def test_an_agency_of_another_sector_is_told_that_and_not_of_its_roles(stranger: Http, what: str):
    body = assert_problem(asked(stranger, what), 403, "not-permitted")

    assert body["detail"].startswith("Your agency may not ")
    assert body["detail"].endswith("this sector: it does not work there.")
    assert "role" not in body["detail"]
    assert body["action"]


def test_who_lacks_the_role_is_told_the_role(http: Http):
    body = assert_problem(http.post("/determinations", "agency", {}), 403, "not-permitted")

    assert body["detail"] == (
        "Your roles do not allow: propose a determination. It takes the role authority."
    )


def test_what_an_agency_may_not_for_another_reason_is_not_put_down_to_its_sector():
    assert str(NotPermitted("file a record of this kind")) == (
        "Your agency may not file a record of this kind."
    )


@pytest.mark.parametrize("sent", ["", "A b", 3])
def test_a_kind_of_record_is_likened_to_a_kind_of_record(still: Http, sent: Any):
    body = {**a_record("0" * 32), "kind": sent}

    said = assert_problem(still.post("/records", "provider", body), 422, "invalid-input", "kind")

    assert said["errors"]["kind"] == ["must be a code such as tax.penalty_decision"]


def test_a_criterion_and_a_sector_are_likened_to_their_own(still: Http):
    body = {"criterion": "", "subject_id": "0" * 32, "record_ids": ["0" * 32]}
    criterion = still.post("/determinations", "authority", body)
    sector = still.post("/measure-editions", "coordinator", {"sector": ""})
    sectors = still.post("/agencies", "admin", {"code": "X", "name": "X", "sectors": [""]})

    assert criterion.json["errors"] == {"criterion": ["must be a code such as tax.evasion"]}
    assert sector.json["errors"] == {"sector": ["must be a code such as tax"]}
    assert sectors.json["errors"] == {"sectors.0": ["must be a code such as tax"]}


@pytest.mark.parametrize("sent", ["2026-03-01T09:00:00", "2026-3-1", "", 5])
def test_as_of_says_that_a_date_will_do(still: Http, sent: Any):
    answer = still.post("/checks", "agency", a_check(uscc(1), as_of=sent))

    body = assert_problem(answer, 422, "invalid-input", "as_of")
    assert body["errors"]["as_of"] == [
        "must be a date, as 2026-03-01, or an instant with its zone, as 2026-03-01T09:00:00+08:00"
    ]


def test_known_at_takes_no_date_and_does_not_say_so(still: Http):
    answer = still.post("/checks", "agency", a_check(uscc(1), known_at="2026-03-01"))

    body = assert_problem(answer, 422, "invalid-input", "known_at")
    assert body["errors"]["known_at"] == [
        "must be an instant with its zone, as 2026-03-01T09:00:00+08:00"
    ]


def test_white_space_alone_is_blank(still: Http):
    def said(name: str) -> list[str]:
        answer = still.post("/agencies", "admin", {"code": "X", "name": name})
        errors: dict[str, list[str]] = assert_problem(answer, 422, "invalid-input")["errors"]
        return errors["name"]

    assert said(" \t\u3000") == ["must not be blank"]
    assert said("") == ["must have 1 to 200 characters"]
    assert said("x" * 201) == ["must have 1 to 200 characters"]
