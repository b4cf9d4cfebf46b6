"""Determinations over HTTP: every step, every step left out, and nobody else's case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Http
from tests.api.shape import assert_problem, without_instance
from tests.api.test_subjects import a_record

ABSENT = "0" * 32


def propose(http: Http, subject_id: str, **fields: Any) -> Any:
    body = a_record(subject_id)
    body["fields"].update(fields)
    record = http.post("/records", "provider", body)
    assert record.status_code == 201, record.text
    case = {
        "criterion": "tax.evasion",
        "subject_id": subject_id,
        "record_ids": [record.json["id"]],
    }
    return http.post("/determinations", "authority", case)


@pytest.fixture
def case(http: Http) -> dict[str, Any]:
    answer = propose(http, http.world.enterprise().id)
    assert answer.status_code == 201, answer.text
    return answer.json  # type: ignore[no-any-return]


def served(http: Http, case: dict[str, Any], on: str = "2026-01-10") -> dict[str, Any]:
    answer = http.post(f"/determinations/{case['id']}/notice", "authority", {"served_on": on})
    assert answer.status_code == 200, answer.text
    return answer.json  # type: ignore[no-any-return]


def test_a_case_runs_from_proposal_to_listing(http: Http, case: dict[str, Any]):
    assert case["state"] == "proposed"
    assert case["finding"]["met"] is True
    assert all(reason["basis"] for reason in case["finding"]["reasons"])
    assert [step["action"] for step in case["next"]] == ["notice"]

    noticed = served(http, case)
    assert noticed["state"] == "noticed"
    assert noticed["deadlines"][0]["kind"] == "defence"
    assert noticed["deadlines"][0]["due_on"] < noticed["deadlines"][0]["earliest_on"]

    said = {"statement": "We paid.", "received_on": "2026-01-12"}
    entered = http.post(f"/determinations/{case['id']}/submissions", "authority", said)
    assert entered.status_code == 201
    blocked = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {})
    missing = assert_problem(blocked, 409, "step-missing")["missing"]
    assert [step["action"] for step in missing] == ["answer_submission"]

    path = f"/determinations/{case['id']}/submissions/{entered.json['submission_id']}/answer"
    reply = {"outcome": "rejected", "reason": "No receipt."}
    answered = http.post(path, "authority", reply)
    assert answered.json["submissions"][0]["outcome"] == "rejected"
    assert_problem(http.post(path, "authority", reply), 409, "duplicate")

    confirmed = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {})
    assert confirmed.json["state"] == "confirmed"
    listing = http.get(f"/listings/{confirmed.json['listing_id']}").json
    assert listing["status"] == "in_force"
    assert http.get(f"/determinations/{case['id']}", "reviewer").json == confirmed.json


@pytest.mark.requirement("DET-05")
def test_a_person_who_was_not_told_is_not_determined(http: Http):
    case = propose(http, http.world.person().id).json
    answer = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {})

    missing = assert_problem(answer, 409, "step-missing")["missing"]
    assert missing[0]["action"] == "notice"
    assert missing[0]["basis"]


def test_time_to_answer_is_kept_to_the_day(http: Http, case: dict[str, Any]):
    due = served(http, case, "2026-03-02")["deadlines"][0]
    answer = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {})

    step = assert_problem(answer, 409, "step-missing")["missing"][0]
    assert (step["action"], step["earliest_on"]) == ("defence_window", due["earliest_on"])


@pytest.mark.proves("I19")
def test_the_proposer_never_confirms_whatever_the_token(http: Http, case: dict[str, Any]):
    from registry.domain.actor import Role
    from tests.world import TAX

    served(http, case)
    http.world.tokens["an again"] = http.world.token(TAX, "An", Role.REVIEWER)
    answer = http.post(f"/determinations/{case['id']}/confirm", "an again", {})

    assert_problem(answer, 403, "two-person-rule")


def test_records_that_do_not_meet_the_criterion_are_answered_with_reasons(http: Http):
    answer = propose(http, http.world.enterprise().id, underpaid_amount="999999.99")

    reasons = assert_problem(answer, 422, "criterion-not-met")["reasons"]
    assert any(not reason["met"] and "999,999.99" in reason["text"] for reason in reasons)


def test_a_criterion_not_yet_in_force_says_so(http: Http):
    subject = http.world.enterprise()
    body = {**a_record(subject.id), "decided_on": "2022-01-31"}
    record = http.post("/records", "provider", body).json
    case = {"criterion": "tax.evasion", "subject_id": subject.id, "record_ids": [record["id"]]}

    answer = http.post("/determinations", "authority", case)

    assert assert_problem(answer, 422, "criterion-not-in-force")["on"] == "2022-01-31"


def test_a_second_case_on_the_same_record_is_a_duplicate(http: Http, case: dict[str, Any]):
    body = {name: case[name] for name in ("criterion", "subject_id", "record_ids")}
    answer = http.post("/determinations", "authority", body)
    assert assert_problem(answer, 409, "duplicate")["id"] == case["id"]

    dropped = http.post(f"/determinations/{case['id']}/drop", "reviewer", {"reason": "No."})
    assert (dropped.json["state"], dropped.json["next"]) == ("dropped", [])
    assert http.post("/determinations", "authority", body).status_code == 201


def test_an_action_that_the_state_does_not_know_is_refused(http: Http, case: dict[str, Any]):
    http.post(f"/determinations/{case['id']}/drop", "authority", {"reason": "No."})
    for action, who, body in (
        ("notice", "authority", {"served_on": "2026-01-10"}),
        ("confirm", "reviewer", {}),
        ("drop", "authority", {"reason": "Again."}),
        ("publicise", "authority", {}),
    ):
        answer = http.post(f"/determinations/{case['id']}/{action}", who, body)
        assert assert_problem(answer, 409, "illegal-transition")["state"] == "dropped"


@pytest.mark.requirement("DET-12")
def test_a_black_listing_says_whether_how_and_from_when_it_can_be_repaired(
    http: Http, case: dict[str, Any]
):
    served(http, case)
    path = f"/determinations/{case['id']}/confirm"
    for repair, field in (
        ({"ways": ["pay"]}, "repair.repairable"),
        ({"repairable": True, "ways": []}, "repair.ways"),
        ({"repairable": True, "ways": ["pay"], "earliest_on": "2026-03-03"}, "repair.earliest_on"),
        ({"repairable": "yes", "ways": ["pay"]}, "repair.repairable"),
    ):
        answer = http.post(path, "reviewer", {"repair": repair})
        assert_problem(answer, 422, "invalid-input", field)
    confirmed = http.post(path, "reviewer", {"repair": {"repairable": True, "ways": ["pay"]}}).json

    shown = http.get(f"/listings/{confirmed['listing_id']}").json["repair"]
    assert shown["repairable"] is True
    assert shown["ways"] == ["pay"]
    assert shown["earliest_on"]


@pytest.mark.requirement("DET-13")
@pytest.mark.parametrize(
    ("term", "valid_to"), [("P1Y", "2027-03-02"), ("P18M", "2027-09-02"), (None, "2029-03-02")]
)
def test_the_term_is_set_case_by_case_and_always_ends(
    http: Http, case: dict[str, Any], term: str | None, valid_to: str
):
    served(http, case)
    body = {"term": term} if term else {}
    confirmed = http.post(f"/determinations/{case['id']}/confirm", "reviewer", body).json

    assert http.get(f"/listings/{confirmed['listing_id']}").json["valid_to"] == valid_to


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"term": "P30Y"}, "term"),
        ({"term": "forever"}, "term"),
        ({"term": 3}, "term"),
        ({"term": None}, "term"),
        ({"valid_from": "2026-03-01"}, "valid_from"),
        ({"valid_from": "tomorrow"}, "valid_from"),
        ({"watch_term": "P0D"}, "watch_term"),
        ({"watch_term": "P999Y"}, "watch_term"),
        ({"responsible_persons": [{"name": "A"}]}, "responsible_persons.0.identifier"),
        ({"responsible_persons": "all"}, "responsible_persons"),
    ],
)
def test_a_wrong_decision_is_refused_by_field(
    http: Http, case: dict[str, Any], body: dict[str, Any], field: str
):
    served(http, case)
    answer = http.post(f"/determinations/{case['id']}/confirm", "reviewer", body)

    assert field in assert_problem(answer, 422, "invalid-input")["errors"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "served_on"),
        ({"served_on": "2026-03-03"}, "served_on"),
        ({"served_on": "2026-01-04"}, "served_on"),
        ({"served_on": "2026-01-10", "ends_on": "2027-01-01"}, "ends_on"),
    ],
)
def test_a_wrong_notice_is_refused_by_field(
    http: Http, case: dict[str, Any], body: dict[str, Any], field: str
):
    answer = http.post(f"/determinations/{case['id']}/notice", "authority", body)

    assert_problem(answer, 422, "invalid-input", field)


@pytest.mark.requirement("DET-17")
def test_a_decision_is_traceable_to_a_person_a_criterion_and_evidence(
    http: Http, case: dict[str, Any]
):
    served(http, case)
    confirmed = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {}).json
    listing = http.get(f"/listings/{confirmed['listing_id']}", "agency").json

    assert listing["decided_by"] == confirmed["confirmed_by"] != confirmed["proposed_by"]
    assert listing["criterion_version"] == confirmed["criterion_version"] == "2022-02-01"
    assert listing["record_ids"] == case["record_ids"] != []
    assert listing["determination_id"] == case["id"]
    assert "decided_by" not in http.get(f"/listings/{listing['id']}").json


@pytest.mark.requirement("DET-19")
def test_an_implementing_agency_never_determines(http: Http, case: dict[str, Any]):
    body = {name: case[name] for name in ("criterion", "subject_id", "record_ids")}
    assert_problem(http.post("/determinations", "agency", body), 403, "not-permitted")
    for action in ("notice", "publicise", "confirm", "drop", "submissions"):
        answer = http.post(f"/determinations/{case['id']}/{action}", "agency", {})
        assert_problem(answer, 403, "not-permitted")


ACTIONS = {
    "notice": ("authority", {"served_on": "2026-01-10"}),
    "submissions": ("authority", {"statement": "S", "received_on": "2026-01-10"}),
    f"submissions/{ABSENT}/answer": ("authority", {"outcome": "rejected", "reason": "R"}),
    "publicise": ("authority", {}),
    "confirm": ("reviewer", {}),
    "drop": ("authority", {"reason": "R"}),
}


@pytest.mark.requirement("DET-03")
def test_only_the_authority_of_the_entry_can_change_it(http: Http):
    listing = http.world.listed()
    body = {"ground": "criteria_changed", "reason": "The standard changed."}
    path = f"/listings/{listing.id}/exit"

    assert_problem(http.post(path, "other_reviewer", body), 404, "not-found")
    for who in ("coordinator", "admin", "operator", "agency", "authority"):
        assert_problem(http.post(path, who, body), 403, "not-permitted")
    assert http.get(f"/listings/{listing.id}").json["status"] == "in_force"
    ended = http.post(path, "reviewer", body).json
    assert (ended["status"], ended["exit"]["ground"]) == ("ended", "criteria_changed")


@pytest.mark.requirement("DET-03")
def test_the_case_of_another_agency_looks_absent_in_every_action(http: Http, case: dict[str, Any]):
    """Fault 70: an id and another agency give the same body as no such id."""
    for action, (who, body) in ACTIONS.items():
        theirs = http.post(f"/determinations/{case['id']}/{action}", f"other_{who}", body)
        absent = http.post(f"/determinations/{ABSENT}/{action}", f"other_{who}", body)
        assert_problem(theirs, 404, "not-found")
        assert without_instance(theirs) == without_instance(absent)
        for stranger in ("coordinator", "admin", "operator"):
            strange = http.post(f"/determinations/{case['id']}/{action}", stranger, body)
            assert_problem(strange, 403, "not-permitted")
    assert http.get(f"/determinations/{case['id']}", "authority").json == case


def test_reading_the_case_of_another_agency_is_reading_nothing(http: Http, case: dict[str, Any]):
    theirs = http.get(f"/determinations/{case['id']}", "other_authority")
    absent = http.get(f"/determinations/{ABSENT}", "other_authority")

    assert_problem(theirs, 404, "not-found")
    assert without_instance(theirs) == without_instance(absent)
    assert http.items("/determinations", "other_authority") == []
    assert [one["id"] for one in http.items("/determinations", "reviewer")] == [case["id"]]


def test_a_rule_to_verify_lists_nobody_before_it_is_accepted_by_name(http: Http):
    subject = http.world.enterprise()
    record = http.world.record(subject, http.world.today - timedelta(days=30))
    body = {"criterion": "tax.evasion", "subject_id": subject.id, "record_ids": [record.id]}
    case = http.post("/determinations", "other_authority", body)
    assert case.status_code == 201, case.text
    assert "accept_rule" in [step["action"] for step in case.json["next"]]
    assert case.json["finding"]["reasons"][0]["basis"][0]["status"] == "to_verify"

    accept = {"version": "2022-02-01", "statement": "We read the order and take it over."}
    accepted = http.post("/criteria/tax.evasion/acceptance", "other_authority", accept)
    assert accepted.status_code == 201, accepted.text

    case = http.get(f"/determinations/{case.json['id']}", "other_authority")
    assert "accept_rule" not in [step["action"] for step in case.json["next"]]
    assert case.json["finding"]["reasons"][0]["basis"][0]["status"] == "accepted"
    public = [one for one in http.items("/criteria") if one["code"] == "tax.evasion"]
    assert public[0]["status"] == "to_verify"
    again = http.post("/criteria/tax.evasion/acceptance", "other_authority", accept)
    assert_problem(again, 409, "duplicate")
    unknown = {**accept, "version": "1999"}
    answer = http.post("/criteria/tax.evasion/acceptance", "authority", unknown)
    assert_problem(answer, 422, "invalid-input", "version")
    answer = http.post("/criteria/tax.nothing/acceptance", "authority", accept)
    assert_problem(answer, 404, "not-found")


def test_publicity_that_nothing_demands_is_refused(http: Http, case: dict[str, Any]):
    answer = http.post(f"/determinations/{case['id']}/publicise", "authority")

    assert_problem(answer, 409, "conflict")


def test_what_an_agency_took_over_by_name_is_cited_so_in_the_steps_to_come(
    http: Http, case: dict[str, Any]
):
    (notice,) = [one for one in case["next"] if one["action"] == "notice"]
    own = [one for one in notice["basis"] if "54" in one["instrument"]]

    assert [one["status"] for one in own] == ["accepted"]
    rule = http.items("/criteria", sector="tax", on="2026-01-05")[0]["notice"]
    assert [one["status"] for one in rule["basis"]] == ["to_verify"]  # for everybody else
