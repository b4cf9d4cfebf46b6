"""A process that is killed at a chosen point of a chosen act, without any hook in the registry.

Run as a module it loads the plugins once, then forks a child for each request on its standard
input, one JSON object a line: `{"folder", "act", "kind", "number", "guard"}`. The child opens the
registry in the folder, does the act, and kills itself (SIGKILL) at the number-th point of that
kind: before a statement, at a write or sync of a file, or before or after a named function.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command

from registry.app import Application
from registry.domain.errors import Frozen
from registry.plugin_manager import Plugins, load_plugins
from registry.services import confirmations, editions
from registry.services.checks import Question
from registry.services.sweep import seal, sweep
from registry.settings import BUNDLED
from registry.store import idempotency, schema
from registry.store.checks import Writers
from registry.store.idempotency import Asked
from registry.store.lock import KernelLock
from registry.store.store import CheckLog, Store, _Checking
from registry.store.transaction import Change
from registry.store.writer import Writer
from tests.faults.disk import OK, failing_disk
from tests.filled import Clock, opened
from tests.numbers import uscc

NAMED: dict[str, tuple[type, str]] = {
    "lock.acquire": (KernelLock, "acquire"),
    "lock.release": (KernelLock, "release"),
    "writer.begin": (Writer, "begin"),
    "writer.commit": (Writer, "commit"),
    "change.insert_many": (Change, "insert_many"),
    "change.add_rows": (Change, "add_rows"),
    "change.record": (Change, "record"),
    "change.append": (Change, "append"),
    "store.witness": (Store, "_witness"),
    "check.write": (CheckLog, "write"),
    "check.exit": (_Checking, "__exit__"),
    "writers.current": (Writers, "current"),
}

QUESTION = Question("procurement.bid", "procurement_and_funding", "C-1", ("uscc", uscc(1)))


class Countdown:
    """Kills this process when it has been asked `number` times."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, *_: Any) -> None:
        self.number -= 1
        if self.number == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def at_statements(application: Application, countdown: Countdown) -> None:
    @sa.event.listens_for(application.database.engine, "connect")
    def trace(connection: Any, _: Any) -> None:
        connection.set_trace_callback(countdown)


def at_function(name: str, side: str, countdown: Countdown) -> None:
    owner, attribute = NAMED[name]
    plain = getattr(owner, attribute)

    def run(*args: Any, **options: Any) -> Any:
        if side == "before":
            countdown()
        result = plain(*args, **options)
        if side == "after":
            countdown()
        return result

    setattr(owner, attribute, run)


