"""What must be true of a sector beyond the shape of its files. RuleMistake names the place.

These are promises of the registry: no measure wider than its basis, no forbidden information, one
version of a rule on any day. A plugin that breaks one does not load.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from registry.domain.condition import Aggregate, Ratio
from registry.domain.criterion import CriterionVersion
from registry.domain.figure import require_exact
from registry.domain.legal import Instrument
from registry.domain.listing import ListKind
from registry.domain.measure import Measure, mistakes
from registry.domain.record import (
    DECIDED_ON,
    ORDERS,
    FieldType,
    RecordKind,
    prohibited_category,
)
from registry.domain.sector import Sector
from registry.domain.validity import Interval, Term
from registry.rulebook.build import (
    MEASURES,
    RECORDS,
    SECTOR,
    build_record_kind,
    criterion_place,
)
from registry.rulebook.catalogue import default_catalogue
from registry.rulebook.categories import check_categories
from registry.rulebook.citations import build_basis, unknown
from registry.rulebook.parameters import check_parameters
from registry.rulebook.penalties import check_penalty
from registry.rulebook.place import Place
from registry.rulebook.repairs import check_repair
from registry.rulebook.scorecards import check_scorecard
from registry.rulebook.standards import check_standard


def check_sector(sector: Sector, bundled_matters: Iterable[str]) -> None:
    """What is left to check of a built sector; RuleMistake for the first that fails."""
    document = sector.document
    for name in ("directory", "instruments", "matters"):
        _distinct([one["code"] for one in document[name]], SECTOR.at(name), "code")
    for index, matter in enumerate(sector.matters):
        if matter.code in set(bundled_matters):
            raise SECTOR.at("matters", index).mistake(f"{matter.code} is a bundled matter already")
    _distinct([one["code"] for one in document["criteria"]], Place("criteria"), "code")
    for one in document["criteria"]:
        check_criterion(one, sector)
    for one in document["scorecards"]:
        check_scorecard(one, sector.code, sector.scorecards)
    check_standard(sector.standard, sector.jurisdictions)
    matters = {*bundled_matters, *(matter.code for matter in sector.matters)}
    check_measures(sector, matters)
    check_parameters(sector.parameters, sector.code)


def check_lists(lists: Mapping[str, Any], instruments: Mapping[str, Instrument]) -> None:
    """The citations of lists.yaml, where a mistake is better found than in each criterion."""
    for list_kind, defaults in lists.items():
        for name in ("notice", "term", "repair"):
            basis = defaults.get(name, {}).get("basis", [])
            build_basis(basis, instruments, Place("lists").at(list_kind, name, "basis"))
        refused = Place("lists").at(list_kind, "repair", "refused_if")
        for index, one in enumerate(defaults.get("repair", {}).get("refused_if", [])):
            build_basis(one["basis"], instruments, refused.at(index, "basis"))
        persons = defaults.get("publication", {}).get("persons", [])
        build_basis(persons, instruments, Place("lists").at(list_kind, "publication", "persons"))


def _distinct(codes: Sequence[str], place: Place, key: str) -> None:
    for index, code in enumerate(codes):
        if code in codes[:index]:
            raise place.at(index, key).mistake(f"{code} stands here twice")


def check_record_kinds(document: Mapping[str, Any]) -> None:
    """The record kinds of a sector's document, before any criterion is read against them."""
    _distinct([one["code"] for one in document["record_kinds"]], RECORDS, "code")
    for index, one in enumerate(document["record_kinds"]):
        _check_record_kind(build_record_kind(one), document["code"], RECORDS.at(index))


def _check_record_kind(kind: RecordKind, sector: str, place: Place) -> None:
    """Its code, its fields, and that it collects nothing forbidden (CAT-11)."""
    if not kind.code.startswith(f"{sector}."):
        raise place.at("code").mistake(f"{kind.code} must begin with {sector}.")
    own = prohibited_category(kind.code, kind.title, kind.title_zh)
    if own is not None:
        raise place.at("code").mistake(_forbidden(kind.code, own))
    for name, spec in kind.fields.items():
        at = place.at("fields", name)
        found = prohibited_category(name, spec.title, spec.title_zh, *spec.values, *spec.values_zh)
        if found is not None:
            raise at.mistake(_forbidden(name, found))
        if (spec.type is FieldType.ENUM) is not bool(spec.values):
            raise at.mistake("an enum, and nothing else, lists its values: values: [one, two]")
        if spec.values_zh and len(spec.values_zh) != len(spec.values):
            raise at.at("values_zh").mistake("names each of values, in their order")
        if spec.past and spec.type not in (FieldType.DATE, FieldType.INTEGER):
            raise at.mistake("only a date, or an integer that is a year, can be past")
        _check_order(kind, name, at)
    if kind.content == "misconduct" and kind.catalogue_item not in default_catalogue():
        raise place.at("catalogue_item").mistake(
            f"{kind.catalogue_item!r} is no item of the catalogue: one of "
            + ", ".join(default_catalogue())
        )
    if kind.number_field is not None:
        number = kind.fields.get(kind.number_field)
        if number is None or number.type is not FieldType.TEXT:
            raise place.at("number_field").mistake(f"{kind.number_field} is no text field of it")


