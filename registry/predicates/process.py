"""The process of one plugin, seen from outside: started, asked, and ended in time with whatever it
has started itself.

It leads a session of its own, so that one signal reaches its children too. A child that has left
the session may live on, but holds up nobody: no pipe of ours is read to its end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from registry import clock
from registry.predicates.pipes import Pipes
from registry.predicates.worker import ANSWER_LIMIT

# Between the end of its pipe and its own, and between the kill and its end.
END_SECONDS = 0.5
FOREIGN_WORDS = "spoke into the worker's own pipe"
# Paths and the name of the plugin are told on the first line: -I keeps the environment out.
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); "
    "from registry.predicates.worker import main; main()"
)


@dataclass(frozen=True)
class Source:
    """Where predicates come from: a plugin by name or, for development, by module."""

    plugin: str
    version: str
    named: bool


class PredicateFailure(Exception):
    """Why there is no verdict; `unfit` if the plugin must not be asked again."""

    def __init__(self, cause: str, unfit: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.unfit = cause, unfit


class Worker:
    """The process, restarted by the first question after its end; one question at a time."""

    def __init__(self, source: Source) -> None:
        self.source, self.lock = source, Lock()
        self.failures, self.quarantined, self._asked = 0, "", 0
        self._running: tuple[subprocess.Popen[bytes], Pipes] | None = None

    def ask(
        self, code: str, question: Mapping[str, Any], start: float, limit: float
    ) -> dict[str, Any]:
        """What the worker says; PredicateFailure if it ends, is too slow, or talks nonsense."""
        if self._running is None:
            self._start(code, start)
        self._asked += 1
        asked = {"number": self._asked, "code": code, "question": question}
        said = self._exchange([asked], limit, f"took longer than {limit * 1000:g} ms")
        if said.get("number") != self._asked:
            raise PredicateFailure(FOREIGN_WORDS)
        return said

    def end(self) -> None:
        """Kill it and the children that stayed with it, if it runs."""
        running, self._running = self._running, None
        if running is None:
            return
        process, pipes = running
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        pipes.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)

    def _start(self, code: str, limit: float) -> None:
        try:
            process = _started()
        except OSError as error:
            raise PredicateFailure(f"could not be given a worker ({error.strerror})") from None
        self._running = process, Pipes(process)
        names = [self.source.plugin]
        told = (
            {"names": names, "modules": []}
            if self.source.named
            else {"names": [], "modules": names}
        )
        ready = self._exchange([sys.path, told], limit, f"did not start within {limit:g} s")
        if code not in list(ready.get("ready") or ()):
            raise PredicateFailure("does not give it in its worker")

    def _exchange(self, told: Sequence[Any], limit: float, slow: str) -> dict[str, Any]:
        """Tell it something and hear its next line, all within one limit."""
        assert self._running is not None
        process, pipes = self._running
        deadline = clock.ticks() + limit
        try:
            for value in told:
                pipes.send(json.dumps(value).encode() + b"\n", deadline)
            said = json.loads(pipes.receive(deadline, 2 * ANSWER_LIMIT))
        except TimeoutError:
            # ended in time, and only a child of it holds the pipe
            ended = process.poll() is not None
            raise PredicateFailure(_ending(process) if ended else slow) from None
        except OSError:
            raise PredicateFailure(_ending(process)) from None
        except (ValueError, RecursionError):
            raise PredicateFailure(FOREIGN_WORDS) from None
        if not isinstance(said, dict):
            raise PredicateFailure(FOREIGN_WORDS)
        return said


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _BOOT],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        # nothing of ours: the database's address may hold a password; sets keep one order
        env={"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
        start_new_session=True,
    )


def _ending(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        return "closed its worker's pipe"
    return f"ended its worker (signal {-code})" if code < 0 else f"ended its worker ({code})"
