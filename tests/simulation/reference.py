"""What the registry must hold, told a second time: a fold over plain events.

Written from model.md and contract.md alone and importing nothing of the registry: where the two
disagree, one of them is wrong. It counts day by day, folds the whole history again for every
question and keeps no index, so that each rule stands here in the words of the model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache

from tests.simulation.history import (
    PERSONS,
    Answered,
    Confirmed,
    Dropped,
    Event,
    Exited,
    Noticed,
    Period,
    Proposed,
    Publicised,
    Published,
    Resumed,
    Rule,
    RuleAccepted,
    Setting,
    Submitted,
    Suspended,
    Year,
)

DAY = timedelta(days=1)
MISTAKES = {"objection_upheld", "basis_annulled", "voided"}  # "no watch" in contract.md
BEFORE = {
    "Noticed": {"proposed"},
    "Publicised": {"proposed", "noticed"},
    "Submitted": {"proposed", "noticed", "publicised"},
    "Dropped": {"proposed", "noticed", "publicised"},
    "Confirmed": {"proposed", "noticed", "publicised"},
}


# --- days ---------------------------------------------------------------------------------------


def legal_day(instant: datetime) -> date:
    """The date in Shanghai, which has kept UTC+8 without summer time since 1992."""
    return (instant.replace(tzinfo=None) + timedelta(hours=8)).date()


@cache
def midnight(day: date) -> datetime:
    """The first instant of a legal date."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)


