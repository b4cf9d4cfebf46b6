"""A unit of work: one transaction, one instant, one actor. Services take it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from registry.domain.actor import Actor
from registry.domain.profile import Profile
from registry.domain.subject import IdentifierScheme
from registry.domain.validity import day_of
from registry.domain.workdays import Calendar
from registry.rulebook.rulebook import Rulebook
from registry.services.context import Context
from registry.services.judging import Ask, nobody
from registry.store.transaction import Change, Reading


@dataclass(frozen=True)
class View:
    """Reading at one instant, for an actor or for the public."""

    reading: Reading
    context: Context
    schemes: Mapping[str, IdentifierScheme]
    now: datetime
    actor: Actor | None = None

    @property
    def today(self) -> date:
        return day_of(self.now)

    @property
    def rulebook(self) -> Rulebook:
        return self.context.rulebook


@dataclass(frozen=True)
class Work:
    """Changing, at one instant, by an actor."""

    change: Change
    context: Context
    schemes: Mapping[str, IdentifierScheme]
    actor: Actor
    ask: Ask = nobody

    @property
    def now(self) -> datetime:
        """After everything that was recorded before."""
        return self.change.now

    @cached_property
    def today(self) -> date:
        return day_of(self.change.now)

    @property
    def rulebook(self) -> Rulebook:
        return self.context.rulebook

    @property
    def profile(self) -> Profile:
        """The numbers of the actor's own jurisdiction: a case follows its authority's."""
        return self.rulebook.profile(self.actor.agency.profile)

    @property
    def calendar(self) -> Calendar:
        """The working days of that jurisdiction."""
        return self.rulebook.calendar_of(self.profile, self.today)

    def view(self) -> View:
        """The same, for services that only read."""
        return View(self.change, self.context, self.schemes, self.now, self.actor)
