"""Settings that cannot be meant stop the start, by name and with what they may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import settings
from registry.domain.errors import SettingsError
from registry.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("THREADS", "0", "threads must be at least 1, not 0"),
        ("BODY_SECONDS", "0", "body_seconds must be at least 1, not 0"),
        ("LOCK_SECONDS", "-1", "lock_seconds must be at least 0, not -1"),
        ("THREADS", "many", "threads must be a whole number, not 'many'"),
        ("SCHEDULER", "maybe", "scheduler must be on or off"),
        ("THREDS", "4", "REGISTRY_THREDS is not a setting. Known: .*threads"),
    ],
)
def test_what_cannot_be_meant_is_named(name: str, value: str, said: str):
    with pytest.raises(SettingsError, match=said):
        settings.load({f"REGISTRY_{name}": value})


def test_the_same_is_said_of_a_file(tmp_path: Path):
    path = tmp_path / "registry.toml"
    path.write_text("threads = 0\n", encoding="utf-8")

    with pytest.raises(SettingsError, match="threads must be at least 1, not 0"):
        settings.load({"REGISTRY_CONFIG": str(path)})


def test_the_least_is_accepted_and_nothing_waits_for_the_lock_with_0():
    found = settings.load(
        {"REGISTRY_THREADS": "1", "REGISTRY_BODY_SECONDS": "1", "REGISTRY_LOCK_SECONDS": "0"}
    )

    assert (found.threads, found.body_seconds, found.lock_seconds) == (1, 1, 0)
    assert found.body_limit == Settings().body_limit
