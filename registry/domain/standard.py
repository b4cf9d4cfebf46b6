"""Standards (认定标准的制定): who approved a criteria set, how the public was consulted, and when a
third party last evaluated it. A set that only transcribes national law has none of its own: its
making was the legislator's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from registry.domain.validity import Term

NATIONAL = "national"
STANDARD_LEVELS = (NATIONAL, "provincial")
# Draft Social Credit Law art. 31: a local standard needs both
APPROVERS = ("superior_department", "provincial_government")


@dataclass(frozen=True)
class Approval:
    """Who approved a local standard, by which document."""

    by: str
    document: str
    approved_on: date


@dataclass(frozen=True)
class Consultation:
    """The public consultation (征求社会公众意见): first and last day, and what came of it."""

    opened_on: date
    closed_on: date
    summary: str


@dataclass(frozen=True)
class Evaluation:
    """The third party that is commissioned to evaluate, and when it last did."""

    evaluator: str
    last_on: date | None = None
    summary: str = ""


@dataclass(frozen=True)
class Standard:
    """How a criteria set of an authority's own was made, and is kept under review."""

    level: str
    approvals: tuple[Approval, ...]
    consultation: Consultation | None
    evaluation: Evaluation | None

    def missing(self, today: date, until: Callable[[date], date]) -> Iterator[str]:
        """What keeps the set from being activated; `until` gives the last day that a consultation
        opened on a day must reach."""
        given = {one.by for one in self.approvals if one.approved_on <= today}
        if self.level != NATIONAL:
            for by in APPROVERS:
                if by not in given:
                    yield f"the approval of the {by.replace('_', ' ')} is missing (CRI-01)"
        held = self.consultation
        if held is None:
            yield "no public consultation is recorded (CRI-02)"
        elif held.closed_on >= today:
            yield f"the public consultation is open until {held.closed_on} (CRI-02)"
        elif held.closed_on < until(held.opened_on):
            yield f"the public consultation must last until {until(held.opened_on)} (CRI-02)"
        if self.evaluation is None:
            yield "no third party is commissioned to evaluate it (CRI-05)"

    def evaluation_due(self, since: date, months: int) -> date:
        """The last day for the next evaluation; `since`: when its first version came into force."""
        last = self.evaluation.last_on if self.evaluation is not None else None
        return Term(months=months).after(last or since)
