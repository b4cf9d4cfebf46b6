"""What is no well-formed request is refused as such, wherever it is sent (faults 57-59, 65, 71)."""

from __future__ import annotations

import json

import pytest

from tests.api.conftest import Http, a_check
from tests.api.shape import JSON, assert_problem
from tests.numbers import uscc

DEEP = 5_000
GOOD = json.dumps(a_check(uscc(1)))

MALFORMED = {
    "nothing": b"",
    "no JSON": b"{",
    "two values": b"{} {}",
    "single quotes": b"{'a': 1}",
    "a comment": b'{"a": 1 /* why */}',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a key twice": b'{"matter": "a", "matter": "b"}',
    "a key twice inside": b'{"subject": {"name": "a", "name": "b"}}',
    "an escaped key twice": b'{"a": 1, "\\u0061": 2}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a number beyond measure": b'{"a": 1e999}',
    "a number of 5000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "a number of 401 digits": b'{"a": ' + b"9" * 401 + b"}",
    "a fraction of 401 digits": b'{"a": 0.' + b"9" * 401 + b"}",
    "lists too deep": b"[" * DEEP + b"]" * DEEP,
    "objects too deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a list too deep by one": b"[" * 65 + b"]" * 65,
    "deep and never closed": b"[" * DEEP,
    "deep after an open string": b'"' + b"[" * DEEP,
    "half of a surrogate pair": b'{"a": "\\ud800"}',
    "half of a pair in a key": b'{"\\udc00": 1}',
    "NUL": b'{"a": "\\u0000"}',
    "NUL in a list": b'{"a": ["\\u0000"]}',
    "a raw control character": b'{"a": "\x01"}',
}


@pytest.mark.proves("F58", "F59")
@pytest.mark.parametrize("path", ["/checks", "/subjects"])
@pytest.mark.parametrize("what", MALFORMED)
def test_a_body_that_is_not_well_formed_is_malformed(still: Http, path: str, what: str):
    who = "agency" if path == "/checks" else "provider"
    answer = still.post(path, who, data=MALFORMED[what], content_type=JSON)

    body = assert_problem(answer, 400, "malformed")
    assert len(body["detail"]) < 120


@pytest.mark.parametrize("value", ["[]", "1", '"text"', "null", "true", "[{}]"])
def test_a_body_that_is_no_object_is_invalid(still: Http, value: str):
    for path, who in (("/checks", "agency"), ("/subjects", "provider")):
        answer = still.post(path, who, data=value, content_type=JSON)
        assert_problem(answer, 422, "invalid-input", "body")


def test_depth_within_the_limit_is_read(still: Http):
    body = '{"a": ' + "[" * 60 + "]" * 60 + "}"
    answer = still.post("/checks", "agency", data=body, content_type=JSON)

    assert "a" in assert_problem(answer, 422, "invalid-input")["errors"]


def test_brackets_inside_text_are_not_depth(still: Http):
    answer = still.post("/checks", "agency", {**json.loads(GOOD), "case_no": "[{" * 80})

    assert answer.status_code == 200, answer.text


def test_a_pair_of_surrogates_is_one_character(still: Http):
    body = GOOD.replace("CASE-1", "\\ud842\\udfb7")
    answer = still.post("/checks", "agency", data=body, content_type=JSON)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", ["/checks", "/subjects"])
def test_a_body_over_the_limit_is_too_large(still: Http, path: str):
    who = "agency" if path == "/checks" else "provider"
    body = b'{"a": "' + b"x" * 1_048_576 + b'"}'
    answer = still.post(path, who, data=body, content_type=JSON)

    assert assert_problem(answer, 413, "too-large")["limit"] == 1_048_576


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/xml", "application/x-www-form-urlencoded", "text/json",
     "application/json; charset=gbk"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/checks", "/subjects"])
def test_another_content_type_is_refused(still: Http, path: str, content_type: str):
    who = "agency" if path == "/checks" else "provider"
    answer = still.post(path, who, data=GOOD, content_type=content_type)

    assert_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=UTF-8"])
