"""Fault 6 over HTTP: while the disk is full, checks and changes are refused with 503 as they are
served, what was acknowledged stays, and both are answered again once there is space."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from registry.api.errors import PROBLEM, TYPE
from registry.api.front import CHECKS, Front
from registry.app import Application
from registry.services import custody
from tests.api.conftest import a_check
from tests.api.shape import ALWAYS
from tests.api.test_subjects import a_firm
from tests.faults.disk import FULL, OK, Disk, failing_disk
from tests.filled import Filled
from tests.numbers import uscc

SUBJECTS = "/api/v1/subjects"


@dataclass
class Served:
    """The application as it is served, on a disk that can be told to be full; the check and the
    change are other ones each time."""

    filled: Filled
    application: Application
    front: Front
    disk: Disk
    turn: int = 0
    checks: list[dict[str, Any]] = field(default_factory=list)
    firms: list[dict[str, Any]] = field(default_factory=list)

    def send(self, method: str, path: str, who: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.filled.tokens[who]}"}
        headers.update(options.pop("headers", {}))

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self.front)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(run())

    def check(self, **headers: str) -> httpx.Response:
        self.turn += 1
        body = a_check(uscc(1), case_no=f"CASE-{self.turn}")
        return self.send("POST", CHECKS, "agency", json=body, headers=headers)

    def change(self, key: str | None = None) -> httpx.Response:
        """Enter a firm; a key that was sent before goes with the body it was sent with."""
        self.turn += 1
        number = int(key) if key else 5_000 + self.turn
        body = a_firm(name=f"Firm {number}", identifiers=[scheme_of(number)])
        headers = {"Idempotency-Key": key} if key else {}
        return self.send("POST", SUBJECTS, "provider", json=body, headers=headers)

    def acknowledged(self) -> bool:
        """A check and a change; False as soon as one of them is refused, as it has to be."""
        asked = self.check()
        if asked.status_code != 200:
            refused(asked)
            return False
        self.checks.append(asked.json())
        changed = self.change()
        if changed.status_code != 201:
            refused(changed)
            return False
        self.firms.append(changed.json())
        return True

    def require_intact(self) -> None:
        """What was acknowledged is there as it was, and nothing besides."""
        for one in self.checks:
            assert self.send("GET", f"{CHECKS}/{one['id']}", "agency").json() == one
        for one in self.firms:
            assert self.send("GET", f"{SUBJECTS}/{one['id']}", "provider").json() == one
        assert custody.verify(self.application.store).problem is None


def scheme_of(number: int) -> dict[str, str]:
    return {"scheme": "uscc", "value": uscc(number)}


def refused(answer: httpx.Response) -> None:
    """503 with the body of all errors, and when to come again."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (503, "unavailable"), answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["retry-after"]
    assert set(body) >= ALWAYS
    assert body["type"] == TYPE + "unavailable"
    assert "SQLITE_FULL" in body["detail"]


@pytest.fixture
def served(filled: Filled) -> Iterator[Served]:
    with failing_disk() as disk:
        application = filled.again()
        try:
            yield Served(filled, application, application.asgi(), disk)
        finally:
            disk.refuse = lambda kind, name: OK
            application.close()


def fill_up(disk: Disk, number: int) -> None:
    """There is space for so many writes less one."""
    left = number

    def refuse(kind: str, name: str) -> int:
        nonlocal left
        left -= kind == "write"
        return FULL if kind == "write" and left <= 0 else OK

    disk.refuse = refuse


def counts(served: Served) -> tuple[int, int]:
    """(checks, subjects) that are stored."""
    told = [
        served.filled.rows(f"SELECT count(DISTINCT id) FROM {t}") for t in ("checks", "subjects")
    ]
    return int(str(told[0][0][0])), int(str(told[1][0][0]))


@pytest.mark.proves("F6")
@pytest.mark.parametrize("number", [1, 2, 3, 5, 8, 13, 21, 34])
def test_a_full_disk_is_503_and_what_was_acknowledged_is_intact(
    served: Served, number: int
) -> None:
    assert served.acknowledged()
    checks, subjects = counts(served)
    fill_up(served.disk, number)
    assert not all(served.acknowledged() for _ in range(20))
    for again in (served.check, lambda: served.check(**{"Idempotency-Key": "k"}), served.change):
        refused(again())
    new = len(served.checks) - 1, len(served.firms) - 1

    served.disk.refuse = lambda kind, name: OK  # there is space again
    served.require_intact()
    assert counts(served) == (checks + new[0], subjects + new[1])
    assert served.acknowledged()
    served.require_intact()


@pytest.mark.proves("F6")
def test_a_change_that_was_refused_is_made_once_by_its_retry(served: Served) -> None:
    fill_up(served.disk, 1)
    for _ in range(3):
        refused(served.change(key="7001"))
    served.disk.refuse = lambda kind, name: OK
    first, again = served.change(key="7001"), served.change(key="7001")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert len(served.filled.rows("SELECT id FROM subjects WHERE name = 'Firm 7001'")) == 1


@pytest.mark.proves("F6")
def test_readiness_is_503_while_the_disk_is_full(served: Served) -> None:
    def ready() -> int:
        return served.send("GET", "/readyz", "agency").status_code

    fill_up(served.disk, 1)
    refused(served.check())
    assert ready() == 503
    served.disk.refuse = lambda kind, name: OK
    assert ready() == 200
