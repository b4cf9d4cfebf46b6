"""Measure editions: a coordinator's draft is edited, compared and published; then it is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from registry.domain.errors import Frozen, InvalidInput, NotFound, NotPermitted
from registry.domain.legal import Citation, RuleStatus
from registry.domain.measure import Measure, mistakes
from registry.domain.validity import Interval
from registry.services import access
from registry.services.work import View, Work
from registry.store import announcements
from registry.store import editions as store
from registry.store.codec import measure_in, measure_out
from registry.store.editions import StoredEdition
from registry.store.transaction import new_id

# From the least confirmed on.
CONFIRMED = (RuleStatus.TO_VERIFY, RuleStatus.ACCEPTED, RuleStatus.VERIFIED)


def draft(work: Work, sector: str, name: str | None) -> StoredEdition:
    """A new draft: a copy of the edition in force, or of the plugin's proposal if none is."""
    access.require(work.actor, "edit a measure edition")
    if sector not in work.rulebook.sectors:
        raise InvalidInput.field("sector", "is no sector of the registry")
    _require_sector(work, sector)
    current = store.in_effect(work.change, sector, work.today)
    if current is not None:
        measures = [dict(one) for one in current.measures]
    else:
        measures = [measure_out(one) for one in work.rulebook.proposed_measures(sector)]
    id = store.add_draft(work.change, sector, name or f"{sector} {work.today}", measures)
    work.change.record("edition.drafted", {"edition_id": id, "sector": sector})
    return _existing(work, id)


def put_measure(work: Work, id: str, measure: Measure) -> StoredEdition:
    """Put a measure into a draft, or replace the one of its code."""
    edition = _draft(work, id)
    held = [measure_in(raw) for raw in edition.measures]
    measure = _filled(work, edition, held, measure)
    _refuse([*_unsound(work, measure), *_misnamed(work, held, measure)])
    _require_reach(work, measure)
    rest = [one for one in edition.measures if one["code"] != measure.code]
    changed = replace(edition, measures=(*rest, measure_out(measure)))
    return _save(work, changed, "edition.changed", measure.code)


def _filled(
    work: Work, edition: StoredEdition, held: Sequence[Measure], measure: Measure
) -> Measure:
    """With what the registry knows better than who sends it: which instruments are statutes, how
    far a citation is confirmed, and the version, a new one where something changed."""
    published = (one for other in work.context.editions for one in other.measures)
    known: dict[tuple[str, str], list[Citation]] = {}
    for one in (*work.rulebook.proposed_measures(), *published, *held):
        for citation in one.basis:
            known.setdefault((citation.instrument, citation.article), []).append(citation)
    statutes = {
        name
        for sector in work.rulebook.sectors.values()
        for one in sector.instruments.values()
        for name in (one.code, one.title, one.title_zh)
        if one.statute
    }
    basis = tuple(
        _confirmed(
            replace(one, statute=one.instrument in statutes),
            known.get((one.instrument, one.article), []),
        )
        for one in measure.basis
    )
    before = next((one for one in held if one.code == measure.code), None)
    filled = replace(measure, sector=edition.sector, basis=basis)
    if before is not None:
        same = replace(filled, version=before.version, validity=before.validity)
        if same == before:
            return before
    return replace(filled, version=work.today.isoformat(), validity=Interval(work.today))


def _confirmed(sent: Citation, held: Sequence[Citation]) -> Citation:
    """A citation as the rules or an edition hold it, by the status that was sent where one of them
    has that, else by the least confirmed. What none of them holds nobody has looked up."""
    if not held:
        return replace(sent, status=RuleStatus.TO_VERIFY)
    same = [one for one in held if one.status is sent.status]
    return (same or sorted(held, key=lambda one: CONFIRMED.index(one.status)))[0]


def remove_measure(work: Work, id: str, code: str) -> StoredEdition:
    """Leave a measure out of a draft."""
    edition = _draft(work, id)
    rest = tuple(one for one in edition.measures if one["code"] != code)
    if len(rest) == len(edition.measures):
        raise NotFound("measure")
    return _save(work, replace(edition, measures=rest), "edition.changed", code)


def publish(work: Work, id: str, effective_from: date | None) -> StoredEdition:
    """Publish a draft: from then on it is frozen, and its measures may be applied."""
    access.require(work.actor, "publish a measure edition")
    edition = _draft(work, id)
    start = effective_from or work.today
    if start < work.today:
        raise InvalidInput.field("effective_from", "must not lie before today")
    measures = [measure_in(raw) for raw in edition.measures]
    _refuse(
        (f"measures.{one.code}.{field}", problem)
        for one in measures
        for field, problem in _unsound(work, one)
    )
    for one in measures:
        _require_reach(work, one)
    published = replace(
        edition, state="published", effective_from=start, published_seq=work.change.next_seq
    )
    store.save(work.change, published)
    row = {
        "id": new_id(),
        "kind": "edition",
        "target_id": id,
        "subject_id": None,
        "sector": edition.sector,
        "list_kind": None,
        "on_day": work.today,
        "public": True,
        "withdrawn": False,
    }
    announcements.add_row(work.change, row)
    facts = {"edition_id": id, "sector": edition.sector, "effective_from": start.isoformat()}
    work.change.record("edition.published", facts, rules=True)
    return published


