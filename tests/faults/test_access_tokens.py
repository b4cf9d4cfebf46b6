"""Fault 78: a token is 256 bits from the system, one that is nearly right is no token, and what is
compared is its digest, whose time says nothing of the token. And what the same harness finds where
tokens themselves, or parts of digests, are compared.
"""

from __future__ import annotations

import os
import string
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from plugins import token_auth
from registry.app import Application
from registry.cli import access as command
from registry.cli import main
from registry.domain.actor import Role
from registry.domain.token import PREFIX, hash_token, is_token
from registry.store import tables
from tests.api.conftest import Http
from tests.api.conftest import http as http
from tests.filled import Filled

ALPHABET = string.ascii_letters + string.digits + "-_"


def neighbours(token: str) -> list[str]:
    """Tokens that differ from one in one character, in length, in case or in the spelling."""
    body = token.removeprefix(PREFIX)
    changed = [
        PREFIX + body[:at] + ALPHABET[(ALPHABET.index(body[at]) + 1) % 64] + body[at + 1 :]
        for at in range(len(body))
    ]
    # the last one stands for four bits: others decode to the same bytes
    spelt = [token[:-1] + one for one in ALPHABET if one != token[-1]]
    others = [token[:-1], token + "A", token + "=", token.swapcase(), body, PREFIX + body[::-1]]
    return [*changed, *spelt, *others]


def let_in(http: Http, tokens: list[str]) -> list[str]:
    headers = ({"Authorization": f"Bearer {one}"} for one in tokens)
    return [
        token
        for token, header in zip(tokens, headers, strict=True)
        if http.get("/journal", headers=header).status_code != 401
    ]


@pytest.mark.proves("F78")
def test_what_is_nearly_a_token_is_none(http: Http):
    token = http.world.tokens["auditor"]

    assert let_in(http, [token]) == [token]
    assert let_in(http, neighbours(token)) == []


def a_prefix_is_enough(application: Application) -> Any:
    """A plugin that compares only the first characters of a digest."""

    def actor(_: Any, credentials: Any, lookup: Any) -> str | None:
        start = hash_token(credentials.bearer)[:1]
        with application.store.reading() as reading:
            digests = reading.connection.execute(sa.select(tables.tokens.c.digest)).scalars()
            return next((lookup(one) for one in digests.all() if one.startswith(start)), None)

    return actor


@pytest.mark.control("F78")
def test_were_parts_of_digests_compared_some_of_them_would_be_let_in(
    http: Http, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    careless = a_prefix_is_enough(http.world.application)
    monkeypatch.setattr(type(http.world.application.plugins), "actor", careless)

    seen = let_in(http, neighbours(http.world.tokens["auditor"]))
    assert seen != []


# --- what is compared -----------------------------------------------------------------------------


@contextmanager
def statements(application: Application) -> Iterator[list[str]]:
    """What is sent to the database meanwhile, with its values."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        seen.append(f"{statement} {values!r}")

    engine = application.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def compared(http: Http, tokens: list[str]) -> str:
    with statements(http.world.application) as seen:
        let_in(http, tokens)
    return "\n".join(seen)


@pytest.mark.proves("F78")
def test_the_database_is_asked_for_the_digest_and_never_for_the_token(http: Http):
    right = http.world.token("TAX", "Somebody New", Role.AUDITOR)
    wrong = right[:-1] + ("A" if right[-1] != "A" else "B")
    said = compared(http, [right, wrong])

    assert hash_token(right) in said
    assert hash_token(wrong) in said
    for part in (right[4:14], right[-11:-1]):
        assert part not in said


@pytest.mark.control("F78")
def test_were_tokens_compared_themselves_it_would_be_seen(
    http: Http, monkeypatch: pytest.MonkeyPatch
):
    """The control."""
    right = http.world.token("TAX", "Somebody New", Role.AUDITOR)
    monkeypatch.setattr(token_auth, "hash_token", lambda token: token)

    assert right[4:14] in compared(http, [right])


@pytest.mark.proves("F78")
def test_digests_of_nearly_the_same_tokens_have_nothing_in_common():
    """So that how far two digests agree, which time might tell, says nothing of the tokens."""
    token = PREFIX + "A" * 43
    starts = {hash_token(one)[:6] for one in neighbours(token) if is_token(one)}

    assert len(starts) == len({one for one in neighbours(token) if is_token(one)})


# --- where it comes from --------------------------------------------------------------------------


def drawn(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes of the system's randomness the command drew for two tokens."""
    sizes: list[int] = []
    plain = os.urandom

    def noted(size: int) -> bytes:
        sizes.append(size)
        return plain(size)

    monkeypatch.setattr(command, "os", SimpleNamespace(urandom=noted))
    settings = filled.application.settings
    filled.application.close()
    environment = {
        "REGISTRY_DATABASE_URL": settings.database_url, "REGISTRY_KEY_FILE": settings.key_file,
    }  # fmt: skip
    words = ("token", "add", "--agency", "TAX", "--role", "auditor", "--actor", "Mo")
    shown = [CliRunner(env=environment).invoke(main, words).stdout.strip() for _ in range(2)]
    assert all(map(is_token, shown)), shown
    assert shown[0] != shown[1]
    return sizes


@pytest.mark.proves("F78")
def test_a_token_of_the_command_line_is_32_bytes_from_the_system(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
):
    assert drawn(filled, monkeypatch) == [32, 32]
