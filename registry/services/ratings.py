"""Ratings: taken over from published list editions, or scored here by an approved scorecard. No
listing ever follows from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from registry.domain.determination import Missing
from registry.domain.errors import Duplicate, InvalidInput, NotFound, NotPermitted, StepMissing
from registry.domain.legal import RuleStatus
from registry.domain.rating import Ground, Rating, RatingState
from registry.domain.scorecard import FromRater, Grade, ScorecardVersion
from registry.domain.scoring import Evidence, Score, Stated, by_band, score
from registry.domain.subject import Subject
from registry.domain.validity import noon_of
from registry.services import access, subjects
from registry.services.work import View, Work
from registry.store import access as access_store
from registry.store import listings as listing_store
from registry.store import ratings as store
from registry.store import records as record_store
from registry.store import subjects as subject_store
from registry.store.transaction import new_id


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
class NewScore:
    """A rating to be scored: by which scorecard, whom, and what the rater states."""

    scorecard: str
    subject_id: str
    stated: Sequence[Stated] = ()
    rated_on: date | None = None
    state: RatingState = RatingState.PUBLISHED
    source: str = field(default="")


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
    version = _rater(work, edition.scorecard, edition.rated_on)
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
    store.add_all(work.change, [(one, _facts(one)) for one in new.values()])
    for one in changed.values():
        store.save(work.change, one)
        work.change.record("rating.recorded", _facts(one), one.subject_id)
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
    rating = _rating(work, version, row.subject_id, edition.rated_on, grade)
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
        if version.status is RuleStatus.TO_VERIFY and not _has_accepted(work, version):
            raise StepMissing([Missing("accept_rule", version.basis).to_json()])
        return version.grade(band.grade), (by_band(version, band, row.score),)
    if version.grades:
        raise InvalidInput.field(place, "is required: a rating without a grade says nothing")
    return None, ()


def _has_accepted(work: Work, version: ScorecardVersion) -> bool:
    agency_id = work.actor.agency.id
    return access_store.has_accepted(work.change, agency_id, version.code, version.version)


def score_subject(work: Work, new: NewScore) -> Rating:
    """Rate a subject by an approved and published scorecard, from its records and what the rater
    states. StepMissing names what keeps the scorecard from being used."""
    on = new.rated_on or work.today
    version = _rater(work, new.scorecard, on)
    if on > work.today:
        raise InvalidInput.field("rated_on", "must not lie after today")
    _require_usable(work, version, on)
    subject = subjects.get(work.view(), new.subject_id)
    if not version.covers(subject.kind):
        raise InvalidInput.field("subject_id", f"{version.code} does not rate a {subject.kind}")
    _require_statable(version, new.stated)
    found = score(version, _evidence(work, version, subject, new.stated, on), on)
    rating = replace(
        _scored(_rating(work, version, subject.id, on, _of(version, found)), version, found),
        state=new.state,
        source=new.source,
    )
    store.add_all(work.change, [(rating, _facts(rating))])
    return rating


def _require_usable(work: Work, version: ScorecardVersion, on: date) -> None:
    if not version.scores:
        raise InvalidInput.field(
            "scorecard", f"{version.code} {version.version} names grades only: give an edition"
        )
    missing = version.missing(on, _has_accepted(work, version))
    if missing:
        raise StepMissing([one.to_json() for one in missing])


def _evidence(
    work: Work, version: ScorecardVersion, subject: Subject, stated: Sequence[Stated], on: date
) -> Evidence:
    instant = work.now if on == work.today else noon_of(on)
    return Evidence(
        records=record_store.of_subject(work.change, subject.id),
        listings=[
            one
            for one in listing_store.of_subject(work.change, subject.id)
            if one.is_in_force(instant)
        ],
        ratings=store.of_subject(work.change, subject.id, version.code),
        stated=stated,
    )


def _of(version: ScorecardVersion, found: Score) -> Grade | None:
    return version.grade(found.grade) if found.grade is not None else None


def _scored(rating: Rating, version: ScorecardVersion, found: Score) -> Rating:
    term = found.direct.term if found.direct is not None and found.direct.term else version.term
    return replace(
        rating,
        valid_to=term.after(rating.valid_from) if term else None,
        score=found.total,
        items=found.items,
        grounds=found.grounds,
    )


def _require_statable(version: ScorecardVersion, stated: Sequence[Stated]) -> None:
    """A rater may state only what the scorecard leaves to the rater, and each thing once."""
    open_to_rater = {one.code for one in version.lines if isinstance(one.trigger, FromRater)}
    errors: dict[str, list[str]] = {}
    for index, one in enumerate(stated):
        if one.code not in open_to_rater:
            known = ", ".join(sorted(open_to_rater)) or "none"
            errors[f"items.{index}.code"] = [f"is no line that a rater states. Known: {known}"]
        elif one.code in [other.code for other in stated[:index]]:
            errors[f"items.{index}.code"] = ["stands here twice: give its count"]
    if errors:
        raise InvalidInput(errors)


def withdraw(work: Work, id: str, reason: str) -> Rating:
    """Take a rating back: by the agency that made it, with a reason. It counts no more."""
    access.require(work.actor, "withdraw a rating")
    found = store.get(work.change, id)
    if found is None or found.agency_id != work.actor.agency.id:
        raise NotFound("rating")
    if found.state is RatingState.WITHDRAWN:
        raise Duplicate("This withdrawal", id)
    rating = replace(found, state=RatingState.WITHDRAWN, withdrawn_because=reason)
    store.save(work.change, rating)
    work.change.record("rating.withdrawn", _facts(rating), rating.subject_id)
    return rating


def of_subject(
    view: View,
    subject_id: str,
    scorecard: str | None = None,
    known_at: datetime | None = None,
) -> list[Rating]:
    """The ratings of a subject that the asker may see, as known at an instant, in order of
    writing. NotFound as for the subject itself."""
    subjects.get(view, subject_id)
    reading = view.reading
    if known_at is not None:
        if known_at > view.now:
            raise InvalidInput.field("known_at", "must not lie after now")
        reading = reading.at(reading.seq_at(known_at))
    found = store.of_subject(reading, subject_id, scorecard)
    return [one for one in found if may_see(view, one)]


@dataclass(frozen=True)
class EditionCounts:
    """An edition in one state, and how many subjects have which grade in it."""

    scorecard: str
    agency_id: str
    edition: str
    state: str
    counts: Mapping[str, int]


def editions(view: View, scorecard: str | None = None) -> list[EditionCounts]:
    """The published lists and drafts for comment that were taken over; open to all."""
    found: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for code, agency_id, edition, state, grade, number in store.editions(view.reading, scorecard):
        found.setdefault((code, agency_id, edition, state), {})[grade or ""] = number
    return [EditionCounts(*key, counts) for key, counts in found.items()]


def may_see(view: View, rating: Rating) -> bool:
    """A published rating whoever may read the subject; a draft or a withdrawn one its rater's
    agency, the subject itself, the centre and the auditor."""
    actor = view.actor
    if actor is None:
        return False
    return (
        rating.state is RatingState.PUBLISHED
        or rating.agency_id == actor.agency.id
        or rating.subject_id == actor.subject_id
        or access.may(actor, "read unpublished ratings")
    )


def _rater(work: Work, scorecard: str, on: date) -> ScorecardVersion:
    access.require(work.actor, "make a rating")
    versions = work.rulebook.scorecard_versions(scorecard)
    if not versions:
        raise InvalidInput.field("scorecard", "is no scorecard of an enabled sector")
    if not work.actor.agency.covers(versions[0].sector):
        raise NotPermitted("make a rating in this sector")
    found = work.rulebook.scorecard(scorecard, on)
    if found is None:
        raise InvalidInput.field("rated_on", f"no version of {scorecard} was in force on {on}")
    return found


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


def _rating(
    work: Work, version: ScorecardVersion, subject_id: str, on: date, grade: Grade | None
) -> Rating:
    return Rating(
        id=new_id(),
        subject_id=subject_id,
        sector=version.sector,
        scorecard=version.code,
        scorecard_version=version.version,
        title=version.title,
        title_zh=version.title_zh,
        agency_id=work.actor.agency.id,
        rated_by=work.actor.id,
        rated_on=on,
        valid_from=on,
        valid_to=version.term.after(on) if version.term else None,
        state=RatingState.PUBLISHED,
        grade=grade.code if grade else None,
        grade_title=grade.title if grade else "",
        grade_title_zh=grade.title_zh if grade else "",
        basis=version.basis,
        third_party=version.third_party,
    )


def _facts(rating: Rating) -> dict[str, str | None]:
    return {
        "rating_id": rating.id,
        "subject_id": rating.subject_id,
        "scorecard": rating.scorecard,
        "version": rating.scorecard_version,
        "grade": rating.grade,
        "edition": rating.edition,
        "state": str(rating.state),
        "rated_on": rating.rated_on.isoformat(),
    }
