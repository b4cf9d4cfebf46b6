"""Fault 78: a token that was given out is nowhere in the registry or its logs, only its digest."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from registry.domain.actor import Role
from registry.domain.token import hash_token, new_token
from registry.services import agencies
from registry.store import access
from registry.store.columns import metadata
from tests.world import TAX, World

BASE = "/api/v1"
# Without digits, so that nothing takes it for a number of a person and hides it for that.
SECRET = ("CanaryOfATokenThatIsKeptNowhere" * 2)[:42] + "A"


def used(client: FlaskClient, token: str) -> Iterator[Any]:
    """The token where it belongs, and everywhere that a clumsy client could put it."""
    right = {"Authorization": f"Bearer {token}"}
    yield client.get(f"{BASE}/journal", headers=right)
    yield client.get(f"{BASE}/records/{'0' * 32}", headers=right)
    yield client.post(f"{BASE}/checks", json={}, headers=right)
    yield client.post(f"{BASE}/checks", data=b"{", content_type="application/json", headers=right)
    for wrong in (f"Basic {token}", token, f"Bearer {token}x", f"Bearer {token} {token}"):
        yield client.get(f"{BASE}/journal", headers={"Authorization": wrong})
    yield client.get(f"{BASE}/journal", query_string={"token": token}, headers=right)
    yield client.get(f"{BASE}/journal", query_string={token: "1", "chain": token}, headers=right)
    yield client.get(f"{BASE}/{token}", headers=right)
    yield client.get(f"{BASE}/checks/{token}", headers=right)
    yield client.post(f"{BASE}/checks", json={token: token, "case_no": token}, headers=right)
    yield client.post(f"{BASE}/subjects", json={"kind": token}, headers=right)


def held(world: World, folder: Path) -> bytes:
    """Every row of every table, and on SQLite every byte of every file: database, WAL and all."""
    with world.registry.view() as view:
        run = view.reading.connection.execute
        rows = [repr(run(sa.select(one)).all()) for one in metadata.tables.values()]
    files = [one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()]
    return b"\n".join([*(row.encode() for row in rows), *files])


def given_out(world: World) -> str:
    token, digest = new_token(base64.urlsafe_b64decode(SECRET + "="))
    with world.registry.operating() as work:
        agencies.add_token(work, TAX, "Mo", (Role.AUDITOR, Role.AGENCY, Role.PROVIDER), digest)
    assert token.endswith(SECRET)
    return token


# The token without its mark, and the random bytes behind it.
FORMS = {
    "shown": SECRET.encode(),
    "random": base64.urlsafe_b64decode(SECRET + "="),
    "hexadecimal": base64.urlsafe_b64decode(SECRET + "=").hex().encode(),
}


@pytest.mark.proves("F78")
def test_a_token_is_in_no_row_no_file_and_no_log_line_but_its_digest_is(
    world: World,
    client: FlaskClient,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    caplog.set_level(logging.DEBUG)
    token = given_out(world)
    answers = list(used(client, token))
    with world.registry.operating() as work:
        id = access.token_id(work.change, hash_token(token))
        agencies.revoke_token(work, id)
    answers += used(client, token)
    spoken = capfd.readouterr()
    heard = "\n".join([caplog.text, spoken.out, spoken.err]).encode()

    content = held(world, tmp_path)
    assert [one.status_code for one in answers if one.status_code >= 500] == []
    assert answers[0].status_code == 200
    assert hash_token(token).encode() in content  # the scan sees what is there
    for form, secret in FORMS.items():
        assert secret not in content, form
        assert secret not in heard, form


@pytest.mark.control("F78")
@pytest.mark.parametrize("form", FORMS)
def test_the_scan_would_see_a_token_in_a_file(world: World, tmp_path: Path, form: str):
    """The control."""
    given_out(world)
    (tmp_path / "leaked").write_bytes(b"before" + FORMS[form] + b"after")

    assert FORMS[form] in held(world, tmp_path)
