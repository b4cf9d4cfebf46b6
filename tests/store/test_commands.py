"""registry verify, keys new, backup and restore as an operator types them: what is said, and the
exit code."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli import main
from tests.filled import Filled

SOURCES = Path(__file__).parents[2] / "registry"


def typed(filled: Filled, *words: str, **changes: str) -> Result:
    filled.application.close()
    settings = {
        "REGISTRY_DATABASE_URL": filled.application.settings.database_url,
        "REGISTRY_KEY_FILE": filled.application.settings.key_file,
        **changes,
    }
    return CliRunner(env=settings).invoke(main, words)


def test_verify_says_what_it_looked_at_and_the_head_last(filled: Filled) -> None:
    head = filled.application.store.head()
    found = typed(filled, "verify")
    assert found.exit_code == 0
    assert found.output.splitlines()[-1] == f"head: entry {head.seq}, hash {head.hash}"


def test_verify_from_an_entry_prints_what_it_trusts(filled: Filled) -> None:
    (hash,) = filled.rows("SELECT hash FROM journal WHERE seq = 20")[0]
    found = typed(filled, "verify", "--from", "20")
    assert found.exit_code == 0
    assert f"trusted up to entry 20, hash {hash}" in found.output


@pytest.mark.requirement("SEC-16")
def test_verify_exits_with_1_on_a_row_altered_past_the_registry(filled: Filled) -> None:
    filled.rows("UPDATE listings SET valid_to = '2026-12-31' WHERE follows IS NULL")
    found = typed(filled, "verify")
    assert found.exit_code == 1
    assert found.output.startswith("BAD listings ")


def test_verify_from_an_entry_that_is_not_there_is_refused(filled: Filled) -> None:
    found = typed(filled, "verify", "--from", "9999")
    assert found.exit_code == 1
    assert "there is no entry 9999" in found.output


def test_verify_from_nothing_is_wrong_use(filled: Filled) -> None:
    assert typed(filled, "verify", "--from", "0").exit_code == 2


def test_keys_new_makes_a_file_for_its_owner(filled: Filled, tmp_path: Path) -> None:
    path = tmp_path / "another.key"
    assert typed(filled, "keys", "new", str(path)).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = typed(filled, "keys", "new", str(path))
    assert again.exit_code == 1
    assert "never overwritten" in again.output


def test_a_backup_says_that_the_keys_are_not_in_it(filled: Filled, tmp_path: Path) -> None:
    found = typed(filled, "backup", str(tmp_path / "backup"))
    assert found.exit_code == 0
    assert "holds no keys" in found.output
    assert filled.application.settings.key_file in found.output


def test_restore_puts_back_and_verifies(filled: Filled, tmp_path: Path) -> None:
    head = filled.application.store.head()
    typed(filled, "backup", str(tmp_path / "backup"))
    other = f"sqlite:///{tmp_path}/other.db"
    found = typed(filled, "restore", str(tmp_path / "backup"), REGISTRY_DATABASE_URL=other)
    assert found.exit_code == 0
    assert found.output.splitlines()[-1] == f"head: entry {head.seq}, hash {head.hash}"
    again = typed(filled, "restore", str(tmp_path / "backup"), REGISTRY_DATABASE_URL=other)
    assert again.exit_code == 1
    assert "not empty" in again.output


def test_restoring_what_had_been_tampered_with_says_so(filled: Filled, tmp_path: Path) -> None:
    filled.rows("UPDATE agencies SET name = 'Another'")
    typed(filled, "backup", str(tmp_path / "backup"))
    other = f"sqlite:///{tmp_path}/other.db"
    found = typed(filled, "restore", str(tmp_path / "backup"), REGISTRY_DATABASE_URL=other)
    assert found.exit_code == 1
    assert "BAD agencies " in found.output


@pytest.mark.requirement("SEC-02")
def test_nothing_in_the_registry_deletes_from_the_logs() -> None:
    """They are kept for ever: there is no purge. The triggers refuse it besides. What is derived
    from records is made anew, and erased with them."""
    deleting = [
        path.name
        for path in SOURCES.rglob("*.py")
        if "migrations" not in path.parts
        and ("sa.delete(" in path.read_text("utf-8") or "DELETE FROM" in path.read_text("utf-8"))
    ]
    scratch, derived = {"scratch.py"}, {"catch_up.py", "evaluations.py", "figures.py"}
    assert set(deleting) <= scratch | derived  # the scratch file of a verification is its own
