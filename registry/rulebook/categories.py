"""The categories of serious misconduct (严重失信行为类别) and the sets of the sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from registry.domain.record import FieldType, RecordKind
from registry.domain.sector import Category, CategorySet, Sector
from registry.rulebook.bundled_schemas import CategoriesSchema
from registry.rulebook.place import Place
from registry.rulebook.validated import validated
from registry.rulebook.yaml import read_document


@dataclass(frozen=True)
class Categories:
    """The content of categories.yaml, by code."""

    categories: Mapping[str, Category]
    sets: Mapping[str, CategorySet]


@cache
def categories() -> Categories:
    """Read categories.yaml, once in a process."""
    document = validated(read_document("registry.rulebook", "categories.yaml"), CategoriesSchema())
    sets = {
        one["code"]: CategorySet(**{**one, "categories": tuple(one["categories"])})
        for one in document["sets"]
    }
    known = {one["code"]: Category(**one) for one in document["categories"]}
    return Categories(MappingProxyType(known), MappingProxyType(sets))


def check_categories(one: Mapping[str, Any], sector: Sector, place: Place) -> None:
    """They are known, and named once: by the criterion, or by a field of each record."""
    if "categories_field" in one:
        at = place.at("categories_field")
        if "categories" in one:
            raise at.mistake("either the criterion names its categories or a field of the record")
        kinds = [sector.record_kinds[code] for code in one["record_kinds"]]
        named = [
            (code, at) for kind in kinds for code in _values(one["categories_field"], kind, at)
        ]
    else:
        at = place.at("categories")
        named = [(code, at.at(index)) for index, code in enumerate(one.get("categories", ()))]
    for code, where in named:
        if code not in categories().categories:
            known = ", ".join(categories().categories)
            raise where.mistake(f"unknown category {code!r}. Known: {known}")


def _values(field: str, kind: RecordKind, place: Place) -> Sequence[str]:
    enums = {name: spec for name, spec in kind.fields.items() if spec.type is FieldType.ENUM}
    if field not in enums:
        known = ", ".join(sorted(enums)) or "none"
        raise place.mistake(f"{field} is no enum field of {kind.code}. Known: {known}")
    return enums[field].values
