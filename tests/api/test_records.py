"""Records over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.api.test_subjects import a_record
from tests.numbers import uscc


@pytest.fixture(scope="module")
def firm(still: Http) -> str:
    return still.world.enterprise(uscc(700)).id


def changed(firm: str, **changes: Any) -> dict[str, Any]:
    body = {**a_record(firm), **changes}
    return {name: value for name, value in body.items() if value is not None}


def test_a_record_is_filed_and_read_again(http: Http):
    firm = http.world.enterprise()
    body = a_record(firm.id)
    filed = http.post("/records", "provider", body)

    assert filed.status_code == 201, filed.text
    assert filed.json["fields"]["underpaid_amount"] == "1000000"
    assert filed.json["fields"]["year"] == 2025
    assert filed.json["document_no"] == "D-1"
    assert filed.json["provider"] == "Agency TAX"
    assert http.get(f"/records/{filed.json['id']}", "provider").json == filed.json


def test_a_record_names_its_subject_by_identifier_as_well(http: Http):
    firm = http.world.enterprise(uscc(41))
    body = changed(firm.id, subject_id=None)
    body["subject"] = {"identifier": {"scheme": "uscc", "value": uscc(41)}}

    assert http.post("/records", "provider", body).json["subject_id"] == firm.id
    body["subject"]["identifier"]["value"] = uscc(42)
    answer = http.post("/records", "provider", body)
    assert_problem(answer, 422, "invalid-input", "subject.identifier")


@pytest.mark.requirement("CAT-04")
def test_every_record_is_classed_by_subject_and_by_content(http: Http):
    shown = {}
    for subject in (http.world.enterprise(), http.world.person()):
        answer = http.post("/records", "provider", a_record(subject.id)).json
        shown[answer["subject_class"]] = answer["content"]
    unknown = http.post("/records", "provider", {**a_record(subject.id), "kind": "tax.rumour"})

    assert shown == {"organisation": "misconduct", "person": "misconduct"}
    assert_problem(unknown, 422, "invalid-input", "kind")


@pytest.mark.requirement("CAT-07")
@pytest.mark.parametrize(
    ("changes", "field"), [({"procedure": "simplified"}, "procedure"), ({"slight": True}, "slight")]
)
def test_simplified_and_slight_penalties_are_refused_with_the_article(
    still: Http, firm: str, changes: dict[str, Any], field: str
):
    answer = still.post("/records", "provider", changed(firm, **changes))

    assert "art. 12" in assert_problem(answer, 422, "invalid-input", field)["errors"][field][0]


@pytest.mark.parametrize(
    "name", ["religion", "dna", "fingerprints", "blood_type", "diagnosis", "血型", "宗教信仰"]
)
def test_prohibited_data_are_refused_by_name(still: Http, firm: str, name: str):
    body = a_record(firm)
    body["fields"][name] = "x"
    answer = still.post("/records", "provider", body)

    said = next(iter(assert_problem(answer, 422, "invalid-input")["errors"].values()))
    assert "never collected" in said[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("underpaid_amount", 1.5),
        ("underpaid_amount", "1.005"),
        ("underpaid_amount", "-1"),
        ("underpaid_amount", "1e3000"),
        ("underpaid_amount", "１"),
        ("underpaid_amount", " 1"),
        ("underpaid_amount", "1_0"),
        ("underpaid_amount", "NaN"),
        ("underpaid_amount", True),
        ("underpaid_amount", "1" + "0" * 20),
        ("decision_no", None),
        ("year", "2025"),
        ("year", 2025.5),
        ("year", True),
        ("served_on", "05.01.2026"),
        ("served_on", "2026-02-30"),
        ("decision_no", "a\u202eb"),
        ("means", "by magic"),
        ("withheld_unpaid", []),
        ("status", "confirmed"),
    ],
)
def test_a_field_of_the_wrong_form_is_named(still: Http, firm: str, name: str, value: Any):
    body = a_record(firm)
    body["fields"][name] = value

    assert_problem(still.post("/records", "provider", body), 422, "invalid-input", f"fields.{name}")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decided_on": "2026-03-03"}, "decided_on"),
        ({"decided_on": "1899-12-31"}, "decided_on"),
        ({"decided_on": "2026-1-5"}, "decided_on"),
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": 20260105}, "decided_on"),
        ({"ended_on": "2026-13-01"}, "ended_on"),
        ({"ended_on": "2027-01-01"}, "ended_on"),
        ({"kind": None}, "kind"),
        ({"kind": "Tax.X"}, "kind"),
        ({"fields": None}, "fields"),
        ({"fields": []}, "fields"),
        ({"subject_id": None}, "subject_id"),
        ({"subject_id": "x"}, "subject_id"),
        ({"subject_id": "0" * 32}, "subject_id"),
        ({"subject": {"identifier": {"scheme": "uscc", "value": uscc(1)}}}, "subject_id"),
        ({"procedure": "none"}, "procedure"),
        ({"slight": "no"}, "slight"),
        ({"document_no": ""}, "document_no"),
    ],
)
def test_a_wrong_record_is_refused_by_field(
    still: Http, firm: str, changes: dict[str, Any], field: str
):
    answer = still.post("/records", "provider", changed(firm, **changes))

    assert_problem(answer, 422, "invalid-input", field)


BEFORE, SERVICE = "must not lie before decided_on", "must not lie before served_on"
YEAR = "must not lie after this year"


@pytest.mark.parametrize(
    ("dates", "wrong"),
    [
        ({"served_on": "2026-01-04"}, {"served_on": BEFORE}),
        ({"final_on": "2020-01-01"}, {"final_on": SERVICE}),
        ({"served_on": "2026-01-20", "final_on": "2026-01-19"}, {"final_on": SERVICE}),
        (
            {"served_on": "2019-01-01", "final_on": "2020-01-01"},
            {"served_on": BEFORE, "final_on": BEFORE},
        ),
        ({"year": 2027}, {"year": YEAR}),
        ({"year": 3000}, {"year": "must be a year between 1900 and 2200"}),
        ({"year": 5}, {"year": "must be a year between 1900 and 2200"}),
    ],
)
def test_dates_and_years_that_cannot_be_are_refused(
    still: Http, firm: str, dates: dict[str, Any], wrong: dict[str, str]
):
    body = a_record(firm)
    body["fields"].update(dates)
    problem = assert_problem(still.post("/records", "provider", body), 422, "invalid-input")

    assert problem["errors"] == {f"fields.{name}": [said] for name, said in wrong.items()}


def test_the_day_of_the_decision_itself_is_in_order(http: Http):
    body = a_record(http.world.enterprise().id)
    body["fields"].update(served_on="2026-01-05", final_on="2026-01-05", year=2026)

    assert http.post("/records", "provider", body).status_code == 201


def test_a_later_version_keeps_to_the_order_as_well(http: Http):
    body = a_record(http.world.enterprise().id)
    id = http.post("/records", "provider", body).json["id"]
    body["fields"]["final_on"] = "2026-01-04"
    answer = http.send("PUT", f"/records/{id}", "provider", json=body)

    assert_problem(answer, 422, "invalid-input", "fields.final_on")


def test_a_ban_does_not_begin_before_its_decision(still: Http, firm: str):
    fields = {"act": "bribery", "penalty_no": "P-1", "ban_from": "2026-01-04", "ban_months": 12}
    body = changed(firm, kind="procurement.penalty_decision", fields=fields)
    problem = assert_problem(still.post("/records", "provider", body), 422, "invalid-input")

    assert problem["errors"] == {"fields.ban_from": [BEFORE]}


@pytest.mark.requirement("ORG-04")
def test_a_provider_sees_its_own_records_only(http: Http):
    firm = http.world.enterprise()
    id = http.post("/records", "provider", a_record(firm.id)).json["id"]

    assert http.get(f"/records/{id}", "provider").status_code == 200
    assert_problem(http.get(f"/records/{id}", "other_provider"), 404, "not-found")
    for method in ("DELETE", "POST"):
        assert_problem(
            http.send(method, f"/records/{id}", "provider", json={}), 405, "method-not-allowed"
        )
