"""Prometheus metrics of one process."""

from __future__ import annotations

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What is counted: requests, checks by outcome, sweeps, and how far the clock was off."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "registry_requests_total",
            "Requests.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "registry_request_seconds", "Time of a request.", ("route",), registry=self._registry
        )
        self.expired = Counter(
            "registry_expired_total", "Listings recorded as expired.", registry=self._registry
        )
        self.leader = Gauge(
            "registry_leader", "1 in the process that runs the scheduler.", registry=self._registry
        )
        self.clock_jumps = Counter(
            "registry_clock_jumps_total", "Jumps of the system clock seen.", registry=self._registry
        )
        self.clock_behind = Gauge(
            "registry_clock_behind_seconds",
            "How far this process's clock lies behind the last entry of the journal; 0 when it "
            "does not.",
            registry=self._registry,
        )
        self.plugin_failures = Counter(
            "registry_plugin_failures_total",
            "Plugins that failed on an event or a predicate.",
            ("plugin",),
            registry=self._registry,
        )
        self.plugin_quarantined = Gauge(
            "registry_plugin_quarantined",
            "1 if its predicates are not asked again before the next start.",
            ("plugin",),
            registry=self._registry,
        )

    def text(self) -> bytes:
        """The exposition, this registry's and the default one that plugins count in."""
        return generate_latest(self._registry) + generate_latest(REGISTRY)
