"""Construction and wages through the whole registry: from the decision to the approval refused."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.check import decide
from registry.domain.subject import Subject
from registry.services import checks
from tests.api.conftest import Http
from tests.api.sector_case import accepted, listed, proposed, published, recorded
from tests.api.shape import assert_problem
from tests.numbers import resident_id, uscc

UNPAID = {
    "workers": 10,
    "months": 3,
    "amount": "60000",
    "crime_amount": "60000",
    "order_no": "人社监令〔2025〕1号",
    "deadline": "2025-12-31",
}
WAGES = "construction.wage_crime_amount"


def answer_for(http: Http, value: str, matter: str, **more: Any) -> dict[str, Any]:
    purposes = {one["code"]: one["purpose"] for one in http.items("/matters")}
    answer = http.check(value, matter, purpose=purposes[matter], **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def codes(answer: dict[str, Any], force: str = "mandatory") -> list[str]:
    return [one["code"] for one in answer["sanctions"][force]]


@pytest.fixture
def employer(http: Http) -> Subject:
    """Listed for unpaid wages under the accepted rule of order 45, edition published."""
    published(http, "construction")
    accepted(http, WAGES, "2026-01-10")
    return http.world.enterprise(uscc(20))


@pytest.mark.requirement("CRI-16")
def test_unpaid_wages_bar_from_procurement_until_the_last_day_and_not_after(
    http: Http, employer: Subject
):
    listing = listed(http, WAGES, employer.id, "construction.wage_decision", UNPAID)
    assert (listing["valid_from"], listing["valid_to"]) == ("2026-03-02", "2029-03-02")

    today = answer_for(http, uscc(20), "procurement.bid")
    last = answer_for(http, uscc(20), "procurement.bid", as_of="2029-03-01")
    after = answer_for(http, uscc(20), "procurement.bid", as_of="2029-03-02")

    assert today["outcome"] == last["outcome"] == "restricted"
    (ban,) = today["sanctions"]["mandatory"]
    assert (ban["code"], ban["until"]) == ("p.procurement_ban", "2029-03-02")
    assert ban["basis"] == [
        {"instrument": "保障农民工工资支付条例", "article": "48", "status": "verified"}
    ]
    shown = {(one["instrument"][:4], one["article"]) for one in today["listings"][0]["basis"]}
    assert ("拖欠农民", "5(1)") in shown
    assert {one["status"] for one in today["listings"][0]["basis"]} == {"accepted", "verified"}
    assert codes(after) == []
    assert [one["list_kind"] for one in after["listings"]] == ["watch"]


@pytest.mark.requirement("CRI-16")
def test_the_wage_list_reaches_every_matter_that_article_48_names(http: Http, employer: Subject):
    listed(http, WAGES, employer.id, "construction.wage_decision", UNPAID)

    for matter, code in {
        "grant.fiscal": "p.no_fiscal_funds",
        "tender.bid": "p.tender_ban",
        "finance.loan": "p.finance_limit",
        "permit.construction": "p.market_entry_limit",
        "tax.preference": "p.no_tax_preference",
        "honour.award": "p.no_honours",
        "travel.booking": "p.travel_limit",
        "consumption.air_travel": "p.travel_limit",
    }.items():
        answer = answer_for(http, uscc(20), matter)
        assert (answer["outcome"], codes(answer)) == ("restricted", [code])
    elsewhere = answer_for(http, uscc(20), "land.transfer")
    assert (elsewhere["outcome"], codes(elsewhere)) == ("caution", [])


def listed_with_a_foreman(http: Http, employer: Subject) -> None:
    foreman = {
        "name": "Foreman",
        "identifier": {"scheme": "resident_id", "value": resident_id(77)},
        "role": "directly_responsible",
    }
    listed(
        http,
        WAGES,
        employer.id,
        "construction.wage_decision",
        UNPAID,
        responsible_persons=[foreman],
    )


def test_the_wage_list_reaches_those_responsible_through_the_employer(
    http: Http, employer: Subject
):
    listed_with_a_foreman(http, employer)

    answer = answer_for(http, resident_id(77), "travel.booking", scheme="resident_id")

    (limit,), (ground,) = answer["sanctions"]["mandatory"], answer["through"]
    assert (limit["code"], limit["via"]["role"]) == ("p.travel_limit", "directly_responsible")
    assert (ground["id"], ground["via"]) == (limit["listing_id"], limit["via"])
    assert ground["reason"]
    assert ground["authority"]
    assert answer["listings"] == []
    assert http.get(f"/checks/{answer['id']}/replay", "agency").json == {"same": True}


def test_an_answer_from_before_such_grounds_were_told_is_computed_again_as_it_was(
    http: Http, employer: Subject, monkeypatch: pytest.MonkeyPatch
):
    def silent(*asked: Any) -> dict[str, Any]:
        return {name: told for name, told in decide(*asked).items() if name != "through"}

    listed_with_a_foreman(http, employer)
    with monkeypatch.context() as then:
        then.setattr(checks, "decide", silent)
        answer = answer_for(http, resident_id(77), "travel.booking", scheme="resident_id")

    assert "through" not in answer
    assert http.get(f"/checks/{answer['id']}/replay", "agency").json == {"same": True}


def test_a_wage_rule_that_nobody_accepted_lists_nobody(http: Http):
    firm = http.world.enterprise(uscc(20))
    record = recorded(http, firm.id, "construction.wage_decision", "2026-01-10", UNPAID)
    case = proposed(http, WAGES, firm.id, record.json["id"]).json
    http.post(f"/determinations/{case['id']}/notice", "authority", {"served_on": "2026-01-20"})

    refused = http.post(f"/determinations/{case['id']}/confirm", "reviewer", {})

    missing = assert_problem(refused, 409, "step-missing")["missing"]
    assert [one["action"] for one in missing] == ["accept_rule"]


def test_an_order_whose_last_day_has_not_passed_is_no_ground(http: Http):
    firm = http.world.enterprise()
    fields = {**UNPAID, "deadline": "2026-03-03"}

    answer = recorded(http, firm.id, "construction.wage_decision", "2026-01-10", fields)

    assert_problem(answer, 422, "invalid-input", "fields.deadline")


@pytest.mark.requirement("CRI-16")
@pytest.mark.parametrize(
    ("name", "kind", "fields"),
    [
        (
            "qualification_fraud",
            "qualification_decision",
            {"permit_no": "D2", "revoked_on": "2026-01-05", "decision_no": "B-1"},
        ),
        (
            "subcontract_whole",
            "penalty_decision",
            {"act": "subcontract_whole", "penalty_no": "B-1", "firm_kind": "construction"},
        ),
        (
            "qualification_lending",
            "penalty_decision",
            {"act": "qualification_lending", "penalty_no": "B-1", "firm_kind": "design"},
        ),
        (
            "accident",
            "project_accident",
            {"accident_level": "major", "date": "2025-11-20", "penalty_no": "B-1"},
        ),
        (
            "payment_default",
            "payment_judgment",
            {"judgment_no": "J-1", "amount": "120000", "performed": False},
        ),
    ],
)
def test_the_blacklist_of_the_market_is_a_caution_for_one_year(
    http: Http, name: str, kind: str, fields: dict[str, Any]
):
    published(http, "construction")
    accepted(http, f"construction.{name}", "2026-01-10")
    firm = http.world.enterprise(uscc(20))
    listing = listed(http, f"construction.{name}", firm.id, f"construction.{kind}", fields)
    assert listing["valid_to"] == "2027-03-02"

    last = answer_for(http, uscc(20), "tender.bid", as_of="2027-03-01")
    after = answer_for(http, uscc(20), "tender.bid", as_of="2027-03-02")

    assert (last["outcome"], codes(last, "recommended")) == ("caution", ["p.tender_restriction"])
    assert codes(after, "recommended") == []


@pytest.mark.requirement("CRI-16")
def test_a_practitioner_barred_for_life_is_not_registered_and_no_acceptance_is_asked(http: Http):
    published(http, "construction")
    person = http.world.person(number=resident_id(88))
    fields = {"penalty_no": "B-1", "occupation": "constructor", "consequence": "life_bar"}
    listed(
        http,
        "construction.practitioner_barred",
        person.id,
        "construction.practitioner_decision",
        fields,
    )

    answer = answer_for(http, resident_id(88), "construction.registration", scheme="resident_id")

    assert answer["outcome"] == "restricted"
    (bar,) = answer["sanctions"]["mandatory"]
    assert (bar["code"], bar["until"]) == ("p.no_registration", "2125-01-11")
    assert bar["basis"][0]["article"] == "72"


def test_a_decision_on_jerry_building_opens_its_case_by_duty(http: Http):
    firm = http.world.enterprise(uscc(20))
    fields = {"act": "jerry_building", "penalty_no": "B-1", "consequence": "business_stopped"}
    record = recorded(http, firm.id, "construction.penalty_decision", "2026-01-10", fields)
    assert record.status_code == 201, record.text

    (case,) = http.items("/determinations", "authority")

    assert (case["criterion"], case["state"]) == ("construction.jerry_building", "proposed")
    assert http.check(uscc(20), "tender.bid").json["outcome"] == "clear"  # nothing is decided yet


def test_the_public_reads_what_the_law_threatens_beside_the_criterion(still: Http):
    (shown,) = [
        one
        for one in still.items("/criteria", sector="construction", on="2026-03-02")
        if one["code"] == "construction.subcontract_whole"
    ]

    builder = shown["penalties"][0]
    assert builder["share"] == {"at_least": "0.005", "at_most": "0.01"}
    assert builder["basis"] == [
        {"instrument": "建设工程质量管理条例", "article": "62", "status": "verified"},
        {"instrument": "中华人民共和国建筑法", "article": "67", "status": "to_verify"},
    ]
