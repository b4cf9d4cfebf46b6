"""Faults 2 and 41: what is sent twice is done once, whether the first reply was lost or both came
together; without the key the same steps do it twice, or refuse what was done."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from registry.services import records
from registry.store import idempotency
from tests.api.conftest import Http
from tests.api.conftest import http as http
from tests.api.test_subjects import a_record
from tests.faults import killed
from tests.faults.test_killed import Scene, killer, scene
from tests.filled import Clock, opened
from tests.sweeping import journalled

__all__ = ["killer", "scene"]

KEY = {"Idempotency-Key": "k-1"}
PATIENCE = 30.0
NEWEST = {
    "check": "SELECT id FROM checks ORDER BY at DESC, main_seq DESC LIMIT 1",
    "confirm": "SELECT id FROM listings WHERE list_kind = 'black' ORDER BY known_from DESC LIMIT 1",
}
COUNT = {"check": "SELECT count(*) FROM checks", "confirm": "SELECT count(*) FROM listings"}
TOLD = {"check": "id", "confirm": "listing"}


def keys_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard out: no result is kept, and none is looked for."""
    monkeypatch.setattr(idempotency, "recall", lambda reading, asked: None)
    monkeypatch.setattr(idempotency, "remember", lambda *_: None)


# --- 2: killed after the commit -------------------------------------------------------------------


def retried(scene: Scene, folder: Path, act: str, kind: str) -> tuple[list[Any], list[Any]]:
    """(what is stored, and how many) after a kill behind the last commit of an act, and (what the
    retry is told, and how many there are then)."""
    number = scene.points(folder / "whole", act, kind)
    copy = scene.copy(folder / "one")
    wish = scene.wish(copy.folder, act, kind=kind, number=number)
    assert scene.killer.run(**wish) == -9
    assert not (copy.folder / "acknowledged").exists()
    stored = [copy.rows(NEWEST[act])[0][0], copy.rows(COUNT[act])[0][0]]
    clock = Clock(copy.clock.instant)
    clock.advance(days=4)
    application = opened(copy.folder, clock, copy.application.plugins)
    application.require_ready()
    told = killed.ACTS[act](application, wish)[TOLD[act]]
    application.close()
    return stored, [told, copy.rows(COUNT[act])[0][0]]


@pytest.mark.proves("F2")
@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("check", "writer.commit after"),
        ("check", "check.exit after"),
        ("confirm", "writer.commit after"),
        ("confirm", "store.witness before"),
    ],
)
def test_a_retry_after_a_lost_reply_is_told_what_was_stored(
    scene: Scene, tmp_path: Path, act: str, kind: str
) -> None:
    stored, after = retried(scene, tmp_path, act, kind)
    assert after == stored


@pytest.mark.control("F2")
def test_without_its_key_it_would_be_done_again(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control. Who was killed had kept the key; the next process looks for none."""
    keys_off(monkeypatch)
    (id, number), (told, then) = retried(scene, tmp_path, "check", "writer.commit after")
    assert told != id
    assert then == number + 1


# --- 41: sent twice -------------------------------------------------------------------------------


def a_case(http: Http) -> str:
    """A case of which every step is done but the last."""
    world = http.world
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today))
    world.notice(case, world.today)
    world.clock.advance(days=60)
    return f"/determinations/{case.id}/confirm"


def together(http: Http, path: str, who: str, body: Any, headers: Any) -> list[tuple[int, bytes]]:
    """Two that send the same at the same moment, as who clicks twice."""
    start = threading.Barrier(2)

    def send(_: int) -> tuple[int, bytes]:
        start.wait(PATIENCE)
        answer = http.post(path, who, body, headers=headers)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(send, range(2)))


@pytest.mark.proves("F41")
def test_who_confirms_twice_makes_one_listing_and_is_told_of_it_twice(http: Http) -> None:
    first, second = together(http, a_case(http), "reviewer", {}, KEY)
    assert first == second
    assert first[0] == 200
    assert journalled(http.world, "determination.confirmed") == 1


@pytest.mark.proves("F41")
def test_without_a_key_the_second_is_refused_and_there_is_one_listing(http: Http) -> None:
    answers = together(http, a_case(http), "reviewer", {}, {})
    assert [status for status, _ in answers] == [200, 409]
    assert journalled(http.world, "determination.confirmed") == 1


def records_after_a_retry(http: Http) -> tuple[list[int], int]:
    """(statuses, how many records there are) when one is reported, and again after a time-out."""
    body = a_record(http.world.enterprise().id)
    sent = [http.post("/records", "provider", body, headers=KEY) for _ in range(2)]
    return [one.status_code for one in sent], journalled(http.world, "record.added")


@pytest.mark.proves("F41")
def test_a_record_that_is_reported_again_after_a_time_out_is_there_once(http: Http) -> None:
    assert records_after_a_retry(http) == ([201, 201], 1)


@pytest.mark.control("F41")
def test_without_keys_it_would_be_there_twice(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without its key it is told as a duplicate, and without that too it is
    there twice."""
    keys_off(monkeypatch)
    assert records_after_a_retry(http) == ([201, 409], 1)
    monkeypatch.setattr(records, "require_new", lambda *_: None)
    assert records_after_a_retry(http) == ([201, 201], 3)


@pytest.mark.control("F41")
def test_without_keys_who_confirms_twice_would_be_told_two_things(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    keys_off(monkeypatch)
    first, second = together(http, a_case(http), "reviewer", {}, KEY)
    assert first != second
