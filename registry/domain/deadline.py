"""Deadlines: obligations with a due day, an owner and what their lapse means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from registry.domain.validity import day_of

# What time itself does: the day is not missed but carried out.
SYSTEM_KINDS = frozenset({"expiry"})


@dataclass(frozen=True)
class Deadline:
    """`due_on` is the last day of the period; `earliest_on` the first day on which what waits
    for it may happen. For `expiry`, `due_on` is the first day no longer in force."""

    id: str
    kind: str
    target_type: str
    target_id: str
    owner: str
    due_on: date
    earliest_on: date
    provisional: bool
    state: str = "open"

    def state_at(self, instant: datetime) -> str:
        """An open deadline whose time is over has lapsed (or, for the system's own, is met),
        whether or not a sweep has recorded it."""
        if self.state != "open" or day_of(instant) < self.earliest_on:
            return self.state
        return "met" if self.kind in SYSTEM_KINDS else "lapsed"

    def to_json(self, instant: datetime) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "id": self.id,
            "kind": self.kind,
            "target": {"type": self.target_type, "id": self.target_id},
            "state": self.state_at(instant),
            "owner": self.owner,
            "due_on": self.due_on.isoformat(),
            "earliest_on": self.earliest_on.isoformat(),
            "provisional": self.provisional,
        }