def confirm(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """Confirm a case under an idempotency key; the answer is the listing."""
    asked = Asked("reviewer", "key-1", "f" * 64)
    with application.registry.work(wish["tokens"]["reviewer"]) as work:
        known = idempotency.recall(work.change, asked)
        if known is not None:
            return dict(known[1])
        case = wish["case"]
        made = confirmations.confirm(work, case, confirmations.Confirmation())[1]
        answer = {"listing": made.id}
        idempotency.remember(work.change, asked, 200, answer, made.subject_id, work.now)
    return answer


def check(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """Ask under an idempotency key."""
    asked = Asked("agency", "key-1", "f" * 64)
    return application.registry.checks.run(wish["tokens"]["agency"], QUESTION, asked)


def checks(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """Three that ask together, without a key."""
    ids = []
    asked = [
        (wish["tokens"]["agency"], replace(QUESTION, identifier=("uscc", uscc(number))))
        for number in (1, 2, 999)
    ]
    for answer in application.registry.checks.run_each(asked):
        assert isinstance(answer, bytes)
        ids.append(json.loads(answer)["id"])
    return {"ids": ids}


def run_sweep(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """Record what is due, which by then is everything that was ever listed."""
    report = sweep(application.store)
    return {"expired": report.expired}


def seal_chains(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """A check, then what it left to seal."""
    answer = check(application, wish)
    seal(application.store)
    return answer


def publish(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """Publish a draft edition; where it is published already, a retry is told so."""
    coordinator = wish["tokens"]["coordinator"]
    with suppress(Frozen), application.registry.work(coordinator) as work:
        editions.publish(work, wish["edition"], None)
    return {"edition": wish["edition"]}


def migrate(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """Make an empty folder a registry."""
    return {"done": len(application.migrate())}


def checkpoint(application: Application, wish: dict[str, Any]) -> dict[str, Any]:
    """A check, then the WAL into the file."""
    answer = check(application, wish)
    application.database.checkpoint(above_bytes=0)
    return answer


ACTS: dict[str, Callable[[Application, dict[str, Any]], dict[str, Any]]] = {
    "confirm": confirm,
    "check": check,
    "checks": checks,
    "sweep": run_sweep,
    "seal": seal_chains,
    "publish": publish,
    "migrate": migrate,
    "checkpoint": checkpoint,
}


def unguarded(name: str) -> None:
    """Take a guard out: the tests' negative controls."""
    if name == "one transaction":  # rows committed before the journal names them
        plain = Change.append

        def append(self: Change, actor: str) -> Any:
            driver = self.connection.connection.dbapi_connection
            driver.execute("COMMIT")  # type: ignore[union-attr]
            driver.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
            return plain(self, actor)

        Change.append = append  # type: ignore[method-assign]
    if name == "one batch":  # of checks that come together each is committed by itself
        write = CheckLog.write

        def committed(self: CheckLog, row: Any) -> Any:
            receipt = write(self, row)
            driver = self.reading.connection.connection.dbapi_connection
            driver.execute("COMMIT")  # type: ignore[union-attr]
            driver.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
            return receipt

        CheckLog.write = committed  # type: ignore[method-assign]
    if name == "one migration":  # alembic commits the schema, then the chain is begun
        schema.create = lambda connection: command.upgrade(schema.config(connection), "head")
    if name == "one upgrade":  # each revision is committed for itself
        schema.create = _by_revision


def _by_revision(connection: sa.Connection) -> None:
    if not connection.in_transaction():
        connection.begin()
    for revision in sorted(schema._revisions()):
        command.upgrade(schema.config(connection), revision)
        driver = connection.connection.dbapi_connection
        driver.execute("COMMIT")  # type: ignore[union-attr]
        driver.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]


def child(wish: dict[str, Any], plugins: Plugins) -> None:
    folder, kind = Path(wish["folder"]), wish["kind"]
    unguarded(wish.get("guard", ""))
    countdown = Countdown(wish["number"])
    with failing_disk() as disk:
        clock = Clock()
        clock.advance(**wish.get("later", {}))
        application = opened(folder, clock, plugins)
        if wish["act"] != "migrate":
            application.require_ready()
        if kind == "statement":
            at_statements(application, countdown)
            application.database.engine.dispose()
        elif kind in ("write", "sync"):
            disk.refuse = lambda asked, name: (countdown() if asked == kind else None) or OK
        elif kind == "key":
            plain = os.link
            os.link = lambda *args: (countdown(), plain(*args))[1]  # type: ignore[assignment]
        elif kind != "none":
            name, _, side = kind.rpartition(" ")
            at_function(name, side, countdown)
        answer = ACTS[wish["act"]](application, wish)
        (folder / "acknowledged").write_text(json.dumps(answer), encoding="utf-8")
        (folder / "points").write_text(str(wish["number"] - countdown.number), encoding="ascii")
    os._exit(0)


def main() -> None:
    plugins = load_plugins(BUNDLED)
    rulebook = plugins.rulebook()
    plugins.rulebook = lambda: rulebook  # type: ignore[method-assign]
    for line in sys.stdin:
        wish = json.loads(line)
        process = os.fork()
        if not process:
            try:
                child(wish, plugins)
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
