"""Ask a plugin's predicate in its worker. Whatever the plugin does, the asker gets a verdict or
Undetermined, within the time limit, and nobody else's worker is touched.

Three failures of a plugin, or two different answers to one question, and it is not asked again
before the next start.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Timer
from typing import Any

from registry.domain.errors import Undetermined
from registry.domain.predicate import Verdict, read_verdict
from registry.metrics import Metrics
from registry.plugin_manager import Plugins
from registry.predicates.worker import ANSWER_LIMIT

# A whole registry imports in less; counted apart from the question itself.
START_SECONDS = 4.0
ANSWER_SECONDS = 0.5
MOST_FAILURES = 3
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


def sources_of(plugins: Plugins) -> dict[str, Source]:
    """Whose each predicate is."""
    return {
        code: Source(one.name, one.version, bool(one.distribution))
        for code, one in plugins.predicate_sources().items()
    }


class PredicateFailure(Exception):
    """Why there is no verdict; `unfit` if the plugin must not be asked again."""

    def __init__(self, cause: str, unfit: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.unfit = cause, unfit


@dataclass
class Predicates:
    """`sources` by code of a predicate. A worker starts with the first question to its plugin."""

    sources: Mapping[str, Source]
    metrics: Metrics
    log: Any
    start_seconds: float = START_SECONDS
    answer_seconds: float = ANSWER_SECONDS
    _workers: dict[str, _Worker] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def ask(self, code: str, question: Mapping[str, Any]) -> Verdict:
        """The verdict; Undetermined names the plugin and says why there is none."""
        source = self.sources.get(code)
        if source is None:
            raise Undetermined(code, "", "no enabled plugin gives it")
        with self._lock:
            worker = self._workers.setdefault(source.plugin, _Worker(source))
        with worker.lock:
            if worker.quarantined:
                raise Undetermined(code, source.plugin, f"is quarantined: it {worker.quarantined}")
            try:
                return self._asked(worker, code, question)
            except PredicateFailure as failure:
                self._count(worker, failure)
                raise Undetermined(
                    code, source.plugin, failure.cause, source.version, fresh=True
                ) from None

    def quarantined(self) -> dict[str, str]:
        """Why, by plugin."""
        return {
            one.source.plugin: one.quarantined for one in self._workers.values() if one.quarantined
        }

    def close(self) -> None:
        """End every worker."""
        for worker in self._workers.values():
            with worker.lock:
                worker.end()

    def _asked(self, worker: _Worker, code: str, question: Mapping[str, Any]) -> Verdict:
        try:
            answer = worker.ask(code, question, self.start_seconds, self.answer_seconds)
        except PredicateFailure:
            worker.end()  # restarted by the next question
            raise
        if "gave" not in answer:
            raise PredicateFailure(str(answer["failed"]), answer.get("unfit") is True)
        try:
            return read_verdict(answer["gave"])
        except ValueError as error:
            raise PredicateFailure(str(error)) from None

    def _count(self, worker: _Worker, failure: PredicateFailure) -> None:
        worker.failures += 1
        plugin = worker.source.plugin
        self.metrics.plugin_failures.labels(plugin).inc()
        self.log.error("plugin failed on a predicate", plugin=plugin, error=failure.cause)
        if failure.unfit or worker.failures >= MOST_FAILURES:
            worker.quarantined = failure.cause
            worker.end()
            self.metrics.plugin_quarantined.labels(plugin).set(1)
            self.log.error("plugin quarantined", plugin=plugin, error=failure.cause)


class _Worker:
    """The process of one plugin; used by one question at a time."""

    def __init__(self, source: Source) -> None:
        self.source, self.lock = source, Lock()
        self.failures, self.quarantined, self._asked = 0, "", 0
        self._process: subprocess.Popen[bytes] | None = None

    def ask(
        self, code: str, question: Mapping[str, Any], start: float, limit: float
    ) -> dict[str, Any]:
        """What the worker says; PredicateFailure if it ends, is too slow, or talks nonsense."""
        if self._process is None:
            self._process = self._started()
            ready = self._said(start, f"did not start within {start:g} s")
            if code not in ready.get("ready", ()):
                raise PredicateFailure("does not give it in its worker")
        self._asked += 1
        self._tell({"number": self._asked, "code": code, "question": question})
        said = self._said(limit, f"took longer than {limit * 1000:g} ms")
        if said.get("number") != self._asked:
            raise PredicateFailure("spoke into the worker's own pipe")
        return said

    def end(self) -> None:
        """Kill it, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # nothing of ours: the database's address may hold a password; sets keep one order
            env={"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
        )
        self._process = process
        self._tell(sys.path)
        names = [self.source.plugin]
        self._tell(
            {"names": names, "modules": []}
            if self.source.named
            else {"names": [], "modules": names}
        )
        return process

    def _tell(self, value: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(value).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise PredicateFailure(self._ending()) from None

    def _said(self, limit: float, slow: str) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        late: list[bool] = []

        def too_late() -> None:
            late.append(True)
            process.kill()

        # A timer rather than a timed read: however the plugin writes, the pipe ends with it.
        timer = Timer(limit, too_late)
        timer.start()
        try:
            line = process.stdout.readline(2 * ANSWER_LIMIT)
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            raise PredicateFailure(slow if late else self._ending())
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise PredicateFailure("spoke into the worker's own pipe")
        return said

    def _ending(self) -> str:
        assert self._process is not None
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "closed its worker's pipe"
        return f"ended its worker (signal {-code})" if code < 0 else f"ended its worker ({code})"
