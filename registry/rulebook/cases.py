"""Worked cases: what a lawyer expects of the rules, run against them without a database.

A case gives records and a day; the rules give the finding, the measures that would follow for a
matter, the end of the listing and the first day of repair. Listings are thought of as entered on
the case's day, `on`, for the longest time the rule allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from registry.domain.criterion import Clock, CriterionVersion, decided_last
from registry.domain.predicate import Verdict, joined, question
from registry.domain.record import FieldErrors, Record
from registry.domain.sector import Sector
from registry.domain.subject import SubjectKind
from registry.domain.validity import in_force_on
from registry.rulebook.rule_files import keyed
from registry.rulebook.schemas import CasesSchema
from registry.rulebook.validated import validated
from registry.rulebook.yaml import Document, read_document

Ask = Callable[[str, Mapping[str, Any]], Verdict]


@dataclass(frozen=True)
class CaseResult:
    """One case: where it stands, and in what the rules differ from it; no failures, it passed."""

    file: str
    line: int
    title: str
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True if the rules say what the case says."""
        return not self.failures

    def __str__(self) -> str:
        verdict = "; ".join(self.failures) if self.failures else "as expected"
        return f"{self.file}:{self.line}: {self.title}: {verdict}"


def run_cases(sector: Sector, ask: Ask | None = None) -> tuple[CaseResult, ...]:
    """Every case of a sector that was loaded from its package, in the order of the files; `ask`
    gives the verdicts of predicates.

    RuleError for a file that cannot be read, or that names no criterion of the sector.
    """
    folder = files(sector.package).joinpath("cases")
    names = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    return tuple(
        result
        for name in names
        if name.endswith(".yaml")
        for result in _run_file(sector, name.removesuffix(".yaml"), ask)
    )


def _run_file(sector: Sector, name: str, ask: Ask | None) -> Iterator[CaseResult]:
    document = read_document(sector.package, f"cases/{name}.yaml")
    versions = [one for one in sector.criteria if one.code == f"{sector.code}.{name}"]
    if not versions:
        problem = f"{sector.code}.{name} is no criterion: a file of cases has the criterion's name"
        raise document.error("", problem)
    for index, case in enumerate(_cases(document)):
        failures = tuple(_failures(sector, versions, case, ask))
        yield CaseResult(document.file, document.line_of(str(index)), case["title"], failures)


def _cases(document: Document) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = validated(keyed(document), CasesSchema())["cases"]
    return cases


def _failures(
    sector: Sector,
    versions: Sequence[CriterionVersion],
    case: Mapping[str, Any],
    ask: Ask | None,
) -> Iterator[str]:
    expected = case["expect"]
    if not ("met" in expected) ^ ("not_in_force" in expected):
        yield "expect says either met: true or false, or not_in_force: true"
        return
    try:
        records = [_record(sector, one, index) for index, one in enumerate(case["records"])]
    except ValueError as error:
        yield str(error)
        return
    if not records:
        yield "gives no record"
        return
    version = in_force_on(versions, decided_last(records))
    if version is None or "not_in_force" in expected:
        if (version is None) is not expected.get("not_in_force", False):
            found = f"version {version.version}" if version else "no version"
            yield f"{found} is in force on {decided_last(records)}, the latest decision date"
        return
    yield from _differences(sector, version, records, case, ask)


def _record(sector: Sector, one: Mapping[str, Any], index: int) -> Record:
    kind = sector.record_kinds.get(one["kind"])
    if kind is None:
        raise ValueError(f"records.{index}: unknown record kind {one['kind']!r}")
    if not isinstance(one["field_values"], Mapping):
        raise ValueError(f"records.{index}: fields must be a mapping of names to values")
    try:
        values = kind.read(one["field_values"])
    except FieldErrors as error:
        wrong = "; ".join(f"{name} {', '.join(said)}" for name, said in error.errors.items())
        raise ValueError(f"records.{index}: {wrong}") from None
    return Record(
        id=str(index),
        subject_id="case",
        kind=kind.code,
        decided_on=date.fromisoformat(one["decided_on"]),
        ended_on=date.fromisoformat(one["ended_on"]) if one["ended_on"] else None,
        fields=values,
    )


def _differences(
    sector: Sector,
    version: CriterionVersion,
    records: Sequence[Record],
    case: Mapping[str, Any],
    ask: Ask | None,
) -> Iterator[str]:
    expected, on = case["expect"], date.fromisoformat(case["on"])
    finding = version.evaluate(records)
    if version.predicate is not None and finding.met:
        if ask is None:
            yield f"{version.code} names a predicate, which is not run here"
            return
        day = decided_last(records)
        verdict = ask(version.predicate.code, question(version.code, version.version, day, records))
        finding = joined(finding, verdict, version.predicate)
    if finding.met is not expected["met"]:
        said = "; ".join(reason.text for reason in finding.reasons) or "no record counts"
        yield f"met is {str(finding.met).lower()}, not {str(expected['met']).lower()}: {said}"
        return
    follow = {"measures", "matter", "valid_to", "repair_earliest"} & expected.keys()
    if not finding.met:
        if follow:
            yield f"nothing follows where it is not met: leave out {', '.join(sorted(follow))}"
        return
    if "measures" in expected or "matter" in expected:
        yield from _measures_differ(sector, version, case, on)
    if "valid_to" in expected:
        yield from _differ("valid_to", expected["valid_to"], listing_end(version, records, on))
    if "repair_earliest" in expected:
        yield from _differ("repair_earliest", expected["repair_earliest"], _repair(version, on))


def _measures_differ(
    sector: Sector, version: CriterionVersion, case: Mapping[str, Any], on: date
) -> Iterator[str]:
    expected = case["expect"]
    if not {"matter", "measures"} <= expected.keys():
        yield "measures are expected for a matter: give both"
        return
    kind, matter = SubjectKind(case["subject_kind"]), expected["matter"]
    if not version.covers(kind):
        yield f"{version.code} lists no {kind}"
        return
    follow = sorted(
        measure.code
        for measure in sector.measures
        if matter in measure.matters
        and measure.validity.covers(on)
        and kind in measure.target.subject_kinds
        and measure.target.follows(version.list_kind, version.code, version.severity)
    )
    if follow != sorted(expected["measures"]):
        yield (
            f"for {matter} there follow {', '.join(follow) or 'none'}, "
            f"not {', '.join(sorted(expected['measures'])) or 'none'}"
        )


def listing_end(version: CriterionVersion, records: Sequence[Record], on: date) -> date | None:
    """The first day no longer in force of a listing entered on `on` for the rule's own term; None
    where the act has no end yet, so that the term has not begun."""
    term = version.term.default(records)
    if version.term.clock is Clock.ACT_END:
        ends = [record.ended_on for record in records]
        known = [end for end in ends if end is not None]
        return term.after_event(max(known)) if len(known) == len(ends) else None
    if version.term.clock is Clock.DECIDED_ON:
        return term.after_event(decided_last(records))
    return term.after(on)


def _repair(version: CriterionVersion, on: date) -> date | None:
    rule = version.repair
    if rule.repairable != "yes":
        return None
    return rule.minimum_publication.after(on) if rule.minimum_publication else on


def _differ(name: str, expected: str, found: date | None) -> Iterator[str]:
    if found is None or found.isoformat() != expected:
        yield f"{name} is {found or 'never'}, not {expected}"
