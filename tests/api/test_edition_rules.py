"""A coordinator's measure is held to what a plugin's is, in the same words; and a citation that the
registry does not hold is not verified by being sent."""

from __future__ import annotations

from typing import Any

import pytest

from registry.store import editions as store
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.api.test_editions import FILLED, LAW, a_measure, publish, put
from tests.numbers import uscc

INVENTED = {"instrument": LAW["instrument"], "article": "999", "status": "verified"}
ENTERPRISE = ["enterprise"]
NAMED = "sanctions are named p.<name>, incentives i.<name>"


@pytest.fixture
def draft(http: Http) -> dict[str, Any]:
    answer = http.post("/measure-editions", "coordinator", {"sector": "tax"})
    assert answer.status_code == 201, answer.text
    return answer.json  # type: ignore[no-any-return]


def held(edition: dict[str, Any], code: str) -> dict[str, Any]:
    """A measure of an edition as PUT takes it."""
    (found,) = (one for one in edition["measures"] if one["code"] == code)
    return {name: value for name, value in found.items() if name not in FILLED}


def statuses(answer: Any, code: str) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["status"] for one in held(answer.json, code)["basis"]]


# --- the rules of a measure -----------------------------------------------------------------------


@pytest.mark.requirement("MEA-03", "PUB-28")
def test_a_sanction_cannot_be_made_an_incentive_and_vanish(http: Http, draft: dict[str, Any]):
    http.world.listed(http.world.enterprise(uscc(20)))
    turned = {**held(draft, "p.procurement_ban"), "kind": "incentive"}

    answer = put(http, draft, "p.procurement_ban", turned)

    body = assert_problem(answer, 422, "invalid-input", "code", "target.list_kinds")
    assert body["errors"]["code"] == [NAMED]
    assert body["errors"]["target.list_kinds"] == ["an incentive follows only red"]
    assert publish(http, draft).status_code == 200
    check = http.check(uscc(20)).json
    assert check["outcome"] == "restricted"
    assert [one["code"] for one in check["sanctions"]["mandatory"]] == ["p.procurement_ban"]


@pytest.mark.requirement("MEA-02")
@pytest.mark.parametrize(
    ("code", "changes", "field", "words"),
    [
        ("i.no_aid", {}, "code", NAMED),
        ("aid", {}, "code", NAMED),
        ("p.no_aid", {"target": {"list_kinds": ["red"], "subject_kinds": ENTERPRISE}},
         "target.list_kinds", "a sanction follows only alert, black, watch"),
        ("i.aid", {"kind": "incentive"}, "target.list_kinds", "an incentive follows only red"),
        ("p.no_aid", {"memorandum": "Memorandum 3"}, "memorandum",
         "a memorandum goes with the signatories that it binds: give both or neither"),
        ("p.no_aid", {"signatories": ["BUYER"]}, "memorandum",
         "a memorandum goes with the signatories that it binds: give both or neither"),
        ("p.no_aid", {"force": "mandatory"}, "basis",
         "no instrument of its basis is a law, regulation or court decision"),
        ("p.no_aid", {"basis": []}, "basis", "must cite at least one article"),
        ("p.no_aid", {"target": {"list_kinds": ["black"], "subject_kinds": ENTERPRISE,
                                 "criteria": ["tax.evasion"], "every_sector": True}},
         "target.criteria", "a measure for every sector names no criteria"),
        ("p.no_aid", {"target": {"list_kinds": ["black"], "subject_kinds": ENTERPRISE,
                                 "criteria": ["tax.evasion", "tax.none"]}},
         "target.criteria", "must be criteria of the sector: tax."),
        ("p.no_aid", {"parent": "p.none"}, "parent", "that has no parent itself"),
        ("p.no_aid", {"parent": "p.no_aid"}, "parent", "that has no parent itself"),
        ("p.no_aid", {"target": {"list_kinds": [], "subject_kinds": ENTERPRISE,
                                 "ratings": [{"scorecard": "tax.rating", "grades": ["D"]}]},
                      "reaches": ["legal_representative"]},
         "reaches", "a rating reaches nobody but the subject that it is of"),
        ("p.no_aid", {"target": {"list_kinds": [], "subject_kinds": ENTERPRISE,
                                 "ratings": [{"scorecard": "tax.rating", "grades": ["D"]}]},
                      "period_of": "measure.post_ban.months"},
         "period_of", "counts from a listing: leave ratings to a measure apart"),
        ("p.no_aid", {"reaches": ["legal_representative", "everybody"]}, "reaches.1",
         "must be one of legal_representative, "),
    ],
)  # fmt: skip
def test_a_measure_that_no_plugin_could_propose_is_refused_in_the_same_words(
    http: Http, draft: dict[str, Any], code: str, changes: dict[str, Any], field: str, words: str
):
    answer = put(http, draft, code, a_measure(**changes))

    body = assert_problem(answer, 422, "invalid-input", field)
    (said,) = body["errors"][field]
    assert words in said


