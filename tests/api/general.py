"""Cases of the general sector over HTTP, step by step, and its published edition."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.api.conftest import Http

PURPOSES = {
    "permit": "licensing",
    "inspection": "licensing",
    "project": "licensing",
    "procurement": "procurement_and_funding",
    "tender": "procurement_and_funding",
    "land": "procurement_and_funding",
    "grant": "procurement_and_funding",
    "concession": "procurement_and_funding",
    "policy": "procurement_and_funding",
    "social": "residence",
    "residence": "residence",
    "public_office": "public_office",
    "honour": "awards",
}
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "market_order": (
        "market_order_decision",
        {"act": "counterfeit", "intent": True, "serious": True, "final_on": "2026-01-06"},
    ),
    "refuse_duty": (
        "duty_refusal",
        {"document_no": "D-1", "able": True, "conduct": "refuses", "grave": True},
    ),
    "personal_data_sale": (
        "personal_data_decision",
        {"act": "sale", "intent": True, "serious": True, "final_on": "2026-01-06"},
    ),
    "government_misconduct": (
        "government_misconduct",
        {"act": "broken_promise", "responsible": True, "category": "market_order"},
    ),
    "integrity_model": (
        "commendation",
        {"document_no": "C-1", "source": "moral_model", "reason": "Saved lives."},
    ),
}
DECIDED, ACT_ENDED, SERVED = "2026-01-05", "2026-01-04", "2026-01-10"


def filed(http: Http, subject_id: str, name: str, who: str = "provider", **changes: Any) -> Any:
    """The response to a record that meets the criterion, unless `changes` say otherwise."""
    kind, fields = ACTS[name]
    values = {**fields, **changes}
    if "document_no" not in values:
        values.setdefault("decision_no", f"N-{next(http.world._numbers)}")
    body = {
        "subject_id": subject_id,
        "kind": f"general.{kind}",
        "fields": {key: value for key, value in values.items() if value is not None},
        "decided_on": DECIDED,
        "ended_on": ACT_ENDED,
    }
    return http.post("/records", who, body)


def proposed(http: Http, subject_id: str, name: str, record_id: str, who: str = "authority") -> Any:
    body = {"criterion": f"general.{name}", "subject_id": subject_id, "record_ids": [record_id]}
    return http.post("/determinations", who, body)


def opened(http: Http, subject_id: str, name: str) -> dict[str, Any] | None:
    """The case of the criterion that stands open for the subject, if any."""
    found = [
        one
        for one in http.items("/determinations", "authority")
        if (one["subject_id"], one["criterion"]) == (subject_id, f"general.{name}")
    ]
    return found[0] if found else None


def listed(http: Http, subject_id: str, name: str, **confirmation: Any) -> dict[str, Any]:
    """A listing under the criterion with every step done: the confirmed case."""
    record = filed(http, subject_id, name)
    assert record.status_code == 201, record.text
    case = opened(http, subject_id, name)
    if case is None:
        answer = proposed(http, subject_id, name, record.json["id"])
        assert answer.status_code == 201, answer.text
        case = answer.json
    return confirmed(http, case, **confirmation)


def confirmed(http: Http, case: dict[str, Any], **confirmation: Any) -> dict[str, Any]:
    """Accept the rule, do the steps, and confirm."""
    accept = {"version": case["criterion_version"], "statement": "Taken over for the tests."}
    path = f"/determinations/{case['id']}"
    answer = http.post(f"/criteria/{case['criterion']}/acceptance", "authority", accept)
    assert answer.status_code in (200, 201), answer.text
    if case["list_kind"] == "red":
        assert http.post(f"{path}/publicise", "authority", {}).status_code == 200
        http.world.clock.advance(days=30)
    else:
        answer = http.post(f"{path}/notice", "authority", {"served_on": SERVED})
        assert answer.status_code == 200, answer.text
    answer = http.post(f"{path}/confirm", "reviewer", confirmation)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def published(http: Http, sector: str = "general") -> None:
    """The edition of the sector as its plugin proposes it, in effect today."""
    draft = http.post("/measure-editions", "coordinator", {"sector": sector})
    assert draft.status_code == 201, draft.text
    answer = http.post(f"/measure-editions/{draft.json['id']}/publish", "coordinator", {})
    assert answer.status_code == 200, answer.text


def checked(http: Http, value: str, matter: str, **more: Any) -> dict[str, Any]:
    """The answer of a check for a matter, for the purpose it belongs to."""
    purpose = PURPOSES.get(matter.partition(".")[0], "other_management")
    if matter == "finance.institution":
        purpose = "licensing"
    answer = http.check(value, matter, purpose=purpose, **more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def codes(answer: dict[str, Any], kind: str = "sanctions", force: str = "recommended") -> set[str]:
    return {one["code"] for one in answer[kind][force]}


def day_before(text: str) -> str:
    return str(date.fromisoformat(text) - timedelta(days=1))
