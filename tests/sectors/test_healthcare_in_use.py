"""Health care through the whole registry, over HTTP: from a decision to what a check answers."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.subject import Subject
from registry.services import editions, rules
from tests.api.conftest import Http
from tests.api.conftest import http as http  # a fixture of the HTTP door
from tests.api.shape import assert_problem
from tests.numbers import resident_id, uscc

DECIDED, SERVED = "2026-01-05", "2026-01-10"


@pytest.fixture
def door(http: Http) -> Http:
    """With the sector's proposed measures published."""
    with http.world.registry.operating("TAX", "Ke") as work:
        editions.publish(work, editions.newest_draft(work, "healthcare"), None)
    return http


def record(door: Http, subject: Subject, kind: str, **fields: Any) -> Any:
    body = {
        "subject_id": subject.id,
        "kind": f"healthcare.{kind}",
        "fields": {"decision_no": "H-1", **fields},
        "decided_on": DECIDED,
        "ended_on": "2025-12-01",
    }
    return door.post("/records", "provider", body)


def propose(door: Http, subject: Subject, criterion: str, filed: Any) -> Any:
    assert filed.status_code == 201, filed.text
    body = {
        "criterion": f"healthcare.{criterion}",
        "subject_id": subject.id,
        "record_ids": [filed.json["id"]],
    }
    return door.post("/determinations", "authority", body)


def confirmed(door: Http, case: Any) -> dict[str, Any]:
    assert case.status_code == 201, case.text
    path = f"/determinations/{case.json['id']}"
    noticed = door.post(f"{path}/notice", "authority", {"served_on": SERVED})
    assert noticed.status_code == 200, noticed.text
    done = door.post(f"{path}/confirm", "reviewer", {})
    assert done.status_code == 200, done.text
    return door.get(f"/listings/{done.json['listing_id']}", "authority").json


def accept(door: Http, criterion: str, version: str) -> None:
    body = {"version": version, "statement": "We read the notice and take it over."}
    answer = door.post(f"/criteria/healthcare.{criterion}/acceptance", "authority", body)
    assert answer.status_code == 201, answer.text


@pytest.mark.requirement("CRI-17")
def test_a_heavy_loss_of_the_fund_bars_the_legal_representative_for_five_years(door: Http):
    hospital = door.world.enterprise(uscc(60))
    filed = record(door, hospital, "fund_penalty", act="grave_loss", heavy_loss=True)
    listing = confirmed(door, propose(door, hospital, "grave_loss", filed))

    assert (listing["valid_from"], listing["valid_to"]) == ("2026-03-02", "2031-01-06")
    head = resident_id(1)
    asked = {"scheme": "resident_id", "purpose": "other_management"}
    answer = door.check(head, "insurance.management", **asked).json
    assert answer["outcome"] == "restricted"
    (ban,) = answer["sanctions"]["mandatory"]
    assert (ban["code"], ban["until"]) == ("p.insurance_management_ban", "2031-01-06")
    assert "医疗保障基金使用监督管理条例" in ban["basis"][0]["instrument"]
    assert ban["basis"][0]["article"] == "43"
    assert ban["via"]["role"] == "legal_representative"
    last = door.check(head, "insurance.management", as_of="2031-01-05", **asked).json
    over = door.check(head, "insurance.management", as_of="2031-01-06", **asked).json
    assert last["sanctions"]["mandatory"]
    assert over["sanctions"]["mandatory"] == []


@pytest.mark.requirement("CRI-17")
def test_kickbacks_list_nobody_before_the_notice_is_accepted_and_never_bind(door: Http):
    maker = door.world.enterprise(uscc(61))
    filed = record(
        door, maker, "price_credit_decision", act="kickback", kickback_amount="500000.00"
    )
    case = propose(door, maker, "kickback", filed)
    path = f"/determinations/{case.json['id']}"
    door.post(f"{path}/notice", "authority", {"served_on": SERVED})
    early = door.post(f"{path}/confirm", "reviewer", {})
    assert_problem(early, 409, "step-missing")
    assert [one["action"] for one in early.json["missing"]] == ["accept_rule"]

    accept(door, "kickback", "2025-06-05")
    assert door.post(f"{path}/confirm", "reviewer", {}).status_code == 200
    answer = door.check(uscc(61), "medicine.listing").json
    assert answer["outcome"] == "caution"
    assert [one["code"] for one in answer["sanctions"]["recommended"]] == ["p.medicine_suspension"]
    assert answer["sanctions"]["mandatory"] == []
    assert door.check(uscc(61), "procurement.bid").json["sanctions"]["recommended"] == []


