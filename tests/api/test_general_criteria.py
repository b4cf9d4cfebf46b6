"""The grounds of every sector over HTTP: what opens a case by law, what must be found, and which
categories count where."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.actor import Role
from registry.rulebook.categories import categories
from registry.services import agencies
from tests.api.conftest import Http
from tests.api.general import DECIDED, confirmed, filed, listed, opened, proposed
from tests.api.shape import assert_problem
from tests.services.test_rules import activate

FACTORS = ("serious", "harmful", "intentional", "repeated", "typical")


# --- mandatory ------------------------------------------------------------------------------------

SHALL = {
    "permit_fraud_life_health": (
        "permit_revocation",
        {"permit_no": "P", "means": "bribery", "life_health": True, "revoked_on": "2026-01-05"},
    ),
    "harm_life_health": (
        "harm_decision",
        {"field": "fire", "serious": True, "final_on": "2026-01-06"},
    ),
    "market_order": (
        "market_order_decision",
        {"act": "bid_rigging", "intent": False, "serious": True, "final_on": "2026-01-06"},
    ),
    "refuse_duty": (
        "duty_refusal",
        {"document_no": "D", "able": True, "conduct": "evades", "grave": True},
    ),
    "defence_duty": ("defence_refusal", {"act": "refused_requisition"}),
}


@pytest.mark.requirement("CRI-08")
def test_a_record_of_the_first_five_grounds_opens_a_case_when_it_is_filed(http: Http):
    for name, (kind, fields) in SHALL.items():
        subject = http.world.enterprise()
        values = fields if "document_no" in fields else {**fields, "decision_no": "N"}
        body = {
            "subject_id": subject.id,
            "kind": f"general.{kind}",
            "fields": values,
            "decided_on": "2026-01-05",
        }
        record = http.post("/records", "provider", body)
        assert record.status_code == 201, record.text

        case = opened(http, subject.id, name)

        assert case is not None, name
        assert (case["state"], case["list_kind"]) == ("proposed", "black")
        assert case["record_ids"] == [record.json["id"]]
        assert {one["action"] for one in case["next"]} == {"accept_rule", "notice"}


@pytest.mark.requirement("CRI-08")
def test_not_to_list_takes_a_written_reason(http: Http):
    subject = http.world.enterprise()
    assert filed(http, subject.id, "market_order").status_code == 201
    case = opened(http, subject.id, "market_order")
    assert case is not None
    path = f"/determinations/{case['id']}/drop"

    for body in ({}, {"reason": ""}, {"reason": "  "}):
        assert_problem(http.post(path, "authority", body), 422, "invalid-input", "reason")
    dropped = http.post(path, "authority", {"reason": "The decision was withdrawn."})

    assert dropped.status_code == 200, dropped.text
    assert (dropped.json["state"], dropped.json["drop_reason"]) == (
        "dropped",
        "The decision was withdrawn.",
    )


@pytest.mark.requirement("CRI-08")
def test_a_record_that_does_not_meet_the_ground_opens_nothing(http: Http):
    subject = http.world.enterprise()

    assert filed(http, subject.id, "market_order", serious=False).status_code == 201
    assert opened(http, subject.id, "market_order") is None


def test_the_case_goes_on_like_any_other_and_who_filed_cannot_confirm(http: Http):
    subject = http.world.enterprise()
    filed(http, subject.id, "market_order")
    case = opened(http, subject.id, "market_order")
    assert case is not None

    early = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {})
    assert_problem(early, 409, "step-missing")
    again = proposed(http, subject.id, "market_order", case["record_ids"][0])
    assert_problem(again, 409, "duplicate")
    assert confirmed(http, case)["state"] == "confirmed"


def test_a_subject_that_may_never_be_listed_has_its_record_and_no_case(http: Http):
    body = {"kind": "enterprise", "name": "Provisional firm", "identifiers": []}
    subject = http.post("/subjects", "provider", body)
    assert subject.status_code == 201, subject.text

    assert filed(http, subject.json["id"], "market_order").status_code == 201
    assert opened(http, subject.json["id"], "market_order") is None


# --- discretionary --------------------------------------------------------------------------------


def discretionary(http: Http, at: str = "", **changes: Any) -> Any:
    """The answer to a proposal with a finding on the five factors, changed as said; `at` tells the
    agency whose provider and authority they are."""
    subject = http.world.enterprise()
    fields: dict[str, Any] = {"decision_no": "N-5", "category": "market_order"}
    for name in FACTORS:
        fields |= {name: True, f"{name}_facts": "What was found."}
    fields = {key: value for key, value in {**fields, **changes}.items() if value is not None}
    body = {
        "subject_id": subject.id,
        "kind": "general.discretion_finding",
        "fields": fields,
        "decided_on": "2026-01-05",
        "ended_on": "2026-01-04",
    }
    record = http.post("/records", f"provider{at}", body)
    assert record.status_code == 201, record.text
    assert opened(http, subject.id, "serious_misconduct") is None  # may, not shall
    return proposed(http, subject.id, "serious_misconduct", record.json["id"], f"authority{at}")


@pytest.mark.requirement("CRI-09")
def test_a_discretionary_listing_needs_a_finding_on_each_of_the_five_factors(http: Http):
    assert discretionary(http).status_code == 201
    for name in FACTORS:
        for change in ({name: None}, {name: False}, {f"{name}_facts": None}):
            answer = discretionary(http, **change)
            assert_problem(answer, 422, "criterion-not-met")
            failed = [one for one in answer.json["reasons"] if not one["met"]]
            assert len(failed) == 1, change


# --- categories -----------------------------------------------------------------------------------


def agency_in(http: Http, profile: str) -> None:
    """An agency of the profile, with a provider and an authority of its own."""
    with http.world.registry.operating() as work:
        agencies.add(work, profile, f"Authority of {profile}", profile, "city", ())
    for who, role in (("provider", Role.PROVIDER), ("authority", Role.AUTHORITY)):
        http.world.tokens[f"{who}@{profile}"] = http.world.token(profile, who, role)


@pytest.mark.requirement("CRI-10")
def test_a_listing_names_the_categories_it_was_decided_under(http: Http):
    general = listed(http, http.world.enterprise().id, "market_order")["listing_id"]
    tax = http.world.listed().id

    for id in (general, tax):
        shown = http.get(f"/listings/{id}", "agency").json
        assert shown["categories"] == ["market_order"]
    by_code = {one["code"]: one["categories"] for one in http.items("/criteria", sector="general")}
    assert by_code["general.personal_data_sale"] == ["personal_data"]
    assert by_code["general.watch"] == []


@pytest.mark.requirement("CRI-10")
def test_where_the_criterion_is_of_no_one_category_the_finding_names_it(http: Http):
    names = {"serious_misconduct", "other_law", "government_misconduct"}
    by_field = [one for one in http.items("/criteria", sector="general") if one["categories_field"]]
    assert {one["code"] for one in by_field} == {f"general.{name}" for name in names}
    for shown in by_field:
        field = shown["fields"][shown["categories_field"]]
        assert field["required"]
        assert field["values"] == shown["categories"]
        assert set(shown["categories"]) == set(categories().categories)

    unnamed = http.world.enterprise()
    fields = {"decision_no": "N-6", "law": "示例法", "law_article": "第十条"}
    body = {"subject_id": unnamed.id, "kind": "general.other_law_ground", "fields": fields}
    answer = http.post("/records", "provider", {**body, "decided_on": "2026-01-05"})
    assert_problem(answer, 422, "invalid-input", "fields.category")

    case = discretionary(http, category="personal_data")
    listing_id = confirmed(http, case.json)["listing_id"]
    listing = http.get(f"/listings/{listing_id}", "agency").json
    assert listing["categories"] == ["personal_data"]


@pytest.mark.requirement("CRI-10", "CRI-11")
def test_a_finding_of_a_category_that_the_jurisdiction_does_not_know_lists_nobody(http: Http):
    agency_in(http, "baiyun")

    for category, status in (("market_order", 201), ("personal_data", 422)):
        case = discretionary(http, category=category, at="@baiyun")
        assert case.status_code == status, case.text
    assert_problem(case, 422, "invalid-input", "criterion")


@pytest.mark.requirement("CRI-11")
def test_the_profile_selects_the_set_of_categories(http: Http):
    for profile, status in (("baiyun", 422), ("baoshan", 422), ("suqian", 422), ("city", 201)):
        agency_in(http, profile)
        subject = http.world.enterprise()
        record = filed(http, subject.id, "personal_data_sale", f"provider@{profile}")
        assert record.status_code == 201, record.text

        case = proposed(
            http, subject.id, "personal_data_sale", record.json["id"], f"authority@{profile}"
        )

        assert case.status_code == status, case.text
        if status == 422:
            assert_problem(case, 422, "invalid-input", "criterion")


# --- red ------------------------------------------------------------------------------------------


SOURCES = (
    "good_standing_counterpart",
    "moral_model",
    "volunteer",
    "association_member",
    "media_found",
    "commended",
)


@pytest.mark.requirement("CRI-12")
def test_a_red_draft_names_its_source_and_an_unknown_one_is_refused(http: Http):
    subject = http.world.enterprise()
    for source in ("horoscope", "", None):
        answer = filed(http, subject.id, "integrity_model", source=source)
        assert_problem(answer, 422, "invalid-input", "fields.source")
    for source in SOURCES:
        record = filed(http, http.world.enterprise().id, "integrity_model", source=source)
        assert record.status_code == 201, record.text
        case = proposed(http, record.json["subject_id"], "integrity_model", record.json["id"])
        assert case.status_code == 201, case.text
        assert source in " ".join(one["text"] for one in case.json["finding"]["reasons"])


@pytest.mark.requirement("CRI-12")
def test_the_red_draft_of_an_integrity_hospital_names_its_source_too(http: Http):
    award = {"award": "integrity_hospital", "award_no": "A-1"}

    def awarded(subject_id: str, **source: str) -> Any:
        body = {"subject_id": subject_id, "kind": "healthcare.commendation"}
        fields = {**award, **source}
        return http.post("/records", "provider", {**body, "fields": fields, "decided_on": DECIDED})

    firm = http.world.enterprise()
    for wrong in ({}, {"source": ""}, {"source": "horoscope"}):
        assert_problem(awarded(firm.id, **wrong), 422, "invalid-input", "fields.source")
    for source in SOURCES:
        record = awarded(http.world.enterprise().id, source=source)
        assert record.status_code == 201, record.text
        case = http.post("/determinations", "authority", {
            "criterion": "healthcare.integrity_institution",
            "subject_id": record.json["subject_id"],
            "record_ids": [record.json["id"]],
        })  # fmt: skip
        assert case.status_code == 201, case.text
        assert source in " ".join(one["text"] for one in case.json["finding"]["reasons"])


# --- what no plugin may declare -------------------------------------------------------------------


@pytest.mark.requirement("SUB-09")
def test_a_record_of_fingerprints_is_refused_though_the_active_rules_declare_the_field(http: Http):
    """As if the loader, which refuses such a plugin, had let it pass."""

    def declare(document: dict[str, Any]) -> None:
        for kind in document["sectors"]["general"]["record_kinds"]:
            if kind["code"] == "general.commendation":
                field = {**kind["fields"][-1], "name": "right_fingerprint", "required": False}
                kind["fields"].append(field)

    activate(http.world, declare)
    subject = http.world.enterprise()
    answer = filed(http, subject.id, "integrity_model", right_fingerprint="x")

    said = assert_problem(answer, 422, "invalid-input", "fields.right_fingerprint")["errors"]
    assert said["fields.right_fingerprint"] == ["is never collected: fingerprints"]
    assert filed(http, subject.id, "integrity_model").status_code == 201
