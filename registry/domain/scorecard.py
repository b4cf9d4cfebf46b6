"""Scorecards (计分卡): how a subject is rated; dated versions under one code, as criteria have.

A score is the start points and the items added up; a band turns the total into a grade (等级), a
direct grade (直接判级) replaces what the band says, a knock-out (一票否决) keeps the grade down. A
scorecard without points only names the grades that published lists use, and the bands of such as
print a score and no grade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.domain.condition import Condition
from registry.domain.determination import Missing
from registry.domain.legal import Citation, RuleStatus, combined_status
from registry.domain.listing import ListKind
from registry.domain.record import FieldSpec, Record
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval, Term

# 宿迁 art. 30: 积分规则, 等级规则, 应用规则
RULE_TEXTS = ("points", "grades", "application")


@dataclass(frozen=True)
class Period:
    """Which records a rating of a day counts: those decided in the calendar year before
    (`year_before`), in the year of the rating (`year`), or in a term up to the day."""

    name: str
    term: Term | None = None

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `year_before`, `year` or a term such as P1Y; ValueError otherwise."""
        if text in ("year", "year_before"):
            return cls(text)
        return cls(text, Term.parse(text))

    def covers(self, decided_on: date, on: date) -> bool:
        """True if a record decided on a day counts in a rating of the day `on`."""
        if decided_on > on:
            return False
        if self.term is not None:
            return on < self.term.after_event(decided_on)
        return decided_on.year == (on.year if self.name == "year" else on.year - 1)


@dataclass(frozen=True)
class FromRecords:
    """Met by records of these kinds that fulfil the condition. `counts_for`: how long after its
    decision a record counts, instead of the scorecard's period; `from_field` and `months_field`:
    it counts as long as the consequence that the decision itself fixed. `decided`: only records
    decided on these days, where the law changed and the earlier ones keep its earlier figures."""

    kinds: tuple[str, ...]
    when: Condition | None
    fields: Mapping[str, FieldSpec]
    counts_for: Term | None = None
    from_field: str | None = None
    months_field: str | None = None
    decided: Interval | None = None

    def counts(self, record: Record, period: Period, on: date) -> bool:
        """True if the record counts in a rating of the day, whatever the condition says of it."""
        if record.kind not in self.kinds or record.annulled_on is not None:
            return False
        if self.decided is not None and not self.decided.covers(record.decided_on):
            return False
        if self.months_field is not None:
            end = self._end_of_consequence(record)
            return end is not None and record.decided_on <= on < end
        if self.counts_for is not None:
            return record.decided_on <= on < self.counts_for.after_event(record.decided_on)
        return period.covers(record.decided_on, on)

    def _end_of_consequence(self, record: Record) -> date | None:
        """The first day after what the decision fixed; None where it fixed no months. It runs from
        the day that the decision names, else from the day after it, as the term of a listing."""
        months = record.fields.get(self.months_field or "")
        if not isinstance(months, int) or months <= 0:
            return None
        start = record.fields.get(self.from_field or "")
        if isinstance(start, date):
            return Term(months=months).after(start)
        return Term(months=months).after_event(record.decided_on)


@dataclass(frozen=True)
class FromListing:
    """Met while the subject stands on one of these lists of the scorecard's sector."""

    list_kinds: frozenset[ListKind]


@dataclass(frozen=True)
class FromRating:
    """Met by an earlier rating of the same scorecard, at most `within` ago: of one of these grades
    and, where `by` names lines, decided by one of them; `band` names every band."""

    grades: frozenset[str]
    within: Term
    by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FromRater:
    """Met where the rater states it, with a reason: no record kind holds it."""


Trigger = FromRecords | FromListing | FromRating | FromRater


@dataclass(frozen=True)
class Grade:
    """A grade; those of a scorecard stand from the best to the worst."""

    code: str
    title: str
    title_zh: str


@dataclass(frozen=True)
class Line:
    """What the lines of a scorecard have in common."""

    code: str
    title: str
    title_zh: str
    trigger: Trigger
    basis: tuple[Citation, ...]


@dataclass(frozen=True)
class Item(Line):
    """Points for each time it is met, below zero for a deduction; together at most `most`, by
    amount, where that is set."""

    points: Decimal = Decimal(0)
    most: Decimal | None = None

    def points_for(self, count: int) -> Decimal:
        """The points of so many times."""
        points = self.points * count
        if self.most is None or abs(points) <= self.most:
            return points
        return self.most.copy_sign(points)


