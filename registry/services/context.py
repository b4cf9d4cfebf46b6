"""The rules in memory: rulebook, editions, agencies and tokens as of one place of the main chain.

A context is immutable but for its token cache, and is read again when the head's `rules_seq` says
that rules or access changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from registry.domain.actor import Actor, Agency
from registry.domain.errors import NotReady
from registry.domain.measure import Edition, Measure, MeasureKind, in_effect
from registry.domain.token import TokenLookup
from registry.rulebook.rulebook import Rulebook
from registry.store import access, editions, rulebooks
from registry.store.codec import measure_in
from registry.store.transaction import Head, Reading

Holder = tuple[Actor, datetime | None]


@dataclass(frozen=True)
class Context:
    """What all requests between two changes of rules or access share."""

    rules_seq: int
    rulebook: Rulebook
    editions: tuple[Edition, ...]
    agencies: Mapping[str, Agency]
    tokens: dict[str, Holder | None] = field(default_factory=dict, compare=False)
    _unpublished: dict[tuple[str, date], Mapping[str, tuple[Measure, ...]]] = field(
        default_factory=dict, compare=False
    )
    _in_effect: dict[date, dict[str, Edition]] = field(default_factory=dict, compare=False)

    def editions_on(self, day: date) -> Mapping[str, Edition]:
        """The edition of each sector in effect on a date."""
        if day not in self._in_effect:
            if len(self._in_effect) > 1000:
                self._in_effect.clear()
            self._in_effect[day] = in_effect(self.editions, day)
        return self._in_effect[day]

    @cached_property
    def agency_names(self) -> dict[str, str]:
        """Names of the agencies by id."""
        return {id: agency.name for id, agency in self.agencies.items()}

    @cached_property
    def enabled(self) -> frozenset[str]:
        """The sectors whose plugin is enabled."""
        return frozenset(self.rulebook.sectors)

    def unpublished(self, matter: str, day: date) -> Mapping[str, tuple[Measure, ...]]:
        """Sanctions that the plugins propose for a matter and the sector's edition in effect on a
        date does not hold, by sector: mostly none."""
        place = matter, day
        if place not in self._unpublished:
            if len(self._unpublished) > 1000:
                self._unpublished.clear()
            found = {code: self._left_out(code, *place) for code in self.rulebook.sectors}
            self._unpublished[place] = {code: some for code, some in found.items() if some}
        return self._unpublished[place]

    def _left_out(self, sector: str, matter: str, day: date) -> tuple[Measure, ...]:
        edition = self.editions_on(day).get(sector)
        held = edition.codes if edition is not None else frozenset()
        return tuple(
            one
            for one in self.rulebook.proposed_measures(sector)
            if matter in one.matters and one.kind is MeasureKind.SANCTION and one.code not in held
        )


class Contexts:
    """Gives the context for a head, or as it was known at an earlier place."""

    def __init__(self) -> None:
        self._current: Context | None = None
        self._rulebooks: dict[str, Rulebook] = {}

    @property
    def latest(self) -> Context | None:
        """The context last used; it may be behind."""
        return self._current

    def at_head(self, reading: Reading, head: Head) -> Context:
        """The context for the head of a snapshot."""
        found = self._current
        if found is None or found.rules_seq != head.rules_seq:
            found = self._load(reading, head.rules_seq)
            self._current = found
        return found

    def knows(self, bearer: str) -> bool:
        """True if the current context holds whose token this is, or that it is nobody's."""
        return self._current is not None and bearer in self._current.tokens

    def as_known(self, reading: Reading) -> Context:
        """The context as it was known at the reading's place; not kept."""
        assert reading.seq is not None
        return self._load(reading, -1)

    def _load(self, reading: Reading, rules_seq: int) -> Context:
        published = tuple(
            Edition.of(
                one.id,
                one.sector,
                one.name,
                one.effective_from,
                tuple(measure_in(raw) for raw in one.measures),
            )
            for one in editions.published(reading)
            if one.effective_from is not None
        )
        agencies = {agency.id: agency for agency in access.agencies(reading)}
        return Context(rules_seq, self._rulebook(reading), published, agencies)

    def _rulebook(self, reading: Reading) -> Rulebook:
        digest = rulebooks.active_digest(reading)
        if digest is None:
            if reading.seq is not None:
                return Rulebook.empty()
            raise NotReady("No rulebook is active: run registry migrate.")
        if digest not in self._rulebooks:
            text = rulebooks.document(reading, digest)
            if text is None:
                raise NotReady(f"The active rulebook {digest} is not stored: restore a backup.")
            self._rulebooks[digest] = Rulebook.from_document(json.loads(text))
        return self._rulebooks[digest]


# (bearer, lookup of a stored token by digest) -> token id or None; a plugin answers
Authenticate = Callable[[str, TokenLookup], str | None]
