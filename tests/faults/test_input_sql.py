"""Fault 66 in bodies: text that would be SQL, wherever text is free and reaches a statement or row.
It finds nothing, is stored letter by letter, and no table changes by more than what was asked for.
(In addresses no such text gets so far: tests/api/test_injection.py.) And what the same harness
finds where a statement is put together from text.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from registry.services import custody
from registry.store import subjects, tables
from registry.store.transaction import Reading
from tests.api.conftest import Http
from tests.api.conftest import http as http
from tests.api.shape import assert_problem
from tests.api.test_injection import INJECTIONS, counts
from tests.api.test_subjects import a_firm, a_record
from tests.numbers import resident_id, uscc

COLLIDING = ("'", "'' OR ''=''", "x') OR 1=1 --", "x'; DELETE FROM subjects; --")
TEXTS = (*INJECTIONS, *COLLIDING)


def concatenated(reading: Reading, name: str) -> list[Any]:
    """As a look-up would be written without care."""
    statement = f"SELECT id FROM subjects WHERE known_to IS NULL AND name = '{name}'"
    ids = reading.connection.execute(sa.text(statement.replace(":", "\\:"))).scalars().all()
    return [subjects.get(reading, id) for id in ids]


def looked_up(http: Http) -> set[str]:
    """The texts by which a look-up finds somebody, or fails."""
    answers = {text: http.post("/subjects/lookup", "agency", {"name": text}) for text in TEXTS}
    return {
        text for text, one in answers.items() if one.status_code != 200 or one.json["items"] != []
    }


@pytest.mark.proves("F66")
def test_a_name_that_would_be_sql_finds_nobody_and_changes_nothing(http: Http):
    http.world.enterprise()
    before = counts(http)

    assert looked_up(http) == set()
    assert counts(http) == before


@pytest.mark.control("F66")
def test_with_a_statement_put_together_from_text_it_finds_everybody_or_fails(
    http: Http, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    http.world.enterprise()
    before = counts(http)
    monkeypatch.setattr(subjects, "named", concatenated)

    seen = looked_up(http)
    assert {"'", "' OR '1'='1"} <= seen
    # PostgreSQL even carries out the second of two statements
    left = 0 if http.world.application.database.path is None else before["subjects"]
    assert counts(http)["subjects"] == left


def stored_as_sent(http: Http, number: int, text: str) -> bool:
    """Whether a subject and a record with this text everywhere hold just this, trimmed."""
    head = {"scheme": "resident_id", "value": resident_id(600 + number)}
    subject = a_firm(
        name=text,
        other_names=[f"{text} 2"],
        addresses=[text],
        identifiers=[{"scheme": "uscc", "value": uscc(300 + number)}],
        representative={"name": text, "identifier": head},
    )
    added = http.post("/subjects", "provider", subject)
    assert added.status_code == 201, added.text
    sent = {**a_record(added.json["id"]), "document_no": text}
    sent["fields"]["decision_no"] = text
    record = http.post("/records", "provider", sent)
    asked = http.check(uscc(300 + number), case_no=text)
    read = http.get(f"/subjects/{added.json['id']}", "authority").json
    kept = http.get(f"/records/{record.json['id']}", "provider").json
    assert asked.status_code == 200, asked.text
    return [
        read["name"],
        *read["other_names"],
        *read["addresses"],
        kept["document_no"],
        kept["fields"]["decision_no"],
    ] == [text.strip(), f"{text} 2", text.strip(), text.strip(), text.strip()]


@pytest.mark.proves("F66")
def test_what_would_be_sql_is_stored_letter_by_letter(http: Http):
    before = counts(http)

    for number, text in enumerate(TEXTS):
        assert stored_as_sent(http, number, text), text
    after = counts(http)
    changed = {name for name in after if after[name] != before[name]}
    assert all(after[name] > before[name] for name in changed)
    assert after["records"] - before["records"] == len(TEXTS)
    assert custody.verify(http.world.registry.store).problem is None


CODES = {
    "scheme": lambda http, text: http.check(uscc(1), scheme=text),
    "value": lambda http, text: http.check(text),
    "matter": lambda http, text: http.check(uscc(1), matter=text),
    "purpose": lambda http, text: http.check(uscc(1), purpose=text),
    "criterion": lambda http, text: http.post(
        "/determinations", "authority",
        {"criterion": text, "subject_id": "0" * 32, "record_ids": ["0" * 32]},
    ),
    "kind": lambda http, text: http.post("/records", "provider", {**a_record(""), "kind": text}),
    "sector": lambda http, text: http.post("/measure-editions", "coordinator", {"sector": text}),
    "code": lambda http, text: http.post("/agencies", "admin", {"code": text, "name": "N"}),
}  # fmt: skip


@pytest.mark.proves("F66")
@pytest.mark.parametrize("field", CODES)
def test_where_a_code_is_asked_for_it_is_refused_by_field(http: Http, field: str):
    before = {name: rows for name, rows in counts(http).items() if name not in ("checks", "chains")}

    for text in TEXTS:
        told = assert_problem(CODES[field](http, text), 422, "invalid-input")
        assert any(one.split(".")[-1] == field for one in told["errors"]), (text, told)
    after = counts(http)
    assert {name: after[name] for name in before} == before


def test_every_table_is_counted(http: Http):
    """The control: a row that comes would be seen."""
    before = counts(http)
    http.world.listed()

    assert set(before) == set(tables.metadata.tables)
    assert counts(http) != before
