"""Profiles (地方规则): the numbers of a jurisdiction as dated parameters, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.domain.legal import Citation, RuleStatus
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Term

CALENDAR = "calendar"


@dataclass(frozen=True)
class Parameter:
    """One dated value. `source` is where it is written, the instrument, a comma and the article, or
    that it is this project's choice, with the reason after a comma; `note` is for whoever keeps the
    profile, such as a remark or a row of an internal table."""

    value: Any
    since: date
    source: str
    status: RuleStatus = RuleStatus.VERIFIED
    note: str = ""

    def citation(self, name: str) -> Citation:
        """The basis that an answer or a refusal names for this parameter: instrument and article as
        its source has them. Of a source with no article, such as a bare choice or one of a document
        from before they were parted, the parameter itself is named. Without the note: a basis is
        only what its reader can look up."""
        instrument, _, article = self.source.rpartition(", ")
        if instrument and article:
            return Citation(instrument, article, self.status)
        return Citation(self.source, name, self.status)


@dataclass(frozen=True)
class ProfileSource:
    """A profile as a plugin gives it: only what it sets itself. The rulebook merges the parent in.

    `document` is its canonical JSON-able form; `package` is where it was read.
    """

    code: str
    title: str
    parent: str | None
    document: Mapping[str, Any]
    package: str = ""


@dataclass(frozen=True)
class Profile:
    """A jurisdiction's parameters, its parent's already merged in; dates ascending."""

    code: str
    title: str
    parent: str | None
    parameters: Mapping[str, tuple[Parameter, ...]]

    def at(self, name: str, on: date) -> Parameter:
        """The parameter in force on a date; KeyError if the profile never sets it."""
        for one in reversed(self.parameters[name]):
            if one.since <= on:
                return one
        raise KeyError(f"profile {self.code} has no {name} on {on}")

    def value(self, name: str, on: date) -> Any:
        """Its bare value."""
        return self.at(name, on).value

    def months(self, name: str, on: date) -> int:
        """A parameter that is a number of months; 0 where the profile does not set it."""
        known = [one for one in self.parameters.get(name, ()) if one.since <= on]
        return int(known[-1].value) if known else 0

    def term(self, name: str, on: date) -> Term:
        """A parameter that is a term (P1Y)."""
        return Term.parse(str(self.value(name, on)))

    def counts_working_days(self, name: str, on: date) -> bool:
        """Which days a parameter in days counts (D-13): working days unless `deadline.unit.<name>`
        says calendar."""
        unit = f"deadline.unit.{name}"
        return unit not in self.parameters or self.value(unit, on) != CALENDAR

    def cap(self, severity: Severity | None, kind: SubjectKind, on: date) -> Parameter | None:
        """The longest term that the grade allows a subject of this kind, as a term (D-07).

        Only the three-grade scheme has caps of its own; other schemes bring theirs in the rule.
        """
        if severity is None or severity.scheme != "suqian-draft-2018":
            return None
        who = "person" if kind.is_person else "org"
        grade = {"general": "general", "substantial": "more_serious"}.get(severity.level)
        return self.at(f"validity.cap.{grade or f'serious_{who}'}", on)
