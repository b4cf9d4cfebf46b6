"""Ratings scored here, by a scorecard that is approved and published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from registry.domain.errors import InvalidInput, StepMissing
from registry.domain.rating import Rating, RatingState
from registry.domain.scorecard import FromRater, Grade, ScorecardVersion
from registry.domain.scoring import Evidence, Score, Stated, score
from registry.domain.subject import Subject
from registry.domain.validity import noon_of
from registry.services import subjects
from registry.services.ratings import facts_of, has_accepted, new_rating, rater_version
from registry.services.work import Work
from registry.store import listings as listing_store
from registry.store import ratings as store
from registry.store import records as record_store


@dataclass(frozen=True)
class NewScore:
    """A rating to be scored: by which scorecard, whom, and what the rater states."""

    scorecard: str
    subject_id: str
    stated: Sequence[Stated] = ()
    rated_on: date | None = None
    state: RatingState = RatingState.PUBLISHED
    source: str = field(default="")


def score_subject(work: Work, new: NewScore) -> Rating:
    """Rate a subject by an approved and published scorecard, from its records and what the rater
    states. StepMissing names what keeps the scorecard from being used."""
    on = new.rated_on or work.today
    version = rater_version(work, new.scorecard, on)
    if on > work.today:
        raise InvalidInput.field("rated_on", "must not lie after today")
    _require_usable(work, version, on)
    subject = subjects.get(work.view(), new.subject_id)
    if not version.covers(subject.kind):
        raise InvalidInput.field("subject_id", f"{version.code} does not rate a {subject.kind}")
    _require_statable(version, new.stated)
    found = score(version, _evidence(work, version, subject, new.stated, on), on)
    rating = replace(
        _scored(new_rating(work, version, subject.id, on, _of(version, found)), version, found),
        state=new.state,
        source=new.source,
    )
    store.add_all(work.change, [(rating, facts_of(rating))])
    return rating


def _require_usable(work: Work, version: ScorecardVersion, on: date) -> None:
    if not version.scores:
        raise InvalidInput.field(
            "scorecard", f"{version.code} {version.version} names grades only: give an edition"
        )
    missing = version.missing(on, has_accepted(work, version))
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
