"""Lists of ratings that an authority has published, or its drafts for comment: taken over row by
row, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from registry.domain.determination import Missing
from registry.domain.errors import Duplicate, InvalidInput, StepMissing
from registry.domain.legal import RuleStatus
from registry.domain.rating import Ground, Rating, RatingState
from registry.domain.scorecard import Grade, ScorecardVersion
from registry.domain.scoring import by_band
from registry.domain.subject import Subject
from registry.services.ratings import facts_of, has_accepted, new_rating, rater_version
from registry.services.work import View, Work
from registry.store import ratings as store
from registry.store import subjects as subject_store


@dataclass(frozen=True)
class ListEdition:
    """A published list, or its draft for comment: by which scorecard, which edition (`2020`), when
    it was made, and where it stands. `valid_from` is `rated_on` unless given; `valid_to` follows
    from the scorecard unless given."""

    scorecard: str
    edition: str
    rated_on: date
    state: RatingState = RatingState.PUBLISHED
    source: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class ListRow:
    """A row of it: the grade by code or by the Chinese title that the list prints."""

    subject_id: str
    grade: str | None
    score: Decimal | None = None
    rank: int | None = None


class Recorded(StrEnum):
    """What became of a row. `changed`: a draft was published, or given another grade; `same`: it
    was there already, word for word; `conflict`: it was there with another grade."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class EditionCounts:
    """An edition in one state, and how many subjects have which grade in it."""

    scorecard: str
    agency_id: str
    edition: str
    state: str
    counts: Mapping[str, int]


def record_published(work: Work, edition: ListEdition, row: ListRow) -> Rating:
    """Take over one rating of a published list; Duplicate where the edition gave it another."""
    ((rating, became),) = record_list(work, edition, [row])
    if became is Recorded.CONFLICT:
        raise Duplicate("Another grade of this subject in this edition", rating.id)
    return rating


def record_list(
    work: Work, edition: ListEdition, rows: Sequence[ListRow]
) -> list[tuple[Rating, Recorded]]:
    """Take over rows of a list, in order. InvalidInput names what is wrong with the edition or, as
    `rows.<n>.<field>`, with a row; then nothing is written. A row that contradicts what the edition
    already gave the subject is not written and is told as a conflict."""
    version = rater_version(work, edition.scorecard, edition.rated_on)
    _require_dates(work, edition)
    if version.third_party and not edition.source:
        raise InvalidInput.field("source", "is required: whose report, under which licence?")
    agency_id = work.actor.agency.id
    ids = [row.subject_id for row in rows]
    known = store.of_edition(work.change, version.code, agency_id, edition.edition, ids)
    whom = {one.id: one for one in subject_store.get_many(work.change, ids)}
    told: list[tuple[Rating, Recorded]] = []
    new: dict[str, Rating] = {}
    changed: dict[str, Rating] = {}
    for index, row in enumerate(rows):
        rating = _from_list(work, version, edition, row, whom, f"rows.{index}")
        before = new.get(row.subject_id) or changed.get(row.subject_id) or known.get(row.subject_id)
        became = _became(before, rating)
        if became is Recorded.ADDED:
            new[row.subject_id] = rating
        elif before is not None and became is Recorded.CHANGED:
            rating = replace(rating, id=before.id)
            changed[row.subject_id] = rating
        elif before is not None:
            rating = before
        told.append((rating, became))
    store.add_all(work.change, [(one, facts_of(one)) for one in new.values()])
    for one in changed.values():
        store.save(work.change, one)
        work.change.record("rating.recorded", facts_of(one), one.subject_id)
    return told


def _became(before: Rating | None, now: Rating) -> Recorded:
    if before is None:
        return Recorded.ADDED
    if before.state is RatingState.WITHDRAWN:
        return Recorded.CHANGED
    same = (before.grade, before.score, before.rank) == (now.grade, now.score, now.rank)
    if same and before.state is now.state:
        return Recorded.SAME
    if before.state is RatingState.CONSULTATION:
        return Recorded.CHANGED  # comments may change a draft, and publication ends it
    return Recorded.SAME if same else Recorded.CONFLICT


def _from_list(
    work: Work,
    version: ScorecardVersion,
    edition: ListEdition,
    row: ListRow,
    whom: Mapping[str, Subject],
    place: str,
) -> Rating:
    subject = whom.get(row.subject_id)
    if subject is None:
        raise InvalidInput.field(f"{place}.subject_id", "is no subject of the registry")
    if not version.covers(subject.kind):
        raise InvalidInput.field(
            f"{place}.subject_id", f"{version.code} does not rate a {subject.kind}"
        )
    grade, grounds = _grade(work, version, row, f"{place}.grade")
    start = edition.valid_from or edition.rated_on
    end = edition.valid_to or (version.term.after(start) if version.term else None)
    rating = new_rating(work, version, row.subject_id, edition.rated_on, grade)
    return replace(
        rating,
        valid_from=start,
        valid_to=end,
        state=edition.state,
        score=row.score,
        rank=row.rank,
        edition=edition.edition,
        source=edition.source,
        grounds=grounds,
    )


def _grade(
    work: Work, version: ScorecardVersion, row: ListRow, place: str
) -> tuple[Grade | None, tuple[Ground, ...]]:
    """The grade that the list prints or, where it prints a score alone, that of its band."""
    if row.grade is not None:
        found = version.grade(row.grade)
        if found is None:
            known = ", ".join(f"{one.code} ({one.title_zh})" for one in version.grades) or "none"
            raise InvalidInput.field(place, f"is no grade of {version.code}. Known: {known}")
        return found, ()
    band = version.band_of(row.score) if row.score is not None else None
    if band is not None and row.score is not None:
        if version.status is RuleStatus.TO_VERIFY and not has_accepted(work, version):
            raise StepMissing([Missing("accept_rule", version.basis).to_json()])
        return version.grade(band.grade), (by_band(version, band, row.score),)
    if version.grades:
        raise InvalidInput.field(place, "is required: a rating without a grade says nothing")
    return None, ()


def _require_dates(work: Work, edition: ListEdition) -> None:
    if edition.rated_on > work.today:
        raise InvalidInput.field("rated_on", "must not lie after today")
    if edition.state is RatingState.WITHDRAWN:
        raise InvalidInput.field("state", "must be consultation or published")
    start = edition.valid_from or edition.rated_on
    if start < edition.rated_on:
        raise InvalidInput.field("valid_from", "must not lie before rated_on")
    if edition.valid_to is not None and edition.valid_to <= start:
        raise InvalidInput.field("valid_to", "must lie after valid_from")


def editions(view: View, scorecard: str | None = None) -> list[EditionCounts]:
    """The published lists and drafts for comment that were taken over; open to all."""
    found: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for code, agency_id, edition, state, grade, number in store.editions(view.reading, scorecard):
        found.setdefault((code, agency_id, edition, state), {})[grade or ""] = number
    return [EditionCounts(*key, counts) for key, counts in found.items()]