@cache
def term_end(first: date, years: int, months: int) -> date:
    """The first day no longer in a term that counts `first`; a missing day becomes the next one."""
    month = first.month + months
    wanted = (first.year + years + (month - 1) // 12, (month - 1) % 12 + 1, first.day)
    day = first
    while (day.year, day.month, day.day) < wanted:
        day += DAY
    return day


@dataclass(frozen=True)
class Due:
    """The last day of a period, and the first day on which what waited for it is possible."""

    last: date
    possible: date
    provisional: bool


def due(start: date, count: int, unit: str, years: dict[int, Year]) -> Due:
    """Count from the day after the event, one day at a time."""
    day, provisional = start, False
    if unit == "calendar":
        for _ in range(count):
            day += DAY
        return Due(day, day + DAY, False)
    while count:
        day += DAY
        known = years.get(day.year)
        unsettled = (day.month, day.day) >= (12, 25) and day.year + 1 not in years
        if known is None or unsettled:
            provisional = True
        worked = day.weekday() < 5
        if known is not None:
            worked = (worked or day in known.on) and day not in known.off
        count -= worked
    bound, more = day, 10 if provisional else 0
    while more:
        bound += DAY
        more -= bound.weekday() < 5
    return Due(day, bound + DAY, provisional)


# --- what has become of it ----------------------------------------------------------------------


@dataclass
class Case:
    """A determination on its way."""

    subject: str
    rule: Rule
    actor: str
    decided_on: date
    ended_on: date | None
    state: str = "proposed"
    served_on: date | None = None
    ends_on: date | None = None
    publicised_on: date | None = None
    open_submissions: set[str] = field(default_factory=set)


@dataclass
class Entry:
    """A listing; `rests` holds its suspensions as (kind, first instant, first one after or None).

    An exit is a decision of one moment: its day is what the answers name, its instant what counts.
    """

    id: str
    subject: str
    sector: str
    list_kind: str
    level: str | None
    valid_from: date
    valid_to: date
    exit: tuple[str, date, datetime] | None = None
    rests: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    follower: str | None = None
    follower_term: tuple[int, int] = (0, 0)
    persons: tuple[tuple[str, str], ...] = ()

    def end(self) -> tuple[str, date, datetime]:
        """Ground, day and first instant not in force, whichever end comes first."""
        expiry = midnight(self.valid_to)
        if self.exit is not None and self.exit[2] < expiry:
            return self.exit
        return ("expired", self.valid_to, expiry)

    def rest(self, instant: datetime) -> str | None:
        for kind, first, after in self.rests:
            if first <= instant and (after is None or instant < after):
                return kind
        return None

    def status(self, instant: datetime) -> str:
        if instant >= self.end()[2]:
            return "ended"
        if instant < midnight(self.valid_from):
            return "pending"
        return "suspended" if self.rest(instant) else "in_force"

    def is_bad(self) -> bool:
        return self.list_kind != "red"


@dataclass
class Known:
    """All that the registry knew at one moment: the fold of the events until then."""

    setting: Setting
    cases: dict[str, Case] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    editions: list[Published] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)

    def apply(self, event: Event) -> None:
        match event:
            case RuleAccepted():
                self.accepted.add(event.rule)
            case Proposed():
                rule = self.setting.rules[event.rule]
                self.cases[event.case] = Case(
                    event.subject, rule, event.actor, event.decided_on, event.ended_on
                )
            case Noticed():
                self.cases[event.case].state = "noticed"
                self.cases[event.case].served_on = event.served_on
                self.cases[event.case].ends_on = event.ends_on
            case Publicised():
                self.cases[event.case].state = "publicised"
                self.cases[event.case].publicised_on = legal_day(event.at)
            case Submitted():
                self.cases[event.case].open_submissions.add(event.submission)
            case Answered():
                self.cases[event.case].open_submissions.remove(event.submission)
            case Dropped():
                self.cases[event.case].state = "dropped"
            case Confirmed():
                self.confirm(event)
            case Published():
                self.editions.append(event)
            case Exited():
                self.leave(event)
            case Suspended():
                entry = self.entries[event.listing]
                entry.rests.append((event.kind, event.at, None))
            case Resumed():
                entry = self.entries[event.listing]
                kind, first, _ = entry.rests[-1]
                entry.rests[-1] = (kind, first, event.at)

    # --- a case ---------------------------------------------------------------------------------

    def is_told(self, case: Case) -> bool:
        """Who must be told and heard first: persons always, others as criterion and profile say.

        Read for what is held against somebody: a red listing needs it only where its rule says so.
        """
        if case.rule.notice is not None:
            return True
        if case.rule.list_kind == "red":
            return False
        person = self.setting.kinds[case.subject] in PERSONS
        return person or self.setting.place.notice_scope == "all"

    def missing(self, name: str, today: date) -> set[tuple[str, date | None]]:
        """The steps without which the case cannot be confirmed today."""
        case = self.cases[name]
        found: set[tuple[str, date | None]] = set()
        if case.rule.to_verify and case.rule.code not in self.accepted:
            found.add(("accept_rule", None))
        watch = case.rule.list_kind == "watch"
        if case.served_on is None and (watch or self.is_told(case)):
            found.add(("warning" if watch else "notice", None))
        if case.served_on is not None:  # once time to answer is given, it is kept
            periods = [self.setting.place.defence, case.rule.notice]
            found |= self.running("defence_window", case.served_on, periods, today)
        if case.open_submissions:
            found.add(("answer_submission", None))
        shown = {
            "red": self.setting.place.red_publicity,
            "black": self.setting.place.black_publicity,
        }.get(case.rule.list_kind)
        if shown is not None and case.publicised_on is None:
            found.add(("publicity", None))
        elif shown is not None and case.publicised_on is not None:
            found |= self.running("publicity", case.publicised_on, [shown], today)
        return found

    def running(
        self, action: str, start: date, periods: Iterable[Period | None], today: date
    ) -> set[tuple[str, date | None]]:
        """The step, while the longest of the periods is not over."""
        possible = max(
            due(start, one.count, one.unit, self.setting.years).possible for one in periods if one
        )
        return {(action, possible)} if today < possible else set()

    def is_screened_out(self, case: Case, now: datetime) -> bool:
        """A red candidate meets a black or watch listing, pending and suspended ones too.

        One that still had effect earlier today counts: the red listing would begin at midnight.
        """
        return case.rule.list_kind == "red" and any(
            entry.subject == case.subject
            and entry.is_bad()
            and entry.end()[2] > midnight(legal_day(now))
            and entry.end()[2] > midnight(entry.valid_from)
            for entry in self.entries.values()
        )

    def period(self, event: Confirmed) -> tuple[date, date] | None:
        """`valid_from` and `valid_to`; nothing where the rules allow no such listing."""
        case, today = self.cases[event.case], legal_day(event.at)
        rule, start = case.rule, event.valid_from or today
        longest = term_end(start, rule.years, rule.months)
        years, months = event.term or (rule.years, rule.months)
        asked = term_end(start, years, months)
        grade = rule.level
        if grade == "serious" and self.setting.kinds[case.subject] in PERSONS:
            grade = "serious person"
        if grade is not None and (cap := self.setting.place.caps[grade]):
            if event.term is None and term_end(start, cap, 0) < asked:
                years, months = cap, 0
            longest = min(longest, term_end(start, cap, 0))
        if event.term is not None and asked > longest:
            return None
        if rule.clock == "act_end" and case.ended_on is None:
            return None
        end = term_end(start, years, months)
        if event.valid_from is None and rule.clock in {"act_end", "decided_on"}:
            trigger = case.ended_on if rule.clock == "act_end" else case.decided_on
            assert trigger is not None
            end = term_end(trigger + DAY, years, months)
        if rule.list_kind == "watch" and case.ends_on is not None:
            if event.term is not None and end > case.ends_on + DAY:
                return None
            end = min(end, case.ends_on + DAY)
        if self.watch_is_too_long(event, end, grade):
            return None
        return (start, end) if today <= start < end else None

    def watch_is_too_long(self, event: Confirmed, start: date, grade: str | None) -> bool:
        """Longer than the cap of the grade, or than the rule where it has none (PUB-13)."""
        rule, place = self.cases[event.case].rule, self.setting.place
        if event.watch_term is None or rule.list_kind != "black" or not place.black_to_watch:
            return False
        cap = place.caps[grade] if grade is not None else None
        longest = (cap, 0) if cap else (rule.years, rule.months)
        return term_end(start, *event.watch_term) > term_end(start, *longest)

    def refusals(self, event: Event) -> set[str]:
        """Why this cannot happen now; empty when it can."""
        match event:
            case Noticed() | Publicised() | Submitted() | Dropped() | Confirmed():
                case_state = self.cases[event.case].state
                if case_state not in BEFORE[type(event).__name__]:
                    return {"illegal-transition"}
            case Exited():
                ended = self.entries[event.listing].status(event.at) == "ended"
                return {"illegal-transition"} if ended else set()
        if not isinstance(event, Confirmed):
            return set()
        case, found = self.cases[event.case], set()
        if event.actor == case.actor:
            found.add("two-person-rule")
        if self.missing(event.case, legal_day(event.at)):
            found.add("step-missing")
        if self.is_screened_out(case, event.at):
            found.add("screened-out")
        if self.period(event) is None:
            found.add("invalid-input")
        return found

    def confirm(self, event: Confirmed) -> None:
        case, place = self.cases[event.case], self.setting.place
        case.state = "confirmed"
        period = self.period(event)
        assert period is not None
        rule = case.rule
        entry = Entry(event.listing, case.subject, rule.sector, rule.list_kind, rule.level, *period)
        entry.persons = event.persons
        self.entries[entry.id] = entry
        if entry.is_bad():
            self.end_red(entry)
        if rule.list_kind == "black" and place.black_to_watch:
            entry.follower = f"{entry.id}/watch"
            entry.follower_term = event.watch_term or (place.watch_years, place.watch_months)
            watch = Entry(
                entry.follower,
                case.subject,
                rule.sector,
                "watch",
                None,
                entry.valid_to,
                term_end(entry.valid_to, *entry.follower_term),
            )
            self.entries[watch.id] = watch

    # --- a listing ------------------------------------------------------------------------------

    def end_red(self, cause: Entry) -> None:
        """Red listings end where the new one begins: at no instant do both have effect."""
        ground = "blacklisted" if cause.list_kind == "black" else "watchlisted"
        start = midnight(cause.valid_from)
        for entry in self.entries.values():
            if entry.subject != cause.subject or entry.list_kind != "red":
                continue
            if self.setting.place.removal_scope == "same_sector" and entry.sector != cause.sector:
                continue
            if entry.end()[2] > start:
                entry.exit = (ground, cause.valid_from, start)

    def leave(self, event: Exited) -> None:
        entry, on = self.entries[event.listing], legal_day(event.at)
        entry.exit = (event.ground, on, event.at)
        if entry.follower is None:
            return
        watch = self.entries[entry.follower]
        if watch.exit is not None:
            return
        if event.ground in MISTAKES:
            watch.exit = entry.exit
        else:
            # What ended before it began is followed from the day on which it would have begun:
            # until then the red listings stand (DET-11).
            start = max(on, entry.valid_from)
            watch.valid_from, watch.valid_to = start, term_end(start, *entry.follower_term)


def known(setting: Setting, events: Sequence[Event], known_at: datetime) -> Known:
    """Fold everything that was recorded not after `known_at`."""
    state = Known(setting)
    for event in events:
        if event.at <= known_at:
            state.apply(event)
    return state
