"""I21 and I22, on both databases and for the metrics: no identity number of a person is in a line
of the log, an answer, a metric, or anywhere in the database; each look is shown a number."""

from __future__ import annotations

import base64
import binascii
import gzip
import logging
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import flask
import pytest

from registry import logs
from registry.api import errors
from registry.services import custody
from registry.settings import Settings
from registry.store import vault
from tests.api.conftest import Http, a_check
from tests.api.conftest import http as http
from tests.api.test_canaries import requests
from tests.numbers import resident_id
from tests.postgresql import server_folder
from tests.world import World

CANARIES = [resident_id(number) for number in range(700, 720)]


def used(world: World) -> None:
    """Persons who are entered, listed, asked for, and asked for without being known."""
    for index, number in enumerate(CANARIES[:12]):
        person = world.person(number=number)
        if index < 2:
            world.listed(person)
    for number in CANARIES:
        world.ask(number, scheme="resident_id")


# --- I22: the whole of a database -----------------------------------------------------------------


def content(settings: Settings) -> bytes:
    """Everything that is stored: SQLite's files as bytes, PostgreSQL as pg_dump tells it."""
    url = settings.database_url
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        return b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    dump = [str(server_folder() / "pg_dump"), "--no-owner", url]
    return subprocess.run(dump, capture_output=True, check=True).stdout


def in_clear(settings: Settings) -> list[str]:
    """The numbers in it, as text or as PostgreSQL writes bytes."""
    found = content(settings)
    assert len(found) > 50_000
    return [
        one for one in CANARIES if one.encode() in found or one.encode().hex().encode() in found
    ]


@pytest.mark.proves("I22")
def test_no_number_is_anywhere_in_the_database(world: World, settings: Settings) -> None:
    used(world)
    assert in_clear(settings) == []


def vault_off(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = vault._decrypt_with

    def read(cipher: Any, sealed: bytes, place: str) -> bytes:
        return sealed[5:] if sealed[:5] == b"PLAIN" else plain(cipher, sealed, place)

    monkeypatch.setattr(vault, "_encrypt_with", lambda cipher, text, place: b"PLAIN" + text)
    monkeypatch.setattr(vault, "_decrypt_with", read)


@pytest.mark.control("I22")
def test_with_the_vault_off_the_same_look_finds_them(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault_off(monkeypatch)
    world.person(number=CANARIES[0])
    assert in_clear(settings) == CANARIES[:1]


# --- I21: what is said ----------------------------------------------------------------------------


def said(http: Http, capfd: pytest.CaptureFixture[str]) -> Iterator[tuple[str, str]]:
    """(where, what) of everything that is told beside the body sent."""
    logs.configure()
    logging.getLogger().setLevel(logging.DEBUG)
    number = CANARIES[0]
    for answer in requests(http, number):
        yield f"answer of {answer.request.path}", answer.text + str(answer.headers)
    http.post("/checks", "agency", a_check(number, scheme="resident_id"))
    metrics = http.client.get("/metrics")
    assert "registry_requests_total" in metrics.text
    yield "metrics", metrics.text
    spoken = capfd.readouterr()
    yield "log", spoken.out + spoken.err


def told(http: Http, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Where a number is told."""
    return [where for where, what in said(http, capfd) if CANARIES[0] in what]


@pytest.mark.proves("I21")
def test_no_answer_metric_or_log_line_tells_a_number(
    http: Http, capfd: pytest.CaptureFixture[str]
) -> None:
    http.world.listed(http.world.person(number=CANARIES[0]))
    assert told(http, capfd) == []


@pytest.mark.control("I21")
def test_were_fields_repeated_as_sent_an_answer_would_tell_it(
    http: Http, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "_speakable", lambda path: path)
    found = told(http, capfd)
    assert "answer of /api/v1/checks" in found
    assert "answer of /api/v1/subjects" in found


@pytest.mark.control("I21")
def test_were_addresses_counted_as_sent_a_metric_would_tell_it(
    http: Http, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sent:
        def __str__(self) -> str:
            return flask.request.path

    monkeypatch.setattr("registry.api.requests.UNROUTED", Sent())
    assert told(http, capfd) == ["metrics"]


@pytest.mark.control("I21")
def test_were_arguments_and_new_fields_logged_a_line_would_tell_it(
    http: Http, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FIELDS", logs.FIELDS | {"path"})
    plain = errors.handle_registry_error

    def handle(error: Any) -> Any:
        logs.get().warning("refused", path=flask.request.path)
        return plain(error)

    for handlers in http.client.application.error_handler_spec[None].values():
        for kind, known in handlers.items():
            if known is plain:
                monkeypatch.setitem(handlers, kind, handle)
    assert told(http, capfd) == ["log"]


# --- I22: a backup -------------------------------------------------------------------------------

BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")


def in_backup(world: World, path: Path) -> list[str]:
    """The numbers in a backup, what it holds as bytes decoded."""
    custody.backup(world.registry.store, path)
    found = gzip.decompress(path.read_bytes())
    assert len(found) > 10_000
    for one in BASE64.findall(found):
        with suppress(binascii.Error):
            found += base64.b64decode(one)
    return [one for one in CANARIES if one.encode() in found]


@pytest.mark.proves("I22")
def test_no_number_is_in_a_backup(world: World, tmp_path: Path) -> None:
    used(world)
    assert in_backup(world, tmp_path / "backup") == []


@pytest.mark.control("I22")
def test_with_the_vault_off_a_backup_holds_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault_off(monkeypatch)
    world.person(number=CANARIES[0])
    assert in_backup(world, tmp_path / "backup") == CANARIES[:1]
