"""Penalties (处罚幅度) as the law fixes them: what an authority may impose for an act. Data beside
a criterion; nothing is imposed or computed here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from registry.domain.legal import Citation
from registry.domain.validity import Term


class PenaltyKind(StrEnum):
    """Warning 警告, fine 罚款, confiscation 没收, suspension 停业, revocation 吊销, ban 禁入, award
    void 中标、成交无效."""

    WARNING = "warning"
    FINE = "fine"
    CONFISCATION = "confiscation"
    SUSPENSION = "suspension"
    REVOCATION = "revocation"
    BAN = "ban"
    AWARD_VOID = "award_void"


@dataclass(frozen=True)
class Penalty:
    """One penalty and its range, limits included; a limit the law leaves open is None.

    Of a fine either `share` of the money field `of` ("0.5" is half of it, "5" five times) or
    `amount` in yuan; of a suspension or ban `period`. `whom`: on whom, as the article says it.
    """

    kind: PenaltyKind
    whom: str
    whom_zh: str
    basis: tuple[Citation, ...]
    of: str | None = None
    share: tuple[Decimal | None, Decimal | None] | None = None
    amount: tuple[Decimal | None, Decimal | None] | None = None
    period: tuple[Term | None, Term | None] | None = None
    for_life: bool = False
