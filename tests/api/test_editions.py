"""Measure editions over HTTP: only what is published applies, and what is published is frozen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.numbers import uscc

FILLED = ("version", "valid_from", "valid_to", "status", "sector")
LAW = {"instrument": "中华人民共和国政府采购法", "article": "22(1)(5)"}


def a_measure(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Refusal of aid",
        "name_zh": "限制资助",
        "kind": "sanction",
        "force": "recommended",
        "content": "No aid.",
        "content_zh": "不予资助。",
        "implementer": "finance bureau",
        "basis": [{"instrument": "City plan", "article": "3"}],
        "matters": ["grant.fiscal"],
        "target": {"list_kinds": ["black"], "subject_kinds": ["enterprise"]},
        **changes,
    }


@pytest.fixture
def draft(http: Http) -> dict[str, Any]:
    answer = http.post("/measure-editions", "coordinator", {"sector": "tax"})
    assert answer.status_code == 201, answer.text
    return answer.json  # type: ignore[no-any-return]


def put(http: Http, draft: dict[str, Any], code: str, body: dict[str, Any]) -> Any:
    return http.send(
        "PUT", f"/measure-editions/{draft['id']}/measures/{code}", "coordinator", json=body
    )


def publish(http: Http, draft: dict[str, Any], **body: Any) -> Any:
    return http.post(f"/measure-editions/{draft['id']}/publish", "coordinator", body)


def test_a_draft_copies_the_edition_in_force(http: Http, draft: dict[str, Any]):
    (published,) = http.items("/measure-editions", sector="tax")

    assert draft["state"] == "draft"
    assert draft["measures"] == published["measures"]
    assert http.get(f"/measure-editions/{published['id']}").json == published
    mine = http.items("/measure-editions", "coordinator", sector="tax")
    assert {one["id"] for one in mine} == {published["id"], draft["id"]}
    assert_problem(http.get(f"/measure-editions/{draft['id']}"), 404, "not-found")
    assert_problem(http.get(f"/measure-editions/{draft['id']}", "agency"), 404, "not-found")


def test_a_measure_can_be_put_back_as_it_was_given(http: Http, draft: dict[str, Any]):
    for measure in draft["measures"]:
        body = {name: value for name, value in measure.items() if name not in FILLED}
        answer = put(http, draft, measure["code"], body)
        assert answer.status_code == 200, answer.text
    compared = http.get(f"/measure-editions/{draft['id']}/compare", "coordinator")

    assert compared.json == {"added": [], "removed": [], "changed": []}


def test_a_draft_is_edited_compared_and_published_and_then_frozen(
    http: Http, draft: dict[str, Any]
):
    (before,) = http.items("/measure-editions", sector="tax")
    assert put(http, draft, "p.no_aid", a_measure()).status_code == 200
    changed = next(one for one in draft["measures"] if one["code"] == "p.no_honours")
    body = {name: value for name, value in changed.items() if name not in FILLED}
    assert put(http, draft, "p.no_honours", {**body, "content": "None."}).status_code == 200
    path = f"/measure-editions/{draft['id']}/measures/p.exit_ban"
    left_out = http.send("DELETE", path, "coordinator")
    assert (left_out.status_code, left_out.data) == (204, b"")
    assert_problem(http.send("DELETE", path, "coordinator"), 404, "not-found")

    compared = http.get(
        f"/measure-editions/{draft['id']}/compare?with={before['id']}", "coordinator"
    )
    assert compared.json == {
        "added": ["p.no_aid"],
        "removed": ["p.exit_ban"],
        "changed": ["p.no_honours"],
    }
    published = publish(http, draft)
    assert (published.json["state"], published.json["effective_from"]) == (
        "published",
        "2026-03-02",
    )
    for answer in (
        put(http, draft, "p.more", a_measure()),
        http.send("DELETE", path, "coordinator"),
        publish(http, draft),
    ):
        assert_problem(answer, 409, "frozen")
    codes = {one["code"] for one in http.items("/measures", sector="tax")}
    assert "p.no_aid" in codes
    assert "p.exit_ban" not in codes
    announced = http.items("/announcements", kind="edition", sector="tax")
    assert announced[-1]["target_id"] == draft["id"]


@pytest.mark.requirement("MEA-03", "PUB-28")
def test_a_measure_that_is_not_published_is_never_applied(http: Http, draft: dict[str, Any]):
    http.world.listed(http.world.enterprise(uscc(20)))
    body = a_measure(matters=["procurement.bid"])
    assert put(http, draft, "p.drafted", body).status_code == 200

    def sanctions() -> set[str]:
        answer = http.check(uscc(20)).json["sanctions"]
        return {one["code"] for group in answer.values() for one in group}

    assert sanctions() == {"p.procurement_ban"}
    assert "p.drafted" not in {one["code"] for one in http.items("/measures")}
    publish(http, draft)
    assert sanctions() == {"p.procurement_ban", "p.drafted"}


@pytest.mark.requirement("MEA-03", "PUB-28")
def test_a_proposed_sanction_that_no_edition_holds_is_dropped_and_reported(
    http: Http, draft: dict[str, Any]
):
    http.world.listed(http.world.enterprise(uscc(20)))
    path = f"/measure-editions/{draft['id']}/measures/p.procurement_ban"
    http.send("DELETE", path, "coordinator")
    publish(http, draft)
    answer = http.check(uscc(20)).json

    assert answer["outcome"] == "caution"
    assert answer["sanctions"] == {"mandatory": [], "recommended": []}
    assert [one["code"] for one in answer["dropped"]] == ["p.procurement_ban"]
    proposed = http.items("/measures", proposed="true", matter="procurement.bid", sector="tax")
    assert [one["code"] for one in proposed] == ["p.procurement_ban"]


@pytest.mark.requirement("MEA-01")
def test_every_measure_is_mandatory_or_recommended_and_answers_group_them(http: Http):
    for force in ("mandatory", "recommended"):
        found = http.items("/measures", force=force)
        assert {one["force"] for one in found} == {force}
    assert len(http.items("/measures")) == sum(
        len(http.items("/measures", force=force)) for force in ("mandatory", "recommended")
    )
    assert_problem(http.get("/measures?force=optional"), 422, "invalid-input", "force")
    http.world.listed(http.world.enterprise(uscc(20)))
    assert set(http.check(uscc(20)).json["sanctions"]) == {"mandatory", "recommended"}
    fiscal = http.check(uscc(20), "grant.fiscal").json
    assert fiscal["outcome"] == "caution"
    assert {one["force"] for one in fiscal["sanctions"]["recommended"]} == {"recommended"}
    assert fiscal["sanctions"]["mandatory"] == []


@pytest.mark.requirement("MEA-02")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"target": {"list_kinds": [], "subject_kinds": ["person"]}}, "target.list_kinds"),
        ({"target": {"list_kinds": ["black"], "subject_kinds": []}}, "target.subject_kinds"),
        ({"target": None}, "target"),
        ({"content": " "}, "content"),
        ({"implementer": ""}, "implementer"),
        ({"basis": []}, "basis"),
        ({"matters": []}, "matters"),
        ({"matters": ["none.such"]}, "matters"),
        ({"force": "mandatory"}, "basis"),
        ({"kind": "reward"}, "kind"),
        ({"code": "p.other"}, "code"),
        ({"sector": "tax"}, "sector"),
        (
            {"target": {"list_kinds": ["black"], "subject_kinds": ["person"],
                        "severity_from": {"scheme": "ndrc-58-2023", "level": "serious"}}},
            "target.severity_from.level",
        ),
    ],
)  # fmt: skip
def test_a_measure_lacking_a_part_is_refused_by_field(
    http: Http, draft: dict[str, Any], changes: dict[str, Any], field: str
):
    assert_problem(put(http, draft, "p.no_aid", a_measure(**changes)), 422, "invalid-input", field)


def test_a_mandatory_measure_rests_on_a_statute_that_the_rulebook_knows(
    http: Http, draft: dict[str, Any]
):
    claimed = {"instrument": "City plan", "article": "3", "status": "verified"}
    answer = put(http, draft, "p.hard", a_measure(force="mandatory", basis=[claimed]))
    assert_problem(answer, 422, "invalid-input", "basis")
    answer = put(http, draft, "p.hard", a_measure(force="mandatory", basis=[LAW]))

    assert answer.status_code == 200, answer.text
    made = next(one for one in answer.json["measures"] if one["code"] == "p.hard")
    assert made["basis"][0]["status"] == "verified"  # as the rulebook has it
    assert made["version"] == "2026-03-02"
    assert made["sector"] == "tax"


def _evasion(http: Http) -> None:
    http.world.listed(http.world.enterprise(uscc(20)))


def _evaded_tender(http: Http) -> None:
    firm = http.world.enterprise(uscc(20))
    body = {
        "subject_id": firm.id,
        "kind": "procurement.tender_decision",
        "fields": {"act": "owner_evade", "fine_amount": "1", "penalty_no": "P-2"},
        "decided_on": "2026-01-05",
        "ended_on": "2026-01-04",
    }
    record = http.post("/records", "provider", body)
    assert record.status_code == 201, record.text
    case = http.post("/determinations", "authority", {
        "criterion": "procurement.tender_owner_evade",
        "subject_id": firm.id,
        "record_ids": [record.json["id"]],
    })  # fmt: skip
    assert case.status_code == 201, case.text
    version = case.json["criterion_version"]
    accept = {"version": version, "statement": "Taken over."}
    http.post("/criteria/procurement.tender_owner_evade/acceptance", "authority", accept)
    path = f"/determinations/{case.json['id']}"
    warning = {"served_on": "2026-01-10", "ends_on": "2026-12-31"}
    assert http.post(f"{path}/notice", "authority", warning).status_code == 200
    confirmed = http.post(f"{path}/confirm", "reviewer", {})
    assert confirmed.status_code == 200, confirmed.text


# The grade of a listing -> how it comes about, its sector, and its list.
LISTINGS = {
    "serious": (_evasion, "tax", "black"),
    "substantial": (_evaded_tender, "procurement", "watch"),
}


@pytest.mark.requirement("MEA-05", "CRI-13")
@pytest.mark.parametrize(
    ("listed", "grade", "applied"),
    [
        ("serious", "serious", True),
        ("serious", "substantial", True),
        ("serious", "general", True),
        ("substantial", "serious", False),
        ("substantial", "substantial", True),
        ("substantial", "general", True),
    ],
)
def test_a_measure_applies_from_its_grade_on_and_never_below(
    http: Http, listed: str, grade: str, applied: bool
):
    listing, sector, list_kind = LISTINGS[listed]
    listing(http)
    severity = {"scheme": "suqian-draft-2018", "level": grade}

    assert _sanctioned(http, sector, severity, list_kind) is applied
    (shown,) = http.check(uscc(20), "finance.loan", purpose="other_management").json["listings"]
    assert shown["severity"] == {"scheme": "suqian-draft-2018", "level": listed}


@pytest.mark.requirement("MEA-05", "CRI-13")
def test_a_measure_of_another_scheme_of_grades_is_never_applied(http: Http):
    _evasion(http)
    assert not _sanctioned(http, "tax", {"scheme": "ndrc-36-2025", "level": "minor"})


@pytest.mark.requirement("CRI-13")
@pytest.mark.parametrize(
    ("severity", "field"),
    [
        ({"scheme": "suqian-draft-2018", "level": "specific_serious"}, "level"),
        ({"scheme": "ours", "level": "serious"}, "scheme"),
    ],
)
def test_a_measure_from_a_grade_that_there_is_not_is_refused(
    http: Http, draft: dict[str, Any], severity: dict[str, str], field: str
):
    target = {**a_measure()["target"], "severity_from": severity}

    answer = put(http, draft, "p.graded", a_measure(target=target))

    assert_problem(answer, 422, "invalid-input", f"target.severity_from.{field}")
    held = http.get(f"/measure-editions/{draft['id']}", "coordinator").json["measures"]
    assert "p.graded" not in {one["code"] for one in held}


def _sanctioned(
    http: Http, sector: str, severity: dict[str, str], list_kind: str = "black"
) -> bool:
    """Whether a check returns a measure bound to the grade, once an edition holds it."""
    draft = http.post("/measure-editions", "coordinator", {"sector": sector}).json
    target = {
        "list_kinds": [list_kind],
        "subject_kinds": ["enterprise"],
        "severity_from": severity,
    }
    answer = put(http, draft, "p.graded", a_measure(target=target, matters=["finance.loan"]))
    assert answer.status_code == 200, answer.text
    assert publish(http, draft).status_code == 200
    check = http.check(uscc(20), "finance.loan", purpose="other_management")
    return "p.graded" in {one["code"] for one in check.json["sanctions"]["recommended"]}


def test_an_edition_takes_effect_on_its_day(http: Http, draft: dict[str, Any]):
    early = publish(http, draft, effective_from="2026-03-01")
    assert_problem(early, 422, "invalid-input", "effective_from")
    put(http, draft, "p.no_aid", a_measure())
    assert publish(http, draft, effective_from="2026-04-01").status_code == 200

    def codes(**query: str) -> set[str]:
        return {one["code"] for one in http.items("/measures", **query)}

    assert "p.no_aid" not in codes()
    assert "p.no_aid" not in codes(on="2026-03-31")
    assert "p.no_aid" in codes(on="2026-04-01")


def test_a_draft_is_of_a_sector_that_there_is(still: Http):
    answer = still.post("/measure-editions", "coordinator", {"sector": "none"})

    assert_problem(answer, 422, "invalid-input", "sector")
