"""A real registry, driven through a history: every event is carried out by the services, each in
the transaction of the person who does it, and every question is a check.

No service suspends a listing yet (objections are to come): a suspension is written as a service
would write it, a new version of the listing with its journal entry.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from registry.domain.actor import Role
from registry.domain.errors import RegistryError
from registry.domain.legal import Citation
from registry.domain.listing import ExitGround, Listing, ListKind, Suspension
from registry.domain.measure import Force, Measure, MeasureKind, Target
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Interval, Term
from registry.services import (
    checks,
    confirmations,
    corrections,
    determinations,
    editions,
    exits,
    proposals,
    records,
    rules,
    subjects,
)
from registry.services.registry import Registry
from registry.services.sweep import sweep
from registry.services.work import Work
from registry.store import editions as edition_store
from registry.store import listings
from registry.store.codec import measure_out
from registry.testing.clock import MovableClock
from registry.testing.numbers import resident_id, uscc
from registry.testing.world import World
from tests.simulation.generator import TICK
from tests.simulation.history import (
    Answered,
    Confirmed,
    Consequence,
    Dropped,
    Event,
    Exited,
    Noticed,
    Proposed,
    Publicised,
    Published,
    Question,
    Resumed,
    RuleAccepted,
    Setting,
    Submitted,
    Suspended,
)
from tests.simulation.reference import midnight
from tests.simulation.stored_setting import Drafted, Filed, Returned

SCHEME = "suqian-draft-2018"
NUMBERS = {
    "factory": ("uscc", uscc(1)),
    "charity": ("uscc", uscc(2)),
    "wu": ("resident_id", resident_id(1)),
}
UNKNOWN = ("uscc", uscc(99))
PURPOSES = {"procurement.bid": "procurement_and_funding", "permit.general": "licensing"}
FIELDS = {
    "tax.evasion": ("tax.penalty_decision", {
        "underpaid_amount": "1000000", "due_total_year": "10000000", "year": 2024,
    }),
    "construction.wage_mass_incident": ("construction.wage_decision", {"incident_id": "I-1"}),
    "general.watch": ("general.misconduct", {"weight": "fairly_serious", "key_field": True}),
    "general.integrity_model": ("general.commendation", {
        "source": "commended", "reason": "Good work.",
    }),
    None: ("general.misconduct", {"weight": "slight", "key_field": False}),
}  # fmt: skip
# Who numbers the document, and which dates it has that lie not after the decision.
NUMBER = {"construction.wage_decision": "order_no", "general.commendation": "document_no"}
DATES = {
    "tax.penalty_decision": ("served_on", "final_on"),
    "construction.wage_decision": ("deadline",),
}


class Office(World):
    """One authority for every sector, two agencies that ask, and whoever else is needed."""

    PEOPLE = {  # noqa: RUF012  as in the base
        "provider": ("authority", "Pan", Role.PROVIDER),
        "operator": ("authority", "Ou", Role.OPERATOR),
        "coordinator": ("authority", "Ke", Role.COORDINATOR),
        "bureau": ("bureau", "Bai", Role.AGENCY),
        "office": ("office", "Jin", Role.AGENCY),
        "auditor": ("bureau", "Shen", Role.AUDITOR),
    }

    def prepare(self) -> None:
        """Nothing is published. All who decide may also propose: only the second person counts."""
        for name in ("li", "wang", "zhao"):
            self.tokens[name] = self.token("authority", name, Role.AUTHORITY, Role.REVIEWER)


def measure_of(told: Consequence) -> Measure:
    """As a coordinator's draft holds it; the statute lets it be mandatory."""
    level = Severity(SCHEME, told.level) if told.level else None
    return Measure(
        code=told.code,
        version="2022-02-01",
        sector=told.sector,
        name=told.code,
        name_zh="措施",
        kind=MeasureKind(told.kind),
        force=Force(told.force),
        content="Content",
        content_zh="内容",
        implementer="somebody",
        basis=(Citation("procurement-law", "22(1)(5)", statute=True),),
        matters=told.matters,
        target=Target(
            list_kinds=frozenset({ListKind(told.list_kind)}),
            subject_kinds=frozenset(SubjectKind(one) for one in told.subject_kinds),
            severity_from=level,
        ),
        validity=Interval(date(2022, 2, 1)),
        reaches=told.reaches,
        memorandum="" if told.signatories is None else "memorandum",
        signatories=told.signatories or frozenset(),
    )


