"""Makes histories from a seed: plausible most of the time, forbidden or badly timed some of it.

It looks at the reference model to know what could come next, never at the core. Time likes the
boundaries: it jumps to a midnight that matters, or to the microsecond before or after it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.simulation.history import (
    LEVELS,
    Answered,
    Confirmed,
    Consequence,
    Dropped,
    Event,
    Exited,
    Noticed,
    Period,
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
    Year,
)
from tests.simulation.reference import Known, legal_day, midnight

KINDS = {"factory": "enterprise", "charity": "social_organisation", "wu": "person"}
SECTORS = ("tax", "procurement")
MATTERS = ("procurement.bid", "permit.general")
AGENCIES = ("bureau", "office")
ROLES = ("legal_representative", "principal")
TERMS = ((0, 1), (0, 3), (0, 6), (1, 0), (3, 0))
GROUNDS = ("objection_upheld", "repaired", "criteria_changed", "basis_annulled", "benefit_abused")
TICK = timedelta(microseconds=1)


def years_of(rng: Random) -> dict[int, Year]:
    """Notices for 2025 and, half of the time, 2026; nothing later."""
    years = {}
    for number in (2025, 2026)[: rng.choice((1, 2))]:
        days = {date(number, 1, 1) + timedelta(days=rng.randrange(365)) for _ in range(25)}
        years[number] = Year(
            off=frozenset(day for day in days if day.weekday() < 5),
            on=frozenset(day for day in days if day.weekday() >= 5),
        )
    return years


def place_of(rng: Random) -> Place:
    watch = rng.choice(TERMS)
    return Place(
        notice_scope=rng.choice(("persons", "all")),
        defence=Period(rng.choice((3, 5, 10)), "working"),
        red_publicity=Period(rng.choice((1, 7)), "working"),
        black_publicity=rng.choice((None, None, Period(5, "working"))),
        watch_years=watch[0],
        watch_months=watch[1],
        black_to_watch=rng.random() < 0.8,
        removal_scope=rng.choice(("all", "all", "same_sector")),
        caps={"general": 1, "substantial": 3, "serious": 7, "serious person": rng.choice((1, 5))},
        clean_years=rng.choice((1, 3)),
        models_exempt=rng.random() < 0.8,
    )


def rule_of(rng: Random, sector: str, list_kind: str, number: int) -> Rule:
    years, months = rng.choice(TERMS)
    notice = rng.choice((None, None, Period(4, "working"), Period(9, "calendar")))
    return Rule(
        code=f"{sector}.{list_kind}{number}",
        sector=sector,
        list_kind=list_kind,
        level=rng.choice((None, *LEVELS)) if list_kind == "black" else None,
        clock=rng.choice(("valid_from", "act_end", "decided_on", "published_on")),
        years=years,
        months=months,
        notice=notice,
        to_verify=rng.random() < 0.2,
    )


def measure_of(rng: Random, sector: str, number: int) -> Consequence:
    list_kind = rng.choice(("black", "black", "watch", "red"))
    kind = "incentive" if list_kind == "red" else "sanction"
    everybody = frozenset(KINDS.values())
    return Consequence(
        code=f"{'p' if kind == 'sanction' else 'i'}.{number}",
        sector=sector,
        kind=kind,
        force=rng.choice(("mandatory", "recommended")),
        list_kind=list_kind,
        level=rng.choice((None, None, *LEVELS)) if list_kind == "black" else None,
        subject_kinds=rng.choice((everybody, everybody, everybody - {"person"})),
        matters=rng.choice((frozenset(MATTERS), frozenset(MATTERS[:1]), frozenset(MATTERS[1:]))),
        signatories=rng.choice((None, None, frozenset(AGENCIES[:1]))),
        reaches=rng.choice((frozenset(), frozenset(ROLES[:1]), frozenset(ROLES))),
    )


def setting_of(rng: Random) -> Setting:
    """Two sectors, three subjects, a handful of rules and measures."""
    kinds = [("tax", "black"), ("tax", "red"), ("procurement", rng.choice(("black", "watch")))]
    kinds += [(rng.choice(SECTORS), rng.choice(("black", "red", "watch")))]
    rules = [rule_of(rng, *kind, number) for number, kind in enumerate(kinds)]
    years = {name: date(rng.choice((2015, 2022, 2024)), 6, rng.randint(1, 28)) for name in KINDS}
    return Setting(
        kinds=KINDS,
        known_since=years,
        rules={rule.code: rule for rule in rules},
        place=place_of(rng),
        years=years_of(rng),
        proposed=tuple(measure_of(rng, sector, n) for sector in SECTORS for n in range(4)),
    )


class Generator:
    """One history in the making; `now` never goes back."""

    def __init__(self, rng: Random, setting: Setting, state: Known) -> None:
        self.rng, self.setting, self.state = rng, setting, state
        self.now = datetime(2025, rng.randint(1, 12), 1, tzinfo=UTC)
        favourite = rng.choice(list(setting.kinds))
        self.cast = rng.choice(([favourite], [favourite, favourite, *setting.kinds]))
        self.number = 0

    def name(self, what: str) -> str:
        self.number += 1
        return f"{what}{self.number}"

    # --- time -----------------------------------------------------------------------------------

    def wait(self) -> None:
        """A moment, a day, a month, or until around a midnight that matters."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.45:
            self.now += timedelta(minutes=rng.randrange(600))
        elif kind < 0.7:
            self.now += timedelta(days=rng.randint(1, 12), minutes=rng.randrange(600))
        elif kind < 0.78:
            self.now += timedelta(days=rng.randint(20, 200))
        else:
            coming = [one for one in self.boundaries() if one > self.now + TICK]
            if coming:
                self.now = min(rng.choice(coming), self.now + timedelta(days=400))
                self.now += rng.choice((-TICK, timedelta(0), TICK))

    def until(self, day: date) -> None:
        """Just before, at or just after the midnight from which something is possible."""
        moment = midnight(day) + self.rng.choice((-TICK, timedelta(0), TICK))
        self.now = max(self.now, moment)

    def boundaries(self) -> list[datetime]:
        """Every instant at which something begins or ends, as far as is known now."""
        days = {edition.effective_from for edition in self.state.editions}
        moments = set()
        for entry in self.state.entries.values():
            days |= {entry.valid_from, entry.valid_to, entry.end()[1]}
            moments.add(entry.end()[2])
            for _, first, after in entry.rests:
                moments |= {first, after or first}
        return sorted(moments | {midnight(day) for day in days})

    # --- events ---------------------------------------------------------------------------------

    def next(self) -> Event:
        """What comes next; it may well be refused."""
        self.wait()
        open_cases = [n for n, case in self.state.cases.items() if case.state not in DONE]
        if len(self.state.editions) < len(SECTORS):
            return self.publish()
        makers = [self.case_step] * 10 * bool(open_cases) + [self.publish]
        makers += [self.propose] * (3 if len(open_cases) < 4 else 0)
        makers += [self.listing_step] * 4 * bool(self.state.entries)
        return self.rng.choice(makers)()

    def propose(self) -> Event:
        rng, today = self.rng, legal_day(self.now)
        decided = today - timedelta(days=rng.choice((0, 1, 30, 200)))
        ended = None if rng.random() < 0.1 else decided - timedelta(days=rng.randrange(300))
        return Proposed(
            self.now,
            self.name("case"),
            rng.choice(self.cast),
            rng.choice(list(self.setting.rules)),
            rng.choice(("li", "wang")),
            decided,
            ended,
        )

    def case_step(self) -> Event:
        """The next step of a case, or one out of order."""
        rng = self.rng
        names = [n for n, case in self.state.cases.items() if case.state not in DONE]
        name = rng.choice(list(self.state.cases) if rng.random() < 0.05 else names)
        case = self.state.cases[name]
        chance = rng.random()
        if chance < 0.05:
            return Submitted(self.now, name, self.name("submission"))
        if chance < 0.08:
            return Dropped(self.now, name)
        if chance < 0.25 or case.state in DONE:
            maker = rng.choice((self.notice, self.publicise, self.confirm, self.confirm))
            return maker(name)
        for action, earliest in sorted(
            self.state.missing(name, legal_day(self.now)), key=lambda step: str(step)
        ):
            if earliest is not None:
                self.until(earliest)
            elif action == "accept_rule":
                return RuleAccepted(self.now, case.rule.code)
            elif action in {"notice", "warning"} and case.state == "proposed":
                return self.notice(name)
            elif action == "publicity" and case.state in {"proposed", "noticed"}:
                return self.publicise(name)
            elif action == "answer_submission":
                return Answered(self.now, name, min(case.open_submissions))
        return self.confirm(name)

    def notice(self, name: str) -> Event:
        case, today = self.state.cases[name], legal_day(self.now)
        served = max(case.decided_on, today - timedelta(days=self.rng.choice((0, 0, 1, 4))))
        ends_on = None
        if case.rule.list_kind == "watch":
            ends_on = today + timedelta(days=self.rng.choice((20, 60, 200, 500)))
        return Noticed(self.now, name, served, ends_on)

    def publicise(self, name: str) -> Event:
        return Publicised(self.now, name)

    def confirm(self, name: str) -> Event:
        rng, case = self.rng, self.state.cases[name]
        valid_from = None
        if rng.random() < 0.4:
            valid_from = legal_day(self.now) + timedelta(days=rng.choice((-1, 0, 1, 10, 60, 60)))
        actor = case.actor if rng.random() < 0.08 else "zhao"
        persons = ()
        if case.subject != "wu" and rng.random() < 0.7:
            persons = (("wu", rng.choice(ROLES)),)
        watch = case.rule.list_kind == "watch"
        decision = Confirmed(
            self.now,
            name,
            self.name("listing"),
            actor,
            valid_from,
            rng.choice(TERMS) if rng.random() < 0.3 and not watch else None,
            rng.choice(TERMS) if rng.random() < 0.3 else None,
            persons,
        )
        hopeless = self.state.period(decision) is None and case.state not in DONE
        return Dropped(self.now, name) if hopeless and rng.random() < 0.6 else decision

    def publish(self) -> Event:
        rng, sector = self.rng, self.rng.choice(SECTORS)
        mine = [one for one in self.setting.proposed if one.sector == sector]
        later = timedelta(days=rng.choice((0, 0, 0, 1, 30, 90)))
        held = tuple(one for one in mine if rng.random() < 0.8)
        first = legal_day(self.now) + later
        return Published(self.now, self.name("edition"), sector, held, first)

    def listing_step(self) -> Event:
        """An exit, or the beginning or end of a suspension."""
        rng, name = self.rng, self.rng.choice(list(self.state.entries))
        young = [e.id for e in self.state.entries.values() if e.status(self.now) == "pending"]
        if young and rng.random() < 0.5:
            name = rng.choice(young)
        entry = self.state.entries[name]
        resting = bool(entry.rests) and entry.rests[-1][2] is None
        ended = entry.status(self.now) == "ended"
        if (ended and rng.random() < 0.2) or (not ended and rng.random() < 0.4):
            return Exited(self.now, name, rng.choice(GROUNDS))
        if resting:
            return Resumed(self.now, name)
        if not ended:
            return Suspended(self.now, name, rng.choice(("verification", "verification", "late")))
        return self.propose()

    # --- questions ------------------------------------------------------------------------------

    def question(self, moments: Sequence[datetime]) -> Question:
        """Somebody asks about somebody, as of one of these moments or just beside it."""
        rng = self.rng
        chance = rng.random()
        listed = [entry.subject for entry in self.state.entries.values()]
        as_of = rng.choice(moments) + rng.choice((-TICK, timedelta(0), TICK))
        if self.state.entries and rng.random() < 0.5:
            entry = rng.choice(list(self.state.entries.values()))
            life = max(0, (entry.end()[1] - entry.valid_from).days)
            as_of = midnight(entry.valid_from) + timedelta(days=rng.randint(0, life), hours=9)
            listed = [entry.subject] * 9 + [who for who, _ in entry.persons] * 4
        return Question(
            subject=None if chance < 0.05 else rng.choice([*self.setting.kinds, *listed, *listed]),
            matter=rng.choice(MATTERS),
            agency=rng.choice(AGENCIES),
            as_of=as_of,
            absent=frozenset(SECTORS[:1]) if rng.random() < 0.15 else frozenset(),
            by_name=chance < 0.03,
        )


DONE = {"confirmed", "dropped"}
