"""Predicates: what conditions as data cannot say, said by a plugin's function. JSON in, JSON out.

A predicate is asked only about records that meet the criterion's condition already: it can keep a
subject off a list, never put one on it. It gets no name, no number and no id of a subject.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from registry.domain.finding import Finding, Reason
from registry.domain.legal import Citation
from registry.domain.record import Record, clean_text

TEXT_LIMIT = 500
KEYS = frozenset({"met", "text", "text_zh"})


@dataclass(frozen=True)
class Predicate:
    """`evaluate` takes {criterion, version, on, records: [{kind, decided_on, ended_on, fields}]},
    money and ratios as text, and gives {met, text, text_zh}. The same for the same, always."""

    code: str
    evaluate: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class PredicateRule:
    """Which predicate a version of a criterion asks, and where that is written."""

    code: str
    basis: tuple[Citation, ...]


@dataclass(frozen=True)
class Verdict:
    """What a predicate said: whether it holds, in a sentence of each language."""

    met: bool
    text: str
    text_zh: str


def question(criterion: str, version: str, on: date, records: Sequence[Record]) -> dict[str, Any]:
    """What a predicate is told, as JSON."""
    return {
        "criterion": criterion,
        "version": version,
        "on": on.isoformat(),
        "records": [
            {
                "kind": record.kind,
                "decided_on": record.decided_on.isoformat(),
                "ended_on": record.ended_on.isoformat() if record.ended_on else None,
                "fields": {name: _plain(value) for name, value in sorted(record.fields.items())},
            }
            for record in records
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def read_verdict(raw: Any) -> Verdict:
    """What a predicate gave; ValueError, in words, if it is no verdict."""
    if not isinstance(raw, Mapping) or raw.keys() != KEYS:
        raise ValueError("did not give an object of met, text and text_zh")
    if not isinstance(raw["met"], bool):
        raise ValueError("gave a met that is neither true nor false")
    texts = []
    for key in ("text", "text_zh"):
        try:
            texts.append(clean_text(raw[key], TEXT_LIMIT))
        except ValueError as error:
            raise ValueError(f"gave a {key} that {error}") from None
    return Verdict(raw["met"], *texts)


def joined(finding: Finding, verdict: Verdict, rule: PredicateRule) -> Finding:
    """A finding with what the predicate says of it: met only if both say so."""
    reason = Reason(verdict.met, verdict.text, verdict.text_zh, rule.basis)
    return Finding(
        finding.criterion,
        finding.version,
        finding.met and verdict.met,
        (*finding.reasons, reason),
        finding.record_ids,
    )
