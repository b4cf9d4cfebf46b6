"""Figure 4: a sweep over as many expiries as there are listings, each with its announcement and its
journal entry, against a scheduler's job for each that does nothing."""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import sqlalchemy as sa

from bench import place
from bench.check_scale import LARGE
from bench.lines import Line
from bench.process import measured
from bench.run import Run
from registry import clock
from registry.app import Application
from registry.services import sweep
from registry.store import tables

LATER = timedelta(days=3_650)  # every listing is over by then
JOBS = 10_000  # the more are due at once, the longer each takes: a sample errs in their favour


def run(run: Run) -> list[Line]:
    """One sweep, and a sample of jobs."""
    listings = run.count(LARGE, 1_000)
    whole = run.filled("large", listings // 2, listings // 2)
    folder = run.folder / "sweep"
    shutil.copytree(whole, folder)
    found = measured("bench.expiries", "sweep", folder)
    shutil.rmtree(folder)
    job = measured("bench.expiries", "jobs", run.count(JOBS, 200))
    run.counts["sweep"] = {"expired": found["expired"], "entries": found["entries"]}
    return [
        Line(4, f"sweep of {found['expired']:,} expiries", found["rate"], "/s", 10_000, 50_000,
             at_most=False),
        Line(4, "a job for each (APScheduler, SQLAlchemy store, no-op)", job["rate"], "/s"),
        Line(4, "sweep / a job for each", found["rate"] / job["rate"], "x", 20, at_most=False),
        Line(4, "memory gained, second half of the sweep", found["gained_mib"], "MiB", 16),
        Line(4, "CPU of the sweep, each", found["cpu"], "us"),
    ]  # fmt: skip


def _sweep(folder: Path) -> dict[str, Any]:
    """Swept as the server does, with its checkpoint every second."""
    application = place.opened(folder, lambda: clock.now() + LATER)
    stop, sizes = Event(), [_peak()]
    ticking = Thread(target=_tick, args=(application, stop, sizes))
    entries = _entries(application)
    began, cpu = time.perf_counter(), time.process_time()
    ticking.start()
    report = sweep.sweep(application.store)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    stop.set()
    ticking.join()
    entries = _entries(application) - entries
    if entries < report.expired:
        raise RuntimeError(f"{report.expired} expired, but the journal grew by {entries}")
    return {
        "expired": report.expired,
        "entries": entries,
        "rate": report.expired / took,
        "cpu": cpu / report.expired * 1e6,
        "gained_mib": _peak() - sizes[len(sizes) // 2],
    }


def _tick(application: Application, stop: Event, sizes: list[float]) -> None:
    while not stop.wait(1):
        application.database.checkpoint()
        sizes.append(_peak())


def _entries(application: Application) -> int:
    with application.store.reading() as reading:
        counted = reading.connection.execute(sa.select(sa.func.count()).select_from(tables.journal))
        return int(counted.scalar_one())


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _nothing(_: int) -> None:
    _done.append(1)


_done: list[int] = []


def _jobs(count: int) -> dict[str, float]:
    """A date job for each, all due at once, in a store that lasts: added and fired."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    with tempfile.TemporaryDirectory() as folder:
        store = SQLAlchemyJobStore(f"sqlite:///{folder}/jobs.db")
        jobs = BackgroundScheduler(
            jobstores={"default": store},
            job_defaults={"misfire_grace_time": None},
            timezone=UTC,
        )
        jobs.start(paused=True)
        due = datetime.now(UTC) - timedelta(hours=1)
        for one in range(count):
            jobs.add_job(_nothing, "date", run_date=due, args=[one])
        began = time.perf_counter()
        jobs.resume()
        while len(_done) < count and time.perf_counter() - began < 60:
            time.sleep(0.01)
        took = time.perf_counter() - began
        jobs.shutdown(wait=False)
        return {"rate": len(_done) / took}


if __name__ == "__main__":
    if sys.argv[1] == "sweep":
        json.dump(_sweep(Path(sys.argv[2])), sys.stdout)
    else:
        json.dump(_jobs(int(sys.argv[2])), sys.stdout)