def _check_order(kind: RecordKind, name: str, place: Place) -> None:
    """The dates that a field must keep to are dates of a record, and end somewhere."""
    spec = kind.fields[name]
    dates = {each for each, one in kind.fields.items() if one.type is FieldType.DATE} - {name}
    for order in ORDERS:
        other = getattr(spec, order)
        if other is None:
            continue
        if spec.type not in (FieldType.DATE, FieldType.INTEGER):
            raise place.at(order).mistake(f"only a date, or an integer that is a year, is {order}")
        if other not in {DECIDED_ON, *dates}:
            raise place.at(order).mistake(unknown("date", other, {DECIDED_ON, *dates}))
        kept = kind.dates_to_keep(name, order)
        if name in kept:
            circle = " -> ".join((name, *kept[: kept.index(name) + 1]))
            raise place.at(order).mistake(f"these dates run in a circle: {circle}")


def _forbidden(name: str, category: str) -> str:
    return f"{name} is about {category}, which must never be collected (征信业管理条例 art. 14)"


def check_criterion(one: Mapping[str, Any], sector: Sector) -> None:
    """Its code, its entry in the directory (CRI-06), and its versions."""
    place = criterion_place(one["code"])
    if not one["code"].startswith(f"{sector.code}."):
        raise place.at("code").mistake(f"{one['code']} must begin with {sector.code}.")
    if one["directory_entry"] not in sector.directory:
        known = ", ".join(sorted(sector.directory)) or "none"
        raise place.at("directory_entry").mistake(
            f"unknown entry {one['directory_entry']!r}: the directory of sector.yaml has {known}"
        )
    if not one["versions"]:
        raise place.at("versions").mistake("must hold at least one version")
    built = {found.version: found for found in sector.criteria if found.code == one["code"]}
    check_categories(one, sector, place)
    joint = [index for index, found in enumerate(one["versions"]) if found["term"].get("joint")]
    if joint and not built[one["versions"][joint[0]]["version"]].categories:
        raise place.at("versions", joint[0], "term", "joint").mistake(
            "joint sanctions centre on categories of misconduct: name one or more (categories)"
        )
    if one.get("mandatory") and one["list_kind"] != ListKind.BLACK:
        raise place.at("mandatory").mistake("only the black list has criteria that open by law")
    _distinct([version["version"] for version in one["versions"]], place.at("versions"), "version")
    versions = [built[version["version"]] for version in one["versions"]]
    _apart([version.validity for version in versions], place.at("versions"))
    for index, version in enumerate(versions):
        _check_version(version, place.at("versions", index), sector)


def _apart(intervals: Sequence[Interval], place: Place) -> None:
    for index, interval in enumerate(intervals):
        for other in intervals[:index]:
            if interval.overlaps(other):
                raise place.at(index).mistake(
                    f"overlaps the version in force from {other.start}: give the earlier one a "
                    "valid_to, the first day of the later one"
                )


def _check_field(
    version: CriterionVersion, sector: Sector, place: Place, word: str, wanted: FieldType
) -> None:
    name = getattr(version.term, word)
    for code in version.record_kinds if name is not None else ():
        spec = sector.record_kinds[code].fields.get(name)
        if spec is None or spec.type is not wanted:
            raise place.at("term", word).mistake(f"{name} is no {wanted} field of {code}")


