"""Other processes write to the file while a server runs on it, a thousand times, and do no harm.

The server, the writer and the command line are the real ones, on the real clock.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import Unavailable
from registry.services import agencies, custody
from registry.settings import Settings
from registry.store.database import Database
from registry.store.lock import KernelLock
from tests.numbers import resident_id, uscc

ROOT = Path(__file__).parents[2]
WRITES, COMMANDS, CLIENTS, ROWS = 1_000, 12, 3, 40
FIRM_HEAD = "kind,name,uscc,representative_name,representative_scheme,representative_value"
FIRM = "enterprise,Firm {},{},王,resident_id,{}"
RECORD_HEAD = (
    "uscc,decided_on,kind,underpaid_amount,due_total_year,year,decision_no,served_on,final_on"
)
RECORD = "{},2026-02-02,tax.penalty_decision,1200000.00,10000000,2024,{},2026-02-10,2026-02-20"


def run(environment: dict[str, str], *words: str, module: str = "registry") -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A fresh registry with one agency, for commands in processes of their own."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    found["REGISTRY_DATABASE_URL"] = f"sqlite:///{tmp_path}/registry.db"
    found["REGISTRY_KEY_FILE"] = str(tmp_path / "registry.key")
    run(found, "migrate")
    run(found, "agency", "add", "TAX", "--name", "Tax Office")
    return found


class Server:
    """A running `registry serve` and clients that ask it for checks."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.statuses: Counter[int] = Counter()
        self.slowest = 0.0
        self._stop = threading.Event()

    def ready(self) -> bool:
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with closing(connection):
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
        return False

    def check(self, connection: http.client.HTTPConnection, number: int) -> int:
        body = {
            "subject": {"identifier": {"scheme": "uscc", "value": uscc(number)}},
            "matter": "procurement.bid",
            "purpose": "procurement_and_funding",
            "case_no": f"CASE-{number}",
        }
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/checks", json.dumps(body), headers)
        response = connection.getresponse()
        response.read()
        return response.status

    def ask_on(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        number = 0
        while not self._stop.is_set():
            number += 1
            start = time.monotonic()
            self.statuses[self.check(connection, number)] += 1
            self.slowest = max(self.slowest, time.monotonic() - start)
        connection.close()

    @contextmanager
    def under_load(self) -> Iterator[None]:
        clients = [threading.Thread(target=self.ask_on) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._stop.set()
            for client in clients:
                client.join()


@contextmanager
def served(environment: dict[str, str]) -> Iterator[Server]:
    words = ("token", "add", "--agency", "TAX", "--role", "agency", "--actor", "Bai")
    token = run(environment, *words).strip()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "registry", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as process:
        try:
            server = Server(port, token)
            until = time.monotonic() + 60
            while not server.ready():
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.1)
            yield server
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def command(environment: dict[str, str], number: int) -> list[str]:
    """What an operator types beside the server, another thing each time; ids of what it took in."""
    if number % 6 == 1:
        assert "expired" in run(environment, "sweep")
    elif number % 6 == 0:
        firms = [FIRM.format(one, uscc(one), resident_id(one)) for one in numbers_of(number)]
        return imported(environment, "subjects", FIRM_HEAD, firms)
    elif number % 6 == 3:
        decisions = [RECORD.format(uscc(one), f"2026-{one}") for one in numbers_of(number - 3)]
        return imported(environment, "records", RECORD_HEAD, decisions)
    else:
        words = ("--agency", "TAX", "--role", "auditor", "--actor", f"Person {number}")
        assert run(environment, "token", "add", *words).startswith("reg_")
    return []


def numbers_of(command: int) -> range:
    """The firms of one file; beyond those that clients ask for."""
    return range(50_000 + 100 * command, 50_000 + 100 * command + ROWS)


def imported(environment: dict[str, str], kind: str, head: str, rows: list[str]) -> list[str]:
    """Import a file; the ids of its rows, all of which are taken."""
    path = Path(environment["REGISTRY_KEY_FILE"]).with_name(f"{kind}.csv")
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    words = (str(path), "--kind", kind, "--agency", "TAX", "--actor", "Pan")
    *told, totals = run(environment, "import", *words).splitlines()
    assert totals == f"taken {len(rows)}, merged 0, refused 0"
    return [line.split()[3] for line in told]


def stored(environment: dict[str, str], table: str) -> set[str]:
    with closing(sqlite3.connect(environment["REGISTRY_DATABASE_URL"][10:])) as connection:
        return {row[0] for row in connection.execute(f"SELECT id FROM {table}")}


@pytest.mark.timeout(400)
def test_a_thousand_writes_beside_a_running_server_do_no_harm(
    environment: dict[str, str],
) -> None:
    with served(environment) as server, server.under_load(), ThreadPoolExecutor(1) as pool:
        hammer = pool.submit(run, environment, str(WRITES), module="tests.faults.hammer")
        taken = [id for number in range(COMMANDS) for id in command(environment, number)]
        assert "sound" in run(environment, "verify")  # while the server runs
    assert json.loads(hammer.result()) == {"done": WRITES, "errors": []}
    assert set(server.statuses) == {200}
    assert server.statuses[200] > 100
    assert server.slowest < 5
    assert len(taken) == 2 * 2 * ROWS
    assert set(taken) <= stored(environment, "subjects") | stored(environment, "records")
    assert "sound" in run(environment, "verify")
    Path(f"{environment['REGISTRY_DATABASE_URL'][10:]}-shm").unlink(missing_ok=True)
    assert "sound" in run(environment, "verify")


# --- the lock, within one test process ------------------------------------------------------------


def contend(path: Path, seconds: float) -> int:
    """How often another holder of the same lock gets its turn beside two that never rest."""
    busy, other, stop = KernelLock(path, 5), KernelLock(path, 5), threading.Event()

    def never_rest() -> None:
        while not stop.is_set():
            with busy:
                stop.wait(0.0005)

    threads = [threading.Thread(target=never_rest) for _ in range(2)]
    for thread in threads:
        thread.start()
    turns, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with other:
            turns += 1
    stop.set()
    for thread in threads:
        thread.join()
    return turns


def test_a_busy_server_keeps_no_other_process_out(tmp_path: Path) -> None:
    assert contend(tmp_path / "lock", 1.0) > 50


def test_a_change_waits_for_its_turn_and_no_longer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/one.db", lock_seconds=0.5)
    with database.changing():
        start = time.monotonic()
        with pytest.raises(Unavailable):
            Database(f"sqlite:///{tmp_path}/one.db", lock_seconds=0.5).changing().__enter__()
        assert 0.4 < time.monotonic() - start < 2
    database.close()


@pytest.mark.control("F9")
def test_two_processes_without_the_lock_would_meet_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: with the lock off, writers are refused by SQLite itself or clash."""
    monkeypatch.setattr(KernelLock, "acquire", lambda self, seconds=None: None)
    monkeypatch.setattr(KernelLock, "release", lambda self: None)
    found = Settings(
        database_url=f"sqlite:///{tmp_path}/registry.db",
        key_file=str(tmp_path / "registry.key"),
        lock_seconds=0,
    )
    application = Application(found)
    application.migrate()
    with application.registry.operating() as work:
        agencies.add(work, "TAX", "Tax", "national", "city", ())
    errors: list[BaseException] = []

    def write() -> None:
        mine = Application(found)
        mine.__dict__["plugins"] = application.plugins
        for number in range(100):
            try:
                with mine.registry.operating() as work:
                    held = [Role.AUDITOR]
                    agencies.add_token(work, "TAX", f"P {number}", held, os.urandom(32).hex())
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors
    assert custody.verify(application.store).problem is None
