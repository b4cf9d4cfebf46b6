"""Terms over HTTP: what a decision fixed is not moved by the reviewer, and a warning not past its
own clock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Http
from tests.api.sector_case import SERVED_ON, accepted, listed, proposed, recorded
from tests.api.shape import assert_problem

BAN = {"act": "false_material", "ban_months": 12, "penalty_no": "P-1"}
EVADED = {"act": "owner_evade", "fine_amount": "100", "penalty_no": "P-2"}
RULE = "procurement.tender_owner_evade"
LATEST = "2029-03-01"  # the last day of three years from the world's today


@pytest.fixture
def firm(http: Http) -> str:
    return http.world.enterprise().id


def banned(http: Http, firm: str, decided_on: str, **setting: Any) -> Any:
    record = recorded(http, firm, "procurement.penalty_decision", decided_on, BAN)
    case = proposed(http, "procurement.false_material", firm, record.json["id"]).json
    http.post(f"/determinations/{case['id']}/notice", "authority", {"served_on": SERVED_ON})
    return http.post(f"/determinations/{case['id']}/confirm", "reviewer", setting)


@pytest.mark.requirement("CRI-18", "PUB-14")
@pytest.mark.parametrize(
    "setting", [{}, {"valid_from": "2026-03-02"}, {"valid_from": "2026-04-01"}]
)
def test_a_ban_ends_when_its_decision_says_whatever_first_day_is_named(
    http: Http, firm: str, setting: dict[str, str]
):
    answer = banned(http, firm, "2025-06-10", **setting)

    assert answer.status_code == 200, answer.text
    listing = http.get(f"/listings/{answer.json['listing_id']}", "authority").json
    assert listing["valid_to"] == "2026-06-11"
    assert listing["repair"] == {"repairable": False, "ways": [], "earliest_on": None}


@pytest.mark.parametrize("valid_from", ["2026-06-11", "2090-01-01"])
def test_a_ban_that_is_over_by_then_is_refused(http: Http, firm: str, valid_from: str):
    answer = banned(http, firm, "2025-06-10", valid_from=valid_from)

    problem = assert_problem(answer, 422, "invalid-input", "term")
    assert "P12M from the decision ended before 2026-06-11" in problem["errors"]["term"][0]


def evasion(http: Http, firm: str, ended_on: str) -> str:
    """The address of a watch case on an act that ended on a day."""
    body = {
        "subject_id": firm,
        "kind": "procurement.tender_decision",
        "fields": EVADED,
        "decided_on": "2026-01-10",
        "ended_on": ended_on,
    }
    record = http.post("/records", "provider", body)
    assert record.status_code == 201, record.text
    case = proposed(http, RULE, firm, record.json["id"]).json
    accepted(http, RULE, "2026-01-10")
    return f"/determinations/{case['id']}"


@pytest.mark.parametrize(
    ("ended_on", "valid_to"), [("2025-06-30", "2028-01-01"), ("2023-06-30", "2026-07-01")]
)
def test_a_watch_listing_ends_with_its_warning_or_three_years_after_the_act(
    http: Http, firm: str, ended_on: str, valid_to: str
):
    path = evasion(http, firm, ended_on)
    warning = {"served_on": SERVED_ON, "ends_on": "2027-12-31"}
    assert http.post(f"{path}/notice", "authority", warning).status_code == 200
    answer = http.post(f"{path}/confirm", "reviewer", {})

    assert answer.status_code == 200, answer.text
    listing = http.get(f"/listings/{answer.json['listing_id']}", "authority").json
    assert (listing["list_kind"], listing["valid_to"]) == ("watch", valid_to)


def test_a_watch_listing_on_an_act_of_long_ago_is_refused(http: Http, firm: str):
    path = evasion(http, firm, "2010-01-01")
    http.post(f"{path}/notice", "authority", {"served_on": SERVED_ON, "ends_on": "2027-12-31"})
    answer = http.post(f"{path}/confirm", "reviewer", {})

    problem = assert_problem(answer, 422, "invalid-input", "term")
    assert "from the end of the act" in problem["errors"]["term"][0]


def test_a_warning_names_no_day_that_the_listing_cannot_have(http: Http, firm: str):
    path = evasion(http, firm, "2025-06-30")
    beyond = {"served_on": SERVED_ON, "ends_on": "2029-03-02"}
    answer = http.post(f"{path}/notice", "authority", beyond)

    problem = assert_problem(answer, 422, "invalid-input", "ends_on")
    assert LATEST in problem["errors"]["ends_on"][0]
    told = http.post(f"{path}/notice", "authority", {**beyond, "ends_on": LATEST})
    assert told.status_code == 200, told.text


def test_what_needs_no_publicity_says_so(http: Http, firm: str):
    record = recorded(http, firm, "procurement.penalty_decision", "2026-01-10", BAN)
    case = proposed(http, "procurement.false_material", firm, record.json["id"]).json
    path = f"/determinations/{case['id']}"
    http.post(f"{path}/notice", "authority", {"served_on": SERVED_ON})

    assert_problem(http.post(f"{path}/publicise", "authority", {}), 409, "conflict")


def test_a_listing_that_can_be_repaired_says_how(http: Http, firm: str):
    accepted(http, "procurement.serious_record", "2026-01-10")
    fields = {**BAN, "ban_months": 1, "fine_amount": "30000"}
    kind = "procurement.penalty_decision"
    listing = listed(http, "procurement.serious_record", firm, kind, fields)

    assert listing["repair"]["repairable"] is True
    assert listing["repair"]["ways"]
