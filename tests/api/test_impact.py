"""The impact of rules and proposed removals over HTTP."""

from __future__ import annotations

import copy

from tests.api.conftest import Http
from tests.services.test_removals import later_version
from tests.services.test_rules import activate


def sent(http, change):
    with http.world.registry.view() as view:
        document = copy.deepcopy(dict(view.rulebook.document))
    change(document)
    return {"rulebook": {"sectors": {"tax": document["sectors"]["tax"]}}}


def test_an_authority_sees_who_would_leave_before_anything_is_activated(http: Http):
    listing = http.world.listed()
    body = sent(http, later_version(1_500_000, http.world.today))

    answer = http.send("POST", "/rules/impact", "authority", json=body)

    assert answer.status_code == 200
    assert answer.json["counts"] == {"enter": 0, "leave": 1, "measures": 0}
    (leaving,) = answer.json["leave"]
    assert leaving["listing_id"] == listing.id
    assert leaving["reasons"][0]["basis"]
    assert http.get("/removals", "reviewer").json["items"] == []


def test_a_rating_that_would_have_another_measure_after_it_is_told_from_a_listing(http: Http):
    firm = http.world.enterprise()
    sent_rating = {
        "scorecard": "tax.rating",
        "subject_id": firm.id,
        "edition": "2025",
        "rated_on": "2026-02-01",
        "grade": "B",
    }
    rating = http.post("/ratings", "provider", sent_rating).json
    http.world.listed()

    def change(document):
        measures = document["sectors"]["tax"]["measures"]
        measures.pop(0)
        loan = next(one for one in measures if one["code"] == "i.loan_tax_source")
        loan["target"]["ratings"][0]["grades"] = ["A", "B"]

    answer = http.send("POST", "/rules/impact", "authority", json=sent(http, change))

    assert answer.json["counts"] == {"enter": 0, "leave": 0, "measures": 2}
    after_listing, after_rating = answer.json["measures"]
    assert after_listing.keys() == after_rating.keys()
    of_rating = ("rating_id", "scorecard", "grade")
    assert [after_listing[name] for name in of_rating] == [None, None, None]
    assert [after_rating[name] for name in of_rating] == [rating["id"], "tax.rating", "B"]
    assert (after_rating["listing_id"], after_rating["criterion"]) == (None, None)
    assert (after_rating["subject_id"], after_rating["gained"]) == (
        firm.id,
        ["tax/i.loan_tax_source"],
    )
    assert after_rating["basis"][0]["article"]


def test_rules_that_are_none_are_refused_with_the_field(http: Http):
    for rulebook in ({"sectors": {"tax": {"code": "tax"}}}, {"law": {}}, {"sectors": {"x": 1}}):
        answer = http.send("POST", "/rules/impact", "coordinator", json={"rulebook": rulebook})
        assert answer.status_code == 422, rulebook
        assert any(name.startswith("rulebook") for name in answer.json["errors"])


def test_a_removal_is_seen_by_its_authority_declined_or_carried_out(http: Http):
    first, second = http.world.listed(), http.world.listed()
    activate(http.world, later_version(1_500_000, http.world.today))

    items = http.get("/removals?state=open", "reviewer").json["items"]
    assert {one["listing_id"] for one in items} == {first.id, second.id}
    assert all(one["old_version"] and one["new_version"] for one in items)
    assert http.get("/removals", "other_reviewer").json["items"] == []
    assert len(http.get("/removals", "coordinator").json["items"]) == 2

    place = f"/removals/{next(one['id'] for one in items if one['listing_id'] == first.id)}/decline"
    declined = http.send("POST", place, "reviewer", json={"reason": "Amended since."})
    assert (declined.status_code, declined.json["state"]) == (200, "declined")
    again = http.send("POST", place, "reviewer", json={"reason": "Again."})
    assert again.json["code"] == "illegal-transition"
    ended = http.send(
        "POST", f"/listings/{second.id}/exit", "reviewer",
        json={"ground": "criteria_changed", "reason": "The figure was raised."},
    )  # fmt: skip
    assert ended.json["exit"]["ground"] == "criteria_changed"
    assert http.get("/removals?state=open", "reviewer").json["items"] == []
    states = {one["state"] for one in http.get("/removals", "reviewer").json["items"]}
    assert states == {"declined", "done"}
