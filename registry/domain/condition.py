"""Conditions as data: what a lawyer can read and a database can run. No expression language.

Forms (JSON or YAML):
  {all: [...]}, {any: [...]}, {none: [...]}
  {field: F, at_least: X}        also above, at_most, below, equals, in: [...], present: true
  {ratio: [F, G], at_least: X}   F / G; over 0 or with a part missing it is not met
  {count: {where?, within?, dated_by?}, at_least: N}
  {sum: {field: F, per?: G, ...}, at_least: X}, {distinct: {field: F, ...}, at_least: N}
Thresholds are inclusive (以上 includes the figure) unless written `above` or `below`. A field or
ratio clause speaks of one record; count, sum and distinct of all records given, or of those in
some window of the length `within` (by `decided_on`, or the date field `dated_by`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from registry.domain.record import Record, Value
from registry.domain.validity import Term

OPERATORS = ("at_least", "above", "at_most", "below", "equals", "in", "present")
GROUPS = ("all", "any", "none")
AGGREGATES = ("count", "sum", "distinct")


class ConditionError(ValueError):
    """A condition that cannot be read; `path` leads to the place, e.g. when.all.0.field."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(problem)
        self.path = path


@dataclass(frozen=True)
class Field:
    """The value of one field of one record."""

    name: str

    def names(self) -> Iterator[str]:
        yield self.name

    def value(self, record: Record, records: Sequence[Record]) -> Any:
        return record.fields.get(self.name)


@dataclass(frozen=True)
class Ratio:
    """One field divided by another of the same record; None where it has no meaning."""

    numerator: str
    denominator: str

    def names(self) -> Iterator[str]:
        yield from (self.numerator, self.denominator)

    def value(self, record: Record, records: Sequence[Record]) -> Decimal | None:
        top, bottom = record.fields.get(self.numerator), record.fields.get(self.denominator)
        if top is None or bottom is None or not bottom:
            return None
        return Decimal(str(top)) / Decimal(str(bottom))


