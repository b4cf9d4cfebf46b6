"""The default catalogue of misconduct (信用信息归集目录, Suqian draft art. 12): eleven items."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from registry.domain.sector import CatalogueItem
from registry.rulebook.bundled_schemas import CatalogueSchema
from registry.rulebook.validated import validated
from registry.rulebook.yaml import read_document


@cache
def default_catalogue() -> Mapping[str, CatalogueItem]:
    """Read catalogue.yaml, once in a process; by code."""
    document = validated(read_document("registry.rulebook", "catalogue.yaml"), CatalogueSchema())
    return MappingProxyType({one["code"]: CatalogueItem(**one) for one in document["items"]})
