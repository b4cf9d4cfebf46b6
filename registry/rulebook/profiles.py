"""Profiles with their parents merged in: a child's value holds from its own first date on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from registry.domain.errors import RuleError
from registry.domain.legal import RuleStatus
from registry.domain.profile import Parameter, Profile
from registry.domain.validity import ZONE
from registry.rulebook.categories import categories

Json = Mapping[str, Any]
Parameters = Mapping[str, tuple[Parameter, ...]]
# No jurisdiction may change these: dates are legal dates of one zone (LST-10), conditions compare
# inclusively (D-24), sanctions rest while information is verified (D-25), what should never have
# been listed is erased (D-06), and a red candidate is always shown to the public first (D-12).
HELD_BY_ALL: Mapping[str, Any] = MappingProxyType(
    {
        "timezone": ZONE.key,
        "bound.inclusive": True,
        "objection.suspend": "execution",
        "red.publicity.required": True,
        "retention.voided": "erase_content",
    }
)
_TERM = re.compile(r"P[0-9][0-9YMD]*", re.ASCII)


def resolve_profiles(documents: Iterable[Json]) -> dict[str, Profile]:
    """Profiles by code; RuleError for a cycle, an unknown parent or a parameter no parent has."""
    by_code = {one["code"]: one for one in documents}
    return {code: _profile(one, _line_of(code, by_code)) for code, one in by_code.items()}


def _line_of(code: str, by_code: Mapping[str, Json]) -> list[Json]:
    """The profile and its ancestors, the oldest first."""
    line: list[Json] = []
    next_code: str | None = code
    while next_code is not None:
        if any(one["code"] == next_code for one in line):
            names = " -> ".join([*(one["code"] for one in line), next_code])
            raise RuleError(_file(code), None, f"the parents run in a circle: {names}")
        if next_code not in by_code:
            child = line[-1]["code"]
            known = ", ".join(sorted(by_code))
            raise RuleError(
                _file(child),
                None,
                f"unknown parent {next_code!r}. Known: {known}; the plugin that gives it may not "
                "be enabled",
            )
        line.append(by_code[next_code])
        next_code = line[-1]["parent"]
    return line[::-1]


def _profile(one: Json, ancestry: Iterable[Json]) -> Profile:
    merged: dict[str, tuple[Parameter, ...]] = {}
    for ancestor in ancestry:
        own = {name: _versions(values) for name, values in ancestor["parameters"].items()}
        unknown = sorted(set(own) - set(merged)) if merged else []
        if unknown:
            raise RuleError(
                _file(ancestor["code"]),
                None,
                f"parameter {unknown[0]!r} is unknown to the parent {ancestor['parent']}, so that "
                "nothing reads it: correct the name, or set it there too",
            )
        for name, mine in own.items():
            _check_values(_file(ancestor["code"]), name, (*merged.get(name, ()), *mine))
        merged.update({name: _later(merged.get(name, ()), mine) for name, mine in own.items()})
    return Profile(one["code"], one["title"], one["parent"], MappingProxyType(merged))


def _check_values(file: str, name: str, versions: Sequence[Parameter]) -> None:
    """What reads a parameter reads every version of it: all are of the kind of the first."""
    first = versions[0].value
    for version in versions:
        if _kind(version.value) != _kind(first):
            problem = f"is {version.value!r}, but {name} is {_kind(first)} such as {first!r}"
            raise RuleError(file, None, f"the value of {name} since {version.since} {problem}")
        if name == "category_set" and str(version.value) not in categories().sets:
            known = ", ".join(sorted(categories().sets))
            raise RuleError(
                file, None, f"category_set {version.value!r} is unknown. Known: {known}"
            )
    if name in HELD_BY_ALL and any(version.value != HELD_BY_ALL[name] for version in versions):
        problem = f"{name} is {HELD_BY_ALL[name]!r} in every jurisdiction of this registry"
        raise RuleError(file, None, problem)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "a term" if _TERM.fullmatch(value) else "a word"
    kinds = {bool: "true or false", int: "a whole number", list: "a list", tuple: "a list"}
    return kinds.get(type(value), type(value).__name__)


def _versions(values: Iterable[Json]) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            value=one["value"],
            since=date.fromisoformat(one["since"]),
            source=one["source"],
            status=RuleStatus(one["status"]),
            note=one.get("note", ""),
        )
        for one in values
    )


def _later(parent: tuple[Parameter, ...], own: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    return (*(one for one in parent if one.since < own[0].since), *own)


def _file(code: str) -> str:
    return f"profiles/{code}.yaml"
