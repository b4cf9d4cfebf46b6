"""Wrong cores: each breaks one rule of the model, so that the simulation can show that it sees it.

A mutant replaces one function of the core through pytest's monkeypatch, for one test.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from registry.domain import (
    application,
    check,
    confirmation,
    determination,
    listing,
    measure,
    workdays,
)
from registry.domain.listing import ExitGround, Listing
from registry.domain.measure import Edition, Measure
from registry.domain.profile import Profile
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Term, day_of
from registry.domain.workdays import Due

Patch = pytest.MonkeyPatch


# --- what the replacements do -------------------------------------------------------------------


def exit_on_the_day_after(self: Listing, instant: datetime) -> tuple[ExitGround, date] | None:
    if self.exit is not None and self.exit.at <= instant:
        return self.exit.ground, self.exit.on
    if self.valid_to < day_of(instant):
        return ExitGround.EXPIRED, self.valid_to
    return None


def any_published(editions: Iterable[Edition], on: date) -> dict[str, Edition]:
    return {edition.sector: edition for edition in editions}


def last_published(editions: Iterable[Edition], on: date) -> dict[str, Edition]:
    return {edition.sector: edition for edition in editions if edition.effective_from <= on}


def the_shorter(first: Due, second: Due) -> Due:
    return min(first, second, key=lambda due: due.earliest_on)


def constant(value: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: value


def without_step(action: str) -> Callable[[Patch], None]:
    """A core that never asks for one of the steps."""
    real = determination.missing_steps

    def missing_steps(*args: Any) -> tuple[Any, ...]:
        return tuple(step for step in real(*args) if step.action != action)

    return lambda patch: patch.setattr(determination, "missing_steps", missing_steps)


def persons_are_not_told(patch: Patch) -> None:
    real = determination.demands

    def demands(criterion: Any, kind: SubjectKind, *rest: Any) -> Any:
        return real(criterion, SubjectKind.ENTERPRISE, *rest)

    patch.setattr(determination, "demands", demands)


def one_person_is_enough(patch: Patch) -> None:
    real = confirmation.confirm

    def confirm(case: Any, setting: Any, *rest: Any) -> Any:
        return real(replace(case, proposed_by="nobody"), setting, *rest)

    patch.setattr(confirmation, "confirm", confirm)


def watch_not_redated(patch: Patch) -> None:
    real = confirmation.watch_after_exit

    def watch_after_exit(watch: Listing, black: Listing) -> Listing:
        moved = real(watch, black)
        return moved if moved.exit is not None else watch

    patch.setattr(confirmation, "watch_after_exit", watch_after_exit)


def setter(owner: Any, name: str, value: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(owner, name, value)


# --- the mutants --------------------------------------------------------------------------------

MUTANTS: dict[str, Callable[[Patch], None]] = {
    "valid_to is the last day": setter(Listing, "exit_at", exit_on_the_day_after),
    "a suspension changes nothing": setter(Listing, "suspension_at", constant(None)),
    "late is treated as verification": setter(Listing, "is_late", constant(False)),
    "days are those of Greenwich": setter(listing, "day_of", datetime.date),
    "a term counts the day of its event": setter(Term, "after_event", Term.after),
    "the profile caps no term": setter(Profile, "cap", constant(None)),
    "effective_from is ignored": setter(measure, "in_effect", any_published),
    "the last published edition wins": setter(measure, "in_effect", last_published),
    "a memorandum binds everybody": setter(Measure, "binds", constant(True)),
    "severity is ignored": setter(Severity, "at_least", constant(True)),
    "persons are not told": persons_are_not_told,
    "no notice": without_step("notice"),
    "no warning": without_step("warning"),
    "no time to answer": without_step("defence_window"),
    "submissions stay unanswered": without_step("answer_submission"),
    "no publicity": without_step("publicity"),
    "rules to verify are used": without_step("accept_rule"),
    "the shorter period wins": setter(determination, "later", the_shorter),
    "provisional periods are relied on": setter(workdays, "SAFE_BOUND_WEEKDAYS", 0),
    "one person is enough": one_person_is_enough,
    "red candidates are not screened": setter(confirmation, "screened_out", constant(False)),
    "red listings are not ended": setter(confirmation, "_reds_ended", constant(())),
    "watch follows a mistake": setter(confirmation, "MISTAKES", frozenset()),
    "no watch follows": setter(confirmation, "_watch_after", constant(None)),
    "watch keeps its day": watch_not_redated,
    "listings without a measure are no caution": setter(check, "ADVERSE", frozenset()),
    "absent sectors are not needed": setter(check, "_absent_sectors", constant(())),
    "unpublished sanctions are not told": setter(check, "_dropped", constant([])),
    "measures reach no person": setter(application, "_reaches", constant(False)),
}
