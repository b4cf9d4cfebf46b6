"""I21 and I22: an identity number of a person stands in clear nowhere: not in the database, its
WAL, a backup, a log or an error. Faults 66 and 68: SQL and control characters stay plain data."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry import logs
from registry.domain.actor import Role
from registry.domain.errors import InvalidInput, RegistryError
from registry.domain.subject import SubjectKind
from registry.services import custody, subjects
from registry.services.subjects import NewPerson, NewSubject
from registry.services.sweep import sweep
from registry.store import vault
from tests.filled import PERSON, Filled
from tests.numbers import resident_id, uscc

CANARIES = [resident_id(number, date(1977, 7, 7)) for number in range(800, 1_000)]


def use_them(filled: Filled) -> None:
    """Every way by which a number comes in: added, as a representative, asked for, found again."""
    world = filled.world
    for index, number in enumerate(CANARIES[:20]):
        person = world.person(number=number)
        if index < 3:
            world.listed(person)
        world.ask(number, scheme="resident_id")
    for number in CANARIES[20:40]:
        world.ask(number, scheme="resident_id")  # nobody knows it
    for index, number in enumerate(CANARIES[40:60]):
        head = NewPerson("Head", "resident_id", number)
        new = NewSubject(
            SubjectKind.ENTERPRISE, f"Firm {index}", (("uscc", uscc(5_000 + index)),),
            representative=head,
        )  # fmt: skip
        with world.work("provider") as work:
            subjects.add(work, new)
    sweep(world.registry.store)


def written(filled: Filled) -> bytes:
    """Everything in the folder but the key file, a backup unpacked among it."""
    custody.backup(filled.application.store, filled.folder / "backup")
    content = gzip.decompress((filled.folder / "backup").read_bytes())
    for path in filled.folder.iterdir():
        if path.name not in ("registry.key", "backup"):
            content += path.read_bytes()
    return content


@pytest.mark.proves("I22")
def test_no_number_of_a_person_is_in_any_file(filled: Filled) -> None:
    use_them(filled)
    content = written(filled)
    assert len(content) > 100_000
    found = [number for number in [*CANARIES, PERSON] if number.encode() in content]
    assert found == []
    tails = [number for number in CANARIES[:60] if number[6:].encode() in content]
    assert tails == []


@pytest.mark.control("I22")
def test_the_scan_finds_a_number_where_the_vault_is_off(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = vault._decrypt_with

    def leave(cipher: object, content: bytes, place: str) -> bytes:
        return b"PLAIN" + content

    def read(cipher: Any, content: bytes, place: str) -> bytes:
        return content[5:] if content[:5] == b"PLAIN" else plain(cipher, content, place)

    monkeypatch.setattr(vault, "_encrypt_with", leave)
    monkeypatch.setattr(vault, "_decrypt_with", read)
    filled.world.person(number=CANARIES[0])
    assert CANARIES[0].encode() in written(filled)


def test_names_of_persons_are_sealed_too(filled: Filled) -> None:
    filled.world.token("TAX", "Zhang Sanfeng", Role.AUDITOR)
    content = written(filled)
    assert b"Head 1" not in content
    assert b"Zhang Sanfeng" not in content


@pytest.mark.proves("I21")
def test_no_error_repeats_a_number(filled: Filled) -> None:
    world = filled.world
    number = CANARIES[0]
    world.person(number=number)
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    attempts: list[Callable[[], object]] = [
        lambda: world.person(number=number),
        lambda: world.person(number=wrong),
        lambda: world.ask(wrong, scheme="resident_id"),
        lambda: world.ask(number, scheme="uscc"),
        lambda: world.ask(number, scheme=number),
        lambda: world.ask(number, scheme="resident_id", matter="none"),
        lambda: world.ask(number, scheme="resident_id", purpose=number[:3]),
    ]
    for attempt in attempts:
        with pytest.raises(RegistryError) as refused:
            attempt()
        said = refused.value.message + repr(refused.value.details)
        said += json.dumps(getattr(refused.value, "errors", {}), ensure_ascii=False)
        assert number not in said
        assert wrong not in said


def test_what_was_refused_is_logged_without_the_number(filled: Filled) -> None:
    world = filled.world
    wrong = CANARIES[0][:-1] + "!"
    with pytest.raises(InvalidInput):
        world.ask(wrong, scheme="resident_id")
    assert filled.rows("SELECT count(*) FROM checks WHERE kind = 'check.refused'")[0][0]
    assert wrong.encode() not in written(filled)


def logged(capsys: pytest.CaptureFixture[str], say: Callable[[], None]) -> list[dict[str, object]]:
    logs.configure()
    say()
    lines = capsys.readouterr().err.splitlines()
    return [json.loads(line) for line in lines]


NASTY = 'a\r\n{"event": "forged"}\x1b[31m\x00b\u2028c\x9b'


@pytest.mark.proves("F68")
def test_a_value_cannot_forge_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = logged(capsys, lambda: logs.get().error(NASTY, code=NASTY, error=NASTY))
    assert len(lines) == 1
    assert lines[0]["event"] == lines[0]["code"] == NASTY


@pytest.mark.proves("F68")
def test_a_control_character_is_escaped_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.get().error("x", code=NASTY)
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert not any(one in text for one in "\r\x1b\x00")


def test_a_field_that_nobody_chose_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    lines = logged(capsys, lambda: logs.get().info("x", identifier=CANARIES[0], code="c"))
    assert CANARIES[0] not in json.dumps(lines)


def test_arguments_of_a_librarys_log_line_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def say() -> None:
        logging.getLogger("library").warning("refused %s", CANARIES[0])

    lines = logged(capsys, say)
    assert lines[0]["event"] == "refused %s"


SQL = "x'); DROP TABLE journal; --"


def test_sql_in_any_text_is_a_text(filled: Filled) -> None:
    world = filled.world
    new = NewSubject(
        SubjectKind.ENTERPRISE, SQL, (("uscc", uscc(7_000)),), (SQL,), (SQL,),
        NewPerson(SQL, "resident_id", CANARIES[0]),
    )  # fmt: skip
    with world.work("provider") as work:
        added = subjects.add(work, new)
    world.token("TAX", SQL, Role.AUDITOR)
    with pytest.raises(RegistryError):
        world.ask(SQL, scheme=SQL, matter=SQL, purpose=SQL)
    assert added.name == SQL
    assert custody.verify(filled.application.store).problem is None


def test_the_folder_holds_what_the_scan_thinks(filled: Filled) -> None:
    filled.world.token("TAX", "Somebody", Role.AUDITOR)
    names = {path.name for path in Path(filled.folder).iterdir()}
    assert {"registry.db", "registry.db-wal", "registry.key"} <= names
