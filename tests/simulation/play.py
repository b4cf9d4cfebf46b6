"""One history, told to the pure core and to the reference model at once, and every comparison.

`play(seed)` raises Disagreement where the two differ or an invariant is broken; its message holds
the seed, which is all that is needed to see the same history again.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tests.simulation.generator import TICK, Generator, setting_of
from tests.simulation.history import Answer, Confirmed, Event, Hit, Question
from tests.simulation.reference import Entry, Known, known, legal_day
from tests.simulation.reference_answer import answer, edition_in_effect
from tests.simulation.world import World

LENGTHS = (15, 30, 50)
# The graph of model.md; a step may be passed over, none is ever taken back.
AFTER = {
    "pending": {"pending", "in_force", "suspended", "ended"},
    "in_force": {"in_force", "suspended", "ended"},
    "suspended": {"in_force", "suspended", "ended"},
    "ended": {"ended"},
}


class Disagreement(AssertionError):
    """The core and the model differ, or an invariant does not hold."""


def as_answer(told: dict[str, Any]) -> Answer:
    """The contract's answer, reduced to what the reference model speaks of."""
    items = [
        item
        for group in (told["sanctions"], told["incentives"])
        for force in ("mandatory", "recommended")
        for item in group[force]
    ]
    hits = [
        Hit(
            item["code"],
            item["kind"],
            item["force"],
            item["listing_id"],
            date.fromisoformat(item["until"]),
            (item["via"]["subject_id"], item["via"]["role"]) if item["via"] else None,
        )
        for item in items
    ]
    listings = [
        (one["id"], one["status"], one["suspension"] and one["suspension"]["kind"])
        for one in told["listings"]
    ]
    dropped = [(one["sector"], one["code"]) for one in told["dropped"]]
    repeated = [one for one, times in Counter([*hits, *listings, *dropped]).items() if times > 1]
    if repeated:
        raise Disagreement(f"told twice: {repeated}")
    return Answer(
        outcome=told["outcome"],
        hits=frozenset(hits),
        listings=frozenset(listings),
        dropped=frozenset(dropped),
        incomplete=frozenset(one["sector"] for one in told["incomplete"]),
        green=told["green_channel"]["eligible"],
    )