def test_json_in_utf_8_is_read(still: Http, content_type: str):
    answer = still.post("/checks", "agency", data=GOOD, content_type=content_type)

    assert answer.status_code == 200, answer.text


ASSIGNED = {
    "/subjects": ("provider", {"kind": "person", "name": "A"}),
    "/records": ("provider", {"kind": "tax.penalty_decision", "fields": {}, "subject_id": "0" * 32,
                              "decided_on": "2026-01-01"}),
    "/determinations": ("authority", {"criterion": "tax.evasion", "subject_id": "0" * 32,
                                      "record_ids": ["0" * 32]}),
    "/determinations/" + "0" * 32 + "/notice": ("authority", {"served_on": "2026-01-01"}),
    "/determinations/" + "0" * 32 + "/confirm": ("reviewer", {}),
    "/determinations/" + "0" * 32 + "/publicise": ("authority", {}),
    "/listings/" + "0" * 32 + "/exit": ("reviewer", {"ground": "criteria_changed", "reason": "r"}),
    "/checks": ("agency", a_check(uscc(1))),
    "/measure-editions": ("coordinator", {"sector": "tax"}),
    "/agencies": ("admin", {"code": "X", "name": "X"}),
}  # fmt: skip


@pytest.mark.proves("F71")
@pytest.mark.parametrize("path", ASSIGNED)
@pytest.mark.parametrize(
    "field", ["id", "status", "state", "agency_id", "maker", "proposed_by", "public", "provisional"]
)
def test_what_the_registry_sets_cannot_be_sent(still: Http, path: str, field: str):
    who, body = ASSIGNED[path]
    answer = still.post(path, who, {**body, field: "x"})

    assert_problem(answer, 422, "invalid-input", field)


@pytest.mark.proves("F71")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"representative": {"name": "B", "role": "admin"}}, "representative.role"),
        ({"identifiers": [{"scheme": "uscc", "value": "1", "is": 1}]}, "identifiers.0.is"),
    ],
)  # fmt: skip
def test_unknown_fields_inside_are_refused_too(still: Http, body: dict[str, object], field: str):
    answer = still.post("/subjects", "provider", {"kind": "enterprise", "name": "A", **body})

    assert field in assert_problem(answer, 422, "invalid-input")["errors"]


@pytest.mark.parametrize("path", ["/sectors", "/listings", "/measures", "/announcements"])
def test_unknown_and_repeated_parameters_are_refused(still: Http, path: str):
    assert_problem(still.get(f"{path}?page=2"), 422, "invalid-input", "page")
    assert_problem(still.get(f"{path}?limit=1&limit=2"), 422, "invalid-input", "limit")


def test_an_address_that_takes_no_parameters_refuses_them(still: Http):
    answer = still.post("/checks?dry_run=1", "agency", a_check(uscc(1)))
    assert_problem(answer, 422, "invalid-input", "dry_run")
    answer = still.post("/subjects?x=1", "provider", {"kind": "person", "name": "A"})
    assert_problem(answer, 422, "invalid-input", "x")


INJECTIONS = ["' OR '1'='1", "1; DROP TABLE listings", "%27", "a\x00b", "../../etc", "a" * 3000]


@pytest.mark.parametrize("text", INJECTIONS)
def test_parameters_are_values_never_statements(still: Http, text: str):
    for name in ("subject_id", "sector", "list_kind", "status", "cursor", "limit", "as_of"):
        answer = still.get("/listings", query_string={name: text})
        assert_problem(answer, 422, "invalid-input", name)


@pytest.mark.parametrize(
    "id", ["1", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "%00" * 8, "' OR 1=1", "\u0661" * 32]
)
def test_an_id_that_cannot_be_one_is_absent_like_any_other(still: Http, id: str):
    from tests.api.shape import without_instance

    for path, who in (("subjects", "authority"), ("checks", "agency"), ("listings", None)):
        strange = still.get(f"/{path}/{id}", who)
        absent = still.get(f"/{path}/{'0' * 32}", who)
        assert_problem(strange, 404, "not-found")
        assert without_instance(strange) == without_instance(absent)
