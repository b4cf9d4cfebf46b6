"""A server that is told to stop ends, whatever is in hand."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from registry.store.lock import KernelLock
from tests.faults.test_processes import ROOT, Server, run
from tests.faults.test_processes import environment as environment

BODY = {
    "subject": {"name": "某某"},
    "matter": "procurement.bid",
    "purpose": "procurement_and_funding",
    "case_no": "C-1",
}


def begun(server: Server, extra: str) -> socket.socket:
    """A check that was sent."""
    body = json.dumps(BODY)
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    head = (
        "POST /api/v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {server.token}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall((head + body).encode())
    return connection


def test_what_waits_for_its_turn_does_not_keep_the_server(environment: dict[str, str]) -> None:
    """One waits in a thread of Flask's, one at the desk. A server that hung would be killed after
    half a minute, and its scheduler would not have given up the lead."""
    words = ("token", "add", "--agency", "TAX", "--role", "agency", "--actor", "Bai")
    token = run(environment, *words).strip()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server, database = Server(port, token), environment["REGISTRY_DATABASE_URL"][10:]
    command = [sys.executable, "-m", "registry", "serve", "--port", str(port)]
    with (
        subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as process,
        ExitStack() as open_ones,
    ):
        while not server.ready():
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        open_ones.enter_context(KernelLock(Path(f"{database}-lock"), 20))
        open_ones.enter_context(begun(server, "Idempotency-Key: k\r\n"))
        open_ones.enter_context(begun(server, ""))
        time.sleep(1)
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(40) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        assert time.monotonic() - told < 25
