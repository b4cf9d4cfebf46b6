"""Count journalled changes by kind: `registry_events_total` on /metrics.

An event may be told more than once; each is counted once in a process, by its seq.
"""

from collections import OrderedDict
from threading import Lock

from prometheus_client import Counter

from registry.sdk import Event, hookimpl

EVENTS = Counter("registry_events", "Journalled changes by kind.", ["kind"])

# A repeat comes within a retry or two. What lies further back than this is taken for one.
REMEMBERED = 65_536


class Seen:
    """The seqs of late, and the highest one that was forgotten."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit, self._forgotten = limit, -1
        self._recent: OrderedDict[int, None] = OrderedDict()
        self._lock = Lock()

    def is_new(self, seq: int) -> bool:
        """True the first time, and only then."""
        with self._lock:
            if seq <= self._forgotten or seq in self._recent:
                return False
            self._recent[seq] = None
            if len(self._recent) > self._limit:
                oldest, _ = self._recent.popitem(last=False)
                self._forgotten = max(self._forgotten, oldest)
            return True


_seen = Seen()


@hookimpl
def registry_event(event: Event) -> None:
    """Count it, unless it was counted."""
    if _seen.is_new(event.seq):
        EVENTS.labels(event.kind).inc()
