"""The default key occupations (重点职业人群): seventeen, as the seed documents name them."""

from __future__ import annotations

from functools import cache

from registry.domain.sector import CatalogueItem
from registry.rulebook.bundled_schemas import OccupationsSchema
from registry.rulebook.validated import validated
from registry.rulebook.yaml import read_document


@cache
def default_occupations() -> tuple[CatalogueItem, ...]:
    """Read occupations.yaml, once in a process."""
    document = validated(
        read_document("registry.rulebook", "occupations.yaml"), OccupationsSchema()
    )
    return tuple(CatalogueItem(**one) for one in document["occupations"])
