"""Criteria (认定标准): when a subject may be put on a list; dated versions under one code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.domain.condition import Condition, counting_since
from registry.domain.finding import Finding, explain
from registry.domain.legal import Citation, RuleStatus, combined_status
from registry.domain.listing import ListKind
from registry.domain.penalty import Penalty
from registry.domain.predicate import PredicateRule
from registry.domain.record import FieldSpec, Record
from registry.domain.repair import RepairRule
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval, Term


class Clock(StrEnum):
    """What a term counts from."""

    VALID_FROM = "valid_from"
    ACT_END = "act_end"
    DECIDED_ON = "decided_on"
    PUBLISHED_ON = "published_on"


@dataclass(frozen=True)
class TermRule:
    """How long a listing lasts. `maximum` is also the default; `months_field` names a record
    field with the months a decision fixed, between `minimum` and `maximum`; `from_field` one
    with the day from which it runs, whatever the clock. `joint`: how long the
    sanctions of other sectors follow (联合惩戒期限); without it none of them does."""

    clock: Clock
    maximum: Term
    minimum: Term | None = None
    months_field: str | None = None
    statutory: bool = False
    status: RuleStatus = RuleStatus.VERIFIED
    basis: tuple[Citation, ...] = ()
    joint: Term | None = None
    from_field: str | None = None

    def first_day(self, records: Sequence[Record]) -> date | None:
        """The day that the records name for the term to begin; the latest, None if none does."""
        if self.from_field is None:
            return None
        named = (record.fields.get(self.from_field) for record in records)
        return max((day for day in named if isinstance(day, date)), default=None)

    def fixed(self, records: Sequence[Record]) -> Term | None:
        """The months that the latest decision itself fixed, if it did."""
        if self.months_field is None:
            return None
        latest = max(records, key=lambda record: record.decided_on)
        months = latest.fields.get(self.months_field)
        return Term(months=months) if isinstance(months, int) and months > 0 else None

    def default(self, records: Sequence[Record]) -> Term:
        """The term when the reviewer names none: what the decision fixed, else the maximum."""
        return self.fixed(records) or self.maximum


@dataclass(frozen=True)
class NoticeRule:
    """Prior notice (事前告知) and the days to answer: working days, calendar days where only 日."""

    required: bool
    reply_days: int | None = None
    working: bool = True
    status: RuleStatus = RuleStatus.VERIFIED
    basis: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class CriterionVersion:
    """One dated version of a criterion, as the rulebook holds it.

    `mandatory`: a record that meets it opens the case by law (应当列入). `categories`: those of
    serious misconduct that it belongs to; with `categories_field` the records say which of them.
    """

    code: str
    version: str
    sector: str
    title: str
    title_zh: str
    validity: Interval
    list_kind: ListKind
    severity: Severity | None
    subject_kinds: frozenset[SubjectKind]
    record_kinds: tuple[str, ...]
    fields: Mapping[str, FieldSpec]
    when: Condition
    basis: tuple[Citation, ...]
    basis_code: int
    directory_entry: str
    term: TermRule
    notice: NoticeRule
    repair: RepairRule
    text_zh: str = ""
    publish: bool = True
    media: tuple[str, ...] = ()
    publish_persons: tuple[Citation, ...] = ()
    figures_status: RuleStatus = RuleStatus.VERIFIED
    supersedes: str = ""
    mandatory: bool = False
    categories: tuple[str, ...] = ()
    categories_field: str | None = None
    penalties: tuple[Penalty, ...] = ()
    predicate: PredicateRule | None = None

    @property
    def status(self) -> RuleStatus:
        """`to_verify` if any of its figures is."""
        parts = (self.term, self.notice, self.repair)
        cited = (*self.term.basis, *self.notice.basis, *self.repair.citations)
        return combined_status(
            [
                self.figures_status,
                *(part.status for part in parts),
                *(citation.status for citation in self.basis),
                *(one.status for one in (self.predicate.basis if self.predicate else ())),
                *(one.status for one in cited),
            ]
        )

    def covers(self, kind: SubjectKind) -> bool:
        """True if a subject of this kind may be listed under the criterion."""
        return kind in self.subject_kinds

    def categories_of(self, records: Sequence[Record]) -> tuple[str, ...]:
        """The categories that a case on these records is of, in the order of the criterion."""
        if self.categories_field is None:
            return self.categories
        named = {record.fields.get(self.categories_field) for record in records}
        return tuple(code for code in self.categories if code in named)

    def evaluate(self, records: Sequence[Record]) -> Finding:
        """Whether the records meet the criterion, with reasons; records of other kinds, and
        annulled ones, count for nothing. Pure. Where the version names a predicate, the condition
        is only the half of it: see `Judging`."""
        usable = [one for one in records if one.kind in self.record_kinds and not one.annulled_on]
        if not usable:
            return Finding(self.code, self.version, False, (), ())
        met, reasons, used = explain(self.when, usable, self.fields, self.basis)
        return Finding(self.code, self.version, met, reasons, used)

    def found_on(self, records: Sequence[Record], on: date) -> Finding:
        """What all records of a subject say by a date: whether a case could be opened under this
        version, and on which of them. Records decided after its end, or after `on`, count for
        nothing; older ones count together with one that was decided under it. Pure."""
        start, end = self.validity.start, self.validity.end
        usable = [
            one
            for one in records
            if one.kind in self.record_kinds
            and not one.annulled_on
            and one.decided_on <= on
            and (end is None or one.decided_on < end)
        ]
        if not any(one.decided_on >= start for one in usable):
            return Finding(self.code, self.version, False, (), ())
        when = counting_since(self.when, start)
        met, reasons, used = explain(when, usable, self.fields, self.basis, start)
        return Finding(self.code, self.version, met, reasons, used)


def decided_last(records: Sequence[Record]) -> date:
    """The latest decision date: the day whose version of the criterion counts."""
    return max(record.decided_on for record in records)
