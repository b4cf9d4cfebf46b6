"""Where rules come from: the plugin, its distribution and version, and what its rules were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """`rules` is a digest over what the plugin gave, empty if it gives none; `editable`: a checkout
    that is worked on, whose rules change under one version. `code` is a digest over the Python
    files of a plugin that gives predicates, empty for others and in entries from before it."""

    plugin: str
    distribution: str
    version: str
    rules: str
    editable: bool = False
    code: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is journalled."""
        return asdict(self)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Origin:
        """As it was journalled."""
        return cls(**raw)
