"""Measures as editions and proposals hold them, and as a coordinator sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.domain.errors import InvalidInput
from registry.domain.legal import Citation, RuleStatus
from registry.domain.listing import ListKind
from registry.domain.measure import Force, Measure, MeasureKind, RatedTarget, Target
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval
from registry.services.work import Work
from registry.store.codec import measure_in, measure_out


def shape(measure: Measure) -> dict[str, Any]:
    """A measure with its bases in the contract's form."""
    kept = measure_out(measure)
    severity = measure.target.severity_from
    return {
        **kept,
        "target": {
            **kept["target"],
            "severity_from": severity.to_json() if severity is not None else None,
            "ratings": [
                {"scorecard": one.scorecard, "grades": sorted(one.grades)}
                for one in measure.target.ratings
            ],
            "every_sector": measure.target.every_sector,
        },
        "parent": measure.parent,
        "period_of": measure.period_of,
        "basis": [citation.to_json() for citation in measure.basis],
        "status": str(measure.status),
    }


def kept_shape(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A measure out of an edition."""
    return shape(measure_in(kept))


def read(work: Work, code: str, sent: Mapping[str, Any]) -> Measure:
    """A measure as sent; the use case fills what the registry knows better."""
    target = sent["target"]
    return Measure(
        code=code,
        version="",
        sector="",
        name=sent["name"],
        name_zh=sent["name_zh"],
        kind=MeasureKind(sent["kind"]),
        force=Force(sent["force"]),
        content=sent["content"],
        content_zh=sent["content_zh"],
        implementer=sent["implementer"],
        basis=tuple(
            Citation(one["instrument"], one["article"], RuleStatus(one["status"]))
            for one in sent["basis"]
        ),
        matters=frozenset(sent["matters"]),
        target=Target(
            frozenset(ListKind(kind) for kind in target["list_kinds"]),
            frozenset(SubjectKind(kind) for kind in target["subject_kinds"]),
            frozenset(target["criteria"]),
            _severity(target["severity_from"]),
            target["every_sector"],
            tuple(
                RatedTarget(one["scorecard"], frozenset(one["grades"])) for one in target["ratings"]
            ),
        ),
        validity=Interval(work.today),
        reaches=frozenset(sent["reaches"]),
        memorandum=sent["memorandum"],
        signatories=frozenset(sent["signatories"]),
        parent=sent["parent"],
        period_of=sent["period_of"],
    )


def _severity(grade: Mapping[str, str] | None) -> Severity | None:
    if grade is None:
        return None
    try:
        return Severity(grade["scheme"], grade["level"])
    except ValueError as error:
        raise InvalidInput.field("target.severity_from.level", str(error)) from None
