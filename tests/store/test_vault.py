"""The vault and its key file: refused when it is open to others, missing, short or another one;
content is bound to its place; destroying a key is erasure."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.errors import NotReady, Unavailable
from registry.services import custody
from registry.services.events import deliver
from registry.services.sweep import sweep
from registry.store import figures, vault
from registry.store.vault import ErasedError, MasterKey, SubjectKey, Vault
from tests.filled import Clock, Filled, opened, settings
from tests.numbers import resident_id, uscc
from tests.postgresql import Cluster
from tests.world import World


def a_vault(*names: str) -> Vault:
    return Vault(tuple(MasterKey(name, name.encode() * 16, b"i" * 32) for name in names or ("k1",)))


def key_file(filled: Filled) -> Path:
    return Path(filled.application.settings.key_file)


def test_a_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "registry.key"
    vault.write_new(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["registry.key"]
    assert vault.read(path).blind("a") != a_vault().blind("a")


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "registry.key"
    vault.write_new(path)
    content = path.read_bytes()
    with pytest.raises(NotReady, match="never overwritten"):
        vault.write_new(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_file_open_to_others_is_refused(filled: Filled, mode: int) -> None:
    key_file(filled).chmod(mode)
    with pytest.raises(NotReady, match="chmod 600"):
        filled.again().require_ready()


def test_a_database_with_data_and_without_its_key_never_starts(filled: Filled) -> None:
    key_file(filled).unlink()
    for attempt in (Application.require_ready, Application.migrate):
        with pytest.raises(NotReady, match="is missing"):
            attempt(filled.again())
    assert not key_file(filled).exists()


def test_a_database_with_data_never_starts_with_another_key(filled: Filled) -> None:
    head = filled.application.store.head()
    key_file(filled).unlink()
    vault.write_new(key_file(filled))
    for attempt in (Application.require_ready, Application.migrate):
        with pytest.raises(NotReady, match="not the one this database was written with"):
            attempt(filled.again())
    assert filled.application.store.head() == head


def test_without_that_guard_another_key_finds_nobody(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file(filled).unlink()
    vault.write_new(key_file(filled))
    monkeypatch.setattr("registry.store.store.prove_keys", lambda reading: True)
    other = filled.again()
    world = filled.world
    world.application, world.registry = other, other.registry
    assert world.ask(uscc(1))["outcome"] == "clear"  # the false clear that must never be
    other.close()


def test_keys_in_the_wrong_order_never_start(filled: Filled) -> None:
    path = key_file(filled)
    old = json.loads(path.read_text(encoding="utf-8"))["keys"]
    vault.write_new(path.with_name("new.key"))
    new = json.loads(path.with_name("new.key").read_text(encoding="utf-8"))["keys"]
    path.write_text(json.dumps({"keys": [*old, *new]}), encoding="utf-8")
    with pytest.raises(NotReady, match="another order"):
        filled.again().require_ready()
    path.write_text(json.dumps({"keys": [*new, *old]}), encoding="utf-8")
    rotated = filled.again()
    rotated.require_ready()
    world = filled.world
    world.application, world.registry = rotated, rotated.registry
    assert world.ask(uscc(1))["outcome"] == "restricted"
    assert custody.verify(rotated.store).problem is None
    rotated.close()


BROKEN = {
    "empty": b"",
    "no JSON": b"hello",
    "no keys": b'{"keys": []}',
    "no list": b"[]",
    "a short key": json.dumps(
        {"keys": [{"id": "k", "seal": base64.b64encode(b"a" * 16).decode(), "index": "YQ=="}]}
    ).encode(),
    "no base64": b'{"keys": [{"id": "k", "seal": "\xc3\xa4", "index": "YQ=="}]}',
    "a key without index": b'{"keys": [{"id": "k", "seal": "YQ=="}]}',
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_key_file_is_refused(filled: Filled, kind: str) -> None:
    key_file(filled).write_bytes(BROKEN[kind])
    with pytest.raises(NotReady) as refused:
        filled.again().require_ready()
    assert str(key_file(filled)) in refused.value.message


def test_on_an_empty_sqlite_database_a_key_is_made_once_and_announced(
    filled: Filled, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    made = opened(folder, Clock(), filled.application.plugins)
    said = made.migrate()
    path = Path(settings(folder).key_file)
    assert any(str(path) in line and "back it up apart" in line for line in said)
    content = path.read_bytes()
    made.close()
    again = opened(folder, Clock(), filled.application.plugins)
    assert again.migrate() == []
    assert path.read_bytes() == content
    again.close()


def test_no_key_is_made_for_postgresql(filled: Filled, cluster: Cluster, tmp_path: Path) -> None:
    name = cluster.new_database()
    missing = tmp_path / "missing.key"
    made = filled.again(database_url=cluster.url(name), key_file=str(missing))
    with pytest.raises(NotReady, match="registry keys new"):
        made.migrate()
    assert not missing.exists()
    made.close()
    cluster.drop(name)


def test_content_opens_only_at_its_place() -> None:
    made = a_vault()
    key = made.new_subject_key("s")
    for holder in (None, key):
        sealed = made.seal(b"content", "records:1", holder)
        assert made.open(sealed, "records:1", holder) == b"content"
        with pytest.raises(Unavailable, match="altered"):
            made.open(sealed, "records:2", holder)


def test_a_subjects_key_opens_only_as_that_subjects() -> None:
    made = a_vault()
    new = made.new_subject_key("s")
    stored = SubjectKey("s", new.key_id, new.wrapped)
    sealed = made.seal(b"content", "records:1", new)
    assert made.open(sealed, "records:1", stored) == b"content"
    assert made.open(made.seal(b"more", "records:1", stored), "records:1", new) == b"more"
    with pytest.raises(Unavailable):
        made.open(sealed, "records:1", SubjectKey("another", new.key_id, new.wrapped))
    with pytest.raises(ErasedError):
        made.open(sealed, "records:1", None)


def test_any_changed_bit_is_noticed() -> None:
    made = a_vault()
    sealed = made.seal(b"content", "records:1")
    for place in range(len(sealed)):
        for bit in range(8):
            altered = bytearray(sealed)
            altered[place] ^= 1 << bit
            with pytest.raises((Unavailable, ErasedError)):
                made.open(bytes(altered), "records:1")


def test_after_rotation_old_content_opens_and_new_content_is_of_the_new_key() -> None:
    old, both = a_vault("k1"), a_vault("k2", "k1")
    sealed = old.seal(b"content", "place")
    assert both.open(sealed, "place") == b"content"
    with pytest.raises(Unavailable):
        old.open(both.seal(b"content", "place"), "place")
    assert both.blind("uscc", "x") == old.blind("uscc", "x")


def test_the_same_content_is_never_sealed_alike() -> None:
    made = a_vault()
    assert made.seal(b"content", "place") != made.seal(b"content", "place")


def erase(world: World, subject_id: str) -> None:
    with world.registry.store.changing() as change:
        figures.erase(change, subject_id)
    with world.registry.store.database.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM subject_keys WHERE subject_id = '{subject_id}'")


def test_after_erasure_nothing_opens_and_everything_verifies(world: World) -> None:
    number = resident_id(654)
    person = world.person(number=number)
    world.listed(person)
    asked = world.ask(number, scheme="resident_id")
    assert asked["outcome"] == "restricted"
    sweep(world.registry.store)
    erase(world, person.id)
    verdict = custody.verify(world.registry.store)
    assert verdict.problem is None
    assert verdict.counts.erased == 1
    assert "contents erased, their keys destroyed: 1" in verdict.text()
    with world.registry.view(world.tokens["auditor"]) as view:
        assert view.actor is not None
        replayed = world.registry.checks.replay(view.reading, view.actor, asked["id"])
    assert replayed == {"same": None, "reason": "erased"}


def test_erased_facts_do_not_stop_the_telling_of_events(filled: Filled) -> None:
    for firm in filled.firms:
        erase(filled.world, firm.id)
    told: list[dict[str, object]] = []
    listeners = {"plugin": lambda event: told.append(dict(event.facts))}
    deliver(filled.application.store, listeners, lambda *failure: pytest.fail(str(failure)))
    assert {"erased": True} in told
    assert custody.verify(filled.application.store).counts.erased > 0


def test_nothing_more_is_stored_of_an_erased_subject(world: World) -> None:
    firm = world.enterprise()
    erase(world, firm.id)
    head = world.registry.store.head()
    with pytest.raises(Unavailable, match="key was destroyed"):
        world.record(firm, world.today)
    assert world.registry.store.head() == head


def test_a_restored_old_backup_would_bring_the_key_back(filled: Filled, tmp_path: Path) -> None:
    """Why backups must not be kept longer than the erasure cycle: said in docs/operations.md."""
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    erase(filled.world, filled.firms[0].id)
    other = opened(tmp_path / "new", filled.clock, filled.application.plugins)
    (tmp_path / "new").mkdir()
    shutil.copy2(key_file(filled), settings(tmp_path / "new").key_file)
    assert custody.restore(other.store, file).counts.erased == 0
    other.close()
