"""Checks: authenticate, purpose and matter, snapshot, decide, log, commit, answer.

One transaction; the row is committed before the answer leaves. A refusal of an authenticated
agency is logged as well, and so is a check that fails. Nothing here runs plugin code but the
reading of the identifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from registry.domain.actor import Actor
from registry.domain.check import PURPOSES, CheckRequest, Incomplete, decide
from registry.domain.errors import (
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
    NotPermitted,
    PluginError,
    RegistryError,
)
from registry.domain.record import clean_text
from registry.domain.subject import IdentifierScheme
from registry.domain.validity import EARLIEST, LATEST, day_of
from registry.services import access
from registry.services.context import Authenticate, Context, Contexts
from registry.services.gathering import CLOCK_BEHIND, Sought, gather
from registry.services.identifiers import parse
from registry.store import check_facts, idempotency, subjects
from registry.store import checks as log_store
from registry.store.idempotency import Asked
from registry.store.store import CheckLog, Store
from registry.store.transaction import Reading, new_id
from registry.store.types import from_iso, write_bytes

ANSWERED, REFUSED = "check.answered", "check.refused"
INTERNAL = "internal-error"  # what a caller is told of a fault of ours
CASE_NO = 200  # characters


@dataclass(frozen=True)
class Question:
    """What was sent, its types checked: the subject by identifier or by name."""

    matter: str
    purpose: str
    case_no: str
    identifier: tuple[str, str] | None = None
    name: str | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None


Who = Callable[[CheckLog, Context], Actor]
Given = tuple[dict[str, Any], bytes]  # the answer, and the same as JSON


@dataclass(frozen=True)
class Checks:
    """The use case with what it needs; made once by the composition root."""

    store: Store
    contexts: Contexts
    authenticate: Authenticate
    schemes: Mapping[str, IdentifierScheme]

    def run(self, bearer: str, question: Question, asked: Asked | None = None) -> dict[str, Any]:
        """The answer to the holder of a token, with its id and receipt. InvalidInput and
        NotPermitted are refusals, logged; Unavailable means that there is no answer."""

        def holder(log: CheckLog, context: Context) -> Actor:
            return access.resolve(log.reading, context, self.authenticate, bearer, log.now)

        return self._run(holder, question, asked)[0]

    def run_json(self, bearer: str, question: Question, asked: Asked | None = None) -> bytes:
        """The same as JSON: written once, for the log and for the caller."""

        def holder(log: CheckLog, context: Context) -> Actor:
            return access.resolve(log.reading, context, self.authenticate, bearer, log.now)

        return self._run(holder, question, asked)[1]

    def run_each(
        self, asked: Sequence[tuple[str, Question]], seconds: float | None = None
    ) -> list[bytes | RegistryError]:
        """Many questions, each with the token of its asker, in one transaction: to each its answer
        as JSON or its refusal, both logged, or why there is none. Unavailable, or whatever else is
        raised: none is answered and nothing is logged. The turn is waited for so many seconds."""
        with self.store.checking(seconds) as log:
            context = self.contexts.at_head(log.reading, log.head)
            sought = [self._sought_if_sound(log, question) for _, question in asked]
            if len(asked) > 1:
                blinds = [one.blind for one in sought if one and one.blind]
                check_facts.read_ahead(log.reading, blinds)
            return [
                self._one_of_many(log, context, *one, whom)
                for one, whom in zip(asked, sought, strict=True)
            ]

    def knows(self, bearer: str) -> bool:
        """True if it is in memory whose token this is: no plugin is asked then."""
        return self.contexts.knows(bearer)

    def _one_of_many(
        self,
        log: CheckLog,
        context: Context,
        bearer: str,
        question: Question,
        sought: Sought | None,
    ) -> bytes | RegistryError:
        try:
            actor = access.resolve(log.reading, context, self.authenticate, bearer, log.now)
        except RegistryError as error:
            return error
        try:
            access.require(actor, "run a check")
            return self._answer(log, actor, context, question, None, sought)[1]
        except RegistryError as error:
            # refused, or content that does not open: its own. The driver's errors are no such.
            _log_refusal(log, actor, error.code, question.matter, question.case_no)
            return error

    def run_as(self, actor: Actor, question: Question) -> dict[str, Any]:
        """The answer to a person whom the command line named."""
        return self._run(lambda log, context: actor, question, None)[0]

    def refuse(self, bearer: str, code: str, matter: str = "", case_no: str = "") -> None:
        """Log that a check was refused before it could be understood, and why."""

        def holder(log: CheckLog, context: Context) -> Actor:
            return access.resolve(log.reading, context, self.authenticate, bearer, log.now)

        self._refuse(holder, code, matter, case_no)

    def _run(self, who: Who, question: Question, asked: Asked | None) -> Given:
        actor: Actor | None = None
        try:
            with self.store.checking() as log:
                context = self.contexts.at_head(log.reading, log.head)
                actor = who(log, context)
                given = self._recalled_or_new(log, actor, context, question, asked)
                actor = None  # what fails from here on is the commit, and nothing can be logged
            return given
        except (InvalidInput, NotPermitted, IdempotencyMismatch) as error:
            self._refuse(who, error.code, question.matter, question.case_no)
            raise
        except Exception as error:
            if actor is not None:
                code = error.code if isinstance(error, RegistryError) else INTERNAL
                with suppress(RegistryError):  # no database: the answer says so
                    self._refuse(who, code, question.matter, question.case_no)
            raise

    def _recalled_or_new(
        self, log: CheckLog, actor: Actor, context: Context, question: Question, asked: Asked | None
    ) -> Given:
        access.require(actor, "run a check")
        if asked is not None:
            asked = replace(asked, actor_id=actor.id)
            known = idempotency.recall(log.reading, asked)
            if known is not None:
                return dict(known[1]), write_bytes(known[1])
        return self._answer(log, actor, context, question, asked)

    def _refuse(self, who: Who, code: str, matter: str, case_no: str) -> None:
        with self.store.checking() as log:
            actor = who(log, self.contexts.at_head(log.reading, log.head))
            _log_refusal(log, actor, code, matter, case_no)

    def _answer(
        self,
        log: CheckLog,
        actor: Actor,
        context: Context,
        question: Question,
        asked: Asked | None,
        sought: Sought | None = None,
    ) -> Given:
        _require_purpose(context, question)
        request, known_seq = _request(log, question)
        reading = log.reading if known_seq is None else log.reading.at(known_seq)
        rules = context if known_seq is None else self.contexts.as_known(reading)
        sought = sought or self._sought(reading, question, log)
        facts = gather(reading, rules, actor, request, sought)
        answer = {"id": new_id(), **decide(request, facts)}
        content = write_bytes(answer)
        stored = {**sought.stored(), "case_no": question.case_no, "known_seq": known_seq}
        payload = b'{"request":%b,"answer":%b}' % (write_bytes(stored), content)
        subject_id = facts.subject.id if facts.subject else None
        receipt = log.write(
            log_store.Row(
                answer["id"],
                ANSWERED,
                actor.id,
                actor.agency.id,
                subject_id,
                log.head.seq,
                log.now,
                payload,
            )
        )
        answer["receipt"] = receipt
        if asked is not None:
            idempotency.remember(log.reading, asked, 200, answer, subject_id, log.now)
        return answer, b'%b,"receipt":%b}' % (content[:-1], write_bytes(receipt))

    def _sought_if_sound(self, log: CheckLog, question: Question) -> Sought | None:
        """None where reading the identifier fails: it does so again in its turn."""
        try:
            return self._sought(log.reading, question, log)
        except RegistryError:
            return None

    def _sought(self, reading: Reading, question: Question, log: CheckLog) -> Sought:
        clock = () if log.clock_ok else (CLOCK_BEHIND,)
        if question.identifier is None:
            return Sought("", question.name or "", clock)
        try:
            found = parse(self.schemes, *question.identifier, day_of(log.now), "subject.identifier")
        except PluginError as error:
            return Sought("", "", (*clock, Incomplete("identity", error.message)))
        return Sought(subjects.blind(reading, found), "", clock)

    def get(self, reading: Reading, actor: Actor, id: str) -> log_store.Stored:
        """A check of one's own agency, or any for the auditor."""
        access.require(actor, "read a check")
        found = log_store.get(reading, id)
        auditor = access.may(actor, "read the journal")
        if found is None or not (auditor or found.agency_id == actor.agency.id):
            raise NotFound("check")
        if found.kind != ANSWERED:
            raise NotFound("check")
        return found

    def replay(self, reading: Reading, actor: Actor, id: str) -> dict[str, Any]:
        """Compute a check again from what was known then, and compare."""
        stored = self.get(reading, actor, id)
        if stored.content is None:
            return {"same": None, "reason": "erased"}
        answer, asked = dict(stored.content["answer"]), stored.content["request"]
        known_seq = asked["known_seq"]
        then = reading.at(stored.main_seq)
        context = self.contexts.as_known(then)
        rules = context if known_seq is None else self.contexts.as_known(reading.at(known_seq))
        request = CheckRequest(
            answer["matter"],
            answer["purpose"],
            asked["case_no"],
            from_iso(answer["as_of"]),
            from_iso(answer["known_at"]),
        )
        sought = Sought.restored(asked)
        asker = Actor(stored.actor, context.agencies[stored.agency_id], frozenset())
        at = then if known_seq is None else reading.at(known_seq)
        facts = gather(at, rules, asker, request, sought)
        # which release of the zone data computed an answer is no part of what it says
        facts = facts._replace(zone_data=answer["rulebook"].get("tzdata", ""))
        again = {"id": id, **decide(request, facts)}
        if "through" not in answer:
            again.pop("through", None)  # an answer from before it was told
        if again == answer:
            return {"same": True}
        changed = sorted(name for name in again if again[name] != answer.get(name))
        return {"same": False, "reason": "different: " + ", ".join(changed)}


