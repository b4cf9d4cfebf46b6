"""The categories of serious misconduct (严重失信行为类别) and the sets of the sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from registry.domain.record import FieldType
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
    named, at = one.get("categories", ()), place.at("categories")
    field = one.get("categories_field")
    if field is not None:
        at = place.at("categories_field")
        if "categories" in one:
            raise at.mistake("either the criterion names its categories or a field of the record")
        specs = [sector.record_kinds[code].fields.get(field) for code in one["record_kinds"]]
        for code, spec in zip(one["record_kinds"], specs, strict=True):
            if spec is None or spec.type is not FieldType.ENUM:
                raise at.mistake(f"{field} is no enum field of {code}")
            named = (*named, *spec.values)
    for code in named:
        if code not in categories().categories:
            known = ", ".join(categories().categories)
            raise at.mistake(f"unknown category {code!r}. Known: {known}")
