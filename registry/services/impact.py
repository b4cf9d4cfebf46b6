"""What a rulebook would change before it is activated: who would enter, leave, or get other
measures, with reasons. It writes nothing but figures that an evaluation would enter anyway."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.errors import InvalidInput, RuleError
from registry.domain.finding import Finding, Reason
from registry.domain.listing import Listing
from registry.domain.validity import LATEST, day_of
from registry.rulebook.rewritten import rewritten
from registry.rulebook.rulebook import Rulebook
from registry.services import evaluation, impact_measures, removals
from registry.store import criteria, evaluations, figures, listings, records
from registry.store.store import Store
from registry.store.transaction import Reading
from registry.store.vault import ErasedError

SHOWN = 1_000
LISTS = ("enter", "leave", "measures")
PARTS = ("sectors", "profiles", "calendars")


@dataclass
class Impact:
    """Counts are of all; the lists hold the first so many of each. `rewritten`: versions that are
    active with another text."""

    active: str
    proposed: str
    criteria: list[str]
    rewritten: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LISTS, 0))
    enter: list[dict[str, Any]] = field(default_factory=list)
    leave: list[dict[str, Any]] = field(default_factory=list)
    measures: list[dict[str, Any]] = field(default_factory=list)

    def add(self, to: str, item: dict[str, Any]) -> None:
        """Count an item, and keep it while there is room."""
        self.counts[to] += 1
        if self.counts[to] <= SHOWN:
            getattr(self, to).append(item)


def laid_over(active: Rulebook, parts: Mapping[str, Any]) -> Rulebook:
    """The active rulebook with sectors, profiles or calendars of a document in place of those of
    the same code. InvalidInput names what is no rulebook document."""
    document = {**active.document}
    for name, content in parts.items():
        if name not in PARTS or not isinstance(content, Mapping):
            raise InvalidInput.field("rulebook", f"holds mappings by code: {', '.join(PARTS)}")
        document[name] = {**active.document[name], **content}
    try:
        return Rulebook.from_document(json.loads(json.dumps(document)))
    except (RuleError, RecursionError) as error:
        raise InvalidInput.field("rulebook", str(error)) from None


def impact(store: Store, active: Rulebook, proposed: Rulebook) -> Impact:
    """Compare two rulebooks over all subjects, live listings and ratings in force, by what is known
    now."""
    codes = sorted(removals.changed_criteria(active, proposed))
    versions = [one for code in codes for one in active.criterion_versions(code)]
    if versions:
        evaluation.enter_all(store, active, versions)
    anew = [one.to_json() for one in rewritten(active, proposed)]
    found = Impact(active.digest, proposed.digest, codes, anew)
    today = day_of(store.now())
    with store.reading() as reading:
        for code in codes:
            for item in _entering(reading, code, active, proposed, today):
                found.add("enter", item)
        for listing, gone in removals.departures(reading, active, proposed, today):
            if gone is not None:
                found.add("leave", _leaving(listing, gone))
        for item in impact_measures.measured(reading, active, proposed, today):
            found.add("measures", item)
    return found


def _entering(
    reading: Reading, code: str, active: Rulebook, proposed: Rulebook, today: date
) -> Iterator[dict[str, Any]]:
    """Subjects that meet a criterion now and did not before, and are not listed under it."""
    before = _meeting(reading, active.criterion_versions(code))
    after = _meeting(reading, proposed.criterion_versions(code))
    for subject_id, version in sorted(after.items()):
        if subject_id in before or _listed(reading, subject_id, code, today):
            continue
        finding = version.found_on(records.of_subject(reading, subject_id), LATEST)
        yield {
            "criterion": code,
            "version": version.version,
            "subject_id": subject_id,
            "record_ids": list(finding.record_ids),
            "reasons": _reasons(finding.reasons),
        }


def _listed(reading: Reading, subject_id: str, code: str, today: date) -> bool:
    return any(
        one.criterion == code and one.exit is None and one.valid_to > today
        for one in listings.of_subject(reading, subject_id)
    )


def _meeting(reading: Reading, versions: Sequence[CriterionVersion]) -> dict[str, CriterionVersion]:
    """Subjects by the version that they meet. Where the figures lack a field that a new rule asks
    of, the records themselves are read."""
    found: dict[str, CriterionVersion] = {}
    for version in versions:
        if _has_figures(reading, version):
            layout = figures.slots(reading, version.record_kinds)
            statement = criteria.meeting(version, layout, reading.vault, LATEST)
            ids = sorted(reading.connection.execute(statement).scalars())
        else:
            ids = sorted(_by_the_rule(reading, version))
        found.update(dict.fromkeys(evaluations.listable(reading, version, ids), version))
    return found


def _has_figures(reading: Reading, version: CriterionVersion) -> bool:
    layout = figures.slots(reading, version.record_kinds)
    entered = figures.entered(reading, version.record_kinds)
    needed = evaluation.needed([version])
    return entered and all(
        name in layout[kind] and layout[kind][name][1] is type
        for kind, asked in needed.items()
        for name, type in asked.items()
    )


def _by_the_rule(reading: Reading, version: CriterionVersion) -> Iterator[str]:
    for subject_id in records.subjects_of(reading, version.record_kinds):
        try:
            finding: Finding = version.found_on(records.of_subject(reading, subject_id), LATEST)
        except ErasedError:
            continue
        if finding.met:
            yield subject_id


def _leaving(listing: Listing, gone: Any) -> dict[str, Any]:
    return {
        "listing_id": listing.id,
        "subject_id": listing.subject_id,
        "criterion": listing.criterion,
        "old_version": listing.criterion_version,
        "new_version": gone.version.version if gone.version is not None else None,
        "effective_on": gone.effective_on.isoformat(),
        "reasons": _reasons(gone.reasons),
    }


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [reason.to_json() for reason in reasons]