@dataclass(frozen=True)
class DirectGrade(Line):
    """A grade whatever the points, where they reach `at_least`; it may last another term."""

    grade: str = ""
    at_least: Decimal | None = None
    term: Term | None = None


@dataclass(frozen=True)
class KnockOut(Line):
    """Once met, no grade better than `best`."""

    best: str = ""


@dataclass(frozen=True)
class Band:
    """The totals that give a grade; an end that is None is open."""

    grade: str
    lowest: Decimal | None
    with_lowest: bool
    highest: Decimal | None
    with_highest: bool
    basis: tuple[Citation, ...]

    def holds(self, total: Decimal) -> bool:
        """True if the total lies in the band."""
        if self.lowest is not None and (
            total < self.lowest or (total == self.lowest and not self.with_lowest)
        ):
            return False
        return self.highest is None or (
            total < self.highest or (total == self.highest and self.with_highest)
        )


@dataclass(frozen=True)
class RuleText:
    """One of the three texts by which a rating is made and used."""

    text_zh: str
    basis: tuple[Citation, ...]


@dataclass(frozen=True)
class Approval:
    """Who approved the scorecard, by which document, and since when it is published."""

    authority: str
    document: str
    approved_on: date
    published_on: date | None


@dataclass(frozen=True)
class ScorecardVersion:
    """One dated version of a scorecard. `term`: how long a rating lasts, None until the next.
    `start` None: no points are counted. `third_party`: the grades are those of a credit agency
    (第三方信用评价), entered with its report."""

    code: str
    version: str
    sector: str
    title: str
    title_zh: str
    subject_kinds: frozenset[SubjectKind]
    validity: Interval
    period: Period
    term: Term | None
    grades: tuple[Grade, ...]
    start: Decimal | None
    start_basis: tuple[Citation, ...]
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    direct: tuple[DirectGrade, ...]
    knock_outs: tuple[KnockOut, ...]
    rules: Mapping[str, RuleText]
    approval: Approval | None
    basis: tuple[Citation, ...]
    figures_status: RuleStatus = RuleStatus.VERIFIED
    supersedes: str = ""
    third_party: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """Items, direct grades and knock-outs; no two share a code."""
        return (*self.items, *self.direct, *self.knock_outs)

    @property
    def status(self) -> RuleStatus:
        """`to_verify` if any of its figures is."""
        parts = [self.basis, self.start_basis, *(line.basis for line in self.lines)]
        parts += [band.basis for band in self.bands]
        parts += [text.basis for text in self.rules.values()]
        return combined_status(
            [self.figures_status, *(citation.status for part in parts for citation in part)]
        )

    @property
    def scores(self) -> bool:
        """True if it says how a grade or a total comes about, and not only what grades there
        are."""
        return self.start is not None or bool(self.direct)

    def grade(self, name: str) -> Grade | None:
        """The grade with this code or, as published lists write it, this Chinese title."""
        return next((one for one in self.grades if name in (one.code, one.title_zh)), None)

    def band_of(self, total: Decimal) -> Band | None:
        """The band that a total lies in; None where the scorecard has no bands."""
        return next((band for band in self.bands if band.holds(total)), None)

    def rank_of(self, grade: str) -> int:
        """The place of a grade, 0 for the best."""
        return [one.code for one in self.grades].index(grade)

    def covers(self, kind: SubjectKind) -> bool:
        """True if subjects of this kind are rated by it."""
        return kind in self.subject_kinds

    def missing(self, on: date, accepted: bool) -> tuple[Missing, ...]:
        """What keeps it from being scored by on a day: the three rule texts, approval, publication
        (宿迁 art. 29, 30), and for figures that are to be verified an acceptance by name."""
        found = [f"{name}_rules" for name in RULE_TEXTS if name not in self.rules]
        if self.approval is None or self.approval.approved_on > on:
            found.append("approval")
        published = self.approval.published_on if self.approval is not None else None
        if published is None or published > on:
            found.append("publication")
        if self.status is RuleStatus.TO_VERIFY and not accepted:
            found.append("accept_rule")
        return tuple(Missing(action, self.basis) for action in found)
