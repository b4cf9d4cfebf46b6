"""The scheduler: wakes at the next due instant and on an interval, and calls the sweep.

The truth is in the deadlines table, so a lost scheduler loses nothing. Every wake-up is a one-shot
job: after a clock jump of years there are no missed runs to step through. A watch on a clock that
never jumps notices when the system's does, and plans anew. Plugins are told what happened beside
all this, never by it: no job waits for a listener.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from registry import clock
from registry.domain.errors import RegistryError
from registry.domain.validity import day_of
from registry.metrics import Metrics
from registry.services import sweep as sweeps
from registry.services.events import Listener, Listening
from registry.store import deadlines
from registry.store.leader import Leadership
from registry.store.store import Store

JUMP_SECONDS = 2.0
WATCH_SECONDS = 5.0
STOP_SECONDS = 2.0


class Scheduler:
    """Runs in every server process; only the leader does more than show how its clock stands."""

    def __init__(
        self,
        store: Store,
        listeners: Mapping[str, Listener],
        log: Any,
        metrics: Metrics,
        sweep_seconds: int = 60,
        seal_seconds: int = 1,
        fatal: Callable[[], None] = lambda: None,
        orphaned: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._log, self._metrics = store, log, metrics
        self._listening = Listening(store, listeners, log, metrics)
        self._sweep_every = timedelta(seconds=max(1, sweep_seconds))
        self._tick_every = timedelta(seconds=max(1, seal_seconds))
        self._fatal, self._orphaned = fatal, orphaned
        self._leadership = Leadership(store.database)
        self._stop = threading.Event()
        self._planning = threading.Lock()
        self._jobs = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 3},
        )

    def start(self) -> None:
        """Begin; the first sweep runs at once and catches up after any pause."""
        self._jobs.start()
        self._plan(self._run_tick, "tick", timedelta())
        self._plan(self._run_sweep, "sweep", timedelta())
        threading.Thread(target=self._watch, name="clock-watch", daemon=True).start()

    def stop(self) -> None:
        """End; what was sealed stays, the lead is given up. Whoever hangs is not waited for."""
        with self._planning:  # a job that is ending plans nothing more: shutdown would wait for it
            self._stop.set()
        if self._jobs.running:
            self._jobs.pause()
            # waits for the round in hand: one that meets a shutdown half-way ends with an error
            self._jobs.get_jobs()
            self._jobs.shutdown(wait=True)
        self._listening.stop(STOP_SECONDS)
        self._leadership.release()

    def tick(self) -> bool:
        """Show the clock; as the leader seal the check chains, checkpoint, have plugins told. False
        if another process leads."""
        leads = self._leadership.held()
        self._metrics.leader.set(1 if leads else 0)
        self._guarded(self._show_clock)  # before the seal, which a clock far behind does not get
        if leads:
            sweeps.seal(self._store)
            self._store.database.checkpoint()
            self._listening.begin()
        else:
            self._listening.end()
        self._listening.name_hanging()
        return leads

    def sweep(self) -> sweeps.Report | None:
        """One enforcement pass, if this process leads."""
        if not self._leadership.held():
            return None
        report = sweeps.sweep(self._store)
        if report.expired or report.lapsed:
            self._log.info("swept", expired=report.expired, lapsed=report.lapsed)
        self._metrics.expired.inc(report.expired)
        return report

    def next_sweep(self, now: datetime) -> timedelta:
        """How long until the next sweep: the next due instant, or the interval if sooner."""
        with self._store.reading() as reading:
            due = deadlines.next_due(reading, day_of(now))
        if due is None or due - now > self._sweep_every:
            return self._sweep_every
        wait: timedelta = max(due - now, timedelta())
        return wait

    def _show_clock(self) -> None:
        """Each process has a clock of its own; the journal's last entry is what all have in common.
        It is read first: what is written meanwhile is no sign that this clock is behind."""
        behind = (self._store.head().at - self._store.now()).total_seconds()
        self._metrics.clock_behind.set(max(0.0, behind))

    def _run_tick(self) -> None:
        if self._orphaned():
            self._log.error("the master process is gone: this one gives up the lead and ends")
            self._leadership.release()
            self._fatal()
            return
        self._guarded(self.tick)
        if self._store.database.failed:
            self._fatal()
        self._plan(self._run_tick, "tick", self._tick_every)

    def _run_sweep(self) -> None:
        self._guarded(self.sweep)
        wait = self._guarded(lambda: self.next_sweep(clock.now())) or self._sweep_every
        self._plan(self._run_sweep, "sweep", wait)

    def _guarded(self, job: Callable[[], Any]) -> Any:
        """Run a job; a failure is logged, and the next wake-up tries again."""
        try:
            return job()
        except RegistryError as error:
            self._log.error("job failed", code=error.code, error=error.message)
        except Exception as error:  # the scheduler outlives whatever its job meets
            self._log.error("job failed", error=type(error).__name__)
        return None

    def _plan(self, job: Callable[[], None], name: str, wait: timedelta) -> None:
        with self._planning:
            if not self._stop.is_set():
                self._jobs.add_job(
                    job, "date", run_date=clock.now() + wait, id=name, replace_existing=True
                )

    def _watch(self) -> None:
        """Plan anew when the system's clock has jumped against one that never does."""
        wall, ticks = clock.now(), clock.ticks()
        while not self._stop.wait(WATCH_SECONDS):
            new_wall, new_ticks = clock.now(), clock.ticks()
            off = (new_wall - wall).total_seconds() - (new_ticks - ticks)
            wall, ticks = new_wall, new_ticks
            if abs(off) > JUMP_SECONDS:
                self._metrics.clock_jumps.inc()
                self._log.warning("the system clock jumped", seconds=round(off, 1))
                self._plan(self._run_tick, "tick", timedelta())
                self._plan(self._run_sweep, "sweep", timedelta())
