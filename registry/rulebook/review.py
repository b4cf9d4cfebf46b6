"""What `registry plugin check` tells the author of a sector: every mistake with file and line, and
every figure that is still to be verified.

Loading stops at the first mistake, since a server only has to refuse. An author wants all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.errors import RuleError
from registry.domain.sector import Sector
from registry.rulebook.loader import load_profiles, load_sector
from registry.rulebook.rule_files import CASES, read_part, rule_files
from registry.rulebook.unverified import Figure, unverified
from registry.rulebook.validated import mistakes
from registry.rulebook.yaml import Document, read_document

ENOUGH_CASES = 3
CALENDARS = "calendars"
DAYS = ("holidays", "workdays")


@dataclass(frozen=True)
class Review:
    """Of one package of rule files. Without mistakes it loads, and its figures are complete."""

    mistakes: tuple[RuleError, ...]
    to_verify: tuple[Figure, ...]


def review(package: str) -> Review:
    """All mistakes of shape in all files; without any, what contradicts what, and the cases. A
    package without sector.yaml gives profiles or calendars only."""
    documents: dict[str, Document] = {}
    found: list[RuleError] = []
    for part, schema in rule_files(package):
        try:
            document = read_part(package, part)
        except RuleError as error:
            found.append(error)
            continue
        wrong = mistakes(document, schema)
        found += wrong
        if not wrong:
            documents[part] = document
    figures = tuple(unverified({**documents, **dict(_calendar_years(package))}))
    return Review(tuple(found or _contradictions(package, documents)), figures)


def _contradictions(package: str, documents: Mapping[str, Document]) -> Iterator[RuleError]:
    """What is wrong with files of the right shape."""
    try:
        load_profiles(package)
        sector = load_sector(package) if "sector" in documents else None
    except RuleError as error:
        yield error
        return
    if sector is not None:
        yield from _too_few_cases(sector, documents)
        yield from _dates(documents)


def _calendar_years(package: str) -> Iterator[tuple[str, Document]]:
    """The years of working days that are written as those of the bundled calendar. A plugin reads
    them itself and says what is wrong with them: here, what is no such file is passed over."""
    folder = files(package).joinpath(CALENDARS)
    names = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    for name in names:
        if not name.endswith(".yaml"):
            continue
        try:
            document = read_document(package, f"{CALENDARS}/{name}")
        except RuleError:
            continue
        year = document.data
        if isinstance(year, Mapping) and all(isinstance(year.get(one), list) for one in DAYS):
            yield f"{CALENDARS}/{name}", document


# --- worked cases ---------------------------------------------------------------------------------


def _too_few_cases(sector: Sector, documents: Mapping[str, Document]) -> Iterator[RuleError]:
    for code in dict.fromkeys(version.code for version in sector.criteria):
        name = code.partition(".")[2]
        versions = [one for one in sector.criteria if one.code == code]
        cases = documents.get(f"{CASES}/{name}")
        given = cases.data[CASES] if cases else []
        rule = documents[f"criteria/{name}"]
        lacking = _lacking(given, min(one.validity.start for one in versions))
        if lacking:
            count = f"has {len(given)} of {ENOUGH_CASES} worked cases in {CASES}/{name}.yaml"
            yield rule.error("code", f"{count}; write {', and '.join(lacking)}")
        else:
            yield from _untried(rule, versions, given)


def _untried(
    rule: Document, versions: Sequence[CriterionVersion], cases: Sequence[Any]
) -> Iterator[RuleError]:
    """Versions that no case was decided under: figures that nobody has tried."""
    tried = [_decided(case) for case in cases if "met" in case["expect"]]
    labels = [one["version"] for one in rule.data["versions"]]
    for version in versions:
        if not any(version.validity.covers(day) for day in tried):
            problem = (
                f"{version.version} has no worked case: write one decided on or after "
                f"{version.validity.start}, while this version is in force"
            )
            yield rule.error(f"versions.{labels.index(version.version)}.version", problem)


def _decided(case: Mapping[str, Any]) -> date:
    return max((_day(one["decided_on"]) for one in case["records"]), default=date.min)


def _lacking(cases: Sequence[Any], first: date) -> list[str]:
    """What is missing of: just below, just at, and the day before the rule came into force."""
    outcomes = [case["expect"].get("met") for case in cases]
    before = first - timedelta(days=1)
    early = [
        case for case in cases if case["expect"].get("not_in_force") and _decided(case) == before
    ]
    lacking = []
    if False not in outcomes:
        lacking.append("one just below, with met: false")
    if True not in outcomes:
        lacking.append("one just at, with met: true")
    if not early:
        lacking.append(f"one decided on {before}, the day before, with not_in_force: true")
    if not lacking and len(cases) < ENOUGH_CASES:
        lacking.append(f"{ENOUGH_CASES - len(cases)} more")
    return lacking


# --- dates that cannot be -------------------------------------------------------------------------


def _dates(documents: Mapping[str, Document]) -> Iterator[RuleError]:
    instruments = {
        one["code"]: _day(one["valid_from"])
        for one in documents["sector"].data["instruments"]
        if one["valid_from"] is not None
    }
    for part, document in documents.items():
        if part.startswith("criteria/"):
            for index, version in enumerate(document.data["versions"]):
                yield from _before_its_law(document, f"versions.{index}", version, instruments)
        if part == "measures":
            for index, measure in enumerate(document.data["measures"]):
                yield from _before_its_law(document, f"measures.{index}", measure, instruments)
        if part.startswith(f"{CASES}/"):
            yield from _entered_before_decided(document)


def _before_its_law(
    document: Document, path: str, rule: Mapping[str, Any], instruments: Mapping[str, date]
) -> Iterator[RuleError]:
    """A rule rests on at least one instrument that was in force when it began."""
    cited = [instruments.get(one["instrument"], date.min) for one in rule["basis"]]
    start = _day(rule["valid_from"])
    if cited and min(cited) > start:
        problem = f"is in force from {start}, but nothing in its basis is before {min(cited)}"
        yield document.error(f"{path}.valid_from", problem)


def _entered_before_decided(document: Document) -> Iterator[RuleError]:
    for index, case in enumerate(document.data[CASES]):
        last = _decided(case)
        if _day(case["on"]) < last:
            problem = f"the listing is entered on {case['on']}, before the decision of {last}"
            yield document.error(f"{CASES}.{index}.on", problem)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
