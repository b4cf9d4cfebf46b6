"""The catalogue of measures of every sector over HTTP: what a check returns, for whom, how long."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from registry.domain.subject import Subject, SubjectKind
from registry.domain.validity import Term
from registry.services import subjects
from registry.services.subjects import NewSubject
from tests.api.conftest import Http
from tests.api.general import (
    ACTS,
    checked,
    codes,
    confirmed,
    day_before,
    filed,
    listed,
    opened,
    proposed,
    published,
)
from tests.api.shape import assert_problem
from tests.numbers import resident_id, uscc


@pytest.fixture
def general(http: Http) -> Http:
    """With the general edition in effect."""
    published(http)
    return http


def a_person(http: Http, number: int, kind: SubjectKind = SubjectKind.PERSON) -> Subject:
    new = NewSubject(kind, "Person", (("resident_id", resident_id(number)),))
    with http.world.work("provider") as work:
        return subjects.add(work, new)


def a_head(http: Http, number: int, code: str) -> Subject:
    """An enterprise whose legal representative has the resident number."""
    head = subjects.NewPerson("Head", "resident_id", resident_id(number))
    new = NewSubject(SubjectKind.ENTERPRISE, "Firm", (("uscc", code),), representative=head)
    with http.world.work("provider") as work:
        return subjects.add(work, new)


# --- the catalogue --------------------------------------------------------------------------------


@pytest.mark.requirement("MEA-06")
@pytest.mark.requirement("MEA-07")
def test_the_catalogue_shows_fourteen_punishments_and_six_incentives_by_item(still: Http):
    found = still.items("/measures", sector="general", proposed="true")
    by_article = {
        cited["article"]: one["kind"]
        for one in found
        for cited in one["basis"]
        if cited["article"].startswith("33(")
    }

    assert by_article == {
        **{f"33(2)({number})": "sanction" for number in range(1, 15)},
        **{f"33(3)({number})": "incentive" for number in range(1, 7)},
    }


@pytest.mark.requirement("MEA-08")
def test_a_listed_firm_gets_the_detailed_restrictions_with_their_parents(general: Http):
    firm = general.world.enterprise(uscc(20))
    listed(general, firm.id, "market_order")

    answer = checked(general, uscc(20), "finance.issue")

    assert codes(answer) == {"p.no_share_issue", "p.no_bond_issue", "p.no_share_transfer_listing"}
    parents = {
        one["code"]: one["parent"] for one in general.items("/measures", matter="finance.issue")
    }
    assert {parents[code] for code in codes(answer)} == {"p.no_fiscal_funds"}
    assert answer["outcome"] == "caution"


# --- posts and persons ----------------------------------------------------------------------------


def listed_under_the_draft(http: Http, subject_id: str) -> dict[str, Any]:
    """A decision of before order 58: the listing outlasts three years from today."""
    kind, fields = ACTS["market_order"]
    body = {
        "subject_id": subject_id,
        "kind": f"general.{kind}",
        "fields": {**fields, "decision_no": "N-2023"},
        "decided_on": "2023-04-28",
        "ended_on": "2023-04-27",
    }
    record = http.post("/records", "provider", body)
    assert record.status_code == 201, record.text
    case = opened(http, subject_id, "market_order")
    assert case is not None
    assert case["criterion_version"] == "2019-01-01"
    return confirmed(http, case)


@pytest.mark.requirement("MEA-09")
@pytest.mark.requirement("MEA-21")
def test_the_head_of_a_listed_firm_gets_no_post_until_the_set_time_is_over(general: Http):
    firm = a_head(general, 31, uscc(20))
    case = listed_under_the_draft(general, firm.id)
    since = str(general.world.today)
    until = str(Term(months=36).after(date.fromisoformat(since)))

    def post(as_of: str) -> dict[str, Any]:
        value = resident_id(31)
        return checked(
            general, value, "post.legal_representative", scheme="resident_id", as_of=as_of
        )

    last = post(day_before(until))
    (ban,) = last["sanctions"]["recommended"]
    assert (ban["code"], ban["until"], last["outcome"]) == ("p.office_ban", until, "caution")
    assert ban["via"] == {
        "subject_id": firm.id,
        "name": "Firm",
        "role": "legal_representative",
    }
    assert ban["listing_id"] == case["listing_id"]
    assert post(since)["outcome"] == "caution"
    after = post(until)
    assert after["sanctions"] == {"mandatory": [], "recommended": []}
    assert (after["outcome"], after["incomplete"]) == ("clear", [])


@pytest.mark.requirement("MEA-21")
def test_a_measure_reaches_those_who_were_named_as_responsible_and_nobody_else(general: Http):
    firm = general.world.enterprise(uscc(20))
    named = {
        "name": "Engineer",
        "identifier": {"scheme": "resident_id", "value": resident_id(41)},
        "role": "directly_responsible",
    }
    listed(general, firm.id, "market_order", responsible_persons=[named])
    a_person(general, 42)

    def honours(number: int) -> dict[str, Any]:
        return checked(general, resident_id(number), "honour.award", scheme="resident_id")

    reached = honours(41)
    assert codes(reached) == {"p.revoke_honours", "p.no_award_selection"}
    assert {one["via"]["role"] for one in reached["sanctions"]["recommended"]} == {
        "directly_responsible"
    }
    assert reached["listings"] == []
    assert codes(honours(42)) == set()


@pytest.mark.requirement("MEA-21")
@pytest.mark.parametrize(
    ("name", "matter", "code", "reached"),
    [
        ("market_order", "permit.market_entry", "p.market_ban", {"registered_practitioner"}),
        (
            "market_order",
            "honour.award",
            "p.revoke_honours",
            {"senior_manager", "responsible_director", "shareholder", "directly_responsible"},
        ),
        ("refuse_duty", "consumption.air_travel", "p.high_spending", {"directly_responsible"}),
    ],
)
def test_a_measure_reaches_only_the_roles_that_its_basis_names(
    general: Http, name: str, matter: str, code: str, reached: set[str]
):
    firm = general.world.enterprise(uscc(20))
    roles = [
        "senior_manager",
        "responsible_director",
        "shareholder",
        "registered_practitioner",
        "directly_responsible",
    ]
    named = [
        {
            "name": role,
            "identifier": {"scheme": "resident_id", "value": resident_id(number)},
            "role": role,
        }
        for number, role in enumerate(roles, start=43)
    ]
    listed(general, firm.id, name, responsible_persons=named)

    found = set()
    for number, role in enumerate(roles, start=43):
        answer = checked(general, resident_id(number), matter, scheme="resident_id")
        if code in codes(answer):
            found.add(role)

    assert found == reached


@pytest.mark.requirement("MEA-22")
def test_an_official_with_a_government_affairs_record_gets_no_award_and_no_promotion(general: Http):
    official = a_person(general, 51, SubjectKind.PUBLIC_OFFICIAL)
    listed(general, official.id, "government_misconduct")

    for matter in ("public_office.assessment", "public_office.promotion", "honour.award"):
        answer = checked(general, resident_id(51), matter, scheme="resident_id")
        assert {"p.official_assessment", "p.no_award_or_promotion"} <= codes(answer), matter
    person = a_person(general, 52)
    assert_problem(
        proposed(general, person.id, "government_misconduct", _record(general, person.id)),
        422, "invalid-input", "subject_id",
    )  # fmt: skip


def _record(http: Http, subject_id: str) -> str:
    record = filed(http, subject_id, "government_misconduct")
    assert record.status_code == 201, record.text
    return str(record.json["id"])


# --- able but refuses -----------------------------------------------------------------------------


@pytest.mark.requirement("MEA-10")
def test_high_consumption_is_limited_only_after_able_but_refuses(general: Http):
    refuser, other = general.world.enterprise(uscc(20)), general.world.enterprise(uscc(21))
    listed(general, refuser.id, "refuse_duty")
    listed(general, other.id, "market_order")

    items = ["real_estate", "air_travel", "high_class_train", "holiday", "star_hotel", "other"]
    for matter in [*(f"consumption.{item}" for item in items), "border.exit"]:
        assert codes(checked(general, uscc(20), matter)), matter
        assert codes(checked(general, uscc(21), matter)) == set(), matter
    assert "p.raise_loan_rate" in codes(checked(general, uscc(20), "finance.loan"))
    assert "p.raise_loan_rate" not in codes(checked(general, uscc(21), "finance.loan"))


# --- society --------------------------------------------------------------------------------------


@pytest.mark.requirement("MEA-12")
def test_each_social_sanction_is_recorded_as_feedback_with_its_source(http: Http):
    firm = http.world.enterprise(uscc(20))

    def feedback(**fields: Any) -> Any:
        body = {"subject_id": firm.id, "kind": "general.social_feedback", "fields": fields}
        return http.post("/records", "provider", {**body, "decided_on": "2026-01-05"})

    for form in (
        "whistle_blowing",
        "media_exposure",
        "public_interest_litigation",
        "opinion_monitoring",
    ):
        answer = feedback(reference_no="F-1", form=form, source="Evening paper, page 3")
        assert answer.status_code == 201, answer.text
        shown = http.get(f"/records/{answer.json['id']}", "provider").json
        assert shown["fields"]["source"] == "Evening paper, page 3"
    assert_problem(feedback(reference_no="F-1", form="media_exposure"), 422, "invalid-input",
                   "fields.source")  # fmt: skip
    assert_problem(feedback(reference_no="F-1", form="gossip", source="x"), 422, "invalid-input",
                   "fields.form")  # fmt: skip


# --- incentives -----------------------------------------------------------------------------------


@pytest.mark.requirement("MEA-15")
def test_a_red_entry_gets_recommended_incentives_for_each_purpose(general: Http):
    firm = general.world.enterprise(uscc(20))
    listed(general, firm.id, "integrity_model")
    wanted = {
        "procurement.bid": {"i.bid_bonus", "i.priority_procurement"},
        "grant.fiscal": {"i.priority_selection", "i.priority_procurement"},
        "policy.preference": {"i.priority_preference"},
        "inspection.plan": {"i.fewer_inspections", "i.optimised_supervision"},
        "land.transfer": {"i.bid_bonus"},
    }

    for matter, expected in wanted.items():
        answer = checked(general, uscc(20), matter)
        assert codes(answer, "incentives") == expected, matter
        assert (answer["outcome"], answer["incentives"]["mandatory"]) == ("favoured", [])


@pytest.mark.requirement("MEA-15")
def test_an_honest_individual_is_supported(general: Http):
    person = a_person(general, 61)
    listed(general, person.id, "integrity_model")

    answer = checked(general, resident_id(61), "social.services", scheme="resident_id")

    assert "i.individual_support" in codes(answer, "incentives")


@pytest.mark.requirement("MEA-16")
def test_five_products_for_the_honest_and_worse_terms_for_the_dishonest(general: Http):
    honest, dishonest = general.world.enterprise(uscc(20)), general.world.enterprise(uscc(21))
    listed(general, honest.id, "integrity_model")
    listed(general, dishonest.id, "market_order")

    offered = codes(checked(general, uscc(20), "finance.loan"), "incentives")
    offered |= codes(checked(general, uscc(20), "finance.issue"), "incentives")
    assert {
        "i.loan_tax_source",
        "i.loan_tax_credit",
        "i.loan_credit_easy",
        "i.loan_tax_easy",
        "i.bond_credit_easy",
    } <= offered
    assert "i.market_discount" in codes(checked(general, uscc(20), "market.terms"), "incentives")
    assert codes(checked(general, uscc(21), "market.terms")) == {
        "p.raise_deposit",
        "p.no_discounts",
    }


@pytest.mark.requirement("MEA-16")
def test_a_product_can_be_dropped_from_the_edition(general: Http):
    firm = general.world.enterprise(uscc(20))
    listed(general, firm.id, "integrity_model")
    draft = general.post("/measure-editions", "coordinator", {"sector": "general"}).json
    path = f"/measure-editions/{draft['id']}"
    gone = general.send("DELETE", f"{path}/measures/i.loan_tax_source", "coordinator")
    assert gone.status_code == 204, gone.text
    assert general.post(f"{path}/publish", "coordinator", {}).status_code == 200

    offered = codes(checked(general, uscc(20), "finance.loan"), "incentives")

    assert "i.loan_tax_source" not in offered
    assert "i.loan_tax_credit" in offered
