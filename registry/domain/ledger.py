"""Points ledgers (记分): every record that a scorecard gives points for, and the sums per period.

The sum of a period is told with the band that it lies in; that is no rating and has no effect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.domain.record import Record
from registry.domain.scorecard import Band, FromRecords, Item, Period, ScorecardVersion
from registry.domain.validity import Interval


@dataclass(frozen=True)
class Entry:
    """Points for one record, by one item."""

    record: Record
    item: Item


@dataclass(frozen=True)
class Sum:
    """A period with its total, start points included, and the band that the total lies in."""

    period: Interval
    total: Decimal
    band: Band | None


def entries(version: ScorecardVersion, records: Iterable[Record], on: date) -> tuple[Entry, ...]:
    """What counts by a day, in order of decision; annulled records have never counted."""
    found = [
        Entry(record, item)
        for record in sorted(records, key=lambda one: (one.decided_on, one.id))
        for item in version.items
        if record.decided_on <= on and _gives(item, record)
    ]
    return tuple(found)


def _gives(item: Item, record: Record) -> bool:
    trigger = item.trigger
    if not isinstance(trigger, FromRecords) or record.kind not in trigger.kinds:
        return False
    if record.annulled_on is not None:
        return False
    if trigger.decided is not None and not trigger.decided.covers(record.decided_on):
        return False
    return trigger.when is None or trigger.when.holds(record, (record,))


def sums(version: ScorecardVersion, found: Sequence[Entry]) -> tuple[Sum, ...]:
    """The totals of the periods that hold an entry, the earliest first."""
    by_period: dict[Interval, list[Entry]] = {}
    for one in found:
        first = found[0].record.decided_on
        period = period_of(version.period, first, one.record.decided_on)
        by_period.setdefault(period, []).append(one)
    return tuple(_sum(version, period, some) for period, some in by_period.items())


def period_of(period: Period, first: date, day: date) -> Interval:
    """The calendar year of a day or, where the period is a term, the one of the terms that follow
    each other from the first entry on."""
    if period.term is None:
        return Interval(date(day.year, 1, 1), date(day.year + 1, 1, 1))
    start = first
    while (end := period.term.after(start)) <= day:
        start = end
    return Interval(start, end)


def _sum(version: ScorecardVersion, period: Interval, some: Sequence[Entry]) -> Sum:
    counts = Counter(one.item.code for one in some)
    total = version.start or Decimal(0)
    total += sum((item.points_for(counts[item.code]) for item in version.items), Decimal(0))
    return Sum(period, total, version.band_of(total))
