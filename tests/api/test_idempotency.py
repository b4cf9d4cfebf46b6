"""Idempotency-Key: a repeated request gets the stored result, another under the key a refusal."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.conftest import Http, a_check
from tests.api.shape import JSON, assert_problem
from tests.api.test_subjects import a_firm, a_record
from tests.numbers import uscc


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def changes(http: Http) -> int:
    return len(http.items("/journal", "auditor"))


@pytest.mark.proves("F41")
def test_a_repeated_write_gets_the_stored_result_and_changes_nothing(http: Http):
    first = http.post("/subjects", "provider", a_firm(), headers=keyed("k-1"))
    before = changes(http)
    again = http.post("/subjects", "provider", a_firm(), headers=keyed("k-1"))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert changes(http) == before
    assert_problem(http.post("/subjects", "provider", a_firm()), 409, "duplicate")


def test_spacing_and_order_of_keys_do_not_make_another_request(http: Http):
    body = a_firm()
    first = http.post("/subjects", "provider", body, headers=keyed("k"))
    spaced = json.dumps(dict(reversed(body.items())), indent=3)
    again = http.post("/subjects", "provider", data=spaced, content_type=JSON, headers=keyed("k"))

    assert again.data == first.data


@pytest.mark.proves("I14")
@pytest.mark.parametrize("what", ["body", "path", "method"])
def test_another_request_under_the_key_is_a_mismatch(http: Http, what: str):
    draft = http.post("/measure-editions", "coordinator", {"sector": "tax"}, headers=keyed("k"))
    path, body, method = "/measure-editions", {"sector": "tax"}, "POST"
    if what == "body":
        body = {"sector": "procurement"}
    elif what == "path":
        path = f"/measure-editions/{draft.json['id']}/publish"
        body = {}
    else:
        path = f"/measure-editions/{draft.json['id']}/measures/p.exit_ban"
        method, body = "DELETE", {}
    answer = http.send(method, path, "coordinator", json=body, headers=keyed("k"))

    assert_problem(answer, 409, "idempotency-mismatch")


def test_the_key_of_one_person_is_nothing_to_another(http: Http):
    first = http.post("/subjects", "provider", a_firm(), headers=keyed("k"))
    other = http.post(
        "/subjects",
        "authority",
        a_firm(identifiers=[{"scheme": "uscc", "value": uscc(55)}]),
        headers=keyed("k"),
    )

    assert other.status_code == 201
    assert other.json["id"] != first.json["id"]


def test_a_request_that_failed_is_tried_again(http: Http):
    body = a_record(subject_id="0" * 32)
    for _ in range(2):
        answer = http.post("/records", "provider", body, headers=keyed("k"))
        assert_problem(answer, 422, "invalid-input", "subject_id")
    good = a_record(http.world.enterprise().id)
    answer = http.post("/records", "provider", good, headers=keyed("k"))

    assert answer.status_code == 201
    assert http.post("/records", "provider", good, headers=keyed("k")).data == answer.data


def test_a_repeated_check_gets_the_same_answer_and_receipt(http: Http):
    first = http.post("/checks", "agency", a_check(uscc(1)), headers=keyed("c"))
    http.world.listed(http.world.enterprise(uscc(1)))
    again = http.post("/checks", "agency", a_check(uscc(1)), headers=keyed("c"))
    other = http.post("/checks", "agency", a_check(uscc(2)), headers=keyed("c"))

    assert again.json == first.json
    assert_problem(other, 409, "idempotency-mismatch")
    assert http.check(uscc(1)).json["outcome"] == "restricted"


@pytest.mark.proves("F41")
@pytest.mark.parametrize("what", ["check", "write"])
def test_eight_who_send_one_key_at_once_get_one_result(http: Http, what: str):
    """Whoever comes second waits for the first, on both databases."""
    together = threading.Barrier(8)
    path, who, body = ("/subjects", "provider", a_firm())
    if what == "check":
        path, who, body = ("/checks", "agency", a_check(uscc(20)))

    def send(_: int) -> tuple[int, bytes]:
        together.wait(10)
        answer = http.post(path, who, body, headers=keyed("k-1"))
        return answer.status_code, answer.data

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))

    assert len(answers) == 1
    assert answers.pop()[0] == (200 if what == "check" else 201)


def test_a_repeated_step_is_taken_once(http: Http):
    listing = http.world.listed()
    body = {"ground": "criteria_changed", "reason": "R"}
    path = f"/listings/{listing.id}/exit"
    first = http.post(path, "reviewer", body, headers=keyed("k"))
    again = http.post(path, "reviewer", body, headers=keyed("k"))

    assert first.status_code == 200
    assert again.data == first.data


def test_a_repeated_delete_is_empty_again(http: Http):
    draft = http.post("/measure-editions", "coordinator", {"sector": "tax"}).json
    path = f"/measure-editions/{draft['id']}/measures/p.exit_ban"
    answers = [http.send("DELETE", path, "coordinator", headers=keyed("k")) for _ in range(2)]

    assert [(one.status_code, one.data) for one in answers] == [(204, b""), (204, b"")]


@pytest.mark.parametrize("key", ["", " ", "a b", "\x7f", "k" * 201, "\u00e9"])
@pytest.mark.parametrize("path", ["/subjects", "/checks"])
def test_a_key_is_1_to_200_visible_characters(still: Http, path: str, key: str):
    who, body = ("agency", a_check(uscc(1))) if path == "/checks" else ("provider", a_firm())
    answer = still.post(path, who, body, headers=keyed(key))

    assert_problem(answer, 422, "invalid-input", "Idempotency-Key")
