"""Bad input, one by one: each ends as a typed error that docs/errors.md describes with its status,
or keeps the registry from starting; and nothing is half done. (A full disk is in
test_disk_over_http.py.)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.store import schema
from tests.api.conftest import Http, a_check
from tests.api.conftest import http as http
from tests.api.shape import JSON, assert_problem, without_instance
from tests.api.test_injection import counts
from tests.api.test_record_versions import HOOK
from tests.api.test_subjects import a_firm, a_record
from tests.faults.test_disk_errors import held
from tests.filled import Filled
from tests.numbers import uscc
from tests.rulebook.conftest import make_package as make_package
from tests.store.test_commands import typed

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"
BROKEN = Path(__file__).parents[1] / "broken_rules"
CODE = uscc(1)
WRONG = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
ABSENT = "0" * 32
Used = dict[str, str]
Sent = Callable[[Http, Used], Any]


def firm(**changes: Any) -> Sent:
    return lambda http, _: http.post("/subjects", "provider", a_firm(**changes))


def numbered(scheme: str, value: Any) -> Sent:
    return firm(identifiers=[{"scheme": scheme, "value": value}])


def raw(body: bytes) -> Sent:
    return lambda http, _: http.post("/subjects", "provider", data=body, content_type=JSON)


def record(field: str = "", value: Any = None, **changes: Any) -> Sent:
    def send(http: Http, used: Used) -> Any:
        body = {**a_record(used["firm"]), **changes}
        if field:
            body["fields"][field] = value
        return http.post("/records", "provider", body)

    return send


def check(**changes: Any) -> Sent:
    body = a_check(CODE, **changes)
    kept = {name: value for name, value in body.items() if value is not None}
    return lambda http, _: http.post("/checks", "agency", kept)


ITEMS: dict[str, tuple[Sent, int, str]] = {
    "a wrong check digit": (numbered("uscc", WRONG), 422, "invalid-input"),
    "an unknown scheme": (numbered("passport", CODE), 422, "invalid-input"),
    "full-width digits in an amount": (record("underpaid_amount", "１２"), 422, "invalid-input"),
    "a zero-width character": (numbered("uscc", CODE + "\u200b"), 422, "invalid-input"),
    "one in a name": (firm(name="Fi\u200brm"), 422, "invalid-input"),
    "an unknown field": (firm(colour="red"), 422, "invalid-input"),
    "a prohibited field": (record("fingerprints", "x"), 422, "invalid-input"),
    "a key twice": (raw(b'{"name": "A", "name": "B"}'), 400, "malformed"),
    "NaN": (raw(b'{"name": NaN}'), 400, "malformed"),
    "a depth of 5,000": (raw(b'{"a":' * 5_000 + b"1" + b"}" * 5_000), 400, "malformed"),
    "over a megabyte": (raw(b'{"name": "' + b"x" * 1_048_576 + b'"}'), 413, "too-large"),
    "a wrong type": (firm(name=["Firm"]), 422, "invalid-input"),
    "another one": (record("year", "2025"), 422, "invalid-input"),
    "a date before its range": (record(decided_on="1899-12-31"), 422, "invalid-input"),
    "a date after its range": (check(as_of="2300-01-01"), 422, "invalid-input"),
    "no purpose": (check(purpose=None), 422, "invalid-input"),
    "a wrong role": (lambda http, _: http.post("/subjects", "agency", a_firm()), 403,
                     "not-permitted"),
    "somebody else's object": (
        lambda http, used: http.get(f"/records/{used['record']}", "other_provider"),
        404,
        "not-found",
    ),
    "a key for another request": (
        lambda http, _: http.post(
            "/subjects", "provider", a_firm(name="B"), headers={"Idempotency-Key": "used"}
        ),
        409,
        "idempotency-mismatch",
    ),
}  # fmt: skip


def described(text: str) -> dict[str, str]:
    """The status that the document gives to each code."""
    return dict(re.findall(r"^## `([a-z-]+)`\n\n\*\*(\d{3})\.\*\*", text, re.MULTILINE))


def stored(http: Http) -> dict[str, int]:
    return {name: rows for name, rows in counts(http).items() if name not in ("checks", "chains")}


@pytest.fixture
def used(http: Http) -> Used:
    """A firm with a record, and an idempotency key that was used."""
    first = http.post("/subjects", "provider", a_firm(), headers={"Idempotency-Key": "used"})
    assert first.status_code == 201, first.text
    firm = str(first.get_json()["id"])
    filed = http.post("/records", "provider", a_record(firm))
    return {"firm": firm, "record": str(filed.get_json()["id"])}


@pytest.mark.parametrize("item", ITEMS)
def test_it_is_a_typed_and_documented_error_and_nothing_is_stored(
    http: Http, used: Used, item: str
):
    send, status, code = ITEMS[item]
    before = stored(http)

    assert_problem(send(http, used), status, code)
    assert described(DOCUMENT.read_text(encoding="utf-8"))[code] == str(status)
    assert stored(http) == before


def test_what_is_right_is_stored_and_seen(http: Http, used: Used):
    """The control: but for what is wrong with them, the requests are good ones."""
    before = stored(http)
    good = (numbered("uscc", uscc(2)), record("underpaid_amount", "1200000"), check())

    assert [one(http, used).status_code for one in good] == [201, 201, 200]
    assert stored(http) != before


def test_a_code_that_nobody_described_would_be_missed():
    """The control."""
    text = "## `not-found`\n\n**404.** There is no such thing.\n\n## `new`\n\nNo status.\n"

    assert described(text) == {"not-found": "404"}


def test_somebody_elses_object_and_an_absent_one_have_one_answer(http: Http, used: Used):
    theirs = http.get(f"/records/{used['record']}", "other_provider")
    absent = http.get(f"/records/{ABSENT}", "other_provider")

    assert without_instance(theirs) == without_instance(absent)


def test_a_repeated_key_is_answered_from_what_is_stored(http: Http, used: Used):
    before = stored(http)
    again = http.post("/subjects", "provider", a_firm(), headers={"Idempotency-Key": "used"})

    assert (again.status_code, again.get_json()["id"]) == (201, used["firm"])
    assert stored(http) == before


def test_a_locked_database_is_the_honest_503_and_nothing_is_stored(filled: Filled):
    application = filled.again(lock_seconds=0)
    client = application.flask().test_client()
    lock = filled.file.with_name(filled.file.name + "-lock")
    send = {
        "path": "/api/v1/subjects",
        "headers": filled.world.headers("provider"),
        "json": a_firm(),
    }
    before = filled.rows("SELECT count(*) FROM subjects"), filled.rows("SELECT * FROM heads")
    with held(lock):
        assert_problem(client.post(**send), 503, "unavailable")

    after = filled.rows("SELECT count(*) FROM subjects"), filled.rows("SELECT * FROM heads")
    assert after == before
    assert client.post(**send).status_code == 201
    application.close()


# --- what keeps it from starting ------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The settings of servers that would have been started."""
    found: list[Any] = []
    serve = sys.modules["registry.cli.serve"]  # the command of that name hides it
    monkeypatch.setattr(serve, "_serve", lambda settings, *_: found.append(settings))
    monkeypatch.setattr("registry.listening.require_free", lambda *_: None)
    return found


