"""The pure core, driven through a history: it decides, this keeps the versions as the store would.

Every change is a new version with a sequence number and the instant it was recorded; a question
reads the versions that were there at its `known_at`. Functions of the core are called through
their modules, so that a mutant put there by a test is what runs.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from registry.domain import check, confirmation, determination, measure
from registry.domain.check import CheckRequest, Facts
from registry.domain.confirmation import Decision
from registry.domain.criterion import CriterionVersion
from registry.domain.determination import Determination, State, Submission
from registry.domain.errors import RegistryError, ScreenedOut, StepMissing
from registry.domain.listing import (
    ExitGround,
    Listing,
    ResponsiblePerson,
    Suspension,
)
from registry.domain.measure import Edition, Measure
from registry.domain.profile import Profile
from registry.domain.record import Record
from registry.domain.severity import Severity
from registry.domain.subject import Subject, SubjectKind
from registry.domain.validity import Term, day_of
from registry.domain.workdays import Calendar, CalendarYear
from tests import builders
from tests.simulation.history import (
    Answered,
    Confirmed,
    Consequence,
    Dropped,
    Event,
    Exited,
    Noticed,
    Place,
    Proposed,
    Publicised,
    Published,
    Question,
    Resumed,
    Rule,
    RuleAccepted,
    Setting,
    Submitted,
    Suspended,
)

SCHEME = "suqian-draft-2018"


# --- the setting in the core's own values -------------------------------------------------------


def severity_of(level: str | None) -> Severity | None:
    return Severity(SCHEME, level) if level else None


@cache
def criterion_of(rule: Rule) -> CriterionVersion:
    notice = rule.notice
    return builders.a_criterion(
        rule.list_kind,
        clock=rule.clock,
        term=str(Term(rule.years, rule.months)),
        notice=notice is not None,
        reply_days=notice.count if notice else None,
        working=notice is None or notice.unit == "working",
        status="to_verify" if rule.to_verify else "verified",
        code=rule.code,
        sector=rule.sector,
        severity=severity_of(rule.level),
    )


@cache
def measure_of(told: Consequence) -> Measure:
    return builders.a_measure(
        told.code,
        kind=told.kind,
        force=told.force,
        follows=told.list_kind,
        matters=told.matters,
        severity_from=severity_of(told.level),
        subject_kinds=told.subject_kinds,
        sector=told.sector,
        reaches=told.reaches,
        memorandum="" if told.signatories is None else "memorandum",
        signatories=told.signatories or frozenset(),
    )


def profile_of(place: Place) -> Profile:
    shown = place.black_publicity
    return builders.a_profile(
        notice__scope=place.notice_scope,
        notice__defence_days=place.defence.count,
        red__publicity__days=place.red_publicity.count,
        black__publicity=shown is not None,
        black__publicity__days=shown.count if shown else 7,
        red__removal_scope=place.removal_scope,
        exit__black_to_watch=place.black_to_watch,
        exit__watch_term=str(Term(place.watch_years, place.watch_months)),
        validity__cap__general=f"P{place.caps['general']}Y",
        validity__cap__more_serious=f"P{place.caps['substantial']}Y",
        validity__cap__serious_org=f"P{place.caps['serious']}Y",
        validity__cap__serious_person=f"P{place.caps['serious person']}Y",
        green__clean_years=place.clean_years,
        green__models_exempt=place.models_exempt,
    )


def calendar_of(setting: Setting) -> Calendar:
    years = {
        number: CalendarYear(number, year.off, year.on, "a notice", "a source")
        for number, year in setting.years.items()
    }
    return Calendar("cn", years)


def subject_of(setting: Setting, name: str) -> Subject:
    since = setting.known_since[name]
    known = datetime(since.year, since.month, since.day, 3, tzinfo=UTC)
    return Subject(name, SubjectKind(setting.kinds[name]), f"Name of {name}", False, known)


# --- the world ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """One row: what was recorded, when, and its place in the order of all."""

    seq: int
    recorded_at: datetime
    listing: Listing


class World:
    """Cases, listings and editions, as the services and the store hold them around the core."""

    def __init__(self, setting: Setting) -> None:
        self.profile = profile_of(setting.place)
        self.calendar = calendar_of(setting)
        self.subjects = {name: subject_of(setting, name) for name in setting.kinds}
        self.criteria = {code: criterion_of(rule) for code, rule in setting.rules.items()}
        self.sectors = frozenset(rule.sector for rule in setting.rules.values())
        self.proposed = {
            sector: tuple(measure_of(m) for m in setting.proposed if m.sector == sector)
            for sector in self.sectors
        }
        self.cases: dict[str, Determination] = {}
        self.records: dict[str, Record] = {}
        self.versions: dict[str, list[Version]] = {}
        self.editions: list[tuple[int, datetime, Edition]] = []
        self.accepted: set[str] = set()
        self.seq = 0

    # --- what happens ---------------------------------------------------------------------------

    def perform(self, event: Event) -> str | None:
        """Do it; the code of the refusal if the core refuses, and then nothing has changed."""
        try:
            getattr(self, f"on_{type(event).__name__.lower()}")(event)
        except RegistryError as refusal:
            return refusal.code
        return None

    def on_ruleaccepted(self, event: RuleAccepted) -> None:
        self.accepted.add(event.rule)

    def on_proposed(self, event: Proposed) -> None:
        rule = self.criteria[event.rule]
        self.records[event.case] = builders.a_record(
            decided_on=event.decided_on.isoformat(),
            ended_on=event.ended_on.isoformat() if event.ended_on else None,
            id=f"record of {event.case}",
            subject_id=event.subject,
        )
        self.cases[event.case] = Determination(
            id=event.case,
            subject_id=event.subject,
            criterion=rule.code,
            criterion_version=rule.version,
            sector=rule.sector,
            list_kind=rule.list_kind,
            record_ids=(self.records[event.case].id,),
            agency_id="authority",
            proposed_by=event.actor,
            proposed_on=day_of(event.at),
            state=State.PROPOSED,
            reasons=(),
        )

    def move(self, case: str, action: str, **changes: Any) -> None:
        old = self.cases[case]
        self.cases[case] = replace(old, state=determination.moved(old.state, action), **changes)

    def on_noticed(self, event: Noticed) -> None:
        rule = self.criteria[self.cases[event.case].criterion]
        defence = determination.defence_period(rule, self.profile, self.calendar, event.served_on)
        self.move(
            event.case,
            "notice",
            served_on=event.served_on,
            ends_on=event.ends_on,
            defence=defence,
        )

    def on_publicised(self, event: Publicised) -> None:
        today = day_of(event.at)
        kind = self.cases[event.case].list_kind
        shown = determination.publicity_period(kind, self.profile, self.calendar, today)
        self.move(event.case, "publicise", publicised_on=today, publicity=shown)

    def on_submitted(self, event: Submitted) -> None:
        said = Submission(event.submission, "We disagree.", day_of(event.at))
        self.move(event.case, "submit", submissions=(*self.cases[event.case].submissions, said))

    def on_answered(self, event: Answered) -> None:
        case = self.cases[event.case]
        answered = tuple(
            replace(one, outcome="rejected", reason="no") if one.id == event.submission else one
            for one in case.submissions
        )
        self.cases[event.case] = replace(case, submissions=answered)

    def on_dropped(self, event: Dropped) -> None:
        self.move(event.case, "drop", drop_reason="not pursued")

    def missing(self, case: str, today: date) -> set[tuple[str, date | None]]:
        """The steps that the core names."""
        old = self.cases[case]
        needed = determination.demands(
            self.criteria[old.criterion],
            self.subjects[old.subject_id].kind,
            self.profile,
            old.criterion in self.accepted,
            today,
        )
        steps = determination.missing_steps(old, needed, today)
        assert len({step.action for step in steps}) == len(steps)
        return {(step.action, step.earliest_on) for step in steps}

    def on_confirmed(self, event: Confirmed) -> None:
        case = self.cases[event.case]
        determination.moved(case.state, "confirm")
        if missing := self.missing(event.case, day_of(event.at)):
            raise StepMissing(sorted(action for action, _ in missing))
        setting = confirmation.Setting(
            criterion=self.criteria[case.criterion],
            records=(self.records[event.case],),
            subject_kind=self.subjects[case.subject_id].kind,
            profile=self.profile,
            basis=(),
            now=event.at,
            decided_by=event.actor,
        )
        decision = Decision(
            valid_from=event.valid_from,
            term=Term(*event.term) if event.term else None,
            watch_term=Term(*event.watch_term) if event.watch_term else None,
            responsible=tuple(ResponsiblePerson(who, who, role) for who, role in event.persons),
        )
        others = [one for one in self.listings(event.at) if one.subject_id == case.subject_id]
        if case.list_kind == "red" and confirmation.screened_out(others, event.at):
            raise ScreenedOut
        reds = [one for one in others if one.list_kind == "red"]
        done = confirmation.confirm(
            case, setting, decision, reds, (event.listing, f"{event.listing}/watch")
        )
        for one in (done.listing, done.watch, *done.ended):
            if one is not None:
                self.keep(event.at, one)
        self.move(event.case, "confirm", listing_id=done.listing.id, confirmed_by=event.actor)

    def on_published(self, event: Published) -> None:
        edition = Edition.of(
            event.edition,
            event.sector,
            event.edition,
            event.effective_from,
            tuple(measure_of(one) for one in event.measures),
        )
        self.seq += 1
        self.editions.append((self.seq, event.at, edition))

    def on_exited(self, event: Exited) -> None:
        old = self.newest(event.listing)
        ended = confirmation.end(old, ExitGround(event.ground), event.at)
        self.keep(event.at, ended)
        follower = next(
            (rows[-1].listing for rows in self.versions.values()
             if rows[-1].listing.follows == old.id),
            None,
        )  # fmt: skip
        if follower is not None and follower.exit is None:
            self.keep(event.at, confirmation.watch_after_exit(follower, ended))

    def on_suspended(self, event: Suspended) -> None:
        old = self.newest(event.listing)
        rest = Suspension(event.kind, event.at)
        self.keep(event.at, replace(old, suspensions=(*old.suspensions, rest)))

    def on_resumed(self, event: Resumed) -> None:
        old = self.newest(event.listing)
        rests = (*old.suspensions[:-1], replace(old.suspensions[-1], until=event.at))
        self.keep(event.at, replace(old, suspensions=rests))

    # --- the versions ---------------------------------------------------------------------------

    def keep(self, now: datetime, listing: Listing) -> None:
        self.seq += 1
        self.versions.setdefault(listing.id, []).append(Version(self.seq, now, listing))

    def newest(self, listing: str) -> Listing:
        return self.versions[listing][-1].listing

    def listings(self, known_at: datetime, upto: int | None = None) -> list[Listing]:
        """The last version of each listing that was recorded by then, and not after `upto`.

        Instants alone do not tell apart what was written in the same microsecond as a question.
        """
        place = self.seq if upto is None else upto
        found = []
        for rows in self.versions.values():
            known = [row for row in rows if row.recorded_at <= known_at and row.seq <= place]
            if known:
                found.append(max(known, key=lambda row: row.seq).listing)
        return found

    # --- the answer -----------------------------------------------------------------------------

    def facts(self, question: Question, known_at: datetime, upto: int | None = None) -> Facts:
        """All that the registry knew; read anew for every question, as from the store."""
        place = self.seq if upto is None else upto
        listings = self.listings(known_at, place)
        published = tuple(
            edition for seq, at, edition in self.editions if at <= known_at and seq <= place
        )
        own = tuple(one for one in listings if one.subject_id == question.subject)
        reached = tuple(
            check.Reached(one, self.subjects[one.subject_id], person.role)
            for one in listings
            for person in one.responsible
            if person.subject_id == question.subject
        )
        return Facts(
            subject=self.subjects[question.subject] if question.subject else None,
            matched_by="name" if question.by_name else "identifier",
            listings=() if question.by_name else own,
            reached=() if question.by_name else reached,
            editions=measure.in_effect(published, day_of(question.as_of)),
            proposed=self.proposed,
            enabled=self.sectors - question.absent,
            agency_code=question.agency,
            agencies={},
            profile=self.profile,
            rulebook_digest="sha256:0",
            candidates=2 if question.by_name else 0,
        )

    def answer(
        self, question: Question, known_at: datetime, upto: int | None = None
    ) -> dict[str, Any]:
        """What the core decides."""
        request = CheckRequest(
            question.matter, "procurement_and_funding", "case-1", question.as_of, known_at
        )
        return check.decide(request, self.facts(question, known_at, upto))
