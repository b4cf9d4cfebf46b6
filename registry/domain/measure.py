"""Measures (奖惩措施): incentives and sanctions, mandatory or recommended, and whom they reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from registry.domain.legal import Citation, RuleStatus, combined_status
from registry.domain.listing import Entry, ListKind
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval


class Force(StrEnum):
    """Mandatory 强制性, recommended 推荐性."""

    MANDATORY = "mandatory"
    RECOMMENDED = "recommended"


class MeasureKind(StrEnum):
    """Sanction 惩戒, incentive 激励."""

    SANCTION = "sanction"
    INCENTIVE = "incentive"


# How the codes of a kind begin, and which lists it follows.
PREFIXES = {MeasureKind.SANCTION: "p", MeasureKind.INCENTIVE: "i"}
FOLLOWS = {
    MeasureKind.SANCTION: frozenset({ListKind.BLACK, ListKind.WATCH, ListKind.ALERT}),
    MeasureKind.INCENTIVE: frozenset({ListKind.RED}),
}


@dataclass(frozen=True)
class RatedTarget:
    """Ratings that a measure follows: of one scorecard of its sector, with one of these grades."""

    scorecard: str
    grades: frozenset[str]


@dataclass(frozen=True)
class Target:
    """Which listings a measure follows: list kinds, criteria (empty: all of the sector), the
    lowest severity, and the kinds of subject. `every_sector`: also listings of other sectors;
    a sanction only for the joint period that their criterion sets (MEA-17). `ratings`: which
    ratings it follows beside listings, or alone where there are no list kinds."""

    list_kinds: frozenset[ListKind]
    subject_kinds: frozenset[SubjectKind]
    criteria: frozenset[str] = frozenset()
    severity_from: Severity | None = None
    every_sector: bool = False
    ratings: tuple[RatedTarget, ...] = ()

    def follows_rating(self, scorecard: str, grade: str | None) -> bool:
        """True if a rating of this scorecard and grade has the measure after it."""
        return any(one.scorecard == scorecard and grade in one.grades for one in self.ratings)

    def fits(self, listing: Entry) -> bool:
        """True if the listing is one that the measure follows; never above its grade."""
        return self.follows(listing.list_kind, listing.criterion, listing.severity)

    def follows(self, list_kind: ListKind, criterion: str, severity: Severity | None) -> bool:
        """True if a listing of this list kind, criterion and grade has the measure after it."""
        if list_kind not in self.list_kinds:
            return False
        if self.criteria and criterion not in self.criteria:
            return False
        if self.severity_from is None:
            return True
        return severity is not None and severity.at_least(self.severity_from)


@dataclass(frozen=True)
class Measure:
    """One measure as an edition holds it. `signatories`: codes of the agencies that signed its
    memorandum, if it has one. `reaches`: roles of responsible persons it extends to, by its basis.
    `parent`: the measure of the catalogue that it is a kind of. `period_of`: the parameter of the
    profile with the most months it lasts from the listing's first day.
    """

    code: str
    version: str
    sector: str
    name: str
    name_zh: str
    kind: MeasureKind
    force: Force
    content: str
    content_zh: str
    implementer: str
    basis: tuple[Citation, ...]
    matters: frozenset[str]
    target: Target
    validity: Interval
    reaches: frozenset[str] = frozenset()
    memorandum: str = ""
    signatories: frozenset[str] = frozenset()
    parent: str = ""
    period_of: str = ""

    @property
    def status(self) -> RuleStatus:
        """The status of its basis."""
        return combined_status(citation.status for citation in self.basis)

    def binds(self, agency_code: str) -> bool:
        """True unless it is a memorandum's and the agency did not sign."""
        return not self.memorandum or agency_code in self.signatories

    def has_parent_among(self, others: Iterable[Measure]) -> bool:
        """True if its parent is one of them: another measure of its kind, without a parent."""
        parents = [one for one in others if one.code == self.parent and one.code != self.code]
        return bool(parents) and all(not one.parent and one.kind is self.kind for one in parents)


def mistakes(measure: Measure) -> Iterator[tuple[str, str]]:
    """What no measure may say, whether a plugin proposes it or a coordinator writes it: the field,
    dotted, and what is wrong with it. What it names of its sector is for others to look up."""
    target = measure.target
    if not measure.basis:
        yield "basis", "must cite at least one article"
    elif measure.force is Force.MANDATORY and not any(one.statute for one in measure.basis):
        yield (
            "force",
            "no instrument of its basis is a law, regulation or court decision (statute: true), as "
            "a mandatory measure needs: cite one, or make it recommended",
        )
    if bool(measure.memorandum) is not bool(measure.signatories):
        yield (
            "memorandum",
            "a memorandum goes with the signatories that it binds: give both or neither",
        )
    if measure.code.partition(".")[0] != PREFIXES[measure.kind] or "." not in measure.code:
        yield "code", "sanctions are named p.<name>, incentives i.<name>"
    if target.list_kinds - FOLLOWS[measure.kind]:
        names = ", ".join(sorted(FOLLOWS[measure.kind]))
        a = "an" if measure.kind is MeasureKind.INCENTIVE else "a"
        yield "target.list_kinds", f"{a} {measure.kind} follows only {names}"
    if target.every_sector and target.criteria:
        yield (
            "target.criteria",
            "a measure for every sector names no criteria: those are of one sector",
        )
    if not target.list_kinds and not target.ratings:
        yield "target", "needs list_kinds or ratings: what does the measure follow?"
    if measure.reaches and not target.list_kinds:
        yield "reaches", "a rating reaches nobody but the subject that it is of"
    if measure.period_of and target.ratings:
        yield "period_of", "counts from a listing: leave ratings to a measure apart"


@dataclass(frozen=True)
class Edition:
    """A published measure list of one sector; frozen. In effect from `effective_from` until the
    next edition of the sector is."""

    id: str
    sector: str
    name: str
    effective_from: date
    measures: tuple[Measure, ...]
    by_matter: Mapping[str, tuple[Measure, ...]] = field(default_factory=dict, compare=False)
    joint: Mapping[str, tuple[Measure, ...]] = field(default_factory=dict, compare=False)
    rated: frozenset[str] = field(default=frozenset(), compare=False)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of the measures it holds."""
        return frozenset(measure.code for measure in self.measures)

    @classmethod
    def of(
        cls, id: str, sector: str, name: str, effective_from: date, measures: tuple[Measure, ...]
    ) -> Edition:
        """Build with what checks use, by matter: all measures, those for every sector, and for
        which matters one follows ratings."""
        joint = [one for one in measures if one.target.every_sector]
        rated = [one for one in measures if one.target.ratings]
        return cls(
            id,
            sector,
            name,
            effective_from,
            measures,
            _by_matter(measures),
            _by_matter(joint),
            frozenset(_by_matter(rated)),
        )


def _by_matter(measures: Iterable[Measure]) -> dict[str, tuple[Measure, ...]]:
    found: dict[str, list[Measure]] = {}
    for measure in measures:
        for matter in measure.matters:
            found.setdefault(matter, []).append(measure)
    return {matter: tuple(several) for matter, several in found.items()}


def in_effect(editions: tuple[Edition, ...], on: date) -> dict[str, Edition]:
    """The edition of each sector in effect on a date; `editions` in order of publication, and
    of two with the same first day the later published wins."""
    chosen: dict[str, Edition] = {}
    for edition in editions:
        if edition.effective_from > on:
            continue
        current = chosen.get(edition.sector)
        if current is None or edition.effective_from >= current.effective_from:
            chosen[edition.sector] = edition
    return chosen