def test_a_rulebook_with_an_error_is_not_taken_and_the_server_does_not_start(
    filled: Filled, started: list[Any], make_package: Any, tmp_path: Path
):
    name = make_package(overlay=BROKEN / "duplicate_key")
    (tmp_path / name / "__init__.py").write_text(HOOK)
    before = filled.rows("SELECT * FROM heads"), filled.rows("SELECT digest FROM rulebooks")
    for command in ("migrate", "serve"):
        told = typed(filled, command, REGISTRY_PLUGIN_MODULES=name)
        assert told.exit_code == 1, told.output
        assert f"Error: {name}/" in told.output
        assert "Traceback" not in told.output

    assert started == []
    after = filled.rows("SELECT * FROM heads"), filled.rows("SELECT digest FROM rulebooks")
    assert after == before


def test_a_database_behind_on_migrations_is_not_served_and_stays_as_it_is(
    filled: Filled, started: list[Any], monkeypatch: pytest.MonkeyPatch
):
    before = filled.rows("SELECT * FROM heads")
    monkeypatch.setattr(schema, "newest", lambda: "9998_later")
    for command in (("serve",), ("sweep",), ("token", "add", "--agency", "TAX", "--actor", "Mo",
                    "--role", "auditor")):  # fmt: skip
        told = typed(filled, *command)
        assert told.exit_code == 1, told.output
        assert "registry migrate" in told.output

    assert started == []
    assert filled.rows("SELECT * FROM heads") == before


def test_without_either_the_server_starts(filled: Filled, started: list[Any]):
    """The control."""
    assert typed(filled, "serve").exit_code == 0
    assert len(started) == 1


def test_without_that_check_it_starts_on_a_database_that_is_behind(
    filled: Filled, started: list[Any], monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    monkeypatch.setattr(schema, "newest", lambda: "9998_later")
    monkeypatch.setattr(schema, "require_current", lambda _: None)

    assert typed(filled, "serve").exit_code == 0
    assert len(started) == 1
