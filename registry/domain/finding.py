"""Findings (认定意见): the result of a criterion on records, by clause, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from registry.domain.condition import Aggregate, Clause, Condition, Field, Group, Ratio
from registry.domain.legal import Citation
from registry.domain.record import FieldSpec, Record

_WORDS = {
    "at_least": ("at least", "不低于"),
    "above": ("above", "高于"),
    "at_most": ("at most", "不高于"),
    "below": ("below", "低于"),
    "equals": ("equal to", "等于"),
    "in": ("one of", "属于"),
}
_FUNCTIONS = {
    "count": ("number of records", "记录数"),
    "sum": ("sum of {}", "{}合计"),
    "distinct": ("number of different values of {}", "不同{}数"),
}


@dataclass(frozen=True)
class Reason:
    """One clause: what was found, what the rule asks, and where it is written."""

    met: bool
    text: str
    text_zh: str
    basis: tuple[Citation, ...]

    def to_json(self) -> dict[str, Any]:
        """The contract's shape, with the Chinese sentence beside it."""
        return {
            "met": self.met,
            "text": self.text,
            "text_zh": self.text_zh,
            "basis": [citation.to_json() for citation in self.basis],
        }


@dataclass(frozen=True)
class Finding:
    """Met or not, by which version, on which records, with the reasons."""

    criterion: str
    version: str
    met: bool
    reasons: tuple[Reason, ...]
    record_ids: tuple[str, ...]


def explain(
    condition: Condition,
    records: Sequence[Record],
    fields: Mapping[str, FieldSpec],
    basis: tuple[Citation, ...],
    since: date | None = None,
) -> tuple[bool, tuple[Reason, ...], tuple[str, ...]]:
    """Evaluate over the records: (met, reasons, ids of the records used).

    Field and ratio clauses must hold together on one record, decided on `since` or later where it
    is given. The reasons speak of the record that meets the condition or, if none does, of the one
    that meets most clauses.
    """

    def clauses_met(record: Record) -> int:
        return sum(clause.holds(record, records) for clause in condition.clauses())

    meeting = [
        record
        for record in records
        if (since is None or record.decided_on >= since) and condition.holds(record, records)
    ]
    shown = max(meeting or records, key=clauses_met)
    reasons = tuple(
        _reason(clause, wanted, shown, records, fields, basis)
        for clause, wanted in _told(condition, shown, records)
    )
    used = _used(condition, meeting or records, records)
    return bool(meeting), reasons, tuple(record.id for record in records if record.id in used)


def _used(
    condition: Condition, meeting: Sequence[Record], records: Sequence[Record]
) -> frozenset[str]:
    """What the finding rests on: the records that meet the clauses of one record, and those that
    a count, sum or distinct counted. A record that serves neither moves no clock."""
    operands = [clause.operand for clause in condition.clauses()]
    aggregates = [one for one in operands if isinstance(one, Aggregate)]
    used = {record.id for one in aggregates for record in one.counted(records)}
    if len(aggregates) < len(operands):
        used |= {record.id for record in meeting}
    return frozenset(used)


def _told(
    condition: Condition, record: Record, records: Sequence[Record], wanted: bool = True
) -> Iterator[tuple[Clause, bool]]:
    """The clauses worth telling: of an `any` that holds only the parts that hold."""
    if isinstance(condition, Clause):
        yield condition, wanted
        return
    parts: Sequence[Condition] = condition.parts
    if condition.mode == "any" and condition.holds(record, records):
        parts = [part for part in parts if part.holds(record, records)]
    for part in parts:
        yield from _told(part, record, records, wanted is (condition.mode != "none"))


def _reason(
    clause: Clause,
    wanted: bool,
    record: Record,
    records: Sequence[Record],
    fields: Mapping[str, FieldSpec],
    basis: tuple[Citation, ...],
) -> Reason:
    value = clause.operand.value(record, records)
    holds = clause.accepts(value)
    name, name_zh = _title(clause, fields)
    words_of = _words_of(clause, fields)
    found, found_zh = _shown(value, words_of)
    if clause.operator == "present":
        text, text_zh = f"{name}: {found}", f"{name_zh}：{found_zh}"
        ask = ("must be given", "须载明") if clause.figure is wanted else ("must be absent", "须无")
    else:
        words, words_zh = _WORDS[clause.operator]
        figure, figure_zh = _shown(clause.figure, words_of)
        if found == figure and isinstance(value, Decimal) and value != clause.figure:
            # a share so near that rounding hides it
            found = found_zh = f"{value:,f}"
        text, text_zh = f"{name} {found}", f"{name_zh}{found_zh}"
        ask = (f"must be {words} {figure}", f"须{words_zh}{figure_zh}")
        if not wanted:
            ask = (f"must not be {words} {figure}", f"不得{words_zh}{figure_zh}")
    met = holds is wanted
    verdict, verdict_zh = ("met", "符合") if met else ("not met", "不符合")
    return Reason(met, f"{text}, {ask[0]}: {verdict}", f"{text_zh}，{ask[1]}：{verdict_zh}", basis)


def _title(clause: Clause, fields: Mapping[str, FieldSpec]) -> tuple[str, str]:
    operand = clause.operand
    if isinstance(operand, Field):
        return fields[operand.name].title, fields[operand.name].title_zh
    if isinstance(operand, Ratio):
        top, bottom = fields[operand.numerator], fields[operand.denominator]
        return f"{top.title} as a share of {bottom.title}", f"{top.title_zh}占{bottom.title_zh}比例"
    words, words_zh = _FUNCTIONS[operand.function]
    spec = fields[operand.field] if operand.field else None
    window = f" within {operand.within}" if operand.within else ""
    window_zh = f"（{operand.within}内）" if operand.within else ""
    title, title_zh = (spec.title, spec.title_zh) if spec else ("", "")
    return words.format(title) + window, words_zh.format(title_zh) + window_zh


def _words_of(clause: Clause, fields: Mapping[str, FieldSpec]) -> Mapping[str, str]:
    """What the values of the field that is looked at are called in Chinese."""
    return fields[clause.operand.name].chinese if isinstance(clause.operand, Field) else {}


def _shown(value: Any, chinese: Mapping[str, str]) -> tuple[str, str]:
    if value is None:
        return "not given", "未载明"
    if isinstance(value, bool):
        return ("yes", "是") if value else ("no", "否")
    if isinstance(value, tuple):
        shown = [_shown(one, chinese) for one in value]
        return ", ".join(text for text, _ in shown), "、".join(text_zh for _, text_zh in shown)
    if isinstance(value, Decimal):
        # a repeating ratio is shown to six places; the comparison itself was exact to 28 digits
        text = (
            f"{value.quantize(Decimal('0.000001')).normalize():,f}" if value < 10 else f"{value:,f}"
        )
        return text, text
    if isinstance(value, date):
        return value.isoformat(), value.isoformat()
    return str(value), chinese.get(str(value), str(value))


__all__ = ["Finding", "Group", "Reason", "explain"]
