"""KIND `ratings:<scorecard>`: a published list of ratings, body by body. Bodies that are not known
are entered; one without a legible grade enters without a rating."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from registry.domain.errors import InvalidInput
from registry.domain.intake import IntakeRow
from registry.domain.rating import RatingState
from registry.domain.scorecard import Grade, ScorecardVersion
from registry.domain.subject import IdentifierScheme
from registry.services import rating_lists
from registry.services.imports import cells
from registry.services.imports.outcome import Outcome, State, refused
from registry.services.imports.published_list import PublishedList
from registry.services.imports.subjects import SubjectIntake
from registry.services.rating_lists import ListEdition, ListRow, Recorded
from registry.services.work import Work
from registry.store import ratings as store

_OWN = ("grade", "score", "rank")


@dataclass(frozen=True)
class ListOptions:
    """What is known of a list beside its rows: the edition, its date (default: today), where it was
    published, the totals printed under it, by grade and in all, and whether it is a draft for
    comment."""

    edition: str
    rated_on: date | None = None
    source: str = ""
    printed: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None
    state: RatingState = RatingState.PUBLISHED


@dataclass(frozen=True)
class _Row:
    """A row understood: what it says of the subject, and its rating, if it has one."""

    subject: IntakeRow
    rating: ListRow | None


class RatingIntake:
    """`kind` is that of bodies which do not say theirs; else the one that the scorecard rates."""

    surveys = True

    def __init__(
        self,
        scorecard: str,
        kind: str | None,
        options: ListOptions,
        schemes: Mapping[str, IdentifierScheme],
    ) -> None:
        self._scorecard, self._kind, self._options = scorecard, kind, options
        self._list = PublishedList(schemes)
        self._personal = [code for code, one in schemes.items() if one.personal]
        self._taken_as: str | None = None
        self._grades: tuple[Grade, ...] = ()

    def survey(self, rows: Sequence[IntakeRow]) -> None:
        """Note who stands where; faulty rows stand nowhere."""
        for row in rows:
            if not row.fault:
                shown = not any(column in row.values for column in self._personal)
                self._list.see(row.number, row.values, shown)

    def findings(self) -> list[str]:
        """About the list as a whole."""
        found = self._list.findings(self._options.printed, self._grades, self._options.total)
        if self._taken_as is not None:
            found.insert(0, f"bodies that do not say their kind were taken as {self._taken_as}")
        return found

    def take(self, work: Work, rows: Sequence[IntakeRow]) -> list[Outcome]:
        """Enter the bodies, then their ratings; a row whose grade is refused enters nobody."""
        version, edition = self._edition(work)
        self._grades = version.grades
        outcomes: dict[int, Outcome] = {}
        plans: dict[int, _Row] = {}
        for row in rows:
            try:
                plans[row.number] = self._read(version, row)
            except InvalidInput as error:
                outcomes[row.number] = refused(row.number, error)
        entering = SubjectIntake(self._kind or self._default_kind(work, version), _OWN)
        bodies = [one.subject for one in plans.values()]
        known = {number: plan.rating for number, plan in plans.items() if plan.rating}

        def contradicted(ids: Mapping[int, str]) -> dict[int, str]:
            return _contradicted(work, edition, known, ids)

        for outcome in entering.take(work, bodies, contradicted):
            outcomes[outcome.number] = outcome
        outcomes.update(_rated(work, edition, plans, outcomes))
        return [self._told(outcomes[row.number], row) for row in rows]

    def _edition(self, work: Work) -> tuple[ScorecardVersion, ListEdition]:
        options = self._options
        on = options.rated_on or work.today
        if not work.rulebook.scorecard_versions(self._scorecard):
            codes = dict.fromkeys(one.code for one in work.rulebook.scorecards())
            known = ", ".join(codes) or "none"
            raise InvalidInput.field("kind", f"{self._scorecard} is no scorecard. Known: {known}")
        version = work.rulebook.scorecard(self._scorecard, on)
        if version is None:
            raise InvalidInput.field(
                "rated-on", f"no version of the scorecard was in force on {on}"
            )
        _require_printed(version, options.printed)
        return version, ListEdition(
            self._scorecard, options.edition, on, options.state, options.source
        )

    def _default_kind(self, work: Work, version: ScorecardVersion) -> str:
        """The kind that the scorecard rates; of several the one that it names first."""
        sector = work.rulebook.sectors[version.sector]
        (kinds,) = [
            one["subject_kinds"]
            for one in sector.document["scorecards"]
            if one["code"] == version.code
        ]
        if len(kinds) > 1:
            self._taken_as = str(kinds[0])
        return str(kinds[0])

    def _read(self, version: ScorecardVersion, row: IntakeRow) -> _Row:
        conflict = self._list.conflict(row.values)
        if conflict is not None:
            field, _, said = conflict.partition(": ")
            raise InvalidInput.field(field, said)
        body = {name: cell for name, cell in row.values.items() if name not in _OWN}
        kind = body.get("kind")
        if kind is not None and kind not in map(str, version.subject_kinds):
            raise InvalidInput.field("kind", f"{version.code} does not rate it")
        return _Row(IntakeRow(row.number, body), _rating(version, row.values))

    def _told(self, outcome: Outcome, row: IntakeRow) -> Outcome:
        twice = self._list.twice(row.values, row.number)
        return replace(outcome, notes=(*outcome.notes, twice)) if twice else outcome


def _rating(version: ScorecardVersion, row: Mapping[str, str]) -> ListRow | None:
    """The rating in a row; None where it has neither grade nor score."""
    name, score = row.get("grade"), _score(row)
    if name is None and (score is None or version.grades):
        return None
    if name is not None and version.grade(name) is None:
        raise InvalidInput.field("grade", _no_grade(version))
    rank = row.get("rank")
    if rank is not None and not (rank.isdecimal() and rank.isascii() and 0 < len(rank) < 10):
        raise InvalidInput.field("rank", "must be a whole number")
    return ListRow("", name, score, int(rank) if rank else None)


def _require_printed(version: ScorecardVersion, printed: Iterable[str]) -> None:
    """InvalidInput for a total of what is no grade, or of one grade under both its names."""
    named: dict[str, str] = {}
    for name in printed:
        grade = version.grade(name)
        if grade is None:
            raise InvalidInput.field("printed", f"{name} {_no_grade(version)}")
        other = named.setdefault(grade.code, name)
        if other != name:
            raise InvalidInput.field("printed", f"{other} and {name} are one grade: name it once")


def _no_grade(version: ScorecardVersion) -> str:
    known = ", ".join(f"{one.code} ({one.title_zh})" for one in version.grades) or "none"
    return f"is no grade of {version.code}. Known: {known}"


def _score(row: Mapping[str, str]) -> Decimal | None:
    if "score" not in row:
        return None
    try:
        found = Decimal(cells.required(row, "score", 20))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise InvalidInput.field("score", "must be a decimal number")
    return found


def _contradicted(
    work: Work, edition: ListEdition, rows: Mapping[int, ListRow], ids: Mapping[int, str]
) -> dict[int, str]:
    """Rows whose body the edition has already given another grade: nothing of them is stored."""
    agency_id = work.actor.agency.id
    known = store.of_edition(
        work.change, edition.scorecard, agency_id, edition.edition, ids.values()
    )
    found = {}
    for number, id in ids.items():
        rating, row = known.get(id), rows.get(number)
        if rating is None or row is None or rating.state is not RatingState.PUBLISHED:
            continue
        if row.grade not in (rating.grade, rating.grade_title_zh):
            found[number] = f"grade: this edition gave it {rating.grade_title_zh} already"
    return found


def _rated(
    work: Work,
    edition: ListEdition,
    plans: Mapping[int, _Row],
    outcomes: Mapping[int, Outcome],
) -> dict[int, Outcome]:
    """The outcomes of the bodies that were entered or known, now with their ratings."""
    entered = [
        (outcomes[number], plan.rating)
        for number, plan in plans.items()
        if outcomes[number].state is not State.REFUSED
    ]
    without = [one for one, rating in entered if rating is None]
    rated = [
        (one, replace(rating, subject_id=one.id))
        for one, rating in entered
        if rating is not None and one.id is not None
    ]
    told = {
        one.number: replace(one, notes=(*one.notes, "no legible grade: without a rating"))
        for one in without
    }
    if not rated:
        return told
    for (one, _), (rating, became) in zip(
        rated, rating_lists.record_list(work, edition, [row for _, row in rated]), strict=True
    ):
        if became is Recorded.CONFLICT:
            told[one.number] = refused(one.number, "grade: this edition gave it another already")
        else:
            state = State.TAKEN if became is Recorded.ADDED else State.MERGED
            told[one.number] = Outcome(one.number, state, rating.id, one.notes)
    return told
