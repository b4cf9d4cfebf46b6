"""A small registry in use: agencies, persons with tokens, and the steps of a case by name."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from datetime import date, timedelta
from itertools import count
from typing import Any

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.determination import Determination
from registry.domain.listing import Listing
from registry.domain.record import Record
from registry.domain.subject import Subject, SubjectKind
from registry.domain.token import RANDOM_BYTES, new_token
from registry.services import (
    agencies,
    confirmations,
    determinations,
    editions,
    records,
    rules,
    subjects,
)
from registry.services.checks import Question
from registry.services.work import Work
from tests.numbers import resident_id, uscc

TAX, OTHER, BUYER = "TAX", "OTHER", "BUYER"
PEOPLE = {
    "provider": (TAX, "Pan", Role.PROVIDER),
    "authority": (TAX, "An", Role.AUTHORITY),
    "reviewer": (TAX, "Rui", Role.REVIEWER),
    "operator": (TAX, "Ou", Role.OPERATOR),
    "coordinator": (TAX, "Ke", Role.COORDINATOR),
    "agency": (BUYER, "Bai", Role.AGENCY),
    "auditor": (BUYER, "Shen", Role.AUDITOR),
    "admin": (BUYER, "Ding", Role.ADMIN),
    "other_authority": (OTHER, "Fang", Role.AUTHORITY),
    "other_reviewer": (OTHER, "Gu", Role.REVIEWER),
    "other_provider": (OTHER, "Hua", Role.PROVIDER),
    "other_agency": (OTHER, "Jin", Role.AGENCY),
}
CRITERION = "tax.evasion"


class World:
    """`tokens` by name (see PEOPLE); each step runs as its person, in its own transaction."""

    def __init__(self, application: Application, clock: Any) -> None:
        self.application, self.clock = application, clock
        self.registry = application.registry
        self._numbers = count(1)
        with self.registry.operating() as work:
            for code in (TAX, OTHER, BUYER):
                agencies.add(work, code, f"Agency {code}", "national", "city", ())
        self.tokens = {name: self.token(*person) for name, person in PEOPLE.items()}
        with self.registry.operating(TAX, "Ke") as work:
            versions = work.rulebook.criterion_versions(CRITERION)
            rules.accept(work, CRITERION, versions[-1].version, "Accepted for the tests.")
            editions.publish(work, editions.newest_draft(work, "tax"), None)

    @property
    def today(self) -> date:
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
        return self.registry.work(self.tokens[who])

    def headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}

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

    def record(self, subject: Subject, decided_on: date, **fields: Any) -> Record:
        """A final penalty decision over one million."""
        values = {
            "underpaid_amount": "1000000",
            "due_total_year": "10000000",
            "year": decided_on.year - 1,
            "decision_no": f"D-{next(self._numbers)}",
            "served_on": decided_on.isoformat(),
            "final_on": decided_on.isoformat(),
        }
        values.update(fields)
        new = records.NewRecord("tax.penalty_decision", values, decided_on, subject.id)
        with self.work("provider") as work:
            return records.add(work, new)

    def propose(self, subject: Subject, record: Record) -> Determination:
        with self.work("authority") as work:
            return determinations.propose(work, CRITERION, subject.id, [record.id])

    def notice(self, case: Determination, served_on: date) -> Determination:
        with self.work("authority") as work:
            return determinations.notice(work, case.id, served_on)

    def confirm(self, case: Determination, **decided: Any) -> Listing:
        with self.work("reviewer") as work:
            return confirmations.confirm(work, case.id, confirmations.Confirmation(**decided))[1]

    def listed(self, subject: Subject | None = None, **decided: Any) -> Listing:
        """A black listing under tax.evasion, every step done: served sixty days ago."""
        subject = subject or self.enterprise()
        record = self.record(subject, self.today - timedelta(days=90))
        case = self.propose(subject, record)
        self.notice(case, self.today - timedelta(days=60))
        return self.confirm(case, **decided)

    def ask(self, value: str, matter: str = "procurement.bid", **more: Any) -> dict[str, Any]:
        """A check by the buyer, by unified code."""
        question = Question(
            matter=matter,
            purpose=more.pop("purpose", "procurement_and_funding"),
            case_no="CASE-1",
            identifier=(more.pop("scheme", "uscc"), value),
            **more,
        )
        return self.registry.checks.run(self.tokens["agency"], question)
