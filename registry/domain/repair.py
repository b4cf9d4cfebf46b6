"""How a listing can be repaired (信用修复): the rule that a criterion carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.domain.legal import Citation, RuleStatus
from registry.domain.validity import Term


@dataclass(frozen=True)
class RepairRefusal:
    """A circumstance in which repair is refused whatever else is fulfilled.

    It is there as soon as the subject has a record, decided on or after the first day of the
    listing, that is of one of the `record_kinds` or meets one of the `criteria`. Without either no
    record tells: whoever decides on the repair finds it.
    """

    code: str
    title: str
    title_zh: str
    basis: tuple[Citation, ...]
    record_kinds: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True)
class RepairRule:
    """How a listing can be repaired; `repairable` is yes, no or after_expiry.

    The `ways` wait until `minimum_publication` and `cooling_off` are over; the `immediate_ways`
    wait for neither. `temporary_lifting` names the grounds on which the entry may be lifted for a
    time without being repaired (暂时解除).
    """

    repairable: str
    minimum_publication: Term | None = None
    cooling_off: Term | None = None
    documents: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    immediate_ways: tuple[str, ...] = ()
    training: bool = False
    decision_days: int | None = None
    extension_days: int | None = None
    repeat_count: int | None = None
    repeat_window: Term | None = None
    restart_on_fraud: bool = False
    temporary_lifting: tuple[str, ...] = ()
    refusals: tuple[RepairRefusal, ...] = ()
    status: RuleStatus = RuleStatus.VERIFIED
    basis: tuple[Citation, ...] = ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every article it rests on, those of its refusals included."""
        return (*self.basis, *(one for refusal in self.refusals for one in refusal.basis))

    def waits(self, ways: Iterable[str]) -> bool:
        """Whether a repair in these ways has to wait: one that does makes all of them wait."""
        return not set(ways) <= set(self.immediate_ways)
