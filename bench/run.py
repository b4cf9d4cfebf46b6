"""One run of the bench: its scale, and the databases that figures share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import place
from bench.process import measured


@dataclass
class Run:
    """`scale` is 1 for a whole run; `counts` is what was really done, for the results file."""

    folder: Path
    scale: float = 1.0
    counts: dict[str, Any] = field(default_factory=dict)

    def count(self, whole: int, least: int = 20) -> int:
        """So many of something, at this scale."""
        return max(least, int(whole * self.scale))

    def rounds(self, whole: int) -> int:
        """So many rounds, at this scale."""
        return max(1, round(whole * min(1.0, self.scale * 5)))

    def filled(self, name: str, listed: int, clear: int) -> Path:
        """A registry with so many subjects, made once."""
        folder = self.folder / name
        if not folder.exists():
            place.make(folder).close()
            measured("bench.seed", folder, listed, clear)
            self.counts[name] = {"listed": listed, "clear": clear, "listings": 2 * listed}
        return folder

    def checks(self) -> tuple[Path, int]:
        """The registry that checks are asked of, and how many subjects it has of each sort."""
        subjects = self.count(5_000)
        return self.filled("checks", subjects, subjects), subjects
