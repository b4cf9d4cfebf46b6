"""registry rules impact."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from registry import settings
from registry.cli import plugin_target
from registry.cli.running import opened, plainly
from registry.domain.errors import PluginError
from registry.plugin_manager import Plugins, load_plugins
from registry.services import impact as service
from registry.services.impact import Impact


@click.command("impact")
@click.option("--plugin", required=True, help="A folder, an installed name, or a dotted module.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as JSON.")
@click.option("--document", is_flag=True, help="Only print the rules as the API takes them.")
@plainly
def impact(plugin: str, as_json: bool, document: bool) -> None:
    """Who would enter, leave, or get other measures under the rules of a plugin."""
    parts = _proposed(plugin)
    if document:
        click.echo(json.dumps({"rulebook": parts}, ensure_ascii=False))
        return
    with opened() as application:
        with application.registry.view() as view:
            active = view.rulebook
        proposed = service.laid_over(active, parts)
        found = service.impact(application.store, active, proposed)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    _say(found)


def _proposed(plugin: str) -> dict[str, Any]:
    """The rules of a plugin: by its folder, by its installed name, or as a module."""
    if not plugin_target.is_folder(plugin):
        return _parts(_installed(plugin))
    folder = Path(plugin).resolve()
    root, modules = plugin_target.modules_in(folder)
    if not modules:
        return _parts(load_plugins((), (_package_of(folder),)))
    with _importable(root, modules):
        return _parts(load_plugins((), modules))


@contextmanager
def _importable(root: Path, modules: Sequence[str]) -> Iterator[None]:
    """Import the modules from `root` by their own names, and forget them: the active rules may be
    those of an installed version, which has the same names."""
    tops = {name.partition(".")[0] for name in modules}

    def set_aside() -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] in tops]
        return {name: sys.modules.pop(name) for name in names}

    before = set_aside()
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
        set_aside()
        sys.modules.update(before)


def _installed(plugin: str) -> Plugins:
    found = settings.load(os.environ)
    if plugin.isidentifier():
        try:
            return load_plugins((plugin,))
        except PluginError:
            if plugin in found.plugins:
                raise
    return load_plugins((), (plugin,))


def _package_of(folder: Path) -> str:
    """Import a folder as a package under a name that no other has; PluginError if it is none."""
    start = folder / "__init__.py"
    name = f"proposed_{folder.name}"
    if not start.is_file():
        raise PluginError(str(folder), "is no plugin: it has no __init__.py")
    spec = importlib.util.spec_from_file_location(
        name, start, submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise PluginError(str(folder), f"import failed: {error}") from error
    return name


def _parts(plugins: Plugins) -> dict[str, Any]:
    return {
        "sectors": {one.code: one.document for one in plugins.sectors()},
        "profiles": {one.code: one.document for one in plugins.profiles()},
    }


def _say(found: Impact) -> None:
    for one in found.rewritten:
        parts = ", ".join(one["parts"]) or "gone"
        click.echo("\t".join(("rewritten", one["code"], one["version"], "-", "-", parts)))
    for name in ("enter", "leave"):
        for one in getattr(found, name):
            reasons = "; ".join(reason["text"] for reason in one["reasons"])
            old = f"{one['old_version']} -> " if name == "leave" else ""
            new = one.get("version") or one.get("new_version") or "repealed"
            place = one.get("listing_id", "-")
            click.echo(
                "\t".join((name, one["criterion"], old + new, one["subject_id"], place, reasons))
            )
    for one in found.measures:
        click.echo("\t".join(_measures(one)))
    counts = ", ".join(f"{name} {count}" for name, count in found.counts.items())
    click.echo(f"{counts}; criteria changed: {', '.join(found.criteria) or 'none'}", err=True)


def _measures(one: dict[str, Any]) -> tuple[str, ...]:
    moved = [f"+{code}" for code in one["gained"]] + [f"-{code}" for code in one["lost"]]
    moved += [f"~{code}" for code in one["changed"]]
    after = (one["criterion"], "", one["subject_id"], one["listing_id"])
    if one["rating_id"] is not None:
        after = (one["scorecard"], one["grade"], one["subject_id"], one["rating_id"])
    return ("measures", *after, " ".join(moved))
