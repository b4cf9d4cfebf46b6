"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from registry.domain.validity import noon_of

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, ten in the morning in Shanghai


class MovableClock:
    """Called, it gives the present instant, as `registry.clock.now` does."""

    def __init__(self, now: datetime = START) -> None:
        self.instant = now

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **parts: float) -> None:
        """Move on (or back) by a timedelta's parts."""
        self.instant += timedelta(**parts)

    def wait_until(self, day: date) -> None:
        """Move on to noon of a day, unless it is past."""
        self.instant = max(self.instant, noon_of(day))