def newest_draft(work: Work, sector: str) -> str:
    """The id of the sector's newest draft; NotFound if there is none."""
    drafts = [one for one in store.of_sector(work.change, sector) if one.state == "draft"]
    if not drafts:
        raise NotFound(f"draft edition of {sector}")
    return drafts[-1].id


def get(view: View, id: str) -> StoredEdition:
    """An edition; drafts only for those who edit them."""
    found = store.get(view.reading, id)
    if found is None or (
        found.state == "draft" and not access.may(view.actor, "read measure drafts")
    ):
        raise NotFound("measure edition")
    return found


def of_sector(view: View, sector: str | None) -> list[StoredEdition]:
    """Editions of a sector, old ones too; drafts only for those who edit them."""
    found = store.of_sector(view.reading, sector)
    if access.may(view.actor, "read measure drafts"):
        return found
    return [one for one in found if one.state == "published"]


def compare(first: StoredEdition, second: StoredEdition | None) -> dict[str, list[str]]:
    """What `first` adds, leaves out and changes against `second`, or nothing, by measure code."""
    mine = {one["code"]: one for one in first.measures}
    theirs = {one["code"]: one for one in second.measures} if second is not None else {}
    return {
        "added": sorted(set(mine) - set(theirs)),
        "removed": sorted(set(theirs) - set(mine)),
        "changed": sorted(code for code in set(mine) & set(theirs) if mine[code] != theirs[code]),
    }


def _refuse(problems: Iterable[tuple[str, str]]) -> None:
    """InvalidInput if there are any."""
    errors: dict[str, list[str]] = {}
    for field, problem in problems:
        errors.setdefault(field, []).append(problem)
    if errors:
        raise InvalidInput(errors)


def _unsound(work: Work, measure: Measure) -> Iterator[tuple[str, str]]:
    """MEA-02: target, means, implementer and basis; rule 3; and what no plugin may propose."""
    parts = {
        "content": measure.content.strip(),
        "implementer": measure.implementer.strip(),
        "target": measure.target.subject_kinds,
        "matters": measure.matters,
    }
    for part, given in parts.items():
        if not given:
            yield part, "is required: a measure without it cannot be published"
    for field, problem in mistakes(measure):
        # of a force that the basis does not bear it is the basis that is wanting
        yield "basis" if field == "force" else field, problem
    yield from _misrated(work, measure)
    if any(work.rulebook.matter(matter) is None for matter in measure.matters):
        yield "matters", "must be matters of the registry: GET /matters names them"


def _require_reach(work: Work, measure: Measure) -> None:
    """A measure for every sector is for a coordinator of every sector."""
    if measure.target.every_sector and work.actor.agency.sectors:
        raise NotPermitted("edit measures for every sector")


def _misrated(work: Work, measure: Measure) -> Iterator[tuple[str, str]]:
    """Ratings that a measure follows are of its own sector, by grades that there are."""
    for index, one in enumerate(measure.target.ratings):
        versions = work.rulebook.scorecard_versions(one.scorecard)
        field = f"target.ratings.{index}"
        if not versions or versions[0].sector != measure.sector:
            yield f"{field}.scorecard", f"is no scorecard of the sector {measure.sector}"
            continue
        known = {grade.code for version in versions for grade in version.grades}
        if one.grades - known:
            grades = ", ".join(sorted(known))
            yield f"{field}.grades", f"must be grades of the scorecard: {grades}"


def _misnamed(work: Work, held: Sequence[Measure], measure: Measure) -> Iterator[tuple[str, str]]:
    """Criteria and parent are of the sector. A criterion that the measure named before may stay:
    listings outlive the rules under which they were made, and so does what follows them."""
    sector = work.rulebook.sectors.get(measure.sector)
    if sector is None:
        return  # it is not enabled now: what it has cannot be looked up
    codes = {one.code for one in sector.criteria}
    before = {code for one in held if one.code == measure.code for code in one.target.criteria}
    if not measure.target.every_sector and measure.target.criteria - codes - before:
        yield "target.criteria", "must be criteria of the sector: " + ", ".join(sorted(codes))
    others = [one for one in held if one.code != measure.code]
    if measure.parent and (
        not measure.has_parent_among([*others, *sector.measures])
        or any(one.parent == measure.code for one in others)
    ):
        yield "parent", f"must be a {measure.kind} of the edition that has no parent itself"


def _require_sector(work: Work, sector: str) -> None:
    if not work.actor.agency.covers(sector):
        raise NotPermitted("edit measures of this sector")


def _draft(work: Work, id: str) -> StoredEdition:
    access.require(work.actor, "edit a measure edition")
    found = _existing(work, id)
    _require_sector(work, found.sector)
    if found.state != "draft":
        raise Frozen
    return found


def _existing(work: Work, id: str) -> StoredEdition:
    found = store.get(work.change, id)
    if found is None:
        raise NotFound("measure edition")
    return found


def _save(work: Work, edition: StoredEdition, kind: str, code: str) -> StoredEdition:
    store.save(work.change, edition)
    facts = {"edition_id": edition.id, "sector": edition.sector, "measure": code}
    work.change.record(kind, facts)
    return edition
