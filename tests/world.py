"""A small registry in use: the world of registry.testing, with tax and a second authority in it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from registry.domain.actor import Role
from registry.domain.determination import Determination
from registry.domain.listing import Listing
from registry.domain.record import Record
from registry.domain.subject import Subject
from registry.services import editions, rules
from registry.testing.world import BUYER
from registry.testing.world import World as TestingWorld

TAX, OTHER = "TAX", "OTHER"
CRITERION = "tax.evasion"


class World(TestingWorld):
    """`tokens` by name (see PEOPLE); each step runs as its person, in its own transaction. Only the
    tax edition is published, and tax.evasion accepted."""

    PEOPLE = {  # noqa: RUF012  as in the base
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

    def prepare(self) -> None:
        with self.registry.operating(TAX, "Ke") as work:
            versions = work.rulebook.criterion_versions(CRITERION)
            rules.accept(work, CRITERION, versions[-1].version, "Accepted for the tests.")
            editions.publish(work, editions.newest_draft(work, "tax"), None)

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
        return self.report(subject, "tax.penalty_decision", values, decided_on)

    def propose(self, subject: Subject, record: Record) -> Determination:
        return self.open_case(CRITERION, subject, [record])

    def listed(self, subject: Subject | None = None, **decided: Any) -> Listing:
        """A black listing under tax.evasion, every step done: served sixty days ago."""
        subject = subject or self.enterprise()
        record = self.record(subject, self.today - timedelta(days=90))
        case = self.propose(subject, record)
        self.notice(case, self.today - timedelta(days=60))
        return self.confirm(case, **decided)

    def ask(self, value: str, matter: str = "procurement.bid", **more: Any) -> dict[str, Any]:
        """A check by the buyer, by unified code."""
        more.setdefault("purpose", "procurement_and_funding")
        return super().ask(value, matter, **more)
