"""The rulebook (规则库): all rules of the enabled plugins as one value with one digest.

It is its canonical document; the domain objects are built from that, whether it was just merged or
stored years ago, so that a check and its replay read the same rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import rfc8785

from registry.domain.criterion import CriterionVersion
from registry.domain.errors import NotReady, RuleConflict, RuleError
from registry.domain.listing import ListKind
from registry.domain.measure import Measure
from registry.domain.profile import Profile, ProfileSource
from registry.domain.record import RecordKind
from registry.domain.scorecard import ScorecardVersion
from registry.domain.sector import Matter, Sector
from registry.domain.validity import in_force_on
from registry.domain.workdays import Calendar
from registry.rulebook.build import build_sector
from registry.rulebook.calendars import build_calendar, calendar_document
from registry.rulebook.matters import bundled
from registry.rulebook.place import RuleMistake
from registry.rulebook.profiles import resolve_profiles

# Raised when the shape of the document changes; an old shape stays readable for ever.
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Immutable. Lookups give None for what it does not hold, but for `profile`."""

    document: Mapping[str, Any]
    sectors: Mapping[str, Sector]
    profiles: Mapping[str, Profile]
    calendars: Mapping[str, Calendar]
    matters: Mapping[str, Matter]
    known_digest: str | None = None

    @classmethod
    def empty(cls) -> Rulebook:
        """What was known before anything was activated: no rules, and no listings by them."""
        return cls.merge(())

    @classmethod
    def merge(
        cls,
        sectors: Iterable[Sector],
        profiles: Iterable[ProfileSource] = (),
        calendars: Iterable[Calendar] = (),
    ) -> Rulebook:
        """The rulebook of what plugins gave; RuleConflict names both who claim one code."""
        by_sector: dict[str, Sector] = {}
        for sector in sectors:
            _claim(by_sector, sector, "sector")
        by_profile: dict[str, ProfileSource] = {}
        for profile in profiles:
            _claim(by_profile, profile, "profile")
        _check_matters(by_sector.values())
        return cls.from_document(
            {
                "format": FORMAT,
                "purposes": bundled().document["purposes"],
                "matters": bundled().document["matters"],
                "sectors": {code: one.document for code, one in by_sector.items()},
                "profiles": {code: one.document for code, one in by_profile.items()},
                "calendars": {one.code: calendar_document(one) for one in calendars},
            }
        )

    @classmethod
    def from_document(cls, document: Mapping[str, Any], digest: str | None = None) -> Rulebook:
        """Build from a canonical document; `digest` where it is known, as it is for a stored one.
        RuleError if it is no rulebook document."""
        try:
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']!r} is not {FORMAT}")
            sectors = {code: build_sector(one) for code, one in sorted(document["sectors"].items())}
            own = [matter for sector in sectors.values() for matter in sector.matters]
            matters = [*(Matter(**one) for one in document["matters"]), *own]
            return cls(
                document=document,
                sectors=sectors,
                profiles=resolve_profiles(document["profiles"].values()),
                calendars={
                    code: build_calendar(one) for code, one in document["calendars"].items()
                },
                matters={matter.code: matter for matter in matters},
                known_digest=digest,
            )
        except (KeyError, TypeError, ValueError, AttributeError, RuleMistake) as error:
            raise RuleError("rulebook", None, f"is no rulebook document: {error!r}") from error

    @cached_property
    def digest(self) -> str:
        """The name of this rulebook: SHA-256 over the RFC 8785 form of its document."""
        if self.known_digest is not None:
            return self.known_digest
        return f"sha256:{hashlib.sha256(self.canonical().encode()).hexdigest()}"

    def canonical(self) -> str:
        """The RFC 8785 form of the document, as it is stored."""
        return rfc8785.dumps(_plain(self.document)).decode("utf-8")

    @property
    def purposes(self) -> tuple[str, ...]:
        """The codes of the six purposes."""
        return tuple(one["code"] for one in self.document["purposes"])

    def with_calendars(self, calendars: Mapping[str, Calendar]) -> Rulebook:
        """The same rules under other calendars."""
        documents = {code: calendar_document(one) for code, one in calendars.items()}
        document = {**self.document, "calendars": documents}
        return replace(self, document=document, calendars=calendars, known_digest=None)

    def sector(self, code: str) -> Sector | None:
        return self.sectors.get(code)

    def profile(self, code: str) -> Profile:
        """The numbers of a jurisdiction; NotReady if the plugin that gave them is gone, for
        without them nothing can be decided there."""
        found = self.profiles.get(code)
        if found is None:
            raise NotReady(f"No enabled plugin gives the profile {code}: enable it, then migrate.")
        return found

    def calendar_of(self, profile: Profile, on: date) -> Calendar:
        """The working days of a jurisdiction: the calendar its parameter `calendar` names, else
        the only one there is. Where there is none, every deadline is provisional."""
        if "calendar" in profile.parameters:
            code = str(profile.value("calendar", on))
            return self.calendars.get(code, Calendar(code, {}))
        if len(self.calendars) == 1:
            return next(iter(self.calendars.values()))
        return Calendar("none", {})

    def matter(self, code: str) -> Matter | None:
        return self.matters.get(code)

    def record_kind(self, code: str) -> RecordKind | None:
        return self._record_kinds.get(code)

    def criterion_versions(self, code: str) -> tuple[CriterionVersion, ...]:
        """Every version of a criterion, earliest first; empty if there is no such criterion."""
        return self._criteria.get(code, ())

    def criterion(self, code: str, on: date) -> CriterionVersion | None:
        """The version of a criterion in force on a date."""
        return in_force_on(self.criterion_versions(code), on)

    def criterion_version(self, code: str, version: str) -> CriterionVersion | None:
        """The version of a criterion that a listing names."""
        return next((one for one in self.criterion_versions(code) if one.version == version), None)

    def criteria(
        self,
        *,
        sector: str | None = None,
        list_kind: ListKind | None = None,
        on: date | None = None,
    ) -> tuple[CriterionVersion, ...]:
        """The versions that fit, by code and date; without `on` every version ever."""
        return tuple(
            version
            for code in sorted(self._criteria)
            for version in self._criteria[code]
            if sector in (None, version.sector)
            and list_kind in (None, version.list_kind)
            and (on is None or version.validity.covers(on))
        )

    def scorecard_versions(self, code: str) -> tuple[ScorecardVersion, ...]:
        """Every version of a scorecard, earliest first; empty if there is no such scorecard."""
        return self._scorecards.get(code, ())

    def scorecard(self, code: str, on: date) -> ScorecardVersion | None:
        """The version of a scorecard in force on a date."""
        return in_force_on(self.scorecard_versions(code), on)

    def scorecards(
        self, *, sector: str | None = None, on: date | None = None
    ) -> tuple[ScorecardVersion, ...]:
        """The versions that fit, by code and date; without `on` every version ever."""
        return tuple(
            version
            for code in sorted(self._scorecards)
            for version in self._scorecards[code]
            if sector in (None, version.sector) and (on is None or version.validity.covers(on))
        )

    def proposed_measures(self, sector: str | None = None) -> tuple[Measure, ...]:
        """What plugins propose, of one sector or all; only a published edition applies."""
        return tuple(
            measure
            for code, one in self.sectors.items()
            if sector in (None, code)
            for measure in one.measures
        )

    @cached_property
    def _record_kinds(self) -> Mapping[str, RecordKind]:
        return {
            code: kind
            for sector in self.sectors.values()
            for code, kind in sector.record_kinds.items()
        }

    @cached_property
    def _criteria(self) -> Mapping[str, tuple[CriterionVersion, ...]]:
        found: dict[str, list[CriterionVersion]] = {}
        for sector in self.sectors.values():
            for version in sector.criteria:
                found.setdefault(version.code, []).append(version)
        return {code: tuple(versions) for code, versions in found.items()}

    @cached_property
    def _scorecards(self) -> Mapping[str, tuple[ScorecardVersion, ...]]:
        found: dict[str, list[ScorecardVersion]] = {}
        for sector in self.sectors.values():
            for version in sector.scorecards:
                found.setdefault(version.code, []).append(version)
        return {code: tuple(versions) for code, versions in found.items()}


def digest_of(document: Any) -> str:
    """SHA-256 over the RFC 8785 form of rules."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(_plain(document))).hexdigest()}"


Claimed = TypeVar("Claimed", Sector, ProfileSource)


def _claim(taken: dict[str, Claimed], one: Claimed, what: str) -> None:
    other = taken.setdefault(one.code, one)
    if other is not one:
        raise RuleConflict(f"{what} {one.code}", other.package, one.package)


def _check_matters(sectors: Iterable[Sector]) -> None:
    """One code, one matter: several sectors may name it, in the same words."""
    taken: dict[str, tuple[Matter, str]] = {}
    for sector in sectors:
        for matter in sector.matters:
            first, package = taken.setdefault(matter.code, (matter, sector.package))
            if first != matter:
                raise RuleConflict(f"matter {matter.code}", package, sector.package)


def _plain(value: Any) -> Any:
    """Read-only mappings as the dicts that rfc8785 knows."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
