"""The rules of the histories that are played through the store: four bundled criteria and the
national profile, told in the model's own words, and measures that a coordinator publishes.

They are told again by hand, never read from the rulebook: a rule that the registry would read
wrongly must not be read wrongly here as well. From 1 April 2026 on nothing of it changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random

from tests.simulation.generator import DONE, KINDS, Generator, measure_of
from tests.simulation.history import (
    Consequence,
    Event,
    Period,
    Place,
    Published,
    Question,
    Rule,
    RuleAccepted,
    Setting,
    Year,
)
from tests.simulation.reference import Known, legal_day, midnight, term_end
from tests.simulation.reference_answer import answer

SECTORS = ("tax", "general", "construction")
DAYS_OF_PROFILE = Period(5, "working")  # where a rule wants a notice and names no days

RULES = (
    Rule(
        code="tax.evasion",
        sector="tax",
        list_kind="black",
        level="serious",
        clock="published_on",
        years=3,
        months=0,
        notice=Period(5, "calendar"),
        to_verify=True,
    ),
    Rule(
        code="construction.wage_mass_incident",
        sector="construction",
        list_kind="black",
        level="serious",
        clock="valid_from",
        years=3,
        months=0,
        notice=DAYS_OF_PROFILE,
        to_verify=True,
    ),
    Rule(
        code="general.watch",
        sector="general",
        list_kind="watch",
        level="substantial",
        clock="act_end",
        years=3,
        months=0,
        notice=DAYS_OF_PROFILE,
        to_verify=True,
    ),
    Rule(
        code="general.integrity_model",
        sector="general",
        list_kind="red",
        level=None,
        clock="valid_from",
        years=3,
        months=0,
        notice=None,
        to_verify=True,
    ),
)

NATIONAL = Place(
    notice_scope="persons",
    defence=Period(5, "working"),
    red_publicity=Period(7, "working"),
    black_publicity=None,
    watch_years=1,
    watch_months=0,
    black_to_watch=True,
    removal_scope="all",
    caps={"general": 1, "substantial": 3, "serious": 3, "serious person": 3},
    clean_years=3,
    models_exempt=True,
)


def _year(number: int, off: str, on: str) -> Year:
    """Days as month and day: 0101."""

    def days(text: str) -> frozenset[date]:
        return frozenset(date(number, int(one[:2]), int(one[2:])) for one in text.split())

    return Year(days(off), days(on))


# The notice 国办发明电〔2025〕7号. No history reaches back to 2025; 2027 has no notice.
YEARS = {
    2026: _year(
        2026,
        "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 "
        "1001 1002 1005 1006 1007",
        "0104 0214 0228 0509 0920 1010",
    )
}


# --- what happens beside what the model speaks of -------------------------------------------------


@dataclass(frozen=True)
class Drafted(Event):
    """An edition was written down and is not yet published."""

    edition: str
    sector: str
    measures: tuple[Consequence, ...]


@dataclass(frozen=True)
class Filed(Event):
    """A record was reported, for a case or for none; misconduct counts against the green channel,
    whatever becomes of a case."""

    record: str
    subject: str
    rule: str | None
    decided_on: date
    ended_on: date | None
    misconduct: bool


@dataclass(frozen=True)
class Returned(Event):
    """A record on which no case rests went back to its provider and counts for nothing."""

    record: str


def setting_of(rng: Random) -> Setting:
    """The same rules for all; when the registry came to know the subjects, and the measures that
    editions may hold, are drawn."""
    years = {name: date(rng.choice((2015, 2022, 2024)), 6, rng.randint(1, 28)) for name in KINDS}
    return Setting(
        kinds=KINDS,
        known_since=years,
        rules={rule.code: rule for rule in RULES},
        place=NATIONAL,
        years=YEARS,
        proposed=tuple(measure_of(rng, sector, n) for sector in SECTORS for n in range(4)),
    )


class StoredGenerator(Generator):
    """The generator of the other simulation, from May 2026 on; records come and go as well. What
    is slow in a registry and says little comes less often: most rules are accepted and most
    editions published at the beginning, and cases are carried through."""

    def __init__(self, rng: Random, setting: Setting, state: Known) -> None:
        super().__init__(rng, setting, state)
        self.now = datetime(2026, rng.randint(5, 12), 1, tzinfo=UTC)
        self.loose: list[str] = []  # records on which no case rests
        first = [partial(self.edition, sector) for sector in SECTORS]
        first += [partial(self.accept, code) for code in setting.rules]
        self.first = [one for one in first if rng.random() < 0.85]

    def next(self) -> Event:
        if self.first:
            self.now += timedelta(minutes=self.rng.randrange(600))
            return self.first.pop()()
        if self.rng.random() < 0.07:
            self.wait()
            return self.file()
        return super().next()

    def accept(self, rule: str) -> Event:
        return RuleAccepted(self.now, rule)

    def publish(self) -> Event:
        if self.rng.random() < 0.4:
            return self.propose()
        return self.edition(self.rng.choice(SECTORS))

    def edition(self, sector: str) -> Event:
        rng = self.rng
        mine = [one for one in self.setting.proposed if one.sector == sector]
        held = tuple(one for one in mine if rng.random() < 0.8)
        first = legal_day(self.now) + timedelta(days=rng.choice((0, 0, 0, 1, 30, 90)))
        return Published(self.now, self.name("edition"), sector, held, first)

    def propose(self) -> Event:
        open_cases = [n for n, case in self.state.cases.items() if case.state not in DONE]
        if open_cases and self.rng.random() < 0.8:
            return self.case_step()
        return super().propose()

    def file(self) -> Event:
        """Misconduct too slight for a case, or an earlier one sent back."""
        rng = self.rng
        if self.loose and rng.random() < 0.6:
            return Returned(self.now, self.loose.pop(rng.randrange(len(self.loose))))
        decided = legal_day(self.now) - timedelta(days=rng.randrange(900))
        name = self.name("record")
        self.loose.append(name)
        return Filed(self.now, name, rng.choice(self.cast), None, decided, None, True)

    def question(self, moments: Sequence[datetime]) -> Question:
        """Rather one that has something to be told. No sector is out of reach: a registry without
        a sector's plugin would be another registry."""
        for _ in range(3):
            asked = replace(super().question(moments), absent=frozenset())
            if self.rng.random() < 0.4 or answer(self.state, asked).outcome != "clear":
                break
        return asked

    def moments(self) -> list[datetime]:
        """Instants worth asking about: every boundary, and the ends of the years of good conduct
        after it, when what is over by then still decides."""
        found = [self.now, *self.boundaries()]
        for entry in self.state.entries.values():
            last = max(entry.end()[1], entry.valid_from)
            found.append(midnight(term_end(last, self.setting.place.clean_years, 0)))
        return found
