"""Procurement and tendering over HTTP: banned until the ban ends, and announced."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.conftest import Http
from tests.api.sector_case import SERVED_ON, accepted, listed, proposed, published, recorded
from tests.api.shape import assert_problem
from tests.numbers import resident_id, uscc

BANNED = {
    "act": "false_material",
    "ban_months": 12,
    "penalty_no": "财采罚〔2026〕1号",
    "project_no": "CG-2026-17",
}
COLLUSION = {
    "act": "collusion",
    "ban_months": 12,
    "direct_loss": "300000",
    "penalty_no": "建招罚〔2026〕1号",
    "party": "bidder",
}


def outcome(http: Http, value: str, matter: str, **more: Any) -> tuple[str, list[str]]:
    answer = http.check(value, matter, **more)
    assert answer.status_code == 200, answer.text
    return answer.json["outcome"], [one["code"] for one in answer.json["sanctions"]["mandatory"]]


@pytest.mark.requirement("CRI-18")
def test_a_banned_supplier_is_refused_until_the_last_day_of_the_ban_and_not_after(http: Http):
    published(http, "procurement")
    firm = http.world.enterprise(uscc(20))
    kind = "procurement.penalty_decision"
    listing = listed(http, "procurement.false_material", firm.id, kind, BANNED)
    assert listing["valid_to"] == "2027-01-11"  # a year that begins on the day after the decision

    bid = http.check(uscc(20)).json
    assert (bid["outcome"], bid["sanctions"]["mandatory"][0]["until"]) == (
        "restricted",
        "2027-01-11",
    )
    cited = {one["article"]: one["status"] for one in bid["sanctions"]["mandatory"][0]["basis"]}
    assert cited["77"] == "verified"
    assert outcome(http, uscc(20), "procurement.bid", as_of="2027-01-10") == (
        "restricted",
        ["p.procurement_ban"],
    )
    assert outcome(http, uscc(20), "procurement.bid", as_of="2027-01-11")[1] == []


@pytest.mark.requirement("CRI-18")
@pytest.mark.parametrize(
    ("ban_from", "valid_from", "valid_to"),
    [
        ("2026-02-01", "2026-03-02", "2027-02-01"),  # under way: it ends when the decision says
        ("2026-06-01", "2026-06-01", "2027-06-01"),  # not begun: nothing is in force before
    ],
)
def test_a_ban_runs_from_the_day_that_the_decision_names(
    http: Http, ban_from: str, valid_from: str, valid_to: str
):
    published(http, "procurement")
    firm = http.world.enterprise(uscc(20))
    kind = "procurement.penalty_decision"
    fields = {**BANNED, "ban_from": ban_from}
    listing = listed(http, "procurement.false_material", firm.id, kind, fields)

    assert (listing["valid_from"], listing["valid_to"]) == (valid_from, valid_to)
    last = str(date.fromisoformat(valid_to) - timedelta(days=1))
    banned = ("restricted", ["p.procurement_ban"])
    assert outcome(http, uscc(20), "procurement.bid", as_of=last) == banned
    assert outcome(http, uscc(20), "procurement.bid", as_of=valid_to)[1] == []
    early = str(date.fromisoformat(valid_from) - timedelta(days=1))
    assert outcome(http, uscc(20), "procurement.bid", as_of=early)[1] == []


def test_a_ban_is_not_in_force_before_the_day_that_the_decision_names(http: Http):
    firm = http.world.enterprise()
    kind, fields = "procurement.penalty_decision", {**BANNED, "ban_from": "2026-06-01"}
    record = recorded(http, firm.id, kind, "2026-01-10", fields).json["id"]
    case = proposed(http, "procurement.false_material", firm.id, record).json["id"]
    http.post(f"/determinations/{case}/notice", "authority", {"served_on": SERVED_ON})

    answer = http.post(f"/determinations/{case}/confirm", "reviewer", {"valid_from": "2026-04-01"})
    assert_problem(answer, 422, "invalid-input", "valid_from")


@pytest.mark.requirement("CRI-18")
def test_the_announcement_of_a_ban_is_stored_with_its_medium(http: Http):
    firm = http.world.enterprise()
    kind = "procurement.penalty_decision"
    listing = listed(http, "procurement.false_material", firm.id, kind, BANNED)

    (announced,) = http.items("/announcements", kind="listed", subject_id=firm.id)

    assert announced["target_id"] == listing["id"]
    assert announced["media"] == ["中国政府采购网 (China Government Procurement Network)"]


@pytest.mark.requirement("CRI-18")
def test_an_expert_barred_from_panels_is_not_called_and_may_still_sell(http: Http):
    published(http, "procurement")
    accepted(http, "procurement.expert", "2026-01-10")  # the article names no end of the ban
    person = http.world.person(number=resident_id(88))
    fields = {"penalty_no": "E-1", "ground": "bribe", "panel_ban": True, "fine_amount": "20000"}
    listed(http, "procurement.expert", person.id, "procurement.expert_decision", fields)

    called = outcome(http, resident_id(88), "procurement.panel", scheme="resident_id")
    sells = outcome(http, resident_id(88), "procurement.bid", scheme="resident_id")

    assert called == ("restricted", ["p.panel_ban"])
    assert sells == ("caution", [])


@pytest.mark.requirement("CRI-18")
def test_the_performance_of_a_contract_is_recorded_and_lists_nobody(http: Http):
    firm = http.world.enterprise(uscc(20))
    fields = {"project_no": "CG-2026-17", "evaluated_on": "2026-02-01", "result": "poor"}
    body = {
        "subject_id": firm.id,
        "kind": "procurement.performance_evaluation",
        "fields": fields,
        "document_no": "PJ-1",
        "decided_on": "2026-02-01",
    }
    record = http.post("/records", "provider", body)
    assert record.status_code == 201, record.text

    case = proposed(http, "procurement.false_material", firm.id, record.json["id"])

    assert case.status_code == 422
    assert outcome(http, uscc(20), "procurement.bid") == ("clear", [])


@pytest.mark.requirement("CRI-18")
def test_a_fine_of_thirty_thousand_is_refused_once_the_rule_is_accepted(http: Http):
    published(http, "procurement")
    accepted(http, "procurement.serious_record", "2026-01-10")
    firm = http.world.enterprise(uscc(20))
    kind = "procurement.penalty_decision"
    fields = {"act": "refuse_sign", "penalty_no": "C-1", "fine_amount": "29999.99"}
    below = recorded(http, firm.id, kind, "2026-01-10", fields)
    refused = proposed(http, "procurement.serious_record", firm.id, below.json["id"])
    assert_problem(refused, 422, "criterion-not-met")

    at = {**fields, "penalty_no": "C-2", "fine_amount": "30000"}
    listing = listed(http, "procurement.serious_record", firm.id, kind, at)

    assert listing["valid_to"] == "2029-01-11"
    assert outcome(http, uscc(20), "procurement.bid")[1] == ["p.procurement_refusal"]


LAST_YEAR = "2025-01-10"
RECORDED = {"act": "refuse_sign", "penalty_no": "F-1", "fine_amount": "50000"}


@pytest.mark.requirement("CRI-18")
@pytest.mark.parametrize(
    "ban",
    [
        {},
        {"ban_months": 6},  # no ban of the list
        {"ban_months": 24},
        {"ban_months": 12},  # 处罚期限届满的除外
        {"ban_months": 36, "ban_from": "2026-06-01"},
    ],
    ids=["none", "short", "under way", "over", "to come"],
)
def test_a_ban_beside_a_fine_never_shortens_what_the_fine_alone_earns(
    http: Http, ban: dict[str, Any]
):
    published(http, "procurement")
    accepted(http, "procurement.serious_record", LAST_YEAR)
    firm = http.world.enterprise(uscc(20))
    kind, fields = "procurement.penalty_decision", {**RECORDED, **ban}
    listing = listed(http, "procurement.serious_record", firm.id, kind, fields, LAST_YEAR)

    assert (listing["valid_from"], listing["valid_to"]) == ("2026-03-02", "2028-01-11")
    refused = ("restricted", ["p.procurement_refusal"])
    assert outcome(http, uscc(20), "procurement.bid", as_of="2028-01-10") == refused
    assert outcome(http, uscc(20), "procurement.bid", as_of="2028-01-11")[1] == []


@pytest.mark.requirement("CRI-18")
def test_a_ban_of_the_record_list_is_shown_until_it_ends(http: Http):
    published(http, "procurement")
    accepted(http, "procurement.serious_record_ban", "2026-01-10")
    firm = http.world.enterprise(uscc(20))
    kind = "procurement.penalty_decision"
    fields = {**RECORDED, "ban_months": 12, "ban_from": "2026-02-01"}
    listing = listed(http, "procurement.serious_record_ban", firm.id, kind, fields)

    assert listing["valid_to"] == "2027-02-01"
    refused = ("restricted", ["p.procurement_refusal"])
    assert outcome(http, uscc(20), "procurement.bid", as_of="2027-01-31") == refused
    assert outcome(http, uscc(20), "procurement.bid", as_of="2027-02-01")[1] == []


@pytest.mark.requirement("CRI-18")
@pytest.mark.parametrize(
    ("ban", "code"),
    [
        ({"ban_months": 6}, "criterion-not-met"),
        ({"ban_months": 12}, "invalid-input"),
    ],
    ids=["short", "over"],
)
def test_a_ban_that_is_none_of_the_list_or_over_lists_nobody(
    http: Http, ban: dict[str, Any], code: str
):
    accepted(http, "procurement.serious_record_ban", LAST_YEAR)
    firm = http.world.enterprise(uscc(20))
    kind = "procurement.penalty_decision"
    record = recorded(http, firm.id, kind, LAST_YEAR, {**RECORDED, **ban}).json["id"]
    case = proposed(http, "procurement.serious_record_ban", firm.id, record)
    if case.status_code == 201:
        path = f"/determinations/{case.json['id']}"
        http.post(f"{path}/notice", "authority", {"served_on": SERVED_ON})
        case = http.post(f"{path}/confirm", "reviewer", {})
    assert_problem(case, 422, code)


@pytest.mark.requirement("CRI-18")
def test_an_agency_on_the_serious_record_list_is_refused_as_a_supplier_and_not_as_an_agency(
    http: Http,
):
    published(http, "procurement")
    accepted(http, "procurement.serious_record", "2026-01-10")
    agency = http.world.enterprise(uscc(20))
    kind = "procurement.penalty_decision"
    fields = {"act": "agency_breach", "penalty_no": "A-1", "fine_amount": "30000"}
    listed(http, "procurement.serious_record", agency.id, kind, fields)

    assert outcome(http, uscc(20), "procurement.bid")[1] == ["p.procurement_refusal"]
    assert outcome(http, uscc(20), "procurement.agency")[1] == []


@pytest.mark.requirement("CRI-19")
def test_a_colluding_bidder_is_refused_in_tenders_alone_until_the_ban_ends(http: Http):
    published(http, "procurement")
    firm = http.world.enterprise(uscc(20))
    kind = "procurement.tender_decision"
    listing = listed(http, "procurement.tender_collusion", firm.id, kind, COLLUSION)
    assert listing["valid_to"] == "2027-01-11"

    tender = http.check(uscc(20), "tender.bid").json
    (ban,) = tender["sanctions"]["mandatory"]
    assert (tender["outcome"], ban["code"], ban["until"]) == (
        "restricted",
        "p.tender_ban",
        "2027-01-11",
    )
    assert "53" in {one["article"] for one in ban["basis"]}
    assert outcome(http, uscc(20), "tender.bid", as_of="2027-01-10")[0] == "restricted"
    assert outcome(http, uscc(20), "tender.bid", as_of="2027-01-11")[1] == []
    assert outcome(http, uscc(20), "procurement.bid") == ("caution", [])


@pytest.mark.requirement("CRI-19")
def test_a_decision_in_tendering_is_announced_by_public_notice(http: Http):
    firm = http.world.enterprise()
    kind = "procurement.tender_decision"
    listed(http, "procurement.tender_collusion", firm.id, kind, COLLUSION)

    (announced,) = http.items("/announcements", kind="listed", subject_id=firm.id)

    assert announced["media"] == ["招标投标违法行为记录公告 (public notice under regulation 78)"]


REPORT = "甲信用评级公司〔2026〕8号，已备案"


def third_party(http: Http, subject_id: str, **changes: Any) -> Any:
    body = {
        "scorecard": "procurement.third_party",
        "subject_id": subject_id,
        "rated_on": "2026-02-01",
        "edition": "2026-8",
        "grade": "AA级",
        "source": REPORT,
        **changes,
    }
    return http.post("/ratings", "provider", {key: one for key, one in body.items() if one})


@pytest.mark.requirement("CRI-19")
def test_a_bid_check_returns_own_entries_and_third_party_ratings_marked_as_such(http: Http):
    published(http, "procurement")
    firm = http.world.enterprise(uscc(20))
    kind = "procurement.tender_decision"
    listing = listed(http, "procurement.tender_collusion", firm.id, kind, COLLUSION)
    rated = third_party(http, firm.id, grade="AAA级")
    assert rated.status_code == 201, rated.text

    answer = http.check(uscc(20), "tender.bid").json

    assert [one["id"] for one in answer["listings"]] == [listing["id"]]
    (rating,) = answer["ratings"]
    assert (rating["third_party"], rating["source"]) == (True, REPORT)
    assert (rating["grade"], rating["valid_to"]) == ("aaa", "2027-02-01")
    # sanctions win over incentives for the same matter
    assert answer["outcome"] == "restricted"
    assert answer["incentives"] == {"mandatory": [], "recommended": []}


@pytest.mark.requirement("CRI-19")
def test_a_third_party_rating_is_a_recommended_ground_in_tenders_alone(http: Http):
    published(http, "procurement")
    http.world.enterprise(uscc(20))
    good, poor = http.world.enterprise(uscc(21)), http.world.enterprise(uscc(22))
    assert third_party(http, good.id, grade="a").status_code == 201
    assert third_party(http, poor.id, grade="bbb").status_code == 201

    shown = http.check(uscc(21), "tender.bid").json
    assert shown["outcome"] == "favoured"
    assert [one["code"] for one in shown["incentives"]["recommended"]] == [
        "i.third_party_reference"
    ]
    poorly = http.check(uscc(22), "tender.bid").json
    assert (poorly["outcome"], poorly["ratings"][0]["third_party"]) == ("clear", True)
    assert http.check(uscc(21), "procurement.bid").json["outcome"] == "clear"


@pytest.mark.requirement("CRI-19")
def test_reports_of_several_third_parties_stand_beside_each_other(http: Http):
    published(http, "procurement")
    firm = http.world.enterprise(uscc(20))
    again = {"edition": "2026-9", "grade": "b", "source": "乙信用评级公司〔2026〕9号"}
    assert third_party(http, firm.id).status_code == 201
    assert third_party(http, firm.id, **again).status_code == 201

    ratings = http.check(uscc(20), "tender.bid").json["ratings"]

    assert {(one["source"], one["grade"]) for one in ratings} == {
        (REPORT, "aa"),
        ("乙信用评级公司〔2026〕9号", "b"),
    }
    own = http.items(f"/subjects/{firm.id}/ratings", "agency")
    assert [one["third_party"] for one in own] == [True, True]


@pytest.mark.requirement("CRI-19")
def test_a_third_party_rating_names_its_report(http: Http):
    firm = http.world.enterprise()

    assert_problem(third_party(http, firm.id, source=None), 422, "invalid-input", "source")
