"""A small registry in use: agencies, persons with tokens, and the steps of a case by name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.determination import Determination
from registry.domain.errors import InvalidInput, StepMissing
from registry.domain.legal import RuleStatus
from registry.domain.listing import Listing, ListKind
from registry.domain.record import Record
from registry.domain.subject import Subject, SubjectKind
from registry.domain.token import RANDOM_BYTES, new_token
from registry.domain.validity import noon_of
from registry.services import (
    agencies,
    confirmations,
    determinations,
    editions,
    proposals,
    records,
    rules,
    subjects,
)
from registry.services.checks import Question
from registry.services.work import Work
from registry.testing.clock import MovableClock
from registry.testing.numbers import resident_id, uscc

AUTHORITY, BUYER = "AUTHORITY", "BUYER"
# More steps than any rule can demand: a case that wants more is a mistake of the registry.
MOST_STEPS = 9


class World:
    """`tokens` by name (see PEOPLE); each step runs as its person, in its own transaction. What the
    plugins propose is published, so that the measures apply."""

    PEOPLE: Mapping[str, tuple[str, str, Role]] = {
        "provider": (AUTHORITY, "Pan", Role.PROVIDER),
        "authority": (AUTHORITY, "An", Role.AUTHORITY),
        "reviewer": (AUTHORITY, "Rui", Role.REVIEWER),
        "operator": (AUTHORITY, "Ou", Role.OPERATOR),
        "coordinator": (AUTHORITY, "Ke", Role.COORDINATOR),
        "agency": (BUYER, "Bai", Role.AGENCY),
        "auditor": (BUYER, "Shen", Role.AUDITOR),
    }

    def __init__(
        self, application: Application, clock: MovableClock, profile: str = "national"
    ) -> None:
        self.application, self.clock = application, clock
        self.registry = application.registry
        self._numbers = count(1)
        with self.registry.operating() as work:
            for code in sorted({agency for agency, _, _ in self.PEOPLE.values()}):
                agencies.add(work, code, f"Agency {code}", profile, "city", ())
        self.tokens = {name: self.token(*person) for name, person in self.PEOPLE.items()}
        self.prepare()

    def prepare(self) -> None:
        """Publish the draft edition of every sector that proposes measures."""
        with self.work("coordinator") as work:
            for sector in sorted(work.rulebook.sectors):
                if work.rulebook.proposed_measures(sector):
                    editions.publish(work, editions.newest_draft(work, sector), None)

    @property
    def today(self) -> date:
        """The day in the machine's zone, as the clock of the world has it."""
        return self.registry.store.now().astimezone().date()

    def token(
        self,
        agency: str,
        actor: str,
        *roles: Role,
        subject: str | None = None,
        days: int | None = None,
    ) -> str:
        """A fresh bearer token."""
        shown, digest = new_token(os.urandom(RANDOM_BYTES))
        with self.registry.operating() as work:
            agencies.add_token(work, agency, actor, roles, digest, subject, days)
        return shown

    def work(self, who: str) -> AbstractContextManager[Work]:
        """A change by one of PEOPLE."""
        return self.registry.work(self.tokens[who])

    def headers(self, who: str) -> dict[str, str]:
        """What one of PEOPLE sends over HTTP."""
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    # --- subjects and records ---------------------------------------------------------------------

    def enterprise(self, code: str | None = None, name: str | None = None) -> Subject:
        """An enterprise with a unified code and a legal representative."""
        number = next(self._numbers)
        head = subjects.NewPerson(f"Head {number}", "resident_id", resident_id(number))
        new = subjects.NewSubject(
            SubjectKind.ENTERPRISE,
            name or f"Firm {number}",
            (("uscc", code or uscc(number)),),
            representative=head,
        )
        with self.work("provider") as work:
            return subjects.add(work, new)

    def person(self, born: date = date(1980, 1, 1), number: str | None = None) -> Subject:
        """A natural person with a resident identity number."""
        value = number or resident_id(500 + next(self._numbers), born)
        new = subjects.NewSubject(SubjectKind.PERSON, "Person", (("resident_id", value),))
        with self.work("provider") as work:
            return subjects.add(work, new)

    def report(
        self,
        subject: Subject,
        kind: str,
        fields: Mapping[str, Any],
        decided_on: date | str,
        ended_on: date | str | None = None,
    ) -> Record:
        """A record of a kind, as a provider reports it."""
        new = records.NewRecord(
            kind,
            dict(fields),
            _day(decided_on),
            subject.id,
            ended_on=None if ended_on is None else _day(ended_on),
        )
        with self.work("provider") as work:
            return records.add(work, new)

    # --- a case -----------------------------------------------------------------------------------

    def open_case(
        self, criterion: str, subject: Subject, reported: Sequence[Record]
    ) -> Determination:
        """The authority proposes; CriterionNotMet says clause by clause why not."""
        ids = [record.id for record in reported]
        return self.registry.carry_out(
            lambda ask: self.registry.work(self.tokens["authority"], ask),
            lambda work: proposals.propose(work, criterion, subject.id, ids),
        )

    def notice(
        self, case: Determination, served_on: date, ends_on: date | None = None
    ) -> Determination:
        """The notice, or the warning of a watch case, was served."""
        with self.work("authority") as work:
            return determinations.notice(work, case.id, served_on, ends_on)

    def confirm(self, case: Determination, **decided: Any) -> Listing:
        """The second person puts it in force; StepMissing names what was left out."""
        with self.work("reviewer") as work:
            return confirmations.confirm(work, case.id, confirmations.Confirmation(**decided))[1]

    def accept(self, criterion: str) -> None:
        """The authority accepts by name what is to be verified in a criterion."""
        with self.work("authority") as work:
            for version in work.rulebook.criterion_versions(criterion):
                accepted = rules.has_accepted(
                    work.change, work.actor.agency.id, criterion, version.version
                )
                if version.status is RuleStatus.TO_VERIFY and not accepted:
                    rules.accept(work, criterion, version.version, "Accepted for a test.")

    def listed(
        self,
        criterion: str,
        subject: Subject,
        fields: Mapping[str, Any],
        decided_on: date | str,
        **decided: Any,
    ) -> Listing:
        """A listing on one record of the criterion's first record kind, every step taken: the clock
        is moved on to the day from which each can be relied on."""
        with self.registry.view() as view:
            known = view.rulebook.criterion_versions(criterion)
        if not known:
            raise InvalidInput.field("criterion", f"there is no criterion {criterion}")
        record = self.report(subject, known[-1].record_kinds[0], fields, decided_on)
        return self.carried_through(self.open_case(criterion, subject, [record]), **decided)

    def carried_through(self, case: Determination, **decided: Any) -> Listing:
        """Take every step that the case still wants, waiting where the law does, and confirm."""
        for _ in range(MOST_STEPS):
            try:
                return self.confirm(case, **decided)
            except StepMissing as refused:
                for missing in refused.details["missing"]:
                    self._take(case, missing.action, missing.earliest_on)
        raise AssertionError(f"the case of {case.criterion} never comes to an end")

    def _take(self, case: Determination, action: str, earliest_on: date | None) -> None:
        if earliest_on is not None:
            self.clock.wait_until(earliest_on)
        elif action == "accept_rule":
            self.accept(case.criterion)
        elif action == "publicity":
            with self.work("authority") as work:
                determinations.publicise(work, case.id)
        elif action in ("notice", "warning"):
            a_year_on = self.today + timedelta(days=365)
            ends_on = a_year_on if case.list_kind is ListKind.WATCH else None
            self.notice(case, self.today, ends_on)

    # --- asking -----------------------------------------------------------------------------------

    def ask(self, value: str, matter: str = "procurement.bid", **more: Any) -> dict[str, Any]:
        """A check by the agency, by unified code unless `scheme` says otherwise."""
        question = Question(
            matter=matter,
            purpose=more.pop("purpose", None) or self._purpose(matter),
            case_no=more.pop("case_no", "CASE-1"),
            identifier=(more.pop("scheme", "uscc"), value),
            **more,
        )
        return self.registry.checks.run(self.tokens["agency"], question)

    def check(
        self, subject: Subject | str, matter: str, as_of: date | datetime | str | None = None
    ) -> dict[str, Any]:
        """The answer on a subject, or on a unified code, now or as of a day or instant."""
        scheme, value = "uscc", str(subject)
        if isinstance(subject, Subject):
            with self.registry.view() as view:
                first = subjects.identifiers_of(view, subject)[0]
            scheme, value = first.scheme, first.value
        return self.ask(value, matter, scheme=scheme, as_of=_instant(as_of))

    def _purpose(self, matter: str) -> str:
        with self.registry.view() as view:
            found = view.rulebook.matter(matter)
        return (found.purpose if found else None) or "other_management"


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: date | datetime | str | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return noon_of(_day(value))
