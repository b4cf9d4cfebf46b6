"""Fault 63: digits of other scripts, wherever digits are read but in identifiers (those are in
test_input_identifiers.py). And what the same harness finds with the guard off: str.isdigit, or a
pattern that is not ASCII.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from registry.api import fields
from registry.api.paging import cursor_for
from registry.domain import record
from tests.api.conftest import Http
from tests.api.conftest import still as still
from tests.api.test_injection import counts
from tests.api.test_subjects import a_record
from tests.numbers import uscc
from tests.source_guards import dotted, imported_names

ROOT = Path(__file__).parents[2]
CODE = uscc(77)
FIRM = {"identifier": {"scheme": "uscc", "value": CODE}}
FOREIGN = {
    "full-width": "０１２３４５６７８９",
    "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "Arabic": "٠١٢٣٤٥٦٧٨٩",
    "Devanagari": "०१२३४५६७८९",
    "raised": "⁰¹²³⁴⁵⁶⁷⁸⁹",
    "circled": "⓪①②③④⑤⑥⑦⑧⑨",
}


def written(text: str, digits: str) -> str:
    return text.translate(str.maketrans("0123456789", digits))


# --- everywhere that digits are read --------------------------------------------------------------

PLACES: dict[str, Callable[[Http, Callable[[str], str]], Any]] = {
    "limit": lambda http, w: http.get("/listings", query_string={"limit": w("6")}),
    "after": lambda http, w: http.get("/journal", "auditor", query_string={"after": w("6")}),
    "cursor": lambda http, w: http.get(
        "/journal", "auditor", query_string={"cursor": cursor_for("journal-main", w("6"))}
    ),
    "as_of": lambda http, w: http.get("/listings", query_string={"as_of": w("2026-03-01")}),
    "known_at": lambda http, w: http.check(uscc(1), known_at=w("2026-03-01T09:00:00Z")),
    "subject_id": lambda http, w: http.post("/records", "provider", a_record(w("0" * 32))),
    "decided_on": lambda http, w: a_changed(http, decided_on=w("2026-01-05")),
    "fields.underpaid_amount": lambda http, w: a_changed(http, "underpaid_amount", w("1200000")),
    "fields.served_on": lambda http, w: a_changed(http, "served_on", w("2026-01-05")),
}
WHEREVER = pytest.mark.parametrize("place", PLACES)


def a_changed(http: Http, field: str = "", value: Any = None, **changes: Any) -> Any:
    """A record of a firm, changed."""
    found = http.post("/subjects/lookup", "provider", FIRM).json["items"]
    firm = found[0]["id"] if found else http.world.enterprise(CODE).id
    body = {**a_record(firm), **changes}
    if field:
        body["fields"][field] = value
    return http.post("/records", "provider", body)


def taken(http: Http, place: str) -> dict[str, int]:
    """The kinds of digits that are not refused by that field, with the status."""
    seen = {}
    for kind, digits in FOREIGN.items():
        answer = PLACES[place](http, lambda text, digits=digits: written(text, digits))
        if answer.status_code != 422 or set(answer.json["errors"]) != {place}:
            seen[kind] = answer.status_code
    return seen


@pytest.mark.proves("F63")
@WHEREVER
def test_digits_of_another_script_are_refused_by_field_and_nothing_is_stored(
    still: Http, place: str
):
    a_changed(still, decided_on="never")
    before = {
        name: rows for name, rows in counts(still).items() if name not in ("checks", "chains")
    }

    assert taken(still, place) == {}
    after = counts(still)
    assert {name: after[name] for name in before} == before


@WHEREVER
def test_the_same_in_ascii_is_read(still: Http, place: str):
    """The control of the requests: but for the digits nothing is wrong with them."""
    answer = PLACES[place](still, str)

    errors = answer.json.get("errors", {})
    assert errors == {} or (place, list(errors)) == ("subject_id", ["subject_id"]), errors
    if errors:
        assert "no subject" in errors["subject_id"][0]


@pytest.mark.control("F63")
def test_with_isdigit_a_foreign_limit_is_taken_and_a_raised_one_is_a_fault_of_ours(
    still: Http, monkeypatch: pytest.MonkeyPatch
):
    """The control."""

    def plain(_: str, value: str, flags: int) -> bool:
        return value.isdigit()

    monkeypatch.setattr(fields, "re", SimpleNamespace(fullmatch=plain, ASCII=re.ASCII))
    seen = taken(still, "limit")

    assert {kind: seen.get(kind) for kind in FOREIGN} == {
        "full-width": 200, "bold": 200, "Arabic": 200, "Devanagari": 200, "raised": 500,
        "circled": 500,
    }  # fmt: skip


@pytest.mark.control("F63")
def test_with_a_pattern_that_is_not_ascii_a_foreign_amount_is_stored(
    still: Http, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    monkeypatch.setattr(record, "_NUMBER", re.compile(record._NUMBER.pattern))

    assert set(taken(still, "fields.underpaid_amount")) == {
        "full-width", "bold", "Arabic", "Devanagari",
    }  # fmt: skip


# --- in the source --------------------------------------------------------------------------------

ALLOWED = {
    "registry/api/front.py": "bytes: only ASCII digits are any",
    "registry/store/store.py": "the witness file, which is read as ASCII",
    "registry/rulebook/unverified.py": "a place in a list of a rule file, told to people",
}


def unicode_digits(source: str) -> list[str]:
    """Where digits of any script would do: isdigit and the like without isascii in the same
    expression, and patterns with \\d that are not ASCII."""
    tree = ast.parse(source)
    names = imported_names(tree)
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if dotted(node.func, names).startswith("re.") and node.args:
            whole = ast.unparse(node)
            if "\\d" in ast.unparse(node.args[0]) and "ASCII" not in whole:
                found.append(f"line {node.lineno}: {whole[:60]}")
        elif isinstance(node.func, ast.Attribute) and node.func.attr in (
            "isdigit",
            "isdecimal",
            "isnumeric",
        ):
            line = ast.get_source_segment(source, node) or ""
            if "isascii()" not in source.splitlines()[node.lineno - 1]:
                found.append(f"line {node.lineno}: {line}")
    return found


@pytest.mark.proves("F63")
def test_no_source_takes_digits_of_another_script():
    files = [path for root in ("registry", "plugins", "sector_plugins")
             for path in (ROOT / root).rglob("*.py")]  # fmt: skip
    found = {str(path.relative_to(ROOT)) for path in files if unicode_digits(path.read_text())}

    assert found == set(ALLOWED)


@pytest.mark.control("F63")
def test_the_guard_of_the_source_sees_both():
    """The control."""
    bad = 'import re\nX = re.compile(r"\\d+")\nif text.isdigit():\n    pass\n'
    good = 'import re\nX = re.compile(r"\\d+", re.ASCII)\nif text.isascii() and text.isdigit(): x()'

    assert len(unicode_digits(bad)) == 2
    assert unicode_digits(good) == []
