"""I9: each answer to a check, be it empty, refused or a fault of ours, has exactly one row in the
log, and has it by the time that it arrives. I20: a check without its purpose, matter or case number
is refused, and the refusal is logged."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from registry.api import check_body, front
from registry.api import checks as checks_api
from registry.domain.check import PURPOSES
from registry.domain.errors import InvalidInput
from registry.services import checks
from registry.services.checks import Question
from registry.store import checks as checks_store
from registry.store import store, tables
from registry.store.transaction import new_id
from tests.api.conftest import Http, a_check
from tests.api.conftest import http as http
from tests.api.shape import JSON
from tests.numbers import uscc
from tests.world import BUYER

PATIENCE = 30.0
KEYED = {"Idempotency-Key": "key-{}"}  # makes a check one for Flask
WAYS = pytest.mark.parametrize("headers", [{}, KEYED], ids=["straight", "through Flask"])
BROKEN = uscc(33)


def rows(http: Http) -> list[Any]:
    with http.world.registry.store.reading() as reading:
        return list(reading.connection.execute(sa.select(tables.checks)))


# --- I9 -------------------------------------------------------------------------------------------

KINDS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("agency", a_check(uscc(20)), 200),
    ("agency", a_check(uscc(999)), 200),  # nobody
    ("agency", a_check(uscc(20), "no.matter"), 422),
    ("agency", a_check("1"), 422),
    ("agency", {}, 422),
    ("agency", a_check(BROKEN), 500),
    ("provider", a_check(uscc(20)), 403),
)


@pytest.fixture
def partly_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours in the checks of one subject, wherever it is looked for."""
    plain = checks.Checks._sought

    def sought(self: Any, reading: Any, question: Question, log: Any) -> Any:
        if question.identifier == ("uscc", BROKEN):
            raise RuntimeError
        return plain(self, reading, question, log)

    monkeypatch.setattr(checks.Checks, "_sought", sought)


def wrong(http: Http, headers: dict[str, str], each: int = 3) -> list[str]:
    """What is wrong with the log, of checks of every kind that are asked for together."""
    start = threading.Barrier(len(KINDS))
    found = []

    def ask(number: int) -> None:
        who, body, status = KINDS[number]
        start.wait(PATIENCE)
        for time in range(each):
            key = {name: value.format(f"{number}-{time}") for name, value in headers.items()}
            answer = http.post("/checks", who, body, headers=key)
            if answer.status_code != status:
                found.append(f"{answer.status_code} for {status}")
            elif status == 200 and of_answer(http, answer.json) != 1:
                found.append("an answer without its one row")

    with ThreadPoolExecutor(len(KINDS)) as pool:
        list(pool.map(ask, range(len(KINDS))))
    return found + counted(http, each) + gaps(http)


def of_answer(http: Http, answer: Any) -> int:
    """How many rows of an answer there are, under its id and receipt, as it arrives."""
    same = [answer["id"], *answer["receipt"].values()]
    return [[row.id, row.chain, row.seq, row.hash] for row in rows(http)].count(same)


def counted(http: Http, each: int) -> list[str]:
    kinds = Counter(row.kind for row in rows(http))
    answered = sum(status == 200 for _, _, status in KINDS) * each
    wanted = {"check.answered": answered, "check.refused": len(KINDS) * each - answered}
    return [] if kinds == wanted else [f"{dict(kinds)} for {wanted}"]


def gaps(http: Http) -> list[str]:
    """Chains whose numbers are not 1, 2, 3 and so on."""
    chains: dict[str, list[int]] = {}
    for row in rows(http):
        chains.setdefault(row.chain, []).append(row.seq)
    return [
        f"a gap in {c}" for c, seq in chains.items() if sorted(seq) != [*range(1, len(seq) + 1)]
    ]


@pytest.mark.proves("I9")
@WAYS
@pytest.mark.usefixtures("partly_broken")
def test_each_answer_has_its_one_row_as_it_arrives(http: Http, headers: dict[str, str]) -> None:
    assert wrong(http, headers) == []


def never_written(reading: Any, writer: Any, row: Any) -> dict[str, object]:
    writer.seq += 1
    return {"chain": writer.chain, "seq": writer.seq, "hash": "0" * 64}


