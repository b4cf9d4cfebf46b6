"""What became of a row, and of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.domain.errors import InvalidInput, RegistryError


class State(StrEnum):
    """Taken: new. Merged: it was known, and is the richer by what the row adds, if anything.
    Refused: nothing of the row was stored."""

    TAKEN = "taken"
    MERGED = "merged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one row. `id` is that of the subject, record or rating; `notes` say what is
    wrong with it, or what else must be known; they never hold numbers or names of persons."""

    number: int
    state: State
    id: str | None = None
    notes: tuple[str, ...] = ()


@dataclass
class Totals:
    """So many rows of each state."""

    taken: int = 0
    merged: int = 0
    refused: int = 0

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Count."""
        for one in outcomes:
            setattr(self, str(one.state), getattr(self, str(one.state)) + 1)

    def __str__(self) -> str:
        return f"taken {self.taken}, merged {self.merged}, refused {self.refused}"


def refused(number: int, error: RegistryError | str) -> Outcome:
    """The row with what is wrong with it."""
    if isinstance(error, InvalidInput):
        notes = tuple(f"{field}: {'; '.join(said)}" for field, said in error.errors.items())
    else:
        notes = (error if isinstance(error, str) else error.message,)
    return Outcome(number, State.REFUSED, None, notes)
