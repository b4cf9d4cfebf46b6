"""The plugins that `registry plugin check` and `test`, and `registry rules impact`, look at: those
enabled, one that is installed, or one in a folder, which need not be installed."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from registry import settings
from registry.domain.errors import InvalidInput, PluginError, RuleError
from registry.plugin_loading import PluginDescription
from registry.plugin_manager import Plugins, load_plugins
from registry.plugin_offers import GROUP, installed

RULES = ("sector.yaml", "profiles")
# What lies beside the module of a plugin that gives no sector, by its hook.
BESIDE = {"registry_profiles": "profiles", "registry_calendars": "calendars"}
FOLDER = "looking at the folder ./{0}, not at the installed plugin {0} ({1} {2})"
NO_PLUGIN = f"holds no plugin: no setup.cfg or pyproject.toml with entry points in {GROUP}"


@dataclass(frozen=True)
class Target:
    """The plugins to load, and the names of those that are looked at; empty means all."""

    plugins: Plugins
    names: tuple[str, ...]

    def packages(self) -> tuple[tuple[str, str], ...]:
        """Each plugin looked at with each package of its rule files: the one beside its module, and
        those below it from which it loads sectors or profiles. Sorted."""
        given = self._given()
        found = set()
        for one in self.plugins.describe():
            if self.names and one.name not in self.names:
                continue
            if one.has_rule_files or _has_figures(one):
                found.add((one.name, one.module))
            found |= {(one.name, each) for each in given if each.startswith(f"{one.module}.")}
        return tuple(sorted(found))

    def _given(self) -> set[str]:
        """The packages that plugins say they loaded; none while one of them does not load, which
        the review of its files and the rulebook tell."""
        found: set[str] = set()
        for collect in (self.plugins.sectors, self.plugins.profiles):
            with contextlib.suppress(RuleError, PluginError):
                found |= {one.package for one in collect()}
        return found - {""}


def find(target: str | None, modules: tuple[str, ...] = ()) -> Target:
    """A path if it is there, or the name of an installed plugin; PluginError if it cannot be loaded
    beside the enabled ones, InvalidInput if it is neither."""
    found = settings.load(os.environ)
    beside = (*found.plugin_modules, *modules)
    if target is None:
        return Target(load_plugins(found.plugins, beside), modules)
    path = Path(target)
    if is_folder(target):
        return _in_folder(path.resolve(), found.plugins, beside)
    if target not in installed():
        known = ", ".join(sorted(installed())) or "none"
        raise InvalidInput.field(
            "target", f"{target} is no folder and no installed plugin. Installed: {known}"
        )
    return Target(load_plugins((*found.plugins, target), beside), (target,))


def is_folder(target: str) -> bool:
    """True if it is a folder. It comes before an installed plugin of that name, which may be an
    earlier state of it: which one is looked at is said."""
    if not Path(target).is_dir():
        return False
    for other in installed().get(target, ()):
        click.echo(FOLDER.format(target, other.name, other.version), err=True)
    return True


def modules_in(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The modules of the plugins that a folder declares, and from where they are imported."""
    _, entries = _declared(folder)
    return _root_of(folder), tuple(entries.values())


def _root_of(folder: Path) -> Path:
    return folder / "src" if (folder / "src").is_dir() else folder


def _has_figures(plugin: PluginDescription) -> bool:
    module = Path(plugin.file)
    return module.name == "__init__.py" and any(
        hook in plugin.hooks and module.with_name(folder).is_dir()
        for hook, folder in BESIDE.items()
    )


def _in_folder(folder: Path, enabled: tuple[str, ...], beside: tuple[str, ...]) -> Target:
    distribution, entries = _declared(folder)
    if entries:
        _require_own_names(distribution, entries)
    elif any((folder / one).exists() for one in RULES):  # a copy: in place of one of its name
        entries, folder = {folder.name: folder.name}, folder.parent
    else:
        raise InvalidInput.field("target", f"{folder} {NO_PLUGIN}")
    sys.path.insert(0, str(_root_of(folder)))
    modules = tuple(entries.values())
    others = [name for name in enabled if name not in entries]
    return Target(load_plugins(others, (*beside, *modules)), modules)


def _require_own_names(distribution: str, names: Iterable[str]) -> None:
    for name in names:
        for other in installed().get(name, ()):
            if _normal(other.name) != _normal(distribution):
                raise PluginError(
                    name, f"has a name that {other.name} {other.version} has taken: rename it"
                )


def _declared(folder: Path) -> tuple[str, Mapping[str, str]]:
    """The name of the distribution, and its plugins: entry point -> module."""
    config, project = folder / "setup.cfg", folder / "pyproject.toml"
    if project.is_file():
        try:
            found: dict[str, Any] = tomllib.loads(project.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidInput.field("target", f"{project}: {error}") from None
        about = found.get("project", {})
        if GROUP in about.get("entry-points", {}):
            return str(about.get("name", "")), about["entry-points"][GROUP]
    if not config.is_file():
        return "", {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(config.read_text(encoding="utf-8"))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise InvalidInput.field("target", f"{config}: {error}") from None
    lines = parser.get("options.entry_points", GROUP, fallback="").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    return parser.get("metadata", "name", fallback=""), {
        name.strip(): module.strip() for name, _, module in pairs
    }


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
