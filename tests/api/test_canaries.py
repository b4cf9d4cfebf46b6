"""Numbers of persons are nowhere but in bodies sent: not in answers, errors, logs or the store."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Http, a_check
from tests.api.shape import JSON
from tests.numbers import resident_id

CANARY = resident_id(77)
WRONG = CANARY[:-1] + ("0" if CANARY[-1] != "0" else "1")
FIFTEEN = CANARY[:6] + CANARY[8:17]


def requests(http: Http, number: str) -> list[Any]:
    """Everything that a clumsy client could put the number into."""
    identifier = {"scheme": "resident_id", "value": number}
    person = {"kind": "person", "name": "A", "identifiers": [identifier]}
    token = http.world.headers("provider")
    return [
        http.post("/subjects", "provider", person),
        http.post("/subjects", "provider", person),
        http.post("/subjects", "provider", {**person, number: number}),
        http.post("/subjects", "provider", {**person, "identifiers": [identifier, identifier]}),
        http.post("/subjects", "provider", {"kind": number, "name": "A"}),
        http.post("/subjects/lookup", "agency", {"identifier": identifier}),
        http.post(
            "/subjects/lookup",
            "agency",
            {"identifier": identifier, "purpose": "licensing", "case_no": "1"},
        ),
        http.post("/subjects/lookup", "agency", {"identifier": {"scheme": number, "value": "1"}}),
        http.post("/checks", "agency", a_check(number, scheme="resident_id")),
        http.post("/checks", "agency", a_check(number, scheme="uscc")),
        http.post("/checks", "agency", a_check(number, matter=number)),
        http.post("/checks", "agency", {**a_check(number), number: 1}),
        http.post("/checks", "agency", data=f'{{"a": "{number}"', content_type=JSON),
        http.post("/records", "provider", {"kind": number, "fields": {number: 1}}),
        http.post(
            "/records",
            "provider",
            {
                "subject": {"identifier": identifier},
                "kind": "tax.penalty_decision",
                "fields": {number: number},
                "decided_on": "2026-01-01",
            },
        ),
        http.get(f"/subjects/{number}", "agency"),
        http.get(f"/{number}", "agency"),
        http.get(f"/listings?subject_id={number}", "agency"),
        http.get(f"/listings?{number}=1", "agency"),
        http.get("/journal", headers={"Authorization": f"Bearer {number}"}),
        http.post("/subjects", None, person, headers={**token, "Idempotency-Key": f"é{number}"}),
        http.post(f"/criteria/{number}/acceptance", "authority", {"version": number}),
    ]


@pytest.mark.proves("I21")
@pytest.mark.parametrize("number", [CANARY, WRONG, FIFTEEN, CANARY.lower()])
def test_no_answer_and_no_log_line_repeats_a_number(
    http: Http, number: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    answers = requests(http, number)
    spoken = capfd.readouterr()

    for answer in answers:
        assert number not in answer.text, answer.request.path
        assert CANARY not in answer.text, answer.request.path
        assert number not in str(answer.headers)
        assert answer.status_code < 500
    for text in (caplog.text, spoken.out, spoken.err):
        assert number not in text


def test_the_database_file_holds_no_number_in_clear(http: Http, tmp_path: Path):
    requests(http, CANARY)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file


def test_the_canary_is_seen_where_it_is():
    """The control: an answer that repeats a number would be noticed."""
    assert CANARY in f"no subject {CANARY}"
