"""Events: what has happened, told to plugins after the commit; the journal is the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """One journalled change. `kind` is <noun>.<past participle>, e.g. listing.exited.

    `seq` is its place in the main chain: a plugin that is told twice can see it. `facts` hold ids
    and dates, never identity numbers, names of persons or free text.
    """

    seq: int
    kind: str
    at: datetime
    facts: Mapping[str, Any]
