"""Ratings: read, withdrawn, and what a taken-over and a scored one have in common. No listing ever
follows from one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from registry.domain.errors import Duplicate, InvalidInput, NotFound, NotPermitted
from registry.domain.rating import Rating, RatingState
from registry.domain.scorecard import Grade, ScorecardVersion
from registry.services import access, subjects
from registry.services.work import View, Work
from registry.store import access as access_store
from registry.store import ratings as store
from registry.store.transaction import new_id


def has_accepted(work: Work, version: ScorecardVersion) -> bool:
    agency_id = work.actor.agency.id
    return access_store.has_accepted(work.change, agency_id, version.code, version.version)


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
    work.change.record("rating.withdrawn", facts_of(rating), rating.subject_id)
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


def rater_version(work: Work, scorecard: str, on: date) -> ScorecardVersion:
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


def new_rating(
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


def facts_of(rating: Rating) -> dict[str, str | None]:
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
