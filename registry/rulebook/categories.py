"""The categories of serious misconduct (严重失信行为类别) and the sets of the sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from registry.domain.sector import Category, CategorySet
from registry.rulebook.bundled_schemas import CategoriesSchema
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