@pytest.mark.requirement("CRI-17")
def test_one_cent_below_the_amount_is_refused_with_the_reason(door: Http):
    maker = door.world.enterprise()
    filed = record(
        door, maker, "price_credit_decision", act="kickback", kickback_amount="499999.99"
    )
    refused = propose(door, maker, "kickback", filed)

    assert_problem(refused, 422, "criterion-not-met")
    said = [one["text"] for one in refused.json["reasons"] if "kickback" in one["text"]]
    assert any("500,000" in text for text in said)


@pytest.mark.requirement("CRI-17")
def test_over_treatment_puts_a_physician_on_the_watch_list_after_a_warning(door: Http):
    physician = door.world.person(number=resident_id(777))
    filed = record(
        door,
        physician,
        "practice_decision",
        article="article_56",
        conduct="over_treatment",
        suspension_months=6,
    )
    accept(door, "physician_breach", "2022-03-01")
    case = propose(door, physician, "physician_breach", filed)
    path = f"/determinations/{case.json['id']}"
    served = {"served_on": SERVED, "ends_on": "2028-12-02"}
    assert door.post(f"{path}/notice", "authority", served).status_code == 200
    done = door.post(f"{path}/confirm", "reviewer", {})
    assert done.status_code == 200, done.text

    asked = {"scheme": "resident_id", "purpose": "licensing"}
    answer = door.check(resident_id(777), "inspection.plan", **asked).json
    assert answer["outcome"] == "caution"
    assert [one["code"] for one in answer["sanctions"]["recommended"]] == ["p.watch_supervision"]
    assert door.get("/listings").json["items"] == []  # no natural person is shown to the public


@pytest.mark.requirement("CRI-17")
@pytest.mark.requirement("CAT-11")
@pytest.mark.parametrize("name", ["diagnosis", "illness", "disease", "medical_history", "病历"])
def test_what_a_patient_suffers_from_is_refused(door: Http, name: str):
    hospital = door.world.enterprise()
    refused = record(door, hospital, "fund_penalty", act="overuse", loss_amount=1, **{name: "x"})

    said = next(iter(assert_problem(refused, 422, "invalid-input")["errors"].values()))
    assert "never collected" in said[0]


def rate(door: Http, subject: Subject, **fields: Any) -> None:
    body = {"scorecard": "healthcare.medicine_price", "subject_id": subject.id, **fields}
    made = door.post("/ratings", "provider", body)
    assert made.status_code == 201, made.text


def recommended(answer: dict[str, Any]) -> list[str]:
    return [one["code"] for one in answer["sanctions"]["recommended"]]


@pytest.mark.requirement("CRI-17")
def test_the_lowest_grade_of_medicine_pricing_brings_a_reminder_and_no_listing(door: Http):
    maker = door.world.enterprise(uscc(62))
    record(door, maker, "price_credit_decision", act="bid_disorder", grade="breach")
    with door.world.work("authority") as work:
        rules.accept(work, "healthcare.medicine_price", "2025-06-05", "We take it over.")
    assert door.check(uscc(62), "medicine.listing").json["outcome"] == "clear"
    rate(door, maker)

    answer = door.check(uscc(62), "medicine.listing").json

    assert [one["grade"] for one in answer["ratings"]] == ["breach"]
    assert (answer["outcome"], answer["listings"]) == ("caution", [])
    assert recommended(answer) == ["p.price_reminder"]
    assert answer["sanctions"]["mandatory"] == []
    assert {one["status"] for one in answer["sanctions"]["recommended"][0]["basis"]} == {
        "to_verify"
    }
    assert door.check(uscc(62), "procurement.bid").json["outcome"] == "clear"


@pytest.mark.requirement("CRI-17")
@pytest.mark.parametrize(
    ("grade", "follows"),
    [("一般失信", ["p.price_reminder"]), ("中等失信", ["p.price_risk_warning"]), ("严重失信", [])],
)
def test_each_lower_grade_of_2020_brings_what_it_had(door: Http, grade: str, follows: list[str]):
    maker = door.world.enterprise(uscc(62))
    rate(door, maker, edition="2024-2", rated_on="2025-01-15", grade=grade)

    assert recommended(door.check(uscc(62), "medicine.listing").json) == follows


@pytest.mark.requirement("CRI-17")
def test_who_disturbed_a_hospital_may_pay_more_for_insurance_and_not_for_a_loan(door: Http):
    person = door.world.person(number=resident_id(778))
    told = {"act": "disorder", "sanction": "administrative_detention"}
    filed = record(door, person, "order_decision", **told)
    accept(door, "order_harm", "2019-01-01")
    confirmed(door, propose(door, person, "order_harm", filed))

    asked = {"scheme": "resident_id", "purpose": "other_management"}
    insured = door.check(resident_id(778), "finance.insurance", **asked).json
    lent = door.check(resident_id(778), "finance.loan", **asked).json
    other = door.check(resident_id(778), "other", **asked).json

    assert recommended(insured) == ["p.raise_rates"]
    assert recommended(lent) == []
    assert recommended(other) == ["p.employer_notice"]
