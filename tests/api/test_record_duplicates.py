"""The very same record is filed once: sent again, it is refused with the id of the first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from registry.domain.record import Record
from registry.services import custody
from registry.store import records as store
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.api.test_subjects import a_record

MANY = 8
PATIENCE = 10.0


@pytest.fixture
def firm(http: Http) -> str:
    return http.world.enterprise().id


def numbered(firm: str, number: str, **changes: Any) -> dict[str, Any]:
    body = {**a_record(firm), **changes}
    return {**body, "fields": {**body["fields"], "decision_no": number}}


def filed(http: Http, body: dict[str, Any], who: str = "provider") -> str:
    answer = http.post("/records", who, body)
    assert answer.status_code == 201, answer.text
    id: str = answer.json["id"]
    return id


def stored(http: Http, firm: str) -> list[Record]:
    with http.world.registry.store.reading() as reading:
        return store.of_subject(reading, firm)


def test_the_same_body_again_is_refused_with_the_id_of_the_first(http: Http, firm: str):
    first = filed(http, a_record(firm))
    answer = http.post("/records", "provider", a_record(firm))

    assert assert_problem(answer, 409, "duplicate")["id"] == first
    assert [one.id for one in stored(http, firm)] == [first]
    assert custody.verify(http.world.registry.store).problem is None


def test_what_differs_is_another_record(http: Http, firm: str):
    """One decision on two tax years makes two records."""
    first = filed(http, numbered(firm, "D-7"))
    body = numbered(firm, "D-7")
    body["fields"]["year"] = body["fields"]["year"] - 1

    assert filed(http, body) != first


def test_a_first_that_was_corrected_since_stands_as_well(http: Http, firm: str):
    first = filed(http, numbered(firm, "D-7"))
    later = numbered(firm, "D-7", decided_on="2026-01-04")
    sent = http.send("PUT", f"/records/{first}", "provider", json=later)
    assert sent.status_code == 200, sent.text

    answer = http.post("/records", "provider", numbered(firm, "D-7"))
    assert assert_problem(answer, 409, "duplicate")["id"] == first


def test_another_number_provider_subject_or_kind_is_another_record(http: Http, firm: str):
    other = http.world.enterprise().id
    arrears = {"arrears_amount": "1", "decision_no": "D-1", "served_on": "2026-01-05"}
    ids = {
        filed(http, a_record(firm)),
        filed(http, numbered(firm, "D-2")),
        filed(http, a_record(firm), "other_provider"),
        filed(http, a_record(other)),
        filed(http, {**a_record(firm), "kind": "tax.arrears_decision", "fields": arrears}),
    }

    assert len(ids) == 5


def test_a_returned_record_may_be_filed_anew(http: Http, firm: str):
    first = filed(http, a_record(firm))
    answer = http.post(f"/records/{first}/return", "operator", {"reasons": ["wrong amount"]})
    assert answer.status_code == 200, answer.text
    second = filed(http, a_record(firm))

    assert second != first
    answer = http.post("/records", "provider", a_record(firm))
    assert assert_problem(answer, 409, "duplicate")["id"] == second


def test_an_annulled_record_may_be_filed_anew(http: Http, firm: str):
    first = filed(http, a_record(firm))
    with http.world.work("provider") as work:
        (record,) = store.get_many(work.change, [first])
        store.save(work.change, replace(record, annulled_on=date(2026, 1, 9)), None)
        work.change.record("record.annulled", {"record_id": first}, firm)
    second = filed(http, a_record(firm))

    answer = http.post("/records", "provider", a_record(firm))
    assert assert_problem(answer, 409, "duplicate")["id"] == second != first


def test_a_key_that_is_sent_again_gives_the_stored_result(http: Http, firm: str):
    key = {"Idempotency-Key": "k-1"}
    first = http.post("/records", "provider", a_record(firm), headers=key)
    again = http.post("/records", "provider", a_record(firm), headers=key)
    other = http.post("/records", "provider", a_record(firm), headers={"Idempotency-Key": "k-2"})

    assert (again.status_code, again.json) == (201, first.json)
    assert assert_problem(other, 409, "duplicate")["id"] == first.json["id"]


def test_of_many_at_once_one_is_stored(http: Http, firm: str):
    together = threading.Barrier(MANY)

    def send(place: int) -> tuple[int, str]:
        together.wait(PATIENCE)
        answer = http.post("/records", "provider", numbered(firm, "D-1"))
        return answer.status_code, answer.json["id"]

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(send, range(MANY)))

    assert sorted(status for status, _ in answers) == [201] + [409] * (MANY - 1)
    assert {id for _, id in answers} == {one.id for one in stored(http, firm)}
    assert len(stored(http, firm)) == 1


def test_one_case_follows_from_a_record_sent_twice(http: Http, firm: str):
    sent = [http.post("/records", "provider", a_record(firm)).json["id"] for _ in range(2)]
    proposal = {"criterion": "tax.evasion", "subject_id": firm}
    answers = [
        http.post("/determinations", "authority", {**proposal, "record_ids": [id]}) for id in sent
    ]

    assert [one.status_code for one in answers] == [201, 409]
    assert_problem(answers[1], 409, "duplicate")
    assert len(http.items("/determinations", "authority")) == 1
