"""Scorecards: from the canonical document to domain objects, and what must be true of them beyond
their shape. RuleMistake names the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from registry.domain.condition import Aggregate, Condition, ConditionError
from registry.domain.legal import Instrument, RuleStatus
from registry.domain.listing import ListKind
from registry.domain.record import FieldType, RecordKind, prohibited_category
from registry.domain.scorecard import (
    Approval,
    Band,
    DirectGrade,
    FromListing,
    FromRater,
    FromRating,
    FromRecords,
    Grade,
    Item,
    KnockOut,
    Period,
    RuleText,
    ScorecardVersion,
    Trigger,
)
from registry.domain.subject import SubjectKind
from registry.domain.validity import EARLIEST, Interval, Term
from registry.rulebook.citations import build_basis, build_interval, unknown
from registry.rulebook.conditions import read_condition
from registry.rulebook.place import Place

Json = Mapping[str, Any]
Instruments = Mapping[str, Instrument]
Kinds = Mapping[str, RecordKind]

LINES = ("items", "direct", "knock_outs")
TRIGGERS = ("records", "listed", "rated", "stated")


def scorecard_place(code: str) -> Place:
    """The file of a scorecard: named after the last part of its code."""
    return Place(f"scorecards/{code.partition('.')[2]}")


def build_scorecard(
    one: Json, sector: str, kinds: Kinds, instruments: Instruments
) -> list[ScorecardVersion]:
    """The versions of a scorecard, earliest first."""
    place = scorecard_place(one["code"])
    versions = [
        _Version(version, kinds, instruments, place.at("versions", index)).build(one, sector)
        for index, version in enumerate(one["versions"])
    ]
    return sorted(versions, key=lambda version: version.validity.start)


class _Version:
    """One version while it is built: its document, what it may refer to, and where it stands."""

    def __init__(self, version: Json, kinds: Kinds, instruments: Instruments, place: Place) -> None:
        self.version, self.kinds, self.instruments, self.place = version, kinds, instruments, place
        self.grades = tuple(Grade(**grade) for grade in version["grades"])
        self.lines = {"band", *(line["code"] for name in LINES for line in version[name])}

    def build(self, one: Json, sector: str) -> ScorecardVersion:
        version, start = self.version, self.version["start"]
        return ScorecardVersion(
            code=one["code"],
            version=version["version"],
            sector=sector,
            title=one["title"],
            title_zh=one["title_zh"],
            subject_kinds=frozenset(SubjectKind(kind) for kind in one["subject_kinds"]),
            validity=build_interval(version, self.place),
            period=Period.parse(version["period"]),
            term=_term(version["term"]),
            grades=self.grades,
            start=Decimal(start["points"]) if start else None,
            start_basis=self._basis(start, self.place.at("start")) if start else (),
            items=tuple(self._items()),
            bands=tuple(self._bands()),
            direct=tuple(self._direct()),
            knock_outs=tuple(self._knock_outs()),
            rules={
                name: RuleText(text["text_zh"], self._basis(text, self.place.at("rules", name)))
                for name, text in version["rules"].items()
            },
            approval=_approval(version["approval"]),
            basis=self._basis(version, self.place),
            figures_status=RuleStatus(version["status"]),
            supersedes=version["supersedes"],
            third_party=one.get("third_party", False),
        )

    def _basis(self, one: Json, place: Place) -> Any:
        return build_basis(one["basis"], self.instruments, place.at("basis"))

    def _grade(self, code: str, place: Place) -> str:
        known = [grade.code for grade in self.grades]
        if code not in known:
            raise place.mistake(unknown("grade", code, known))
        return code

    def _line(self, one: Json, place: Place, counted: bool) -> dict[str, Any]:
        return {
            "code": one["code"],
            "title": one["title"],
            "title_zh": one["title_zh"],
            "trigger": self._trigger(one, place, counted),
            "basis": self._basis(one, place),
        }

    def _items(self) -> Iterable[Item]:
        for index, one in enumerate(self.version["items"]):
            place = self.place.at("items", index)
            points, most = Decimal(one["points"]), _number(one["most"])
            if not points:
                raise place.at("points").mistake("an item without points says nothing")
            if most is not None and most < abs(points):
                raise place.at("most").mistake(f"is less than the points of one, {abs(points):f}")
            yield Item(**self._line(one, place, True), points=points, most=most)

    def _direct(self) -> Iterable[DirectGrade]:
        for index, one in enumerate(self.version["direct"]):
            place = self.place.at("direct", index)
            least = _number(one["at_least"])
            if least is not None and not self.version["start"]:
                raise place.at("at_least").mistake("this scorecard counts no points: give start")
            yield DirectGrade(
                **self._line(one, place, False),
                grade=self._grade(one["grade"], place.at("grade")),
                at_least=least,
                term=_term(one["term"]),
            )

    def _knock_outs(self) -> Iterable[KnockOut]:
        for index, one in enumerate(self.version["knock_outs"]):
            place = self.place.at("knock_outs", index)
            best = self._grade(one["best"], place.at("best"))
            yield KnockOut(**self._line(one, place, False), best=best)

    def _bands(self) -> Iterable[Band]:
        for index, one in enumerate(self.version["bands"]):
            place = self.place.at("bands", index)
            low, high = _number(one["at_least"]), _number(one["at_most"])
            above, below = _number(one["above"]), _number(one["below"])
            if (low is not None and above is not None) or (high is not None and below is not None):
                raise place.mistake(
                    "one lower and one upper end: at_least or above, at_most or below"
                )
            yield Band(
                self._grade(one["grade"], place.at("grade")),
                above if low is None else low,
                low is not None,
                below if high is None else high,
                high is not None,
                self._basis(one, place),
            )

    def _trigger(self, one: Json, place: Place, counted: bool) -> Trigger:
        given = [name for name in TRIGGERS if one[name]]
        if len(given) != 1:
            raise place.mistake(f"needs exactly one of {', '.join(TRIGGERS)}")
        if one["records"]:
            return self._records(one["records"], place.at("records"), counted)
        if one["listed"]:
            return FromListing(frozenset(ListKind(kind) for kind in one["listed"]))
        if one["rated"]:
            rated = one["rated"]
            at = place.at("rated", "grades")
            grades = frozenset(
                self._grade(grade, at.at(index)) for index, grade in enumerate(rated["grades"])
            )
            for index, name in enumerate(rated["by"]):
                if name not in self.lines:
                    raise place.at("rated", "by", index).mistake(unknown("line", name, self.lines))
            return FromRating(grades, Term.parse(rated["within"]), frozenset(rated["by"]))
        return FromRater()

    def _records(self, one: Json, place: Place, counted: bool) -> FromRecords:
        for index, code in enumerate(one["kinds"]):
            if code not in self.kinds:
                raise place.at("kinds", index).mistake(unknown("record kind", code, self.kinds))
        used = [self.kinds[code] for code in one["kinds"]]
        if one["counts_for"] and one["lasts"]:
            raise place.at("lasts").mistake("give counts_for or lasts, one of the two")
        lasts = one["lasts"] or {"from": None, "months": None}
        for key, type in (("from", FieldType.DATE), ("months", FieldType.INTEGER)):
            if lasts[key] is not None:
                _require_field(used, lasts[key], type, place.at("lasts", key))
        return FromRecords(
            kinds=tuple(one["kinds"]),
            when=_condition(one["when"], used, place, counted),
            fields={name: spec for kind in reversed(used) for name, spec in kind.fields.items()},
            counts_for=_term(one["counts_for"]),
            from_field=lasts["from"],
            months_field=lasts["months"],
            decided=_decided(one, place),
        )


def _decided(one: Json, place: Place) -> Interval | None:
    first, end = one["decided_from"], one["decided_before"]
    if first is None and end is None:
        return None
    try:
        return Interval(
            date.fromisoformat(first) if first else EARLIEST,
            date.fromisoformat(end) if end else None,
        )
    except ValueError:
        raise place.at("decided_before").mistake("must lie after decided_from") from None


def _require_field(kinds: Sequence[RecordKind], name: str, type: FieldType, place: Place) -> None:
    for kind in kinds:
        spec = kind.fields.get(name)
        if spec is None or spec.type is not type:
            raise place.mistake(f"{name} is no {type} field of {kind.code}")


def _condition(
    data: Any, kinds: Sequence[RecordKind], place: Place, counted: bool
) -> Condition | None:
    if data is None:
        return None
    try:
        found = read_condition(data, kinds)
    except ConditionError as error:
        raise place.at(error.path).mistake(str(error)) from None
    if counted and any(isinstance(clause.operand, Aggregate) for clause in found.clauses()):
        raise place.at("when").mistake("an item counts records: no count, sum or distinct in it")
    return found


def _approval(one: Json | None) -> Approval | None:
    if one is None:
        return None
    published = one["published_on"]
    return Approval(
        one["authority"],
        one["document"],
        date.fromisoformat(one["approved_on"]),
        date.fromisoformat(published) if published else None,
    )


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _term(text: str | None) -> Term | None:
    return Term.parse(text) if text else None


def check_scorecard(one: Json, sector: str, built: Iterable[ScorecardVersion]) -> None:
    """Its code, and that every version cites, rates and leaves no total without a grade."""
    place = scorecard_place(one["code"])
    if not one["code"].startswith(f"{sector}."):
        raise place.at("code").mistake(f"{one['code']} must begin with {sector}.")
    own = prohibited_category(one["code"], one["title"], one["title_zh"])
    if own is not None:
        raise place.at("code").mistake(f"{one['code']} is about {own}, which must never be rated")
    if not one["versions"]:
        raise place.at("versions").mistake("must hold at least one version")
    by_name = {found.version: found for found in built if found.code == one["code"]}
    versions: list[ScorecardVersion] = []
    for index, raw in enumerate(one["versions"]):
        at = place.at("versions", index)
        version = by_name[raw["version"]]
        for other in versions:
            if other.version == version.version:
                raise at.at("version").mistake(f"{version.version} stands here twice")
            if other.validity.overlaps(version.validity):
                raise at.mistake(
                    f"overlaps the version in force from {other.validity.start}: give the earlier "
                    "one a valid_to, the first day of the later one"
                )
        versions.append(version)
        _check_version(raw, version, at)


def _check_version(raw: Json, version: ScorecardVersion, place: Place) -> None:
    if not version.basis:
        raise place.at("basis").mistake("must cite at least one article")
    if version.third_party and (version.start is not None or version.lines or version.bands):
        raise place.mistake("a third party counts its own points: name its grades only")
    seen: set[str] = set()
    for name in LINES:
        for index, line in enumerate(raw[name]):
            at = place.at(name, index)
            if not line["basis"]:
                raise at.at("basis").mistake("must cite at least one article")
            if line["code"] in (*seen, "start", "band"):
                raise at.at("code").mistake(f"{line['code']} stands here twice")
            seen.add(line["code"])
            found = prohibited_category(line["code"], line["title"], line["title_zh"])
            if found is not None:
                raise at.mistake(f"{line['code']} is about {found}, which must never be rated")
    codes = [grade.code for grade in version.grades]
    for index, code in enumerate(codes):
        if code in codes[:index]:
            raise place.at("grades", index, "code").mistake(f"{code} stands here twice")
    if version.start is None and version.items:
        raise place.at("items").mistake("they count points, but start is not given")
    _check_bands(raw["bands"], version.bands, place.at("bands"))


def _check_bands(raw: Sequence[Json], bands: Sequence[Band], place: Place) -> None:
    """Every total has exactly one grade: bands join end to end, the outer ends are open."""
    if not bands:
        return
    floor = Decimal("-Infinity")
    order = sorted(
        range(len(bands)),
        key=lambda i: floor if (low := bands[i].lowest) is None else low,
    )
    for index, other in pairwise(order):
        end, start = bands[index], bands[other]
        joined = end.highest is not None and end.highest == start.lowest
        if not joined or end.with_highest is start.with_lowest:
            raise place.at(other).mistake(
                f"does not join the band of {end.grade}: each total needs exactly one grade"
            )
    for index, edge in ((order[0], bands[order[0]].lowest), (order[-1], bands[order[-1]].highest)):
        if edge is not None:
            raise place.at(index).mistake(
                f"the outermost bands are open: a total beyond {edge:f} would have no grade"
            )
