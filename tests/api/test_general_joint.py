"""Measures that cross sectors or bind only who signed, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.actor import Role
from registry.services import agencies
from tests.api.conftest import Http
from tests.api.general import checked, codes, confirmed, day_before, listed, published
from tests.api.shape import assert_problem
from tests.numbers import uscc

MEMORANDUM: dict[str, Any] = {
    "name": "Loans examined",
    "name_zh": "审慎授信",
    "kind": "sanction",
    "force": "recommended",
    "content": "Examine the loan.",
    "content_zh": "审慎授信。",
    "implementer": "those who signed",
    "basis": [{"instrument": "a joint memorandum", "article": "3"}],
    "matters": ["tax.refund"],
    "target": {"list_kinds": ["black"], "subject_kinds": ["enterprise"]},
    "memorandum": "a joint memorandum",
    "signatories": ["BUYER"],
}


@pytest.fixture
def general(http: Http) -> Http:
    """With the general edition in effect."""
    published(http)
    return http


# --- every red entry ------------------------------------------------------------------------------


@pytest.mark.requirement("MEA-23")
def test_a_red_entry_of_another_sector_gets_the_same_five(general: Http):
    firm = general.world.enterprise(uscc(20))
    body = {
        "subject_id": firm.id,
        "kind": "healthcare.commendation",
        "fields": {"award": "integrity_pharmacy", "award_no": "A-1", "source": "commended"},
        "decided_on": "2026-01-05",
    }
    record = general.post("/records", "provider", body)
    assert record.status_code == 201, record.text
    proposal = {
        "criterion": "healthcare.integrity_institution",
        "subject_id": firm.id,
        "record_ids": [record.json["id"]],
    }
    case = general.post("/determinations", "authority", proposal)
    assert case.status_code == 201, case.text
    confirmed(general, case.json)
    wanted = {
        "permit.general": {"i.green_channel", "i.service_priority"},
        "inspection.plan": {"i.optimised_supervision"},
        "market.terms": {"i.lower_trade_cost", "i.promotion"},
    }

    for matter, expected in wanted.items():
        answer = checked(general, uscc(20), matter)
        assert expected <= codes(answer, "incentives"), matter
        assert [one["sector"] for one in answer["listings"]] == ["healthcare"]


# --- joint periods --------------------------------------------------------------------------------


@pytest.mark.requirement("MEA-17")
def test_the_sanctions_of_every_sector_follow_a_tax_listing_for_its_joint_period(general: Http):
    listing = general.world.listed(general.world.enterprise(uscc(20)))
    until = str(listing.joint_until)
    assert listing.joint_until == listing.valid_to

    answer = checked(general, uscc(20), "permit.commitment", as_of=day_before(until))

    (found,) = answer["sanctions"]["recommended"]
    assert (found["code"], found["until"]) == ("p.no_commitment_procedure", until)
    assert found["listing_id"] == listing.id
    after = checked(general, uscc(20), "permit.commitment", as_of=until)
    assert after["sanctions"] == {"mandatory": [], "recommended": []}


@pytest.mark.requirement("MEA-17")
def test_a_behaviour_without_a_joint_period_blocks_them(general: Http):
    firm = general.world.enterprise(uscc(20))
    body = {
        "subject_id": firm.id,
        "kind": "procurement.penalty_decision",
        "fields": {"act": "collusion", "ban_months": 12, "penalty_no": "P-1"},
        "decided_on": "2026-01-05",
    }
    record = general.post("/records", "provider", body)
    proposal = {
        "criterion": "procurement.collusion",
        "subject_id": firm.id,
        "record_ids": [record.json["id"]],
    }
    case = general.post("/determinations", "authority", proposal)
    path = f"/determinations/{case.json['id']}"
    general.post(f"{path}/notice", "authority", {"served_on": "2026-01-10"})
    done = general.post(f"{path}/confirm", "reviewer", {})
    assert done.status_code == 200, done.text

    answer = checked(general, uscc(20), "permit.commitment")

    assert answer["sanctions"] == {"mandatory": [], "recommended": []}
    assert [one["list_kind"] for one in answer["listings"]] == ["black"]
    assert answer["dropped"] == []
    shown = general.get(f"/listings/{done.json['listing_id']}", "agency").json
    assert shown["joint_until"] is None


def test_a_sectors_own_measure_stands_for_the_one_of_its_code(general: Http):
    general.world.listed(general.world.enterprise(uscc(20)))

    answer = checked(general, uscc(20), "inspection.plan")

    (found,) = answer["sanctions"]["recommended"]
    assert found["code"] == "p.focus_supervision"
    assert any("国发" in one["instrument"] for one in found["basis"])  # tax cites it


def test_an_unpublished_sanction_of_every_sector_is_told_as_dropped(http: Http):
    http.world.listed(http.world.enterprise(uscc(20)))

    answer = checked(http, uscc(20), "permit.commitment")
    own = checked(http, uscc(20), "inspection.plan")

    assert [(one["sector"], one["code"]) for one in answer["dropped"]] == [
        ("general", "p.no_commitment_procedure")
    ]
    assert own["dropped"] == []


def test_a_measure_for_every_sector_takes_a_coordinator_of_every_sector(http: Http):
    with http.world.registry.operating() as work:
        agencies.add(work, "NARROW", "Tax only", "national", "city", ("tax",))
    http.world.tokens["narrow"] = http.world.token("NARROW", "Ni", Role.COORDINATOR)
    draft = http.post("/measure-editions", "narrow", {"sector": "tax"}).json
    target = {**MEMORANDUM["target"], "every_sector": True}
    wide = {**MEMORANDUM, "memorandum": "", "signatories": [], "target": target}
    path = f"/measure-editions/{draft['id']}/measures/p.wide"

    assert_problem(http.send("PUT", path, "narrow", json=wide), 403, "not-permitted")
    named = {**wide, "target": {**target, "criteria": ["tax.evasion"]}}
    refused = http.send("PUT", path, "coordinator", json=named)
    assert_problem(refused, 422, "invalid-input", "target.criteria")
    taken = http.send("PUT", path, "coordinator", json=wide)
    assert taken.status_code == 200, taken.text
    publish = http.post(f"/measure-editions/{draft['id']}/publish", "narrow", {})
    assert_problem(publish, 403, "not-permitted")


# --- memoranda ------------------------------------------------------------------------------------


@pytest.mark.requirement("MEA-20")
def test_only_signatories_get_a_measure_of_a_memorandum(general: Http):
    firm = general.world.enterprise(uscc(20))
    listed(general, firm.id, "market_order")
    draft = general.post("/measure-editions", "coordinator", {"sector": "general"}).json
    path = f"/measure-editions/{draft['id']}"
    put = general.send("PUT", f"{path}/measures/p.memo", "coordinator", json=MEMORANDUM)
    assert put.status_code == 200, put.text
    assert general.post(f"{path}/publish", "coordinator", {}).status_code == 200

    signed = checked(general, uscc(20), "tax.refund")
    unsigned = checked(general, uscc(20), "tax.refund", who="other_agency")

    assert codes(signed) == {"p.memo"}
    assert codes(unsigned) == set()
    assert unsigned["dropped"] == []


@pytest.mark.requirement("MEA-20")
def test_a_memorandum_alone_makes_nothing_mandatory(general: Http):
    draft = general.post("/measure-editions", "coordinator", {"sector": "general"}).json
    path = f"/measure-editions/{draft['id']}/measures/p.memo"

    refused = general.send("PUT", path, "coordinator", json={**MEMORANDUM, "force": "mandatory"})
    assert_problem(refused, 422, "invalid-input", "basis")
    statute = {"instrument": "中华人民共和国税收征收管理法", "article": "44"}
    lawful = {**MEMORANDUM, "force": "mandatory", "basis": [*MEMORANDUM["basis"], statute]}
    taken = general.send("PUT", path, "coordinator", json=lawful)
    assert taken.status_code == 200, taken.text
    (measure,) = [one for one in taken.json["measures"] if one["code"] == "p.memo"]
    assert (measure["force"], measure["signatories"]) == ("mandatory", ["BUYER"])
