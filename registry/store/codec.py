"""Domain values to and from JSON columns: citations, severity, periods. One place, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from registry.domain.finding import Reason
from registry.domain.legal import Citation, RuleStatus
from registry.domain.listing import ListKind
from registry.domain.measure import Force, Measure, MeasureKind, RatedTarget, Target
from registry.domain.record import Value
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval, Term
from registry.domain.workdays import Due


def citations_out(citations: Iterable[Citation]) -> list[list[Any]]:
    return [[one.instrument, one.article, str(one.status), one.statute] for one in citations]


def citations_in(raw: Iterable[Iterable[Any]]) -> tuple[Citation, ...]:
    return tuple(_citation(*one) for one in raw)


@lru_cache(maxsize=1024)  # a sector has few, and every listing and measure repeats them
def _citation(instrument: str, article: str, status: str, statute: bool) -> Citation:
    return Citation(instrument, article, RuleStatus(status), bool(statute))


def reasons_out(reasons: Iterable[Reason]) -> list[Any]:
    return [[one.met, one.text, one.text_zh, citations_out(one.basis)] for one in reasons]


def reasons_in(raw: Iterable[Any]) -> tuple[Reason, ...]:
    return tuple(Reason(bool(a), b, c, citations_in(d)) for a, b, c, d in raw)


def severity_out(severity: Severity | None) -> list[str] | None:
    return [severity.scheme, severity.level] if severity else None


def severity_in(raw: Any) -> Severity | None:
    return Severity(*raw) if raw else None


@lru_cache(maxsize=256)
def term_in(raw: str | None) -> Term | None:
    return Term.parse(raw) if raw else None


def day_out(day: date | None) -> str | None:
    return day.isoformat() if day else None


def day_in(raw: str | None) -> date | None:
    return date.fromisoformat(raw) if raw else None


def due_out(due: Due | None) -> list[Any] | None:
    return [due.due_on.isoformat(), due.earliest_on.isoformat(), due.provisional] if due else None


def due_in(raw: Any) -> Due | None:
    return Due(date.fromisoformat(raw[0]), date.fromisoformat(raw[1]), raw[2]) if raw else None


def value_out(value: Value) -> Any:
    """A field value as JSON; decimals and dates are tagged text so that they come back exact."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return {"decimal": f"{value:f}"}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def value_in(raw: Any) -> Value:
    if isinstance(raw, Mapping):
        if "decimal" in raw:
            return Decimal(raw["decimal"])
        return date.fromisoformat(raw["date"])
    return raw  # type: ignore[no-any-return]


def measure_out(measure: Measure) -> dict[str, Any]:
    """A measure as an edition keeps it: whole, so that no plugin is needed to read it."""
    target = measure.target
    return {
        "code": measure.code,
        "version": measure.version,
        "sector": measure.sector,
        "name": measure.name,
        "name_zh": measure.name_zh,
        "kind": str(measure.kind),
        "force": str(measure.force),
        "content": measure.content,
        "content_zh": measure.content_zh,
        "implementer": measure.implementer,
        "basis": citations_out(measure.basis),
        "matters": sorted(measure.matters),
        "target": {
            "list_kinds": sorted(map(str, target.list_kinds)),
            "subject_kinds": sorted(map(str, target.subject_kinds)),
            "criteria": sorted(target.criteria),
            "severity_from": severity_out(target.severity_from),
            **({"every_sector": True} if target.every_sector else {}),
            **_rated_out(target),
        },
        "reaches": sorted(measure.reaches),
        "memorandum": measure.memorandum,
        "signatories": sorted(measure.signatories),
        "valid_from": measure.validity.start.isoformat(),
        "valid_to": day_out(measure.validity.end),
        # only where said, so that an edition of before compares as the same
        **{name: value for name in ("parent", "period_of") if (value := getattr(measure, name))},
    }


def _rated_out(target: Target) -> dict[str, Any]:
    """Only where there are any: editions from before keep their form."""
    if not target.ratings:
        return {}
    return {"ratings": [[one.scorecard, sorted(one.grades)] for one in target.ratings]}


def measure_in(raw: Mapping[str, Any]) -> Measure:
    """The measure that `measure_out` kept."""
    target = raw["target"]
    return Measure(
        code=raw["code"],
        version=raw["version"],
        sector=raw["sector"],
        name=raw["name"],
        name_zh=raw["name_zh"],
        kind=MeasureKind(raw["kind"]),
        force=Force(raw["force"]),
        content=raw["content"],
        content_zh=raw["content_zh"],
        implementer=raw["implementer"],
        basis=citations_in(raw["basis"]),
        matters=frozenset(raw["matters"]),
        target=Target(
            frozenset(ListKind(kind) for kind in target["list_kinds"]),
            frozenset(SubjectKind(kind) for kind in target["subject_kinds"]),
            frozenset(target["criteria"]),
            severity_in(target["severity_from"]),
            bool(target.get("every_sector")),
            tuple(
                RatedTarget(code, frozenset(grades)) for code, grades in target.get("ratings", ())
            ),
        ),
        validity=Interval(date.fromisoformat(raw["valid_from"]), day_in(raw["valid_to"])),
        reaches=frozenset(raw["reaches"]),
        memorandum=raw["memorandum"],
        signatories=frozenset(raw["signatories"]),
        parent=raw.get("parent", ""),
        period_of=raw.get("period_of", ""),
    )