def _check_version(version: CriterionVersion, place: Place, sector: Sector) -> None:
    if not version.basis:
        raise place.at("basis").mistake("must cite at least one article")
    term = version.term
    if term.minimum is not None and _longer(term.minimum, term.maximum):
        raise place.at("term", "min").mistake(f"{term.minimum} is longer than max, {term.maximum}")
    _check_field(version, sector, place, "months_field", FieldType.INTEGER)
    _check_field(version, sector, place, "from_field", FieldType.DATE)
    if term.joint is not None and _longer(term.joint, term.maximum):
        raise place.at("term", "joint").mistake(f"{term.joint} is longer than max, {term.maximum}")
    codes = {one.code for one in sector.criteria}
    check_repair(version.repair, sector.record_kinds, codes, place.at("repair"))
    _check_waits(version, place.at("repair"))
    if version.predicate is not None:
        _check_predicate(version, place.at("predicate"))
    for index, penalty in enumerate(version.penalties):
        check_penalty(penalty, version, sector, place.at("penalties", index))
    for clause in version.when.clauses():
        operand = clause.operand
        if isinstance(operand, Aggregate) and operand.within and _longer(operand.within, _CENTURY):
            raise place.at("when").mistake(f"the window {operand.within} is longer than a century")
        try:
            require_exact(clause, {name: one.type for name, one in version.fields.items()})
        except ValueError as error:
            raise place.at("when").mistake(str(error)) from None
        if isinstance(operand, Ratio) and operand.numerator == operand.denominator:
            raise place.at("when").mistake(f"{operand.numerator} divided by itself is always 1")


def _check_waits(version: CriterionVersion, place: Place) -> None:
    """What waits until after the longest term is over can never be repaired."""
    rule, most = version.repair, version.term.maximum
    waits = {"min_publication": rule.minimum_publication, "cooling_off": rule.cooling_off}
    for key, wait in waits.items():
        if rule.repairable != "no" and wait is not None and _longer(wait, most):
            raise place.at(key).mistake(
                f"{wait} is longer than term.max, {most}: nobody could ever repair. Shorten it, "
                "or say repairable: no"
            )


def _check_predicate(version: CriterionVersion, place: Place) -> None:
    assert version.predicate is not None
    if not version.predicate.code.startswith(f"{version.sector}."):
        raise place.at("code").mistake(f"a predicate of this sector begins with {version.sector}.")
    if version.mandatory:
        # whoever reports a record must not depend on a function to have it taken in
        raise place.mistake("a criterion that opens by law is decided by its condition alone")


_CENTURY = Term(years=100)


def _longer(first: Term, second: Term) -> bool:
    return _days(first) > _days(second)


def _days(term: Term) -> int:
    # Only to compare; months of 31 days keep P12M and P1Y together with the years of 372.
    return term.years * 372 + term.months * 31 + term.days


def check_measures(sector: Sector, matters: Iterable[str]) -> None:
    """Codes, bases, targets and matters of the proposed measures."""
    known = frozenset(matters)
    for index, measure in enumerate(sector.measures):
        place = MEASURES.at(index)
        for field, problem in mistakes(measure):
            raise place.at(field).mistake(problem)
        _check_target(measure, sector, place)
        for position, matter in enumerate(sector.document["measures"][index]["matters"]):
            if matter not in known:
                raise place.at("matters", position).mistake(_unknown_matter(matter, known))
        _check_parent(measure, sector, place)
        same = [one for one in sector.measures[:index] if one.code == measure.code]
        for other in same:
            if other.version == measure.version or other.validity.overlaps(measure.validity):
                raise place.at("code").mistake(f"{measure.code} stands here twice for the same day")


def _unknown_matter(matter: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(matter, sorted(known), n=1)
    hint = f": did you mean {near[0]}? " if near else ". "
    return (
        f"unknown matter {matter!r}{hint}Known: {', '.join(sorted(known))}. GET /matters has their "
        "titles; one of the sector's own stands under matters in sector.yaml"
    )


def _check_target(measure: Measure, sector: Sector, place: Place) -> None:
    codes = {one.code for one in sector.criteria}
    for code in sorted(measure.target.criteria - codes):
        raise place.at("target", "criteria").mistake(unknown("criterion", code, codes))
    _check_rated(measure, sector, place)
    if measure.memorandum and measure.memorandum not in sector.instruments:
        raise place.at("memorandum").mistake(f"unknown instrument {measure.memorandum!r}")


def _check_parent(measure: Measure, sector: Sector, place: Place) -> None:
    if measure.parent and not measure.has_parent_among(sector.measures):
        raise place.at("parent").mistake(
            f"{measure.parent} is no {measure.kind} of this file that has no parent itself"
        )


def _check_rated(measure: Measure, sector: Sector, place: Place) -> None:
    for index, rated in enumerate(measure.target.ratings):
        at = place.at("target", "ratings", index)
        grades = {
            grade.code
            for version in sector.scorecards
            if version.code == rated.scorecard
            for grade in version.grades
        }
        if not grades:
            codes = {version.code for version in sector.scorecards}
            raise at.at("scorecard").mistake(unknown("scorecard", rated.scorecard, codes))
        for grade in sorted(rated.grades - grades):
            raise at.at("grades").mistake(unknown("grade", grade, grades))
