"""Settings: a file, overridden by REGISTRY_* in the environment; an unknown key is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from registry.domain.errors import SettingsError

BUNDLED = (
    "token_auth",
    "event_metrics",
    "rule_pages",
    "china",
    "intake",
    "general",
    "tax",
    "construction",
    "procurement",
    "healthcare",
)


def _setting(default: Any, why: str, least: int = 0) -> Any:
    return field(default=default, metadata={"why": why, "least": least})


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults; documented in docs/settings.md."""

    database_url: str = _setting(
        "sqlite:///var/registry.db", "Where the data is: an SQLite file or postgresql://..."
    )
    key_file: str = _setting(
        "var/registry.key", "Keys for identity numbers and erasable content; back it up apart."
    )
    plugins: tuple[str, ...] = _setting(BUNDLED, "Names of the enabled plugins.")
    plugin_modules: tuple[str, ...] = _setting(
        (), "Dotted modules loaded beside them, for development."
    )
    scheduler: str = _setting("on", "on or off: off serves without the sweep.")
    sweep_seconds: int = _setting(60, "The sweep runs at each due instant and at this interval.")
    seal_seconds: int = _setting(1, "How often the check chains are sealed into the main chain.")
    lock_seconds: int = _setting(5, "How long a write waits for its turn before it answers 503.")
    threads: int = _setting(4, "Threads of each server process.", least=1)
    body_limit: int = _setting(1_048_576, "Largest request body in bytes.")
    body_seconds: int = _setting(
        10, "How long a body may take to arrive before it ends with 408.", least=1
    )
    clock_back_seconds: int = _setting(
        300, "How far the clock may fall behind the journal before checks become undetermined."
    )
    clock_step_days: int = _setting(
        30, "A gap in the journal longer than this is journalled as a step of the clock."
    )
    metrics_from: tuple[str, ...] = _setting(
        ("127.0.0.1", "::1"), "Addresses that may read /metrics."
    )

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_path(self) -> Path:
        """Where the embedded database lies."""
        return Path(self.database_url.partition("sqlite:///")[2])


def load(environ: Mapping[str, str]) -> Settings:
    """Read the file named by REGISTRY_CONFIG (default config/registry.toml, if it is there), then
    the environment; SettingsError names the key and what it may be."""
    path = Path(environ.get("REGISTRY_CONFIG", "config/registry.toml"))
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: {error}") from None
    elif "REGISTRY_CONFIG" in environ:
        raise SettingsError(f"REGISTRY_CONFIG names {path}, which does not exist.")
    known = {one.name: one for one in fields(Settings)}
    for name in values:
        if name not in known:
            raise SettingsError(
                f"{path}: unknown setting {name!r}. Known: {', '.join(sorted(known))}."
            )
    for key, text in environ.items():
        if not key.startswith("REGISTRY_") or key == "REGISTRY_CONFIG":
            continue
        name = key.removeprefix("REGISTRY_").lower()
        if name not in known:
            raise SettingsError(f"{key} is not a setting. Known: {', '.join(sorted(known))}.")
        values[name] = text
    return Settings(**{name: _read(known[name], raw) for name, raw in values.items()})


def _read(setting: Field[Any], raw: Any) -> Any:
    name, default = setting.name, setting.default
    if isinstance(default, tuple):
        if isinstance(raw, str):
            raw = [part.strip() for part in raw.split(",") if part.strip()]
        if not isinstance(raw, list) or not all(isinstance(part, str) for part in raw):
            raise SettingsError(f"{name} must be a list of names.")
        return tuple(raw)
    if isinstance(default, int):
        try:
            number = int(raw)
        except (TypeError, ValueError):
            raise SettingsError(f"{name} must be a whole number, not {raw!r}.") from None
        least = setting.metadata["least"]
        if number < least:
            raise SettingsError(f"{name} must be at least {least}, not {number}.")
        return number
    if not isinstance(raw, str):
        raise SettingsError(f"{name} must be text.")
    if name == "scheduler" and raw not in ("on", "off"):
        raise SettingsError("scheduler must be on or off.")
    return raw
