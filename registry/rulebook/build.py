"""From the canonical document of a sector to domain objects: the one way, whether the document was
read from files a moment ago or stored years ago. RuleMistake names the place of what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from registry.domain.condition import Condition, ConditionError
from registry.domain.criterion import (
    Clock,
    CriterionVersion,
    NoticeRule,
    TermRule,
)
from registry.domain.legal import Instrument, RuleStatus
from registry.domain.listing import ListKind
from registry.domain.measure import Force, Measure, MeasureKind, RatedTarget, Target
from registry.domain.predicate import PredicateRule
from registry.domain.record import FieldSpec, FieldType, RecordKind
from registry.domain.sector import Matter, Sector
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Term
from registry.rulebook.citations import build_basis, build_interval, unknown
from registry.rulebook.conditions import read_condition
from registry.rulebook.parameters import build_parameters
from registry.rulebook.penalties import build_penalties
from registry.rulebook.place import Place
from registry.rulebook.repairs import build_repair
from registry.rulebook.scorecards import build_scorecard
from registry.rulebook.standards import build_standard

Json = Mapping[str, Any]
Instruments = Mapping[str, Instrument]

SECTOR = Place("sector")
RECORDS = Place("records", "kinds")
MEASURES = Place("measures", "measures")


def build_sector(document: Json, package: str = "") -> Sector:
    """The sector of a validated document."""
    instruments = build_instruments(document["instruments"])
    kinds = {one["code"]: build_record_kind(one) for one in document["record_kinds"]}
    return Sector(
        code=document["code"],
        title=document["title"],
        title_zh=document["title_zh"],
        authority=document["authority"],
        authority_zh=document["authority_zh"],
        key_field=document["key_field"],
        jurisdictions=tuple(document["jurisdictions"]),
        directory={one["code"]: one["title"] for one in document["directory"]},
        instruments=instruments,
        record_kinds=kinds,
        criteria=tuple(
            version
            for one in document["criteria"]
            for version in build_criterion(one, document["code"], kinds, instruments)
        ),
        measures=tuple(
            build_measure(one, document["code"], instruments, MEASURES.at(index))
            for index, one in enumerate(document["measures"])
        ),
        scorecards=tuple(
            version
            for one in document.get("scorecards", ())  # a rulebook from before there were any
            for version in build_scorecard(one, document["code"], kinds, instruments)
        ),
        matters=tuple(Matter(**one) for one in document["matters"]),
        parameters=build_parameters(document.get("parameters", ()), instruments),
        standard=build_standard(document.get("standard")),
        document=document,
        package=package,
    )


def build_instruments(entries: Iterable[Json]) -> dict[str, Instrument]:
    """The instruments of a sector by code."""
    return {
        one["code"]: Instrument(**{**one, "valid_from": one["valid_from"] or ""}) for one in entries
    }


def build_record_kind(one: Json) -> RecordKind:
    """A record kind; its fields keep the order of the file."""
    specs = {
        spec["name"]: FieldSpec(
            name=spec["name"],
            type=FieldType(spec["type"]),
            title=spec["title"],
            title_zh=spec["title_zh"],
            required=spec["required"],
            values=tuple(spec["values"]),
            past=spec["past"],
            # a rulebook from before there were any has none
            not_before=spec.get("not_before"),
            not_after=spec.get("not_after"),
            values_zh=tuple(spec.get("values_zh", ())),
        )
        for spec in one["fields"]
    }
    filed_by = tuple(one.get("filed_by", ()))
    return RecordKind(**{**one, "fields": specs, "filed_by": filed_by})


def build_criterion(
    one: Json, sector: str, kinds: Mapping[str, RecordKind], instruments: Instruments
) -> list[CriterionVersion]:
    """The versions of a criterion, earliest first."""
    place = criterion_place(one["code"])
    for index, code in enumerate(one["record_kinds"]):
        if code not in kinds:
            raise place.at("record_kinds", index).mistake(unknown("record kind", code, kinds))
    used = [kinds[code] for code in one["record_kinds"]]
    versions = [
        _version(one, version, sector, used, instruments, place.at("versions", index))
        for index, version in enumerate(one["versions"])
    ]
    return sorted(versions, key=lambda version: version.validity.start)


def criterion_place(code: str) -> Place:
    """The file of a criterion: named after the last part of its code."""
    return Place(f"criteria/{code.partition('.')[2]}")


def _version(
    one: Json,
    version: Json,
    sector: str,
    kinds: Sequence[RecordKind],
    instruments: Instruments,
    place: Place,
) -> CriterionVersion:
    publication, persons = version["publication"], place.at("publication", "persons")
    return CriterionVersion(
        code=one["code"],
        version=version["version"],
        sector=sector,
        title=one["title"],
        title_zh=one["title_zh"],
        validity=build_interval(version, place),
        list_kind=ListKind(one["list_kind"]),
        severity=build_severity(one["severity"], Place(place.part, "severity")),
        subject_kinds=_subject_kinds(one["subject_kinds"]),
        record_kinds=tuple(one["record_kinds"]),
        fields=_fields(kinds),
        when=_when(version["when"], kinds, place),
        basis=build_basis(version["basis"], instruments, place.at("basis")),
        basis_code=one["basis_code"],
        directory_entry=one["directory_entry"],
        term=_term(version["term"], instruments, place.at("term")),
        notice=_notice(version["notice"], instruments, place.at("notice")),
        repair=build_repair(version["repair"], instruments, place.at("repair")),
        text_zh=version["text_zh"],
        publish=publication["public"],
        media=tuple(publication["media"]),
        publish_persons=build_basis(publication["persons"], instruments, persons),
        figures_status=RuleStatus(version["status"]),
        supersedes=version["supersedes"],
        mandatory=one.get("mandatory", False),  # a rulebook stored before does not know these
        categories=_categories(one, kinds),
        categories_field=one.get("categories_field"),
        penalties=build_penalties(version.get("penalties", ()), instruments, place.at("penalties")),
        predicate=_predicate(version, instruments, place),
    )


def _fields(kinds: Sequence[RecordKind]) -> dict[str, FieldSpec]:
    # The first kind that has a field says what it is called; the condition has seen to types.
    return {name: spec for kind in reversed(kinds) for name, spec in kind.fields.items()}


def _categories(one: Json, kinds: Sequence[RecordKind]) -> tuple[str, ...]:
    """Those that the criterion names, or all that its records can name."""
    field = one.get("categories_field")
    if field is None:
        return tuple(one.get("categories", ()))
    specs = [kind.fields[field] for kind in kinds if field in kind.fields]
    return tuple(dict.fromkeys(code for spec in specs for code in spec.values))


def _predicate(version: Json, instruments: Instruments, place: Place) -> PredicateRule | None:
    named = version.get("predicate")
    if named is None:
        return None
    # where nothing else is cited, it says what the rule itself does
    basis = named.get("basis") or version["basis"]
    return PredicateRule(
        named["code"], build_basis(basis, instruments, place.at("predicate", "basis"))
    )


def _when(data: Any, kinds: Sequence[RecordKind], place: Place) -> Condition:
    try:
        return read_condition(data, kinds)
    except ConditionError as error:
        raise place.at(error.path).mistake(str(error)) from None


def _term(one: Json, instruments: Instruments, place: Place) -> TermRule:
    return TermRule(
        clock=Clock(one["clock"]),
        maximum=Term.parse(one["max"]),
        minimum=_optional_term(one["min"]),
        months_field=one["months_field"],
        statutory=one["statutory"],
        status=RuleStatus(one["status"]),
        basis=build_basis(one["basis"], instruments, place.at("basis")),
        joint=_optional_term(one.get("joint")),
        from_field=one.get("from_field"),
    )


def _notice(one: Json, instruments: Instruments, place: Place) -> NoticeRule:
    return NoticeRule(
        required=one["required"],
        reply_days=one["reply_days"],
        working=one["unit"] == "working",
        status=RuleStatus(one["status"]),
        basis=build_basis(one["basis"], instruments, place.at("basis")),
    )


def build_measure(one: Json, sector: str, instruments: Instruments, place: Place) -> Measure:
    """A proposed measure, or one of an edition: both have this shape."""
    target = one["target"]
    return Measure(
        code=one["code"],
        version=one["version"],
        sector=sector,
        name=one["name"],
        name_zh=one["name_zh"],
        kind=MeasureKind(one["kind"]),
        force=Force(one["force"]),
        content=one["content"],
        content_zh=one["content_zh"],
        implementer=one["implementer"],
        basis=build_basis(one["basis"], instruments, place.at("basis")),
        matters=frozenset(one["matters"]),
        target=Target(
            list_kinds=frozenset(ListKind(kind) for kind in target["list_kinds"]),
            subject_kinds=_subject_kinds(target["subject_kinds"]),
            criteria=frozenset(target["criteria"]),
            severity_from=build_severity(
                target["severity_from"], place.at("target", "severity_from")
            ),
            every_sector=target.get("every_sector", False),
            ratings=tuple(
                RatedTarget(rated["scorecard"], frozenset(rated["grades"]))
                for rated in target.get("ratings", ())  # none in a rulebook from before
            ),
        ),
        validity=build_interval(one, place),
        reaches=frozenset(one["reaches"]),
        memorandum=one["memorandum"],
        signatories=frozenset(one["signatories"]),
        parent=one.get("parent", ""),
        period_of=one.get("period_of", ""),
    )


def build_severity(one: Json | None, place: Place) -> Severity | None:
    """A severity of its scheme, or None where there is none."""
    if one is None:
        return None
    try:
        return Severity(one["scheme"], one["level"])
    except ValueError as error:
        raise place.mistake(str(error)) from None


def _subject_kinds(codes: Iterable[str]) -> frozenset[SubjectKind]:
    return frozenset(SubjectKind(code) for code in codes)


def _optional_term(text: str | None) -> Term | None:
    return Term.parse(text) if text else None
