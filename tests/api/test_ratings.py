"""Ratings over HTTP: made by providers, read by role, masked, on both time axes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from registry.services import rules
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.world import World

CARD = "tax.rating"


def accept(world: World, who: str = "authority") -> None:
    with world.work(who) as work:
        version = work.rulebook.scorecard_versions(CARD)[-1].version
        rules.accept(work, CARD, version, "Accepted for the tests.")


def listed(subject_id: str, grade: str = "A级", **more: Any) -> dict[str, Any]:
    return {
        "scorecard": CARD,
        "subject_id": subject_id,
        "edition": "2025",
        "rated_on": "2026-02-01",
        "grade": grade,
        **more,
    }


@pytest.mark.requirement("RAT-04", "RAT-05", "RPT-11")
def test_a_scored_rating_is_explained_line_by_line(http: Http):
    accept(http.world)
    firm = http.world.enterprise()
    sent = {
        "scorecard": CARD,
        "subject_id": firm.id,
        "items": [{"code": "late_payment", "reason": "Three payments of 2025", "count": 3}],
    }

    made = http.post("/ratings", "provider", sent)

    assert made.status_code == 201
    (read,) = http.items(f"/subjects/{firm.id}/ratings", "agency")
    assert read == made.json
    assert (read["rater"], read["scorecard_version"], read["rated_on"], read["grade"]) == (
        "Agency TAX",
        "2025-07-01",
        "2026-03-02",
        "B",
    )
    assert sum(Decimal(one["points"]) for one in read["items"]) == Decimal(read["score"])
    assert read["items"][1] == {
        "code": "late_payment",
        "title": "Payment made late",
        "title_zh": "未按规定期限缴纳",
        "points": "-15",
        "count": 3,
        "reason": "Three payments of 2025",
        "record_ids": [],
        "basis": [
            {
                "instrument": "纳税缴费信用管理办法（国家税务总局公告2025年第12号）",
                "article": "扣分标准",
                "status": "to_verify",
            }
        ],
    }
    assert read["in_force"] is True
    assert read["grounds"][0]["text_zh"] == "85分，B级"


@pytest.mark.requirement("RAT-03")
def test_a_scorecard_that_nobody_accepted_is_refused_with_the_step(http: Http):
    firm = http.world.enterprise()
    answer = http.post("/ratings", "provider", {"scorecard": CARD, "subject_id": firm.id})

    assert_problem(answer, 409, "step-missing")
    assert [one["action"] for one in answer.json["missing"]] == ["accept_rule"]


@pytest.mark.requirement("RAT-03", "RAT-05")
def test_a_scorecard_without_its_texts_approval_and_publication_scores_nobody(http: Http):
    with http.world.work("authority") as work:
        rules.accept(work, "procurement.supplier", "2022-01-01", "Accepted for the tests.")
    firm = http.world.enterprise()
    sent = {"scorecard": "procurement.supplier", "subject_id": firm.id}

    answer = http.post("/ratings", "authority", sent)

    assert_problem(answer, 409, "step-missing")
    actions = [one["action"] for one in answer.json["missing"]]
    assert actions == ["grades_rules", "application_rules", "approval", "publication"]
    assert http.items(f"/subjects/{firm.id}/ratings", "auditor") == []


def test_a_list_is_taken_over_by_identifier_and_counted(http: Http):
    firm = http.world.enterprise("91990000000004UY70")
    sent = listed(firm.id, score="92.5", rank=3, source="税局公告第1号")
    sent["subject"] = {"identifier": {"scheme": "uscc", "value": "91990000000004UY70"}}
    del sent["subject_id"]

    made = http.post("/ratings", "provider", sent)

    assert made.status_code == 201, made.text
    assert (made.json["grade"], made.json["grade_title_zh"]) == ("A", "A级")
    assert (made.json["score"], made.json["rank"], made.json["source"]) == (
        "92.5",
        3,
        "税局公告第1号",
    )
    assert http.items("/rating-editions", scorecard=CARD) == [
        {
            "scorecard": CARD,
            "edition": "2025",
            "state": "published",
            "rater": "Agency TAX",
            "counts": {"A": 1},
            "total": 1,
        }
    ]
    other = http.post("/ratings", "provider", listed(firm.id, "C"))
    assert_problem(other, 409, "duplicate")
    assert other.json["id"] == made.json["id"]


def test_a_body_without_number_carries_a_rating_and_never_a_listing(http: Http):
    sent = {"kind": "enterprise", "name": "Unnumbered Firm"}
    body = http.post("/subjects", "provider", sent).json
    assert body["provisional"] is True

    assert http.post("/ratings", "provider", listed(body["id"])).status_code == 201
    case = {"criterion": "tax.evasion", "subject_id": body["id"], "record_ids": ["0" * 32]}
    assert http.post("/determinations", "authority", case).status_code == 422
    assert http.items("/listings", "auditor", subject_id=body["id"]) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"grade": "优秀"}, "grade"),
        ({"grade": None}, "grade"),
        ({"score": "1e3"}, "score"),
        ({"score": 92.5}, "score"),
        ({"rank": 0}, "rank"),
        ({"state": "withdrawn"}, "state"),
        ({"rated_on": "2026-03-03"}, "rated_on"),
        ({"rated_on": None}, "rated_on"),
        ({"valid_from": "2026-01-01"}, "valid_from"),
        ({"valid_to": "2026-02-01"}, "valid_to"),
        ({"items": [{"code": "late_return", "reason": "x"}]}, "items"),
        ({"scorecard": "tax.none"}, "scorecard"),
        ({"subject": {"identifier": {"scheme": "uscc", "value": "x"}}}, "subject_id"),
        ({"points": 3}, "points"),
    ],
)
def test_what_is_wrong_is_named(http: Http, more: dict[str, Any], field: str):
    firm = http.world.enterprise()

    answer = http.post("/ratings", "provider", {**listed(firm.id), **more})

    assert_problem(answer, 422, "invalid-input", field)
    assert http.items(f"/subjects/{firm.id}/ratings", "auditor") == []


def test_what_belongs_to_a_list_needs_its_edition(http: Http):
    sent = {"scorecard": CARD, "subject_id": "0" * 32, "grade": "A"}
    assert_problem(http.post("/ratings", "provider", sent), 422, "invalid-input", "grade")


def test_both_time_axes_are_read(http: Http):
    firm = http.world.enterprise()
    draft = http.post("/ratings", "provider", listed(firm.id, "B", state="consultation")).json
    between = http.world.registry.store.head().at.isoformat().replace("+00:00", "Z")
    http.world.clock.advance(days=1)
    http.post("/ratings", "provider", listed(firm.id, "A"))
    path = f"/subjects/{firm.id}/ratings"

    (now,) = http.items(path, "auditor")
    assert (now["id"], now["grade"], now["state"], now["in_force"]) == (
        draft["id"],
        "A",
        "published",
        True,
    )
    (then,) = http.items(path, "auditor", known_at=between)
    assert (then["grade"], then["state"], then["in_force"]) == ("B", "consultation", False)
    assert http.items(path, "agency", known_at=between) == []  # a draft is not everybody's
    (before,) = http.items(path, "agency", as_of="2026-01-31")
    assert before["in_force"] is False
    assert_problem(
        http.get(f"{path}?known_at=2026-03-09T00:00:00Z", "agency"),
        422,
        "invalid-input",
        "known_at",
    )


def test_a_withdrawn_rating_counts_no_more_and_says_why_to_its_rater(http: Http):
    firm = http.world.enterprise()
    made = http.post("/ratings", "provider", listed(firm.id)).json
    path = f"/ratings/{made['id']}/withdraw"

    assert_problem(http.post(path, "other_authority", {"reason": "x"}), 404, "not-found")
    answer = http.post(path, "authority", {"reason": "Another firm was meant."})

    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["in_force"]) == ("withdrawn", False)
    assert answer.json["withdrawn_because"] == "Another firm was meant."
    assert http.items(f"/subjects/{firm.id}/ratings", "agency") == []


def test_the_timeline_tells_of_ratings(http: Http):
    firm = http.world.enterprise()
    made = http.post("/ratings", "provider", listed(firm.id)).json
    http.post(f"/ratings/{made['id']}/withdraw", "provider", {"reason": "Another firm was meant."})

    told = http.items(f"/subjects/{firm.id}/timeline", "auditor")

    assert [one["kind"] for one in told[-2:]] == ["rating.recorded", "rating.withdrawn"]
    assert told[-2]["target_id"] == made["id"]
    assert "tax.rating" in told[-2]["text"]
    seen = {one["kind"] for one in http.items(f"/subjects/{firm.id}/timeline", "agency")}
    assert "rating.withdrawn" not in seen


@pytest.mark.requirement("RAT-12")
def test_the_points_of_a_practitioner_are_a_ledger_with_sums(http: Http):
    person = http.world.person()
    for day, points in (("2025-05-01", 6), ("2026-01-10", 10), ("2026-02-10", 4)):
        sent = {
            "subject_id": person.id,
            "kind": "healthcare.practice_points_notice",
            "fields": {"points": points, "notice_no": f"N-{day}"},
            "decided_on": day,
        }
        assert http.post("/records", "provider", sent).status_code == 201
    path = f"/subjects/{person.id}/points?scorecard=healthcare.practice_points"

    told = http.get(path, "authority").json

    assert [(one["decided_on"], one["points"], one["document_no"]) for one in told["entries"]] == [
        ("2025-05-01", "6", "N-2025-05-01"),
        ("2026-01-10", "10", "N-2026-01-10"),
        ("2026-02-10", "4", "N-2026-02-10"),
    ]
    assert [(one["from"], one["to"], one["points"], one["band"]) for one in told["sums"]] == [
        ("2025-01-01", "2026-01-01", "6", "below_12"),
        ("2026-01-01", "2027-01-01", "14", "from_12"),
    ]
    assert (told["status"], told["entries"][0]["basis"][0]["article"]) == ("to_verify", "记分标准")
    earlier = http.get(f"{path}&on=2026-01-31", "auditor").json
    assert [one["points"] for one in earlier["sums"]] == ["6", "10"]
    assert_problem(http.get(path, "agency"), 403, "not-permitted")
    wrong = http.get(f"/subjects/{person.id}/points?scorecard=tax.none", "authority")
    assert_problem(wrong, 422, "invalid-input", "scorecard")
    assert http.items(f"/subjects/{person.id}/ratings", "authority") == []  # it is no rating
    assert http.items("/listings", "auditor", subject_id=person.id) == []


def test_why_a_person_was_rated_is_told_to_those_who_may_see_the_person(http: Http):
    person = http.world.person()
    sent = {
        "scorecard": "healthcare.practice_points",
        "subject_id": person.id,
        "edition": "2025",
        "rated_on": "2026-02-01",
        "grade": "不满12分",
    }
    made = http.post("/ratings", "provider", sent).json
    http.post(f"/ratings/{made['id']}/withdraw", "provider", {"reason": "Another Wang was meant."})

    path = f"/subjects/{person.id}/ratings"
    for who, reason in (
        ("authority", "Another Wang was meant."),
        ("operator", "Another Wang was meant."),
        ("auditor", None),
    ):
        (told,) = http.items(path, who)
        assert told["withdrawn_because"] == reason, who
