"""Faults 63 and 64: digits of other scripts, check digits and birth dates of identifiers. And what
the same harness finds with the guard off.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from plugins.china import identifiers
from registry.sdk import InvalidIdentifier
from tests.api.conftest import Http
from tests.api.conftest import still as still
from tests.api.shape import assert_problem
from tests.api.test_injection import counts
from tests.faults.test_input_digits import FOREIGN, written
from tests.numbers import resident_id, uscc
from tests.plugins.test_china_identifiers import USCC_LETTERS, a_person_number

TODAY = date(2026, 11, 22)
# NFKC says that these are the same characters, and an identifier is read so: one canonical form.
SAME = {"full-width", "bold", "raised", "circled"}
PARSE = {"uscc": identifiers.parse_uscc, "resident_id": identifiers.parse_resident_id}
RIGHT = {"uscc": uscc(1), "resident_id": resident_id(1)}
SCHEMES = pytest.mark.parametrize("scheme", RIGHT)


def accepted(scheme: str, texts: list[str]) -> list[str]:
    """Those that are read as an identifier."""
    found = []
    for text in texts:
        try:
            PARSE[scheme](text, TODAY)
        except InvalidIdentifier:
            continue
        found.append(text)
    return found


def wrong(scheme: str) -> list[str]:
    """The number with each character changed, and with each two neighbours swapped."""
    number = RIGHT[scheme]
    letters = USCC_LETTERS if scheme == "uscc" else "0123456789"
    places = [(place, letter) for place in range(18) for letter in letters]
    changed = [number[:at] + one + number[at + 1 :] for at, one in places if one != number[at]]
    swapped = [
        number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        for at in range(17)
        if number[at] != number[at + 1]
    ]
    return changed + swapped


def unborn() -> list[str]:
    """Right check digits, and birth dates that there cannot be."""
    days = ("18991231", "19900229", "19901301", "19900001", "20261123", "00000101")
    return [a_person_number("110101", born) for born in days]


class Anything(str):
    """Letters of which the one that is asked for is always the right one."""

    def __getitem__(self, _: Any) -> Any:
        return self

    def __ne__(self, _: object) -> bool:
        return False

    __hash__ = str.__hash__


@pytest.mark.proves("I27")
@pytest.mark.proves("F64")
@SCHEMES
def test_no_slip_of_one_character_or_two_neighbours_is_accepted(scheme: str):
    assert accepted(scheme, [RIGHT[scheme]]) == [RIGHT[scheme]]
    assert accepted(scheme, wrong(scheme)) == []


@pytest.mark.control("I27")
@pytest.mark.control("F64")
@SCHEMES
def test_without_the_check_most_slips_are_accepted(scheme: str, monkeypatch: pytest.MonkeyPatch):
    """The control."""
    monkeypatch.setattr(identifiers, "USCC_LETTERS", Anything(identifiers.USCC_LETTERS))
    monkeypatch.setattr(identifiers, "_person_check", lambda number: number[17:])

    assert len(accepted(scheme, wrong(scheme))) > 100


@pytest.mark.proves("F64")
def test_a_birth_date_that_cannot_be_is_refused():
    assert accepted("resident_id", unborn()) == []


@pytest.mark.control("F64")
def test_without_that_check_all_of_them_are_accepted(monkeypatch: pytest.MonkeyPatch):
    """The control."""

    class AnyDay(date):
        def __new__(cls, *_: int) -> date:  # type: ignore[misc]
            return TODAY

    monkeypatch.setattr(identifiers, "date", AnyDay)

    assert accepted("resident_id", unborn()) == unborn()


@pytest.mark.proves("I27")
@pytest.mark.proves("F64")
def test_a_small_x_and_fifteen_digits_become_the_one_canonical_form():
    ending = next(one for one in map(resident_id, range(1, 40)) if one.endswith("X"))
    modern = a_person_number("110101", "19650307", "123")

    assert identifiers.parse_resident_id(ending.lower(), TODAY) == ending
    assert identifiers.parse_resident_id("110101650307123", TODAY) == modern


@pytest.mark.control("I27")
@pytest.mark.control("F64")
def test_without_the_canonical_form_they_would_be_two_persons(monkeypatch: pytest.MonkeyPatch):
    """The control."""
    monkeypatch.setattr(identifiers, "_checked_person_number", lambda number, today: number)
    monkeypatch.setattr(identifiers, "_upgraded", lambda number: number)
    monkeypatch.setattr(identifiers, "_clean", lambda text: text)
    with pytest.raises(AssertionError):
        test_a_small_x_and_fifteen_digits_become_the_one_canonical_form()


# --- digits of other scripts ----------------------------------------------------------------------


@pytest.mark.proves("F63")
@SCHEMES
@pytest.mark.parametrize("kind", FOREIGN)
def test_digits_of_other_scripts_are_the_same_number_or_refused(scheme: str, kind: str):
    text = written(RIGHT[scheme], FOREIGN[kind])
    read = [PARSE[scheme](one, TODAY) for one in accepted(scheme, [text])]

    assert read == ([RIGHT[scheme]] if kind in SAME else [])


@pytest.mark.control("F63")
@pytest.mark.parametrize("kind", ["Arabic", "Devanagari"])
def test_with_isdigit_a_number_of_another_script_is_a_second_form(
    kind: str, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    monkeypatch.setattr(identifiers, "_clean", lambda text: text)
    monkeypatch.setattr(
        identifiers, "PROVINCES", identifiers.PROVINCES | {written("32", FOREIGN[kind])}
    )
    monkeypatch.setattr(identifiers, "PERSON_NUMBER_FORM", re.compile(r"\d{17}[\dX]"))
    monkeypatch.setattr(identifiers, "_person_check", lambda number: number[17:])

    assert accepted("resident_id", [written(RIGHT["resident_id"], FOREIGN[kind])]) != []


# --- over HTTP ------------------------------------------------------------------------------------


def bodies(scheme: str, value: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Where a number may be sent: field that is to be refused, who sends it, and the body."""
    number = {"scheme": scheme, "value": value}
    kind = "enterprise" if scheme == "uscc" else "person"
    return {
        "/subjects": ("identifiers.0.value", {"kind": kind, "name": "A", "identifiers": [number]}),
        "/subjects/lookup": (
            "identifier.value",
            {"identifier": number, "purpose": "licensing", "case_no": "1"},
        ),
        "/records": (
            "subject.identifier.value",
            {"subject": {"identifier": number}, "kind": "tax.penalty_decision", "fields": {},
             "decided_on": "2026-01-01"},
        ),
    }  # fmt: skip


@pytest.mark.proves("I27")
@pytest.mark.proves("F64")
@SCHEMES
@pytest.mark.parametrize("path", ["/subjects", "/subjects/lookup", "/records"])
def test_a_wrong_check_digit_is_refused_by_field_and_nothing_is_stored(
    still: Http, scheme: str, path: str
):
    before = counts(still)
    field, body = bodies(scheme, wrong(scheme)[-1])[path]
    told = assert_problem(still.post(path, "provider", body), 422, "invalid-input", field)

    assert wrong(scheme)[-1] not in str(told)
    assert counts(still) == before