append = checks_store.append


def written_twice(reading: Any, writer: Any, row: Any) -> dict[str, object]:
    append(reading, writer, row._replace(id=new_id()))
    return append(reading, writer, row)


def skipping(reading: Any, writer: Any, row: Any) -> dict[str, object]:
    writer.seq += 1
    return append(reading, writer, row)


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "the log is left out": (store, "append", never_written, "without its one row"),
    "a check is logged twice": (store, "append", written_twice, "'check.answered': 12"),
    "the log has gaps": (store, "append", skipping, "a gap"),
    "refusals are not logged": (checks, "_log_refusal", lambda *_: None, "{'check.answered': 6}"),
}


@pytest.mark.control("I9")
@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.usefixtures("partly_broken")
def test_a_log_that_lacks_a_row_or_has_one_too_many_is_seen(
    http: Http, monkeypatch: pytest.MonkeyPatch, mutant: str
) -> None:
    owner, name, value, said = MUTANTS[mutant]
    monkeypatch.setattr(owner, name, value)
    found = wrong(http, {})
    assert any(said in one for one in found), found


# --- I20 ------------------------------------------------------------------------------------------

LEFT_OUT = object()
NOTHING: tuple[Any, ...] = (LEFT_OUT, None, "", "  ", "\u200b", 0, [])
WANTED = ("purpose", "matter", "case_no")


def let_in(http: Http, headers: dict[str, str]) -> list[str]:
    """What is asked without one of the three, and is not refused by its name, or not logged."""
    found = []
    for field in WANTED:
        for number, value in enumerate(NOTHING):
            body = {**a_check(uscc(20)), field: value}
            if value is LEFT_OUT:
                del body[field]
            before = len(rows(http))
            key = {name: text.format(f"{field}-{number}") for name, text in headers.items()}
            answer = http.post("/checks", "agency", body, headers=key)
            new = [row.kind for row in rows(http)[before:]]
            told = (answer.json or {}).get("errors", {})
            if answer.status_code != 422 or set(told) != {field} or new != ["check.refused"]:
                found.append(f"{field} {number}: {answer.status_code} {sorted(told)} {new}")
    return found


@pytest.mark.proves("I20")
@WAYS
def test_without_purpose_matter_or_case_number_a_check_is_refused_and_that_is_logged(
    http: Http, headers: dict[str, str]
) -> None:
    assert let_in(http, headers) == []
    assert {row.kind for row in rows(http)} == {"check.refused"}


@pytest.mark.proves("I20")
@pytest.mark.parametrize("case_no", ["", " ", "\u200b", "x" * 201, "\udc80"])
def test_the_command_line_asks_for_a_case_number_too(http: Http, case_no: str) -> None:
    asker = http.world.registry.person(BUYER, "Bai")
    question = Question("procurement.bid", PURPOSES[1], case_no, ("uscc", uscc(20)))

    with pytest.raises(InvalidInput, match="case_no"):
        http.world.registry.checks.run_as(asker, question)
    assert [row.kind for row in rows(http)] == ["check.refused"]


@pytest.mark.control("I20")
@WAYS
def test_were_one_of_them_not_asked_for_it_would_be_seen(
    http: Http, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    plain = check_body.read_question

    def read(body: Any) -> Question:
        return plain({**body, "case_no": body.get("case_no") or "none"})

    monkeypatch.setattr(front, "read_question", read)
    monkeypatch.setattr(checks_api, "read_question", read)
    found = let_in(http, headers)
    assert found
    assert all(one.startswith("case_no") for one in found)
    assert "case_no 0: 200 [] ['check.answered']" in found


@pytest.mark.control("I20")
def test_were_the_refusal_not_logged_it_would_be_seen(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_log_refusal", lambda *_: None)
    assert len(let_in(http, {})) == len(WANTED) * len(NOTHING)


@pytest.mark.proves("I9")
def test_what_is_no_check_at_all_is_logged_too(http: Http) -> None:
    answer = http.post("/checks", "agency", data=b"{", content_type=JSON)
    assert answer.status_code == 400
    assert [row.kind for row in rows(http)] == ["check.refused"]
