"""Severity: a level inside a scheme. Schemes are never mixed: the same word means other things."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMES: dict[str, tuple[str, ...]] = {
    "suqian-draft-2018": ("general", "substantial", "serious"),
    "ndrc-2019": ("general", "serious", "specific_serious"),
    "ndrc-58-2023": ("penalty",),
    "ndrc-36-2025": ("minor", "general", "serious"),
}


@dataclass(frozen=True)
class Severity:
    """(scheme, level); ValueError for a level the scheme does not have."""

    scheme: str
    level: str

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise ValueError(
                f"unknown severity scheme {self.scheme!r}: one of {', '.join(SCHEMES)}"
            )
        if self.level not in SCHEMES[self.scheme]:
            levels = ", ".join(SCHEMES[self.scheme])
            raise ValueError(f"{self.scheme} has no level {self.level!r}: one of {levels}")

    def at_least(self, other: Severity) -> bool:
        """True if of the same scheme and not below `other`."""
        levels = SCHEMES[self.scheme]
        return self.scheme == other.scheme and levels.index(self.level) >= levels.index(other.level)

    def to_json(self) -> dict[str, str]:
        """The contract's shape."""
        return {"scheme": self.scheme, "level": self.level}
