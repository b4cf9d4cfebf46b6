"""Ask a plugin's predicate in its worker. Whatever the plugin does, the asker gets a verdict or
Undetermined, within the time limit, and nobody else's worker is touched.

Every question is put twice, each time with the whole limit: the second answer tells whether the
first is worth anything. Three failures of a plugin, or two different answers to one question, and
it is not asked again before the next start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from registry.domain.errors import Undetermined
from registry.domain.predicate import Verdict, read_verdict
from registry.metrics import Metrics
from registry.plugin_manager import Plugins
from registry.predicates.process import PredicateFailure, Source, Worker

# A whole registry imports in less; counted apart from the question itself.
START_SECONDS = 4.0
ANSWER_SECONDS = 0.5
MOST_FAILURES = 3


def sources_of(plugins: Plugins) -> dict[str, Source]:
    """Whose each predicate is."""
    return {
        code: Source(one.name, one.version, bool(one.distribution))
        for code, one in plugins.predicate_sources().items()
    }


@dataclass
class Predicates:
    """`sources` by code of a predicate. A worker starts with the first question to its plugin."""

    sources: Mapping[str, Source]
    metrics: Metrics
    log: Any
    start_seconds: float = START_SECONDS
    answer_seconds: float = ANSWER_SECONDS
    _workers: dict[str, Worker] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _closed: bool = False

    def ask(self, code: str, question: Mapping[str, Any]) -> Verdict:
        """The verdict; Undetermined names the plugin and says why there is none."""
        source = self.sources.get(code)
        if source is None:
            raise Undetermined(code, "", "no enabled plugin gives it")
        with self._lock:
            worker = self._workers.setdefault(source.plugin, Worker(source))
        with worker.lock:
            if self._closed:
                raise Undetermined(code, source.plugin, "is not asked: the registry is closing")
            if worker.quarantined:
                raise Undetermined(code, source.plugin, f"is quarantined: it {worker.quarantined}")
            try:
                return self._asked_twice(worker, code, question)
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
        """End every worker; whoever still waits for one starts no other."""
        self._closed = True
        with self._lock:
            workers = list(self._workers.values())
        for worker in workers:
            with worker.lock:
                worker.end()

    def _asked_twice(self, worker: Worker, code: str, question: Mapping[str, Any]) -> Verdict:
        first, second = (self._asked(worker, code, question) for _ in range(2))
        if first != second:
            raise PredicateFailure("gave two answers to one question", unfit=True)
        return first

    def _asked(self, worker: Worker, code: str, question: Mapping[str, Any]) -> Verdict:
        try:
            answer = worker.ask(code, question, self.start_seconds, self.answer_seconds)
        except PredicateFailure:
            worker.end()  # restarted by the next question
            raise
        if "failed" in answer:
            raise PredicateFailure(str(answer["failed"]), answer.get("unfit") is True)
        try:
            return read_verdict(answer.get("gave"))
        except ValueError as error:
            raise PredicateFailure(str(error)) from None

    def _count(self, worker: Worker, failure: PredicateFailure) -> None:
        worker.failures += 1
        plugin = worker.source.plugin
        self.metrics.plugin_failures.labels(plugin).inc()
        self.log.error("plugin failed on a predicate", plugin=plugin, error=failure.cause)
        if failure.unfit or worker.failures >= MOST_FAILURES:
            worker.quarantined = failure.cause
            worker.end()
            self.metrics.plugin_quarantined.labels(plugin).set(1)
            self.log.error("plugin quarantined", plugin=plugin, error=failure.cause)
