"""Telling plugins what has happened: from the journal, in order, each plugin at its own place, so
that a failure is told again and nothing is told before its commit.

A listener is a stranger's code in our process, so nobody waits for one: each delivery is on a
daemon thread, one for a plugin at a time, and whatever is raised there stays there. A listener that
hangs cannot be ended. It is named, and the next start ends it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry import clock
from registry.domain.errors import RegistryError
from registry.domain.events import Event
from registry.metrics import Metrics
from registry.store import event_cursors, journal
from registry.store.store import Store

Listener = Callable[[Event], None]
Failed = Callable[[str, Event, BaseException], None]
Broke = Callable[[str, BaseException], None]

FAILED = "plugin.failed"
HANGS_SECONDS = 30.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 300.0
_BATCH = 500
_BATCH_SECONDS = 1.0  # a restart repeats no more than was told in so long


@dataclass(frozen=True)
class InHand:
    """The event that a listener has not yet come back from, and since when it has it."""

    event: Event
    since: float


class Teller:
    """Tells one plugin. `failed` hears what its listener raises, `broke` what the store does."""

    def __init__(
        self,
        store: Store,
        plugin: str,
        listener: Listener,
        failed: Failed,
        broke: Broke = lambda plugin, error: None,
    ) -> None:
        self.plugin = plugin
        self.in_hand: InHand | None = None
        self._store, self._listener, self._failed, self._broke = store, listener, failed, broke
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self._goes_on = True
        self._reached = -1  # nothing is known before the cursor was read
        self._pause = self._rests_until = 0.0

    def begin(self, head: int) -> None:
        """Have it told everything up to here, by a thread that nobody waits for; nothing is done
        while the last one is at it, or rests after a failure."""
        with self._turn:
            self._goes_on = True
            at_it = self._thread is not None and self._thread.is_alive()
            if at_it or self._reached >= head or clock.ticks() < self._rests_until:
                return
            name = f"events-{self.plugin}"
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Tell nothing more after the event in hand."""
        self._goes_on = False

    def wait(self, seconds: float) -> None:
        """Give the last delivery so long to end."""
        if self._thread is not None:
            self._thread.join(seconds)

    def tell(self) -> int:
        """Tell some of what it has not yet taken; returns how many events were. A failure ends it:
        that event is told again, after a pause that grows until one is taken."""
        start, events = self._next()
        taken, failure = self._give_each(events)
        self._reached = start + taken
        if taken:
            with self._store.changing() as change:
                event_cursors.move(change, self.plugin, self._reached)
        if taken or failure is None:
            self._pause = 0.0
        if failure is not None:
            self._rest()
            self._failed(self.plugin, events[taken], failure)
        return taken

    def _run(self) -> None:
        try:
            while self._goes_on and self.tell() and not self._pause:
                pass
        except BaseException as error:  # no turn to write, say: the next delivery tries again
            self._rest()
            self._broke(self.plugin, error)

    def _next(self) -> tuple[int, list[Event]]:
        """(the last event taken, the ones after it), as the journal numbers them without a gap."""
        with self._store.reading() as reading:
            start = event_cursors.get(reading, self.plugin)
            rows = journal.rows_after(reading, start, _BATCH)
            return start, [
                Event(row.seq, row.kind, row.at, journal.facts_of(reading, row)) for row in rows
            ]

    def _give_each(self, events: Sequence[Event]) -> tuple[int, BaseException | None]:
        """(how many were taken, what the next one failed with)."""
        since = clock.ticks()
        for taken, event in enumerate(events):
            failure = self._give(event)
            if failure is not None:
                return taken, failure
            if not self._goes_on or clock.ticks() - since > _BATCH_SECONDS:
                return taken + 1, None
        return len(events), None

    def _give(self, event: Event) -> BaseException | None:
        self.in_hand = InHand(event, clock.ticks())
        try:
            self._listener(event)
        except BaseException as failure:  # sys.exit() in a plugin is no wish to end the server
            return failure
        finally:
            self.in_hand = None
        return None

    def _rest(self) -> None:
        self._pause = min(self._pause * 2 or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        self._rests_until = clock.ticks() + self._pause


class Listening:
    """All plugins that listen, each told by itself. Faults are logged and counted; journalled once
    for each plugin and cause until the next start, so that they do not fill the journal."""

    def __init__(
        self, store: Store, listeners: Mapping[str, Listener], log: Any, metrics: Metrics
    ) -> None:
        self._store, self._log, self._metrics = store, log, metrics
        self._noting = threading.Lock()
        self._noted: set[tuple[str, str]] = set()
        self._hanging: dict[str, int] = {}
        self._tellers = [
            Teller(store, plugin, listener, self._plugin_failed, self._telling_broke)
            for plugin, listener in listeners.items()
        ]

    def begin(self) -> None:
        """Have every plugin told what it has not yet taken."""
        if self._tellers:
            head = self._store.head().seq
            for teller in self._tellers:
                teller.begin(head)

    def end(self) -> None:
        """Another process tells them, or none: stop after the events in hand."""
        for teller in self._tellers:
            teller.end()

    def stop(self, seconds: float) -> None:
        """End, and give those that do not hang so long in all to come back."""
        self.end()
        until = clock.ticks() + seconds
        for teller in self._tellers:
            teller.wait(max(0.0, until - clock.ticks()))

    def name_hanging(self) -> None:
        """Say which listeners have had an event for too long, once for each event."""
        for teller in self._tellers:
            held = teller.in_hand
            if held is not None and clock.ticks() - held.since >= HANGS_SECONDS:
                self._plugin_hangs(teller.plugin, held)

    def _plugin_hangs(self, plugin: str, held: InHand) -> None:
        if self._hanging.get(plugin) != held.event.seq:
            self._hanging[plugin] = held.event.seq
            self._metrics.plugin_failures.labels(plugin).inc()
            seconds = round(clock.ticks() - held.since)
            self._log.error(
                "plugin hangs on an event", plugin=plugin, seq=held.event.seq, seconds=seconds
            )
        self._note(plugin, held.event, "hangs")

    def _plugin_failed(self, plugin: str, event: Event, error: BaseException) -> None:
        name = type(error).__name__
        self._metrics.plugin_failures.labels(plugin).inc()
        self._log.error("plugin failed on an event", plugin=plugin, seq=event.seq, error=name)
        self._note(plugin, event, f"raised {name}")

    def _telling_broke(self, plugin: str, error: BaseException) -> None:
        """What the store says of itself is not the plugin's fault."""
        said = error.message if isinstance(error, RegistryError) else type(error).__name__
        self._log.error("telling a plugin failed", plugin=plugin, error=said)

    def _note(self, plugin: str, event: Event, cause: str) -> None:
        with self._noting:
            if (plugin, cause) in self._noted:
                return
            facts = {"plugin": plugin, "event": event.kind, "seq": event.seq, "cause": cause}
            with self._store.changing() as change:
                change.record(FAILED, facts)
                # all before it was taken: what a hang keeps from being told is not told twice
                event_cursors.move(change, plugin, event.seq - 1)
            self._noted.add((plugin, cause))


def deliver(store: Store, listeners: Mapping[str, Listener], failed: Failed) -> int:
    """Tell each plugin in turn, on this thread: for whoever can wait for every one of them, which
    no server can. Returns how many events were told."""
    return sum(
        Teller(store, plugin, listener, failed).tell() for plugin, listener in listeners.items()
    )