def test_what_is_sound_is_taken(http: Http, draft: dict[str, Any]):
    """The control."""
    target = {"list_kinds": ["black"], "subject_kinds": ENTERPRISE, "criteria": ["tax.evasion"]}
    sound = a_measure(target=target, reaches=["legal_representative"], parent="p.no_honours")

    assert put(http, draft, "p.no_aid", sound).status_code == 200
    reward = a_measure(
        kind="incentive", target={"list_kinds": ["red"], "subject_kinds": ENTERPRISE}
    )
    assert put(http, draft, "i.aid", reward).status_code == 200


def change_past_the_rules(
    http: Http, id: str, code: str, target: dict[str, Any] | None = None, **changes: Any
) -> None:
    """As an edition may hold a measure from before these rules."""
    with http.world.registry.operating() as work:
        edition = store.get(work.change, id)
        assert edition is not None
        measures = tuple(
            {**one, **changes, "target": {**one["target"], **(target or {})}}
            if one["code"] == code
            else one
            for one in edition.measures
        )
        store.save(work.change, store.StoredEdition(**{**vars(edition), "measures": measures}))
        work.change.record("edition.changed", {"edition_id": id})


def test_what_a_draft_holds_from_before_is_not_published(http: Http, draft: dict[str, Any]):
    change_past_the_rules(http, draft["id"], "p.procurement_ban", kind="incentive")

    body = assert_problem(
        publish(http, draft),
        422,
        "invalid-input",
        "measures.p.procurement_ban.code",
        "measures.p.procurement_ban.target.list_kinds",
    )

    assert body["errors"]["measures.p.procurement_ban.code"] == [NAMED]


def test_a_criterion_that_a_measure_named_before_may_still_be_named(
    http: Http, draft: dict[str, Any]
):
    """Listings outlive the rules under which they were made."""
    kept = held(draft, "p.procurement_ban")
    gone = {**kept["target"], "criteria": ["tax.gone"]}
    old = {"criteria": ["tax.gone"]}
    change_past_the_rules(http, draft["id"], "p.procurement_ban", target=old)

    answer = put(http, draft, "p.procurement_ban", {**kept, "target": gone, "content": "None."})
    assert answer.status_code == 200, answer.text
    other = a_measure(target={"list_kinds": ["black"], "subject_kinds": ENTERPRISE,
                              "criteria": ["tax.gone"]})  # fmt: skip
    assert_problem(put(http, draft, "p.no_aid", other), 422, "invalid-input", "target.criteria")


# --- the status of a citation ---------------------------------------------------------------------


@pytest.mark.parametrize("claimed", ["verified", "accepted", "to_verify"])
def test_an_article_that_nobody_holds_is_to_verify(http: Http, draft: dict[str, Any], claimed: str):
    body = a_measure(force="mandatory", basis=[{**INVENTED, "status": claimed}])

    first = put(http, draft, "p.no_aid", body)
    again = put(http, draft, "p.no_aid", body)
    other = put(http, draft, "p.no_more_aid", body)

    assert statuses(first, "p.no_aid") == ["to_verify"]
    assert statuses(again, "p.no_aid") == ["to_verify"]
    assert statuses(other, "p.no_more_aid") == ["to_verify"]


def test_not_even_by_way_of_a_published_edition(http: Http, draft: dict[str, Any]):
    body = a_measure(force="mandatory", basis=[INVENTED], matters=["procurement.bid"])
    assert put(http, draft, "p.no_aid", body).status_code == 200
    assert publish(http, draft).status_code == 200
    http.world.listed(http.world.enterprise(uscc(20)))
    applied = http.check(uscc(20)).json["sanctions"]["mandatory"]
    (found,) = (one for one in applied if one["code"] == "p.no_aid")
    assert [one["status"] for one in found["basis"]] == ["to_verify"]

    next_one = http.post("/measure-editions", "coordinator", {"sector": "tax"}).json
    taken_over = held(next_one, "p.no_aid")
    taken_over["basis"][0]["status"] = "verified"

    assert statuses(put(http, next_one, "p.no_aid", taken_over), "p.no_aid") == ["to_verify"]


def test_a_citation_keeps_the_status_that_an_edition_or_the_rules_give_it(
    http: Http, draft: dict[str, Any]
):
    kept = {"instrument": "Plan of before", "article": "3", "status": "verified"}
    stored = [[kept["instrument"], kept["article"], "verified", False]]
    change_past_the_rules(http, draft["id"], "p.no_honours", basis=stored)
    assert publish(http, draft).status_code == 200
    next_one = http.post("/measure-editions", "coordinator", {"sector": "tax"}).json
    path = f"/measure-editions/{next_one['id']}/measures/p.no_honours"
    assert http.send("DELETE", path, "coordinator").status_code == 204

    for claimed in ("to_verify", "verified", "accepted"):
        body = a_measure(basis=[{**kept, "status": claimed}, {**LAW, "status": claimed}])
        answer = put(http, next_one, "p.no_aid", body)

        assert statuses(answer, "p.no_aid") == ["verified", "verified"]
