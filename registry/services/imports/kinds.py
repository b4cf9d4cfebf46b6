"""The KINDs of an import by their names."""

from __future__ import annotations

from collections.abc import Mapping

from registry.domain.errors import InvalidInput
from registry.domain.subject import IdentifierScheme
from registry.services.imports.calendar import CalendarIntake, CalendarOptions
from registry.services.imports.ratings import ListOptions, RatingIntake
from registry.services.imports.records import RecordIntake
from registry.services.imports.run import Intake
from registry.services.imports.subjects import KINDS, SubjectIntake

NAMES = ("subjects", "records", "ratings:<scorecard>", "calendar")
RATINGS = "ratings:"


def intake_of(
    kind: str,
    row_kind: str | None,
    options: ListOptions,
    schemes: Mapping[str, IdentifierScheme],
    year: CalendarOptions | None = None,
) -> Intake:
    """What takes in the rows of a KIND; `row_kind` is the kind of rows that do not say theirs,
    `options` are those of a list of ratings, `year` those of a calendar."""
    if kind.startswith(RATINGS):
        return RatingIntake(kind.removeprefix(RATINGS), row_kind, options, schemes)
    if kind == "subjects":
        if row_kind is not None and row_kind not in KINDS:
            raise InvalidInput.field("row-kind", "must be one of " + ", ".join(KINDS))
        return SubjectIntake(row_kind)
    if kind == "records":
        return RecordIntake(row_kind)
    if kind == "calendar":
        return CalendarIntake(row_kind, year or CalendarOptions())
    raise InvalidInput.field("kind", "must be one of " + ", ".join(NAMES))
