"""Sectors (行业): what one sector plugin brings, as the rulebook holds it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.legal import Citation, Instrument, RuleStatus, combined_status
from registry.domain.measure import Measure
from registry.domain.record import RecordKind
from registry.domain.scorecard import ScorecardVersion
from registry.domain.standard import Standard
from registry.domain.validity import Interval


@dataclass(frozen=True)
class Matter:
    """What an agency is about to decide (事项). `purpose` None: it fits any purpose."""

    code: str
    purpose: str | None
    title: str
    title_zh: str


@dataclass(frozen=True)
class CatalogueItem:
    """An item of the information catalogue (信息归集目录)."""

    code: str
    title: str
    title_zh: str


@dataclass(frozen=True)
class Category:
    """A category of serious misconduct (严重失信行为类别)."""

    code: str
    title: str
    title_zh: str


@dataclass(frozen=True)
class CategorySet:
    """The categories that one source names; a profile chooses a set."""

    code: str
    title: str
    source: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class SectorParameter:
    """One version of a number of the sector's law that no rule reads and no answer rests on."""

    code: str
    version: str
    title: str
    title_zh: str
    value: Decimal
    unit: str
    validity: Interval
    basis: tuple[Citation, ...]

    @property
    def status(self) -> RuleStatus:
        """The status of its basis."""
        return combined_status(citation.status for citation in self.basis)


@dataclass(frozen=True)
class Sector:
    """The rules of one sector.

    `document` is their canonical JSON-able form: it alone is stored, and everything else is built
    from it. `package` is where they were read, empty when they come from a stored rulebook.
    `key_field`: counts as a key sector (重点领域) for alert lists.
    """

    code: str
    title: str
    title_zh: str
    authority: str
    authority_zh: str
    key_field: bool
    jurisdictions: tuple[str, ...]
    directory: Mapping[str, str]
    instruments: Mapping[str, Instrument]
    record_kinds: Mapping[str, RecordKind]
    criteria: tuple[CriterionVersion, ...]
    measures: tuple[Measure, ...]
    matters: tuple[Matter, ...]
    scorecards: tuple[ScorecardVersion, ...]
    document: Mapping[str, Any] = field(repr=False)
    package: str = ""
    parameters: tuple[SectorParameter, ...] = ()
    standard: Standard | None = None
