"""The penalties beside a criterion: built from the document, and what must be true of them.
RuleMistake names the place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.legal import Instrument
from registry.domain.penalty import Penalty, PenaltyKind
from registry.domain.record import FieldType
from registry.domain.sector import Sector
from registry.domain.validity import Term
from registry.rulebook.citations import build_basis
from registry.rulebook.place import Place

Json = Mapping[str, Any]
Limits = tuple[Decimal | None, Decimal | None]

PLAIN_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)
# Which range each kind has: a fine is a share or an amount, a suspension or a ban lasts.
RANGED = {PenaltyKind.FINE, PenaltyKind.SUSPENSION, PenaltyKind.BAN}


def build_penalties(
    entries: Sequence[Json], instruments: Mapping[str, Instrument], place: Place
) -> tuple[Penalty, ...]:
    """The penalties of a version, in the order of the file."""
    return tuple(_build(one, instruments, place.at(index)) for index, one in enumerate(entries))


def _build(one: Json, instruments: Mapping[str, Instrument], place: Place) -> Penalty:
    share, amount, period = one["share"], one["amount"], one["period"]
    return Penalty(
        kind=PenaltyKind(one["kind"]),
        whom=one["whom"],
        whom_zh=one["whom_zh"],
        basis=build_basis(one["basis"], instruments, place.at("basis")),
        of=one["of"],
        share=_limits(share, place.at("share")) if share else None,
        amount=_limits(amount, place.at("amount")) if amount else None,
        period=(_term(period["at_least"]), _term(period["at_most"])) if period else None,
        for_life=one["for_life"],
    )


def _term(text: str | None) -> Term | None:
    return Term.parse(text) if text else None


def _limits(one: Json, place: Place) -> Limits:
    least, most = one["at_least"], one["at_most"]
    return _figure(least, place.at("at_least")), _figure(most, place.at("at_most"))


def _figure(value: Any, place: Place) -> Decimal | None:
    """A plain number: `value` is text, as the document keeps decimals, or a whole number."""
    if value is None:
        return None
    if isinstance(value, str) and PLAIN_NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Decimal(value)
    raise place.mistake(f'must be a plain number such as 100000 or "0.5", not {value!r}')


def check_penalty(
    penalty: Penalty, version: CriterionVersion, sector: Sector, place: Place
) -> None:
    """Its basis, its one range, and limits that are in order."""
    if not penalty.basis:
        raise place.at("basis").mistake("must cite at least one article")
    fine = penalty.kind is PenaltyKind.FINE
    if (penalty.share is not None or penalty.amount is not None) and not fine:
        raise place.at("kind").mistake("only a fine is a share or an amount")
    if fine and (penalty.share is None) is (penalty.amount is None):
        raise place.at("share").mistake("a fine is either a share of a field or an amount")
    if (penalty.of is None) is not (penalty.share is None):
        raise place.at("of").mistake("a share goes with `of`, the field that it is a share of")
    if penalty.of is not None:
        _require_money(penalty.of, version, sector, place.at("of"))
    if penalty.period is not None and (fine or penalty.kind not in RANGED):
        raise place.at("period").mistake("only a suspension or a ban lasts for a period")
    if penalty.for_life and penalty.kind is not PenaltyKind.BAN:
        raise place.at("for_life").mistake("only a ban can be for life")
    for name, limits in (("share", penalty.share), ("amount", penalty.amount)):
        _require_order(limits, place.at(name))
    _require_order(_lengths(penalty.period), place.at("period"))


def _require_money(name: str, version: CriterionVersion, sector: Sector, place: Place) -> None:
    for code in version.record_kinds:
        spec = sector.record_kinds[code].fields.get(name)
        if spec is None or spec.type is not FieldType.MONEY:
            raise place.mistake(f"{name} is no money field of {code}")


def _require_order(limits: Limits | None, place: Place) -> None:
    if limits is None:
        return
    least, most = limits
    if least is None and most is None:
        raise place.mistake("must say at_least, at_most or both")
    if least is not None and most is not None and least > most:
        raise place.at("at_least").mistake(f"{least} is above at_most, {most}")


def _lengths(
    period: tuple[Term | None, Term | None] | None,
) -> Limits | None:
    if period is None:
        return None
    least, most = (_days(one) if one is not None else None for one in period)
    return least, most


def _days(term: Term) -> Decimal:
    # Only to compare: months of 31 days, years of 372.
    return Decimal(term.years * 372 + term.months * 31 + term.days)