@dataclass(frozen=True)
class Aggregate:
    """Count, sum or number of distinct values over records, in the window where it is largest.
    `since` is no word of the rule files (see `counting_since`)."""

    function: str
    field: str | None = None
    where: Condition | None = None
    within: Term | None = None
    dated_by: str | None = None
    per: str | None = None
    since: date | None = None

    def names(self) -> Iterator[str]:
        yield from (name for name in (self.field, self.dated_by, self.per) if name)
        if self.where is not None:
            yield from self.where.names()

    def counted(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records of the group or window that gives the value."""
        return max(self._candidates(records), key=self._over, default=())

    def value(self, record: Record, records: Sequence[Record]) -> Decimal:
        return max((self._over(group) for group in self._candidates(records)), default=Decimal(0))

    def _candidates(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        chosen = [
            one
            for one in records
            if self._date(one) is not None
            and (self.where is None or self.where.holds(one, records))
        ]
        for group in self._groups(chosen):
            if self.since is None or any(one.decided_on >= self.since for one in group):
                yield group

    def _date(self, record: Record) -> date | None:
        if self.dated_by is None:
            return record.decided_on
        value = record.fields.get(self.dated_by)
        return value if isinstance(value, date) else None

    def _groups(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        by_key: dict[Any, list[Record]] = {}
        for record in records:
            by_key.setdefault(record.fields.get(self.per) if self.per else None, []).append(record)
        for group in by_key.values():
            if self.within is None:
                yield group
                continue
            for first in group:
                start = self._date(first)
                assert start is not None
                end = self.within.after(start)
                yield [one for one in group if start <= (self._date(one) or end) < end]

    def _over(self, records: Sequence[Record]) -> Decimal:
        if self.function == "count":
            return Decimal(len(records))
        assert self.field is not None
        values = [
            one.fields[self.field] for one in records if one.fields.get(self.field) is not None
        ]
        if self.function == "distinct":
            return Decimal(len(set(values)))
        return sum((Decimal(str(value)) for value in values), Decimal(0))


Operand = Field | Ratio | Aggregate


@dataclass(frozen=True)
class Clause:
    """One comparison: the leaf of a condition, and the unit of explanation."""

    operand: Operand
    operator: str
    figure: Any

    def names(self) -> Iterator[str]:
        yield from self.operand.names()

    def clauses(self) -> Iterator[Clause]:
        yield self

    def holds(self, record: Record, records: Sequence[Record]) -> bool:
        return self.accepts(self.operand.value(record, records))

    def accepts(self, value: Any) -> bool:
        """True if the value stands the comparison; a missing value only ever fails it."""
        if self.operator == "present":
            return (value is not None) is self.figure
        if value is None:
            return False
        return _COMPARE[self.operator](value, self.figure)


@dataclass(frozen=True)
class Group:
    """all, any or none of its parts."""

    mode: str
    parts: tuple[Condition, ...]

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()

    def clauses(self) -> Iterator[Clause]:
        for part in self.parts:
            yield from part.clauses()

    def holds(self, record: Record, records: Sequence[Record]) -> bool:
        found = (part.holds(record, records) for part in self.parts)
        if self.mode == "all":
            return all(found)
        return any(found) if self.mode == "any" else not any(found)


Condition = Clause | Group

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda value, figure: value >= figure,
    "above": lambda value, figure: value > figure,
    "at_most": lambda value, figure: value <= figure,
    "below": lambda value, figure: value < figure,
    "equals": lambda value, figure: value == figure,
    "in": lambda value, figure: value in figure,
}


def counting_since(condition: Condition, day: date) -> Condition:
    """The condition, with groups and windows of records counted only where at least one of them was
    decided on the day or later: older ones count together with it, and not alone."""
    if isinstance(condition, Group):
        return replace(
            condition, parts=tuple(counting_since(part, day) for part in condition.parts)
        )
    if isinstance(condition.operand, Aggregate):
        return replace(condition, operand=replace(condition.operand, since=day))
    return condition


def parse(data: Any, path: str = "when") -> Condition:
    """Read a condition; ConditionError names the place and what was expected."""
    if not isinstance(data, Mapping):
        raise ConditionError(path, "must be a mapping such as {field: ..., at_least: ...}")
    heads = [key for key in data if key in (*GROUPS, *AGGREGATES, "field", "ratio")]
    if len(heads) != 1:
        raise ConditionError(
            path, "needs exactly one of all, any, none, field, ratio, count, sum, distinct"
        )
    head = str(heads[0])
    if head in GROUPS:
        _only(data, {head}, path)
        parts = data[head]
        if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
            raise ConditionError(f"{path}.{head}", "must be a list with at least one condition")
        return Group(head, tuple(parse(part, f"{path}.{head}.{i}") for i, part in enumerate(parts)))
    return _parse_clause(head, data, path)


def _parse_clause(head: str, data: Mapping[str, Any], path: str) -> Clause:
    operators = [key for key in data if key in OPERATORS]
    _only(data, (head, *OPERATORS), path)
    if len(operators) != 1:
        raise ConditionError(path, f"needs exactly one of {', '.join(OPERATORS)}")
    operator = str(operators[0])
    if head == "field":
        operand: Operand = Field(_name(data[head], f"{path}.field"))
    elif head == "ratio":
        pair = data[head]
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ConditionError(f"{path}.ratio", "must name two fields: [numerator, denominator]")
        operand = Ratio(*(_name(one, f"{path}.ratio") for one in pair))
    else:
        operand = _parse_aggregate(head, data[head], f"{path}.{head}")
    return Clause(operand, operator, _figure(operator, data[operator], head, f"{path}.{operator}"))


def _parse_aggregate(function: str, data: Any, path: str) -> Aggregate:
    if not isinstance(data, Mapping):
        raise ConditionError(path, "must be a mapping")
    _only(data, ("field", "where", "within", "dated_by", "per"), path)
    if (function != "count") is not ("field" in data):
        raise ConditionError(path, "sum and distinct need a field; count has none")
    try:
        within = Term.parse(str(data["within"])) if "within" in data else None
    except ValueError as error:
        raise ConditionError(f"{path}.within", str(error)) from None
    return Aggregate(
        function,
        field=_name(data["field"], f"{path}.field") if "field" in data else None,
        where=parse(data["where"], f"{path}.where") if "where" in data else None,
        within=within,
        dated_by=_name(data["dated_by"], f"{path}.dated_by") if "dated_by" in data else None,
        per=_name(data["per"], f"{path}.per") if "per" in data else None,
    )


def _only(data: Mapping[str, Any], allowed: Iterable[str], path: str) -> None:
    unknown = sorted(set(map(str, data)) - set(allowed))
    if unknown:
        known = ", ".join(allowed)
        raise ConditionError(path, f"unknown key {unknown[0]!r}. Known keys: {known}")


def _name(raw: Any, path: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise ConditionError(path, "must be the name of a field")
    return raw


def _figure(operator: str, raw: Any, head: str, path: str) -> Any:
    if operator == "present":
        if not isinstance(raw, bool) or head != "field":
            raise ConditionError(path, "present takes true or false, on a field")
        return raw
    if operator == "in":
        if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
            raise ConditionError(path, "in takes a list of values")
        return tuple(_scalar(one, path) for one in raw)
    if operator == "equals":
        return _scalar(raw, path)
    return _ordered(raw, path)


def _scalar(raw: Any, path: str) -> Value:
    if isinstance(raw, float) or not isinstance(raw, str | int | Decimal | bool | date):
        raise ConditionError(path, "must be text, a whole number, a decimal, a date or true/false")
    return raw


def _ordered(raw: Any, path: str) -> Decimal | date:
    if isinstance(raw, date):
        return raw
    try:
        if isinstance(raw, bool | float):
            raise InvalidOperation
        value = Decimal(raw)
        if value.is_finite():
            return value
    except (InvalidOperation, TypeError, ValueError):
        pass
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise ConditionError(path, "must be a number (a decimal as text) or a date") from None
