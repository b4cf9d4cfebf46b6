"""The registry as its doors see it: open a view or a unit of work for a caller, run a check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from registry.domain.actor import Actor, Agency, Role
from registry.domain.errors import InvalidInput, Unavailable, Undetermined
from registry.domain.predicate import Verdict
from registry.domain.subject import IdentifierScheme
from registry.services import access
from registry.services.checks import Checks
from registry.services.context import Authenticate, Contexts
from registry.services.judging import Ask, AskFirst, Verdicts, nobody
from registry.services.work import View, Work
from registry.store import access as access_store
from registry.store.store import Store
from registry.store.transaction import SYSTEM, Change, read_head

T = TypeVar("T")
Works = AbstractContextManager[Work]
MOST_TRIES = 5  # of a change that a plugin is asked about; more only if its records keep changing

# The command line acts as the system's operator: every role but the decisions of an authority.
OPERATOR = Actor(
    SYSTEM,
    Agency(SYSTEM, SYSTEM, "System", "national", "national"),
    frozenset({Role.OPERATOR, Role.COORDINATOR, Role.AUTHORITY, Role.AUDITOR, Role.ADMIN}),
)


@dataclass(frozen=True)
class Registry:
    """Store, rules and access together; made once by the composition root."""

    store: Store
    authenticate: Authenticate
    schemes: Mapping[str, IdentifierScheme]
    contexts: Contexts = field(default_factory=Contexts)
    ask: Ask = nobody

    @cached_property
    def checks(self) -> Checks:
        """The main use case."""
        return Checks(self.store, self.contexts, self.authenticate, self.schemes)

    @contextmanager
    def view(self, bearer: str | None = None) -> Iterator[View]:
        """A snapshot for a caller, or for the public if no token was sent."""
        with self.store.reading() as reading:
            head = read_head(reading.connection)
            context = self.contexts.at_head(reading, head)
            now = max(self.store.now(), head.at)
            actor = None
            if bearer is not None:
                actor = access.resolve(reading, context, self.authenticate, bearer, now)
            yield View(reading, context, self.schemes, now, actor)

    @contextmanager
    def work(self, bearer: str, ask: Ask = nobody) -> Iterator[Work]:
        """A change by the holder of a token; nothing is stored if the block raises."""
        actor = self.actor(bearer)
        with self.store.changing(actor.id) as change:
            context = self.contexts.at_head(change, change.head)
            # resolved again inside: a token revoked meanwhile changes nothing
            actor = access.resolve(change, context, self.authenticate, bearer, change.now)
            yield Work(change, context, self.schemes, actor, ask)

    def carry_out(self, opened: Callable[[Ask], Works], act: Callable[[Work], T]) -> T:
        """A change, as a function of the work that `opened` begins. Where it needs a plugin's
        verdict it is undone, the plugin asked while no transaction waits for it, and the change
        made anew, on what the registry then knows."""
        verdicts = Verdicts()
        for _ in range(MOST_TRIES):
            try:
                with opened(verdicts) as work:
                    return act(work)
            except AskFirst as wanted:
                verdicts.tell(wanted, self.asked(wanted.code, wanted.question))
        raise Unavailable(
            "The records changed each time that a plugin was asked about them: try again."
        )

    def asked(self, code: str, question: Mapping[str, Any]) -> Verdict:
        """What the plugin says of a question, asked outside any transaction; Undetermined,
        journalled, if it fails."""
        try:
            return self.ask(code, question)
        except Undetermined as failed:
            if failed.fresh:
                self._note(failed)
            raise

    def _note(self, failed: Undetermined) -> None:
        """Journal the failure of a plugin, so that the operator finds out whose it was."""
        facts = {
            "plugin": failed.plugin,
            "version": failed.version,
            "predicate": failed.predicate,
            "cause": failed.cause,
        }
        with self.store.changing(SYSTEM) as change:
            change.record("plugin.failed", facts)

    @contextmanager
    def operating(
        self, agency_code: str | None = None, name: str | None = None, ask: Ask = nobody
    ) -> Iterator[Work]:
        """A change from the command line: as the system's operator, for an agency's person where
        both are named."""
        with self.store.changing(SYSTEM) as change:
            context = self.contexts.at_head(change, change.head)
            actor = OPERATOR
            if agency_code is not None:
                agency = _require_agency(change, agency_code)
                person = access_store.actor_id(change, agency.id, name) if name else SYSTEM
                actor = replace(OPERATOR, id=person, agency=agency)
            yield Work(change, context, self.schemes, actor, ask)

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[Work]:
        """A change by somebody whom the command line has resolved."""
        with self.store.changing(actor.id) as change:
            context = self.contexts.at_head(change, change.head)
            yield Work(change, context, self.schemes, actor)

    def importing(self, agency_code: str | None, name: str | None) -> Actor:
        """As whom a file is imported: the system's operator, or in the name of an agency."""
        with self.operating(agency_code, name) as work:
            actor = replace(work.actor, roles=frozenset({Role.OPERATOR, Role.PROVIDER}))
            if work.change.pending:
                work.change.record("actor.added", {"actor_id": actor.id})
        return actor

    def person(self, agency_code: str, name: str) -> Actor:
        """The person of an agency as whom a check is run from the command line."""
        with self.operating(agency_code, name) as work:
            actor = replace(work.actor, roles=frozenset({Role.AGENCY}))
            if work.change.pending:
                work.change.record("actor.added", {"actor_id": actor.id})
        return actor

    def actor(self, bearer: str) -> Actor:
        """Who holds the token; NotAuthenticated otherwise."""
        with self.view(bearer) as view:
            assert view.actor is not None
            return view.actor


def _require_agency(change: Change, code: str) -> Agency:
    found = access_store.agency_by_code(change, code)
    if found is None:
        raise InvalidInput.field("agency", f"there is no agency {code}: registry agency add {code}")
    return found
