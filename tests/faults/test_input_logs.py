"""Fault 68: line breaks and terminal sequences, from a request to the log. A line of the log is one
JSON object whatever is in it. And what the same harness finds where values are written as they are.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from registry import logs
from tests.api.conftest import Http
from tests.api.conftest import http as http
from tests.api.shape import JSON
from tests.faults.test_canaries import NASTY

Say = Callable[[], object]
UNSEEN = {chr(point) for point in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)} - {"\n"}


class AsItIs:
    """A renderer as it is written without care."""

    def __init__(self, **_: Any) -> None:
        pass

    def __call__(self, _: Any, __: str, line: Any) -> str:
        return " ".join(f"{name}={value}" for name, value in line.items())


@pytest.fixture(autouse=True)
def _configured_as_it_was() -> Iterator[None]:
    """What `configure` changes for the process is put back."""
    before, root = structlog.get_config(), logging.getLogger()
    kept = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:], root.level = kept[0], kept[1]


def forged(capfd: pytest.CaptureFixture[str], say: Say) -> list[str]:
    """The lines that a reader of the log would take for something else than they are."""
    logs.configure()
    capfd.readouterr()
    say()
    text = capfd.readouterr().err
    assert text.strip(), "nothing was logged"
    return [line for line in text.splitlines(keepends=True) if not is_honest(line)]


def is_honest(line: str) -> bool:
    try:
        read = json.loads(line)
    except ValueError:
        return False
    return line.endswith("\n") and not UNSEEN & set(line) and read.get("event") != "forged"


def own() -> None:
    logs.get().error(NASTY, code=NASTY, error=NASTY, route=NASTY, plugin=NASTY)


def of_a_library() -> None:
    logging.getLogger(NASTY).warning(NASTY)
    logging.getLogger("library").warning("%s", NASTY)


def of_an_error() -> None:
    try:
        raise ValueError(NASTY)
    except ValueError:
        logging.getLogger("library").exception(NASTY)


@pytest.mark.proves("F68")
@pytest.mark.parametrize("say", [own, of_a_library, of_an_error], ids=lambda one: one.__name__)
def test_whatever_is_said_is_one_honest_line(capfd: pytest.CaptureFixture[str], say: Say):
    assert forged(capfd, say) == []


@pytest.mark.control("F68")
def test_without_json_a_value_forges_lines_of_our_own(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    monkeypatch.setattr(structlog.processors, "JSONRenderer", AsItIs)

    found = forged(capfd, own)
    assert len(found) > 1
    assert any('{"event": "forged"}' in line for line in found)


@pytest.mark.control("F68")
@pytest.mark.parametrize("say", [of_a_library, of_an_error], ids=lambda one: one.__name__)
def test_without_json_it_forges_lines_of_a_library(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, say: Say
):
    """The control."""
    monkeypatch.setattr(logs, "_JsonFormatter", logging.Formatter)

    assert len(forged(capfd, say)) > 1


def nasty_requests(http: Http) -> None:
    """Whatever a request is made of, and that it ends in an error which is logged."""
    quoted = "%0d%0a%7B%22event%22:%22forged%22%7D%1b[31m%00"
    headers = {"User-Agent": "a\x1b[31m", "X-Forwarded-For": '{"event": "forged"}'}
    http.get(f"/listings/{quoted}", "agency", headers=headers)
    http.get(f"/{quoted}?{quoted}={quoted}", "agency", headers=headers)
    http.get(f"/checks/{'0' * 32}?{quoted}", "agency", headers=headers)
    http.post("/checks", "agency", {"case_no": NASTY, NASTY: NASTY}, headers=headers)
    http.post("/subjects", "provider", data=NASTY.encode(), content_type=JSON, headers=headers)
    http.post("/records", "provider", {"subject_id": NASTY, "kind": NASTY}, headers=headers)


@pytest.mark.proves("F68")
def test_no_request_writes_a_line_of_its_own(http: Http, capfd: pytest.CaptureFixture[str]):
    assert forged(capfd, lambda: nasty_requests(http)) == []


@pytest.mark.proves("F68")
def test_a_fault_of_ours_with_such_a_text_is_one_honest_line(
    http: Http, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: Any) -> Any:
        raise RuntimeError(NASTY)

    monkeypatch.setattr("registry.services.listings.store.get", broken)

    assert forged(capfd, lambda: http.get(f"/listings/{'0' * 32}")) == []