class Registered:
    """One registry and what its things are called in the history."""

    def __init__(
        self, registry: Registry, clock: MovableClock, tokens: dict[str, str], setting: Setting
    ) -> None:
        self.registry, self.clock, self.tokens = registry, clock, tokens
        self.subjects: dict[str, str] = {}
        self.ids: dict[str, str] = {}  # of records, cases, submissions and listings, by name
        self.names: dict[str, str] = {}  # of subjects and listings, by id
        for name, since in sorted(setting.known_since.items(), key=lambda one: one[1]):
            self.clock.instant = midnight(since) + timedelta(hours=11)
            self.enter(name, setting.kinds[name])

    def enter(self, name: str, kind: str) -> None:
        head = subjects.NewPerson(
            f"Head of {name}", "resident_id", resident_id(len(self.subjects) + 50)
        )
        new = subjects.NewSubject(
            SubjectKind(kind),
            f"Name of {name}",
            (NUMBERS[name],),
            representative=None if kind == "person" else head,
        )
        with self.work("provider") as work:
            self.subjects[name] = subjects.add(work, new).id
        self.names[self.subjects[name]] = name

    def work(self, who: str) -> Any:
        return self.registry.work(self.tokens[who])

    def free_instant(self, wanted: datetime) -> datetime:
        """The wanted instant, or the first one after all that is recorded: where the clock stands
        still, the registry counts on by microseconds."""
        return max(wanted, self.registry.store.head().at + TICK)

    def last_instant(self) -> datetime:
        return self.registry.store.head().at

    def sweep(self, now: datetime) -> None:
        self.clock.instant = now
        sweep(self.registry.store)

    # --- what happens ---------------------------------------------------------------------------

    def perform(self, event: Event) -> str | None:
        """Carry it out; the code of the refusal if there is one."""
        self.clock.instant = event.at
        try:
            getattr(self, f"on_{type(event).__name__.lower()}")(event)
        except RegistryError as refusal:
            return refusal.code
        return None

    def on_ruleaccepted(self, event: RuleAccepted) -> None:
        with self.work("li") as work:
            version = work.rulebook.criterion_versions(event.rule)[-1].version
            rules.accept(work, event.rule, version, "Accepted for the tests.")

    def on_filed(self, event: Filed) -> None:
        kind, fields = FIELDS[event.rule]
        own = {name: event.decided_on.isoformat() for name in DATES.get(kind, ())}
        new = records.NewRecord(
            kind,
            {**fields, **own, NUMBER.get(kind, "decision_no"): f"No. {event.record}"},
            event.decided_on,
            self.subjects[event.subject],
            ended_on=event.ended_on,
        )
        with self.work("provider") as work:
            self.ids[event.record] = records.add(work, new).id

    def on_returned(self, event: Returned) -> None:
        with self.work("operator") as work:
            corrections.give_back(work, self.ids[event.record], ("Wrong.",))

    def on_proposed(self, event: Proposed) -> None:
        record = self.ids[f"record of {event.case}"]
        subject = self.subjects[event.subject]
        with self.work(event.actor) as work:
            self.ids[event.case] = proposals.propose(work, event.rule, subject, [record]).id

    def on_noticed(self, event: Noticed) -> None:
        with self.work("li") as work:
            determinations.notice(work, self.ids[event.case], event.served_on, event.ends_on)

    def on_publicised(self, event: Publicised) -> None:
        with self.work("li") as work:
            determinations.publicise(work, self.ids[event.case])

    def on_submitted(self, event: Submitted) -> None:
        with self.work("li") as work:
            said = determinations.submit(work, self.ids[event.case], "We disagree.", work.today)[1]
        self.ids[event.submission] = said.id

    def on_answered(self, event: Answered) -> None:
        case, said = self.ids[event.case], self.ids[event.submission]
        with self.work("li") as work:
            determinations.answer(work, case, said, "rejected", "No.")

    def on_dropped(self, event: Dropped) -> None:
        with self.work("li") as work:
            determinations.drop(work, self.ids[event.case], "Not pursued.")

    def on_confirmed(self, event: Confirmed) -> None:
        named = [
            confirmations.Answerable(subjects.NewPerson(f"Name of {who}", *NUMBERS[who]), role)
            for who, role in event.persons
        ]
        decided = confirmations.Confirmation(
            valid_from=event.valid_from,
            term=Term(*event.term) if event.term else None,
            watch_term=Term(*event.watch_term) if event.watch_term else None,
            responsible=named,
        )
        with self.work(event.actor) as work:
            made = confirmations.confirm(work, self.ids[event.case], decided)[1]
            watch = listings.following(work.change, made.id)
        self.name(event.listing, made)
        if watch is not None:
            self.name(f"{event.listing}/watch", watch)

    def name(self, name: str, listing: Listing) -> None:
        self.ids[name] = listing.id
        self.names[listing.id] = name

    def on_drafted(self, event: Drafted) -> None:
        measures = [measure_out(measure_of(one)) for one in event.measures]
        with self.work("coordinator") as work:
            id = edition_store.add_draft(work.change, event.sector, event.edition, measures)
            work.change.record("edition.drafted", {"edition_id": id, "sector": event.sector})
        self.ids[event.edition] = id

    def on_published(self, event: Published) -> None:
        with self.work("coordinator") as work:
            editions.publish(work, self.ids[event.edition], event.effective_from)

    def on_exited(self, event: Exited) -> None:
        """By the authority where it may say so itself, else as an objection or a repair ends it."""
        ground = ExitGround(event.ground)
        with self.work("zhao") as work:
            old = self.newest(work, event.listing)
            red = old.list_kind is ListKind.RED
            if ground is ExitGround.CRITERIA_CHANGED or (
                red and ground is ExitGround.BENEFIT_ABUSED
            ):
                exits.exit(work, old.id, ground, "It ends.")
            else:
                exits.end(work, old, ground, "It ends.")

    def on_suspended(self, event: Suspended) -> None:
        with self.work("zhao") as work:
            old = self.newest(work, event.listing)
            rest = Suspension(event.kind, work.now)
            self.write(work, replace(old, suspensions=(*old.suspensions, rest)), "suspended")

    def on_resumed(self, event: Resumed) -> None:
        with self.work("zhao") as work:
            old = self.newest(work, event.listing)
            rests = (*old.suspensions[:-1], replace(old.suspensions[-1], until=work.now))
            self.write(work, replace(old, suspensions=rests), "resumed")

    def newest(self, work: Work, name: str) -> Listing:
        found = listings.get(work.change, self.ids[name])
        assert found is not None
        return found

    def write(self, work: Work, listing: Listing, what: str) -> None:
        listings.save(work.change, listing)
        facts = {"listing_id": listing.id, "subject_id": listing.subject_id}
        work.change.record(f"listing.{what}", facts, listing.subject_id)

    # --- what is asked --------------------------------------------------------------------------

    def ask(self, now: datetime, question: Question, known_at: datetime | None) -> dict[str, Any]:
        """The answer to one check, in a transaction of its own."""
        self.clock.instant = now
        return self.registry.checks.run(*self.sent(question, known_at))

    def ask_together(
        self, now: datetime, asked: Sequence[tuple[Question, datetime | None]]
    ) -> list[dict[str, Any]]:
        """The answers to several checks that share a transaction."""
        self.clock.instant = now
        told = self.registry.checks.run_each([self.sent(*one) for one in asked])
        for one in told:
            if isinstance(one, RegistryError):
                raise one
        return [json.loads(one) for one in told if isinstance(one, bytes)]

    def sent(self, question: Question, known_at: datetime | None) -> tuple[str, checks.Question]:
        number = UNKNOWN if question.subject is None else NUMBERS[question.subject]
        return self.tokens[question.agency], checks.Question(
            matter=question.matter,
            purpose=PURPOSES[question.matter],
            case_no="CASE-1",
            identifier=None if question.by_name else number,
            name="Nobody" if question.by_name else None,
            as_of=question.as_of,
            known_at=known_at,
        )

    def named(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer with the names of the history instead of ids."""
        text = json.dumps(answer)
        for id, name in self.names.items():
            text = text.replace(id, name)
        named: dict[str, Any] = json.loads(text)
        return named

    def replays(self, id: str) -> dict[str, Any]:
        """What the registry says when it computes a past answer again."""
        with self.registry.view(self.tokens["auditor"]) as view:
            assert view.actor is not None
            return self.registry.checks.replay(view.reading, view.actor, id)

    def listings(self) -> dict[str, Listing]:
        """Every listing as it now stands, by name."""
        with self.registry.view() as view:
            found = [listings.get(view.reading, id) for id in self.names]
        return {self.names[one.id]: one for one in found if one is not None}
