"""Backup and restore: one snapshot, both databases, no keys; what was cut or altered is refused."""

from __future__ import annotations

import gzip
import random
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import NotReady
from registry.domain.listing import Listing
from registry.services import custody
from registry.store import backup, listings, vault
from tests.filled import PERSON, Filled
from tests.numbers import uscc
from tests.postgresql import Cluster
from tests.world import World


@pytest.fixture
def empty(filled: Filled, tmp_path: Path) -> Iterator[Application]:
    """An empty database with the same key file."""
    made = filled.again(database_url=f"sqlite:///{tmp_path}/other.db")
    yield made
    made.close()


@pytest.mark.proves("I3")
def test_what_was_backed_up_comes_back(world: World, tmp_path: Path) -> None:
    listing = world.listed()
    asked = world.ask(uscc(1))
    file = tmp_path / "backup"
    made = custody.backup(world.registry.store, file)
    settings = replace(world.application.settings, database_url=f"sqlite:///{tmp_path}/new.db")
    other = Application(settings, world.clock)
    verdict = custody.restore(other.store, file)
    assert verdict.problem is None
    assert (verdict.counts.seq, verdict.counts.hash) == (made.seq, made.hash)
    other.require_ready()
    with other.registry.view(world.tokens["auditor"]) as view:
        assert other.registry.checks.replay(view.reading, view.actor, asked["id"])["same"]
        assert listings.get(view.reading, listing.id) == restored_of(listing)
    assert other.store.head() == world.registry.store.head()
    other.close()


def restored_of(listing: Listing) -> Listing:
    """As it is read back: who answers for it is kept beside it."""
    return replace(listing, responsible=())


def test_a_backup_of_sqlite_is_restored_on_postgresql_and_goes_on(
    filled: Filled, cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    name = cluster.new_database()
    other = filled.again(database_url=cluster.url(name))
    assert custody.restore(other.store, file).problem is None
    other.require_ready()
    world = filled.world
    world.application, world.registry = other, other.registry
    world.token("TAX", "Somebody New", Role.AUDITOR)  # places are counted on
    assert world.ask(uscc(1))["outcome"] == "restricted"
    assert custody.verify(other.store).problem is None
    other.close()
    cluster.drop(name)


def test_a_backup_is_taken_while_others_write(filled: Filled, empty: Application) -> None:
    file = filled.folder / "backup"
    with filled.application.store.reading() as reading:
        before = filled.application.store.head().seq
        filled.world.token("TAX", "Somebody New", Role.AUDITOR)
        made = backup.write(reading, filled.clock(), file)
    assert made.seq == before < filled.application.store.head().seq
    assert custody.restore(empty.store, file).problem is None


def test_a_backup_holds_no_key_and_no_identity_number(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    content = gzip.decompress(file.read_bytes())
    key_file = Path(filled.application.settings.key_file).read_text(encoding="utf-8")
    secrets = [line.split('"')[3] for line in key_file.splitlines() if '"seal"' in line]
    assert secrets
    for secret in (*secrets, PERSON):
        assert secret.encode() not in content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_is_never_overwritten(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    with pytest.raises(NotReady, match="never overwritten"):
        custody.backup(filled.application.store, file)


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotReady, match="No space left"):
        custody.backup(filled.application.store, tmp_path / "backup")
    assert list(tmp_path.glob("backup*")) == []


def test_a_database_that_is_not_empty_is_refused(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    head = filled.application.store.head()
    with pytest.raises(NotReady, match="not empty"):
        custody.restore(filled.application.store, file)
    assert filled.application.store.head() == head


def test_a_backup_of_other_keys_is_refused(filled: Filled, tmp_path: Path) -> None:
    file, key_file = tmp_path / "backup", tmp_path / "another.key"
    custody.backup(filled.application.store, file)
    vault.write_new(key_file)
    other = filled.again(database_url=f"sqlite:///{tmp_path}/new.db", key_file=str(key_file))
    with pytest.raises(NotReady, match="other keys"):
        custody.restore(other.store, file)
    other.close()


@pytest.mark.parametrize("kept", [0, 1, 20, 1_000, -1, -8, -9, -100])
def test_a_backup_cut_short_is_refused_before_anything_is_restored(
    filled: Filled, empty: Application, tmp_path: Path, kept: int
) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(NotReady):
        custody.restore(empty.store, file)
    assert is_empty(empty)


def is_empty(application: Application) -> bool:
    with application.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
    return found == 0


@pytest.mark.parametrize("seed", range(20))
def test_a_backup_altered_in_one_line_is_refused_before_anything_is_restored(
    filled: Filled, empty: Application, tmp_path: Path, seed: int
) -> None:
    file, drawn = tmp_path / "backup", random.Random(seed)
    custody.backup(filled.application.store, file)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    number = drawn.randrange(len(lines) - 1)
    act = drawn.choice(("drop", "double", "edit", "swap"))
    if act == "drop":
        del lines[number]
    elif act == "double":
        lines.insert(number, lines[number])
    elif act == "swap":
        lines[number], lines[number - 1] = lines[number - 1], lines[number]
    else:
        place = drawn.randrange(len(lines[number]))
        lines[number] = lines[number][:place] + b"7" + lines[number][place + 1 :] + b" "
    file.write_bytes(gzip.compress(b"".join(lines)))
    with pytest.raises(NotReady):
        custody.restore(empty.store, file)
    assert is_empty(empty)


def test_with_the_seal_not_compared_an_altered_backup_is_restored(
    filled: Filled, empty: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    altered = gzip.decompress(file.read_bytes()).replace(b"Agency TAX", b"Agency XXX")
    file.write_bytes(gzip.compress(altered))
    monkeypatch.setattr(vault.Vault, "blind", lambda self, *parts: _seal_of(altered))
    with pytest.raises(Exception, match="key file is not the one"):  # actors are indexed otherwise
        custody.restore(empty.store, file)
    assert not is_empty(empty)


def _seal_of(content: bytes) -> str:
    return str(content.splitlines()[-1].split(b'"seal": "')[1][:64].decode())


def test_something_else_is_no_backup(empty: Application, tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"hello", gzip.compress(b"hello\nworld\n"))):
        file = tmp_path / str(number)
        file.write_bytes(content)
        with pytest.raises(NotReady):
            custody.restore(empty.store, file)
    with pytest.raises(NotReady, match="There is no file"):
        custody.restore(empty.store, tmp_path / "missing")


def test_a_backup_of_another_schema_names_what_to_do(
    filled: Filled, empty: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)
    monkeypatch.setattr("registry.store.schema.newest", lambda: "0002_later")
    with pytest.raises(NotReady, match="restore it with the version that made it"):
        custody.restore(empty.store, file)


def test_a_restore_that_breaks_off_leaves_the_database_empty(
    filled: Filled, empty: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup"
    custody.backup(filled.application.store, file)

    def broken(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "_restart_places", broken)
    with pytest.raises(KeyboardInterrupt):
        custody.restore(empty.store, file)
    assert is_empty(empty)
