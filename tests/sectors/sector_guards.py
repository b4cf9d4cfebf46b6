"""What every bundled sector must hold: one statement each, asked by the tests of each sector."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.sector import Sector
from registry.domain.severity import SCHEMES, Severity
from registry.rulebook.yaml import read_yaml


def criteria_without_enough_cases(sector: Sector) -> list[str]:
    """Below, at, and the day before the first version came into force, at the least."""
    return [code for code, cases in _cases(sector) if not _is_enough(sector, code, cases)]


def _cases(sector: Sector) -> Iterator[tuple[str, list[Any]]]:
    for code in sorted({version.code for version in sector.criteria}):
        name = code.partition(".")[2]
        yield code, read_yaml(sector.package, f"cases/{name}.yaml")


def _is_enough(sector: Sector, code: str, cases: list[Any]) -> bool:
    first = min(one.validity.start for one in sector.criteria if one.code == code)
    outcomes = {case["expect"].get("met") for case in cases}
    before = [case for case in cases if case["expect"].get("not_in_force")]
    last_days = [max(one["decided_on"] for one in case["records"]) for case in before]
    return len(cases) >= 3 and {True, False} <= outcomes and first - timedelta(1) in last_days


def figures_missing_in_readme(sector: Sector) -> list[str]:
    """Every figure to verify must stand in the README's table, in the row of its rule."""
    text = files(sector.package).joinpath("README.md").read_text(encoding="utf-8")
    table = text.partition("## Figures to verify")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")]
    wanted = {item for version in sector.criteria for item in _to_verify(version)}
    wanted |= {(one.code, "basis") for one in sector.measures if one.status is _TO_VERIFY}
    return [f"{key}: {figure}" for key, figure in sorted(wanted) if not _stands(rows, key, figure)]


_TO_VERIFY = RuleStatus.TO_VERIFY


def _stands(rows: list[str], key: str, figure: str) -> bool:
    word = re.compile(rf"(?<![\w.]){re.escape(figure)}(?![\w]|\.\d)")
    return any(f"`{key}`" in row and word.search(row) for row in rows)


def _to_verify(version: CriterionVersion) -> Iterator[tuple[str, str]]:
    """(rule or key of a part, figure as written) of all that is not confirmed."""
    if version.figures_status is _TO_VERIFY:
        for clause in version.when.clauses():
            if isinstance(clause.figure, Decimal):
                yield version.code, f"{clause.figure:f}"
    term, notice, repair = version.term, version.notice, version.repair
    if term.status is _TO_VERIFY:
        yield "term.max", str(term.maximum)
    if notice.status is _TO_VERIFY and notice.reply_days is not None:
        yield "notice.reply_days", str(notice.reply_days)
    if repair.status is _TO_VERIFY:
        if repair.minimum_publication is not None:
            yield "repair.min_publication", str(repair.minimum_publication)
        if repair.decision_days is not None:
            yield "repair.decision_days", str(repair.decision_days)
        if repair.repeat_count is not None:
            yield "repair.repeat_bar", str(repair.repeat_count)
            yield "repair.repeat_bar", str(repair.repeat_window)


def rules_to_verify_that_the_readme_does_not_name(sector: Sector) -> list[str]:
    text = files(sector.package).joinpath("README.md").read_text(encoding="utf-8")
    codes = {one.code for one in sector.criteria if one.figures_status is _TO_VERIFY}
    return sorted(code for code in codes if f"`{code}`" not in text)


def incomplete_criteria(sector: Sector) -> list[str]:
    """Without notice, term, repair rule, article, Chinese text or an entry in the directory."""
    return [version.code for version in sector.criteria if not _is_complete(version, sector)]


def _is_complete(version: CriterionVersion, sector: Sector) -> bool:
    return bool(
        # nothing is held against a red candidate, which is shown to the public instead
        (version.list_kind is ListKind.RED or (version.notice.required and version.notice.basis))
        and version.term.basis
        and version.repair.repairable in ("yes", "no", "after_expiry")
        and version.basis
        and version.text_zh
        and version.directory_entry in sector.directory
        and 1 <= version.basis_code <= 5
    )


def measures_offered_below_their_grade(sector: Sector) -> list[str]:
    """Measures of a black list that would follow a listing of the same criterion, graded lower."""
    scheme, level = "suqian-draft-2018", "serious"
    lower = [Severity(scheme, one) for one in SCHEMES[scheme] if one != level]
    return [
        measure.code
        for measure in sector.measures
        for version in sector.criteria
        for severity in (*lower, None)
        if measure.target.follows(ListKind.BLACK, version.code, severity)
    ]


def measures_on_the_watch_list(sector: Sector) -> dict[str, list[str]]:
    """By list kind, the measures that follow a listing of any criterion, of any grade or none."""
    grades = [None, Severity("suqian-draft-2018", "serious")]
    return {
        str(kind): sorted(
            {
                measure.code
                for measure in sector.measures
                for version in sector.criteria
                for grade in grades
                if measure.target.follows(kind, version.code, grade)
            }
        )
        for kind in (ListKind.WATCH, ListKind.BLACK)
    }


def mandatory_without_statute(sector: Sector) -> list[str]:
    return [
        one.code
        for one in sector.measures
        if one.force == "mandatory" and not any(citation.statute for citation in one.basis)
    ]


def version_on(sector: Sector, code: str, day: date) -> CriterionVersion:
    return next(one for one in sector.criteria if one.code == code and one.validity.covers(day))
