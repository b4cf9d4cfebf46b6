"""The documentation says what the code does, and nothing else: hooks, settings, error codes,
routes and commands, both ways."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from registry import hookspecs
from registry.api.errors import PROTOCOL
from registry.app import Application
from registry.cli import main
from registry.domain import errors
from registry.plugin_manager import load_plugins
from registry.settings import BUNDLED, Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def headings(page: str, level: str = "##") -> set[str]:
    """The headings of one level of a page, without code marks."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(rf"^{level} (.+)$", text, re.MULTILINE)
    return {heading.replace("`", "").strip() for heading in found}


def commands(group: click.Group, prefix: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


def error_codes() -> set[str]:
    found = {errors.RegistryError}
    waiting = [errors.RegistryError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__module__ == errors.__name__ and kind not in found:
                found.add(kind)
                waiting.append(kind)
    return {kind.code for kind in found}


def test_every_command_is_documented_and_no_other():
    theirs = {
        f"registry {plugin} {command.code}"
        for plugin, given in load_plugins(BUNDLED).commands().items()
        for command in given
    }
    assert headings("command-line.md") == set(commands(main, "registry")) | theirs


def test_every_command_says_what_it_does():
    for name in commands(main, "registry"):
        command: click.Command = main
        for part in name.split()[1:]:
            assert isinstance(command, click.Group)
            command = command.commands[part]
        assert command.help, name


def test_every_setting_is_documented_and_no_other():
    assert headings("settings.md") == {one.name for one in fields(Settings)}


def test_the_sample_configuration_holds_every_setting_with_its_default():
    text = (ROOT / "config" / "registry.toml").read_text(encoding="utf-8")
    sample = tomllib.loads(text)
    defaults = {
        one.name: list(one.default) if isinstance(one.default, tuple) else one.default
        for one in fields(Settings)
    }
    assert sample == defaults
    for one in fields(Settings):
        assert f"# {one.metadata['why']}\n{one.name} = " in text


def test_every_hook_is_documented_with_its_signature_and_no_other():
    hooks = {
        f"{name}({', '.join(inspect.signature(hook).parameters)})"
        for name, hook in vars(hookspecs).items()
        if name.startswith("registry_")
    }
    pages = {page.stem: headings(f"hooks/{page.name}", "#") for page in DOCS.glob("hooks/*.md")}
    documented = {
        name: {re.sub(r":[^,)]+", "", one).split(" ->")[0] for one in found}
        for name, found in pages.items()
    }
    assert documented == {one.partition("(")[0]: {one} for one in hooks}
    index = (DOCS / "hooks.md").read_text(encoding="utf-8")
    assert [name for name in pages if f"](hooks/{name}.md)" not in index] == []


def test_every_error_code_is_documented_and_no_other():
    assert headings("errors.md") == error_codes() | {code for code, _ in PROTOCOL.values()}


def documented_routes(text: str) -> set[tuple[str, str]]:
    """The first column of the table of addresses, and the addresses with a method below it. An
    address without a method has that of the one before it, `GET` alone adds one to the next."""
    table, rest = text.split("## Addresses")[1].split("\n\n", 2)[1:]
    cells = [row.split(" | ")[0] for row in table.splitlines()[2:]]
    found: set[tuple[str, str]] = set()
    for cell in cells:
        methods: list[str] = []
        alone: list[str] = []
        for method, path in re.findall(r"`([A-Z]*) ?([^`]*)`", cell):
            if method and not path:
                alone.append(method)
                continue
            if method:
                methods, alone = [*alone, method], []
            found |= {(one, f"/api/v1{path}") for one in methods}
    return found | set(re.findall(r"`([A-Z]+) (/[^`]+)`", rest))


def served_routes(application: Application) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule))
        for rule in application.flask().url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_documented_with_its_method_and_no_other(application: Application):
    text = (DOCS / "http-api.md").read_text(encoding="utf-8")

    assert documented_routes(text) == served_routes(application)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("`DELETE /tokens/{id}`", ""),
        ("`DELETE /tokens/{id}`", "`DELETE /tokens/{id}` `GET /tokens/{id}`"),
        ("| `GET` `POST /subjects/{id}/references`", "| `POST /subjects/{id}/references`"),
        ("`GET /healthz`", "`/healthz`"),
        ("/subjects/{id}/timeline` |", "/subjects/{id}/timelines` |"),
    ],
)
def test_a_method_or_an_address_too_many_or_too_few_would_be_seen(
    application: Application, old: str, new: str
):
    text = (DOCS / "http-api.md").read_text(encoding="utf-8")

    assert text.count(old) == 1
    assert documented_routes(text.replace(old, new)) != served_routes(application)


def test_the_check_of_the_documentation_would_see_a_missing_heading():
    assert "registry nonsense" not in headings("command-line.md")
    with pytest.raises(AssertionError):
        assert headings("settings.md") == {"nothing"}
