"""A case of any bundled sector over HTTP, from the rule to the answer of a check."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Http

SERVED_ON = "2026-01-20"  # forty days before the world's today: every time to answer is over


def published(http: Http, sector: str) -> None:
    """The coordinator publishes what the sector proposes."""
    drafts = http.items("/measure-editions", "coordinator", sector=sector)
    draft = next(one for one in drafts if one["state"] == "draft")
    answer = http.post(f"/measure-editions/{draft['id']}/publish", "coordinator", {})
    assert answer.status_code == 200, answer.text


def accepted(http: Http, criterion: str, on: str) -> None:
    """The authority takes over the version in force on a day by name, if it is to verify."""
    for one in http.items("/criteria", on=on):
        if one["code"] == criterion and one["status"] == "to_verify":
            body = {"version": one["version"], "statement": "Read at the issuing body's own site."}
            answer = http.post(f"/criteria/{criterion}/acceptance", "authority", body)
            assert answer.status_code == 201, answer.text


def recorded(
    http: Http, subject_id: str, kind: str, decided_on: str, fields: dict[str, Any]
) -> Any:
    """File a record; whoever asks reads the answer."""
    body = {"subject_id": subject_id, "kind": kind, "fields": fields, "decided_on": decided_on}
    return http.post("/records", "provider", body)


def proposed(http: Http, criterion: str, subject_id: str, *records: str) -> Any:
    """Propose a listing on the records; whoever asks reads the answer."""
    body = {"criterion": criterion, "subject_id": subject_id, "record_ids": list(records)}
    return http.post("/determinations", "authority", body)


def listed(
    http: Http,
    criterion: str,
    subject_id: str,
    kind: str,
    fields: dict[str, Any],
    decided_on: str = "2026-01-10",
    **confirmed: Any,
) -> dict[str, Any]:
    """Record, proposal, notice, confirmation by a second person: the listing as the agency sees it.

    The rule must be verified or accepted; `confirmed` is what the reviewer sets.
    """
    record = recorded(http, subject_id, kind, decided_on, fields)
    assert record.status_code == 201, record.text
    case = proposed(http, criterion, subject_id, record.json["id"])
    assert case.status_code == 201, case.text
    path = f"/determinations/{case.json['id']}"
    notice = http.post(f"{path}/notice", "authority", {"served_on": SERVED_ON})
    assert notice.status_code == 200, notice.text
    answer = http.post(f"{path}/confirm", "reviewer", confirmed)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = http.get(f"/listings/{answer.json['listing_id']}", "authority").json
    return found
