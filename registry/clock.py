"""The only place that reads the time. Everything else is given an instant."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present instant, aware and UTC."""
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()