class Play:
    """The two sides of one history and what has been asked on the way."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.setting = setting_of(self.rng)
        self.state = Known(self.setting)
        self.world = World(self.setting)
        self.generator = Generator(self.rng, self.setting, self.state)
        self.events: list[Event] = []
        self.reached: Counter[str] = Counter()
        self.remembered: list[tuple[Question, datetime, int, str]] = []
        self.seen: dict[str, str] = {}

    def run(self) -> None:
        for _ in range(self.rng.choice(LENGTHS)):
            self.happen(self.generator.next())
            self.watch_the_graph()
            if self.rng.random() < 0.35:
                self.ask_now()
        self.look_back()

    def expect(self, wanted: Any, found: Any, what: object) -> None:
        if wanted != found:
            raise Disagreement(f"{what}\n  model {wanted}\n  core  {found}")

    # --- changes --------------------------------------------------------------------------------

    def happen(self, event: Event) -> None:
        """Both sides take the event, or both refuse it for the same reason."""
        wanted = self.state.refusals(event)
        if isinstance(event, Confirmed) and self.state.cases[event.case].state != "confirmed":
            today = legal_day(event.at)
            steps = self.world.missing(event.case, today)
            self.expect(self.state.missing(event.case, today), steps, f"steps of {event}")
            self.reached.update(action for action, _ in steps)
        found = self.world.perform(event)
        if bool(wanted) != bool(found) or (found and found not in wanted):
            raise Disagreement(f"{event}\n  model refuses for {wanted or 'nothing'}, core: {found}")
        self.reached[found or type(event).__name__] += 1
        if found:
            return
        self.state.apply(event)
        self.events.append(event)
        self.expect(set(self.state.entries), set(self.world.versions), f"listings after {event}")
        if isinstance(event, Confirmed):
            case = self.world.cases[event.case]
            if case.confirmed_by is None or case.confirmed_by == case.proposed_by:
                raise Disagreement(f"I19: a listing without a second person: {event}")

    def watch_the_graph(self) -> None:
        """I5: as time goes on and things happen, a listing moves along the graph only."""
        now = self.generator.now
        for one in self.world.listings(now):
            status = str(one.status_at(now))
            if status not in AFTER[self.seen.get(one.id, status)]:
                raise Disagreement(f"I5: {one.id} went from {self.seen[one.id]} to {status}")
            self.seen[one.id] = status

    # --- questions ------------------------------------------------------------------------------

    def ask_now(self) -> None:
        now = self.generator.now
        question = self.generator.question([now, *self.generator.boundaries()])
        told = self.ask(question, now, self.state)
        self.remembered.append((question, now, self.world.seq, told))

    def ask(self, question: Question, known_at: datetime, state: Known) -> str:
        """I1, I2: exactly what the model says applies; I13: twice the same bytes; I4."""
        told = self.world.answer(question, known_at)
        text = json.dumps(told, sort_keys=True)
        again = json.dumps(self.world.answer(question, known_at), sort_keys=True)
        self.expect(text, again, f"I13: {question}")
        found = as_answer(told)
        self.expect(answer(state, question), found, f"{question} known at {known_at}")
        self.reached[found.outcome] += 1
        self.reached["green channel"] += found.green
        self.reached["dropped"] += bool(found.dropped)
        self.reached["via an organisation"] += any(hit.via for hit in found.hits)
        day = legal_day(question.as_of)
        for hit in found.hits:
            sector = state.entries[hit.listing].sector
            edition = edition_in_effect(state, sector, day)
            if edition is None or edition.at > known_at or edition.effective_from > day:
                raise Disagreement(f"I4: {hit} from no edition: {question}")
        return text

    def look_back(self) -> None:
        """At the end: every boundary, earlier knowledge, and the answers given on the way."""
        moments = [self.generator.now, *self.generator.boundaries()]
        around = sorted(m + tick for m in moments for tick in (-TICK, timedelta(0), TICK))
        listings = {one.id: one for one in self.world.listings(self.generator.now)}
        for name, entry in self.state.entries.items():
            self.follow(entry, listings[name].status_at, around)
        if self.setting.place.removal_scope == "all":
            self.never_red_with_black(around)
        for _ in range(6):
            self.ask(self.generator.question(moments), self.generator.now, self.state)
        for event in self.rng.sample(self.events, min(2, len(self.events))):
            known_at = event.at + self.rng.choice((-TICK, timedelta(0)))
            self.ask(
                self.generator.question(moments),
                known_at,
                known(self.setting, self.events, known_at),
            )
        for question, known_at, place, told in self.remembered:
            now = json.dumps(self.world.answer(question, known_at, place), sort_keys=True)
            self.expect(told, now, f"a past answer has changed: {question} at {known_at}")

    def follow(
        self, entry: Entry, status_at: Callable[[datetime], str], moments: Iterable[datetime]
    ) -> None:
        """The status at every boundary, and its way along the graph."""
        before = "pending"
        for moment in moments:
            status = str(status_at(moment))
            self.reached[f"{entry.list_kind} {status}"] += 1
            self.expect(entry.status(moment), status, f"{entry} at {moment}")
            if status not in AFTER[before]:
                raise Disagreement(f"I5: {entry} goes from {before} to {status} at {moment}")
            before = status

    def never_red_with_black(self, moments: Iterable[datetime]) -> None:
        """DET-11, asked of the core alone."""
        listings = self.world.listings(self.generator.now)
        for moment in moments:
            live = [one for one in listings if one.is_in_force(moment)]
            red = {one.subject_id for one in live if one.list_kind == "red"}
            bad = {one.subject_id for one in live if one.list_kind != "red"}
            if red & bad:
                raise Disagreement(f"DET-11: {red & bad} stands on both lists at {moment}")


def play(seed: int) -> Play:
    """Play one history; Disagreement says with which seed it went wrong and after which events."""
    story = Play(seed)
    try:
        story.run()
    except (Disagreement, AssertionError) as error:
        told = "\n".join(f"  {event}" for event in story.events)
        raise Disagreement(
            f"{error}\nseed {seed}; to see it again: SIMULATION_SEED={seed} "
            f"pytest tests/simulation\n{told}"
        ) from error
    return story
