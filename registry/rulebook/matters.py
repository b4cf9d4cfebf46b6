"""The six purposes of a check (CHK-02) and the matters that come with the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from registry.domain.sector import Matter
from registry.rulebook.bundled_schemas import BundledMattersSchema
from registry.rulebook.validated import validated
from registry.rulebook.yaml import read_document


@dataclass(frozen=True)
class Bundled:
    """The content of matters.yaml."""

    matters: Mapping[str, Matter]
    document: Mapping[str, Any]


@cache
def bundled() -> Bundled:
    """Read matters.yaml, once in a process."""
    document = validated(read_document("registry.rulebook", "matters.yaml"), BundledMattersSchema())
    matters = {one["code"]: Matter(**one) for one in document["matters"]}
    return Bundled(MappingProxyType(matters), MappingProxyType(document))
