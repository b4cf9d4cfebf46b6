"""Where in the rules something stands, so that a mistake found late still names file and line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A path inside one part of a sector: `part` is the file less .yaml, e.g. criteria/evasion."""

    part: str
    path: str = ""

    def at(self, *keys: object) -> Place:
        """A place below this one."""
        return Place(
            self.part, ".".join([self.path, *map(str, keys)] if self.path else map(str, keys))
        )

    def mistake(self, problem: str) -> RuleMistake:
        """The error to raise for a problem here."""
        return RuleMistake(self, problem)


class RuleMistake(Exception):
    """A problem at a place; the loader, which knows the lines, makes a RuleError of it."""

    def __init__(self, place: Place, problem: str) -> None:
        super().__init__(f"{place.part} {place.path}: {problem}")
        self.place, self.problem = place, problem