def _log_refusal(log: CheckLog, actor: Actor, code: str, matter: str, case_no: str) -> None:
    request = {"matter": _sayable(matter), "case_no": _sayable(case_no)}
    content = {"request": request, "refused": code}
    log.write(
        log_store.Row(
            new_id(),
            REFUSED,
            actor.id,
            actor.agency.id,
            None,
            log.head.seq,
            log.now,
            write_bytes(content),
        )
    )


def _sayable(text: str) -> str:
    """What was refused may be longer than any text, or none."""
    return text[:CASE_NO].encode(errors="replace").decode()


def _require_purpose(context: Context, question: Question) -> None:
    """A purpose, a matter that belongs to it, and a case number: whichever door was taken."""
    try:
        clean_text(question.case_no, CASE_NO)
    except ValueError as error:
        raise InvalidInput.field("case_no", str(error)) from None
    if question.purpose not in PURPOSES:
        raise InvalidInput.field("purpose", "must be one of " + ", ".join(PURPOSES))
    matter = context.rulebook.matter(question.matter)
    if matter is None:
        raise InvalidInput.field("matter", "is no matter of the registry: see /api/v1/matters")
    if matter.purpose is not None and matter.purpose != question.purpose:
        raise InvalidInput.field("purpose", f"{question.matter} belongs to {matter.purpose}")


def _request(log: CheckLog, question: Question) -> tuple[CheckRequest, int | None]:
    """The canonical request, and the place of the main chain it asks about; None means now."""
    as_of = question.as_of or log.now
    if not EARLIEST <= day_of(as_of) <= LATEST:
        raise InvalidInput.field("as_of", f"must lie between {EARLIEST} and {LATEST}")
    known_seq = None
    if question.known_at is not None:
        if question.known_at > log.now:
            raise InvalidInput.field("known_at", "must not lie after now")
        known_seq = log.reading.seq_at(question.known_at)
    known_at = question.known_at or log.now
    request = CheckRequest(question.matter, question.purpose, question.case_no, as_of, known_at)
    return request, known_seq
