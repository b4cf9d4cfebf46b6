"""Citations: the instrument and article that a rule, figure or measure rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class RuleStatus(StrEnum):
    """How far a figure is confirmed. `accepted`: an authority took it over by name."""

    VERIFIED = "verified"
    TO_VERIFY = "to_verify"
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class Instrument:
    """A legal text as a sector names it. `statute`: law, regulation or court decision."""

    code: str
    title: str
    title_zh: str
    statute: bool
    valid_from: str = ""
    link: str = ""


@dataclass(frozen=True)
class Citation:
    """Instrument and article, with the status of the figure that was read there."""

    instrument: str
    article: str
    status: RuleStatus = RuleStatus.VERIFIED
    statute: bool = False

    def accepted(self) -> Citation:
        """The same citation after an authority accepted it by name."""
        if self.status is not RuleStatus.TO_VERIFY:
            return self
        return replace(self, status=RuleStatus.ACCEPTED)

    def to_json(self) -> dict[str, str]:
        """The contract's shape of one basis."""
        return {"instrument": self.instrument, "article": self.article, "status": str(self.status)}


def combined_status(statuses: Iterable[RuleStatus]) -> RuleStatus:
    """`to_verify` if any figure is; else `accepted` if any is; else `verified`."""
    found = set(statuses)
    for status in (RuleStatus.TO_VERIFY, RuleStatus.ACCEPTED):
        if status in found:
            return status
    return RuleStatus.VERIFIED
