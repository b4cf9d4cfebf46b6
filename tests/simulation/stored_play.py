"""One history, told to a registry and to the reference model at once, and every comparison.

`play(seed, registry)` raises Disagreement where the two differ. What the model has no words for is
left out: what an answer says of dropped measures (the bundled plugins propose their own) and of
what is incomplete, names, reasons and articles. Misconduct on record, of which the model knows
nothing, is counted here.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.simulation.generator import TICK
from tests.simulation.history import (
    Answer,
    Confirmed,
    Event,
    Exited,
    Proposed,
    Publicised,
    Published,
    Question,
    Resumed,
    Suspended,
)
from tests.simulation.play import Disagreement, as_answer
from tests.simulation.reference import DAY, Known, known, legal_day, term_end
from tests.simulation.reference_answer import answer
from tests.simulation.stored_setting import (
    SECTORS,
    Drafted,
    Filed,
    Returned,
    StoredGenerator,
    setting_of,
)
from tests.simulation.stored_world import Registered

LENGTHS = (20, 35, 50)
# The services refuse at once what in the model only keeps a case from being confirmed.
EARLY = {"conflict", "step-missing", "screened-out"}
# What changes the answers of the day before.
TELLING = (Confirmed, Published, Exited, Suspended, Resumed, Returned)
Asked = tuple[Question, datetime | None]


def misconduct(events: Sequence[Event], known_at: datetime) -> list[Filed]:
    """The misconduct on record at an instant."""
    told = [event for event in events if event.at <= known_at]
    gone = {event.record for event in told if isinstance(event, Returned)}
    return [
        one for one in told if isinstance(one, Filed) and one.misconduct and one.record not in gone
    ]


def expected(state: Known, filed: Sequence[Filed], question: Question) -> Answer:
    """What the model answers, less what is not compared; a red listing in force exempts from the
    years without misconduct as well."""
    told = answer(state, question)
    day, years = legal_day(question.as_of), state.setting.place.clean_years
    exempt = any(
        entry.subject == question.subject
        and entry.list_kind == "red"
        and entry.status(question.as_of) == "in_force"
        for entry in state.entries.values()
    )
    clean = all(
        term_end((one.ended_on or one.decided_on) + DAY, years, 0) <= day
        for one in filed
        if one.subject == question.subject and one.decided_on <= day
    )
    green = told.green and (exempt or clean)
    return replace(told, green=green, dropped=frozenset(), incomplete=frozenset())


class Story:
    """The two sides of one history."""

    def __init__(self, seed: int, registered: Registered, rng: Random, state: Known) -> None:
        self.seed, self.rng, self.registered, self.state = seed, rng, registered, state
        self.generator = StoredGenerator(rng, state.setting, state)
        self.diligence = rng.choice((0.0, 0.05, 0.5))  # how often the sweep runs
        self.events: list[Event] = []
        self.reached: Counter[str] = Counter()
        self.given: list[str] = []  # ids of answers
        self.told: list[tuple[Question, datetime | None, Answer]] = []

    @property
    def now(self) -> datetime:
        return self.generator.now

    def run(self) -> None:
        for _ in range(self.rng.choice(LENGTHS)):
            self.happen(self.generator.next())
            if self.rng.random() < self.diligence:
                self.registered.sweep(self.now)
                self.catch_up()
            if self.rng.random() < 0.35:
                moments = self.generator.moments()
                self.ask([(self.generator.question(moments), None) for _ in range(3)])
        self.look_back()

    def catch_up(self) -> None:
        """The next thing happens after all that is recorded."""
        self.generator.now = max(self.now, self.registered.last_instant())

    def expect(self, wanted: Any, found: Any, what: object) -> None:
        if wanted != found:
            raise Disagreement(f"{what}\n  model    {wanted}\n  registry {found}")

    # --- changes --------------------------------------------------------------------------------

    def happen(self, event: Event) -> None:
        if isinstance(event, Proposed):
            record = Filed(
                event.at,
                f"record of {event.case}",
                event.subject,
                event.rule,
                event.decided_on,
                event.ended_on,
                self.state.setting.rules[event.rule].list_kind != "red",
            )
            self.take(record)
        if isinstance(event, Published):
            self.take(Drafted(event.at, event.edition, event.sector, event.measures))
            first = max(event.effective_from, legal_day(self.now + TICK))
            event = replace(event, at=self.now, effective_from=first)
        self.take(event)

    def take(self, event: Event) -> None:
        """Both sides take the event, or both refuse it for the same reason."""
        event = replace(event, at=self.registered.free_instant(event.at))
        wanted = self.state.refusals(event)
        found = self.registered.perform(event)
        early = isinstance(event, Publicised) and found in EARLY
        if not early and (bool(wanted) != bool(found) or (found and found not in wanted)):
            raise Disagreement(
                f"{event}\n  model refuses for {wanted or 'nothing'}, registry: {found}"
            )
        self.reached[found or type(event).__name__] += 1
        if found:
            return
        self.state.apply(event)
        self.events.append(event)
        self.expect(event.at, self.registered.last_instant(), f"when was {event}")
        self.catch_up()

    # --- questions ------------------------------------------------------------------------------

    def ask(self, asked: Sequence[Asked]) -> None:
        """I1, I2, I4: each answer says exactly what the model does; together with others in one
        transaction it says the same as alone."""
        alone = [self.registered.ask(self.now, *one) for one in asked]
        together = self.registered.ask_together(self.now, asked)
        self.expect(len(asked), len(together), "answers")
        for one, told, again in zip(asked, alone, together, strict=True):
            self.given += [told["id"], again["id"]]
            self.compare(*one, told)
            self.expect(bare(told), bare(again), f"alone, and with others: {one}")

    def compare(self, question: Question, known_at: datetime | None, told: dict[str, Any]) -> None:
        state = self.state
        if known_at is not None:
            state = known(state.setting, self.events, known_at)
        wanted = expected(state, misconduct(self.events, known_at or self.now), question)
        found = as_answer({**self.registered.named(told), "dropped": [], "incomplete": []})
        self.expect(wanted, found, f"{question} known at {known_at or self.now}")
        self.told.append((question, known_at, found))
        self.reached[found.outcome] += 1
        self.reached["green channel"] += found.green
        self.reached["known earlier"] += known_at is not None
        self.reached["via an organisation"] += any(hit.via for hit in found.hits)
        self.reached.update(f"{status} shown" for _, status, _ in found.listings)

    def look_back(self) -> None:
        """At the end: every boundary, earlier knowledge, and the answers given on the way."""
        moments = self.generator.moments()
        self.follow([one + tick for one in moments for tick in (-TICK, timedelta(0), TICK)])
        self.ask([(self.generator.question(moments), None) for _ in range(6)])
        told = [one for one in self.events if isinstance(one, TELLING)]
        late = [one for one in told[len(SECTORS) :] if isinstance(one, Published)]
        events = self.rng.sample(self.events, min(4, len(self.events)))
        events += self.rng.sample(told, min(6, len(told))) + late[-3:]
        self.ask([self.earlier(event.at) for event in events])
        for id in self.rng.sample(self.given, min(8, len(self.given))):
            self.expect({"same": True}, self.registered.replays(id), f"answer {id} once more")

    def earlier(self, at: datetime) -> Asked:
        """A question about what was known around an event; rather one whose answer it changed."""
        known_at = min(at + self.rng.choice((-TICK, -TICK, timedelta(0), TICK)), self.now)
        before = known(self.state.setting, self.events, at - TICK)
        after = known(self.state.setting, self.events, at)
        for _ in range(8):
            question = self.generator.question(self.generator.moments())
            if answer(before, question) != answer(after, question):
                break
        return question, known_at

    def follow(self, moments: Sequence[datetime]) -> None:
        """I5: the status of every listing as the store holds it, at every boundary."""
        stored = self.registered.listings()
        self.expect(set(self.state.entries), set(stored), "listings in the store")
        for name, entry in self.state.entries.items():
            for moment in moments:
                status = str(stored[name].status_at(moment))
                self.expect(entry.status(moment), status, f"{entry} at {moment}")
                self.reached[f"{entry.list_kind} {status}"] += 1


def bare(told: dict[str, Any]) -> str:
    """An answer without what no two answers share: its id and its receipt."""
    return json.dumps({name: told[name] for name in told if name not in {"id", "receipt"}})


def play(seed: int, registry: Any) -> Story:
    """Play one history on a registry in which nobody is known; Disagreement says with which seed
    it went wrong and after which events. `registry(setting)` opens it."""
    rng = Random(seed)
    state = Known(setting_of(rng))
    with registry(state.setting) as registered:
        story = Story(seed, registered, rng, state)
        try:
            story.run()
        except AssertionError as error:
            told = "\n".join(f"  {event}" for event in story.events)
            raise Disagreement(
                f"{error}\nseed {seed}; to see it again: SIMULATION_SEED={seed} "
                f"pytest tests/simulation/test_through_the_store.py\n{told}"
            ) from error
    return story
