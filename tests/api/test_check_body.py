"""The hand-written decoding of a check accepts and refuses exactly what its schema does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.api import check_body
from registry.api.body import parse
from registry.api.check_body import read_question
from registry.api.query import load
from registry.api.schemas.checks import CheckIn
from registry.domain.errors import InvalidInput, Malformed
from registry.services.checks import PURPOSES, Question

SCHEMA = CheckIn()
GOOD: dict[str, Any] = {
    "subject": {"identifier": {"scheme": "uscc", "value": "91990000000000077X"}},
    "matter": "procurement.bid",
    "purpose": "procurement_and_funding",
    "case_no": "CASE-1",
}
TEXTS = ["x", "", " ", " x ", "a\nb", "a\tb", "\u200b", "x\u202e", "\x7f", "x" * 200, "x" * 201,
         "\u00a0", "名称", "\U00020bb7", "\ufeffx", "\u00adx", "9" * 65, "６"]  # fmt: skip
ANYTHING = [None, True, False, 0, 1.5, -1, [], {}, "", [1], {"a": 1}, *TEXTS]
INSTANTS = [
    "2026-03-01", "2026-02-30", "1899-12-31", "2201-01-01", "2026-3-1", "20260301",
    "2026-03-01T09:00:00+08:00", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00z",
    "2026-03-01t09:00:00.123456789Z", "2026-03-01T09:00:00", "2026-03-01 09:00:00Z",
    "2026-03-01T24:00:00Z", "2026-03-01T09:00:60Z", "2026-03-01T09:00Z",
    "2026-03-01T09:00:00+24:00",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1900-06-01T00:00:00Z",
    "2026-W10-1T09:00:00Z", "２０２６-03-01", "2026-03-01T09:00:00,5Z", "２０２６-03-01T09:00:00Z",
]  # fmt: skip


def by_schema(body: Any) -> Question:
    read = load(SCHEMA, body)
    subject = read["subject"]
    number = subject.get("identifier")
    return Question(
        read["matter"],
        read["purpose"],
        read["case_no"],
        (number["scheme"], number["value"]) if number else None,
        subject.get("name"),
        read.get("as_of"),
        read.get("known_at"),
    )


def verdict(read: Any, body: Any) -> Any:
    try:
        return read(body)
    except InvalidInput as error:
        return error.errors


def agree(body: Any) -> None:
    assert verdict(read_question, body) == verdict(by_schema, body), body


def changed(path: str, value: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(json.dumps(GOOD))
    place = body
    *parents, last = path.split(".")
    for name in parents:
        place = place.setdefault(name, {})
    place[last] = value
    return body


def without(path: str) -> dict[str, Any]:
    body = changed(path, None)
    place = body
    *parents, last = path.split(".")
    for name in parents:
        place = place[name]
    del place[last]
    return body


def test_a_reader_that_is_laxer_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    """The control: were the hand-written reader to let one more field pass, the two would part."""
    monkeypatch.setattr(check_body, "_FIELDS", check_body._FIELDS | {"extra"})

    with pytest.raises(AssertionError):
        agree(changed("extra", 1))


PATHS = ["subject", "subject.identifier", "subject.identifier.scheme", "subject.identifier.value",
         "subject.name", "matter", "purpose", "case_no", "as_of", "known_at", "extra",
         "subject.extra", "subject.identifier.extra"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_both_read_the_same_in_every_field(path: str):
    for value in [*ANYTHING, *INSTANTS, *PURPOSES]:
        agree(changed(path, value))


@pytest.mark.parametrize("path", PATHS[:10])
def test_both_miss_the_same_field(path: str):
    agree(without(path))


@pytest.mark.parametrize("body", ANYTHING)
def test_both_refuse_what_is_no_object(body: Any):
    agree(body)


@pytest.mark.parametrize(
    "subject",
    [{}, {"name": "A"}, {"name": "A", "identifier": {"scheme": "uscc", "value": "1"}},
     {"name": "", "identifier": {}}, {"identifier": None}, {"name": None}, {"name": 1, "x": 2}],
)  # fmt: skip
def test_both_want_one_of_identifier_and_name(subject: dict[str, Any]):
    agree({**GOOD, "subject": subject})


def test_a_good_question_is_read_whole():
    body = {**GOOD, "as_of": "2026-03-01", "known_at": "2026-03-01T09:00:00+08:00"}
    question = read_question(body)

    assert question.identifier == ("uscc", "91990000000000077X")
    assert question.as_of is not None
    assert question.as_of.isoformat() == "2026-03-01T04:00:00+00:00"
    assert question.known_at is not None
    assert question.known_at.isoformat() == "2026-03-01T01:00:00+00:00"


leaves = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.sampled_from(TEXTS)
    | st.sampled_from(INSTANTS) | st.sampled_from(PURPOSES) | st.text(max_size=6)
)  # fmt: skip
names = st.sampled_from(["scheme", "value", "identifier", "name", "extra", "matter", "purpose"])
values = st.recursive(leaves, lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=6)
subjects = st.fixed_dictionaries(
    {},
    optional={
        "identifier": st.fixed_dictionaries({}, optional={"scheme": leaves, "value": leaves})
        | leaves,
        "name": leaves,
        "extra": leaves,
    },
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "subject": subjects | values,
        "matter": leaves | st.just("procurement.bid"),
        "purpose": leaves,
        "case_no": leaves,
        "as_of": leaves,
        "known_at": leaves,
        "extra": values,
    },
)


@settings(max_examples=400, deadline=None)
@given(body=bodies)
def test_both_read_the_same_whatever_is_sent(body: Any):
    agree(body)


@pytest.mark.proves("F59")
@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_parsing_never_fails_but_as_malformed(data: bytes):
    said = ""
    try:
        parse(data)
    except Malformed as error:
        said = error.message
    assert len(said) < 120
