"""The rule of repair of a criterion version: built from the document, and what must be true of it.
RuleMistake names the place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from registry.domain.legal import Instrument, RuleStatus
from registry.domain.repair import RepairRefusal, RepairRule
from registry.domain.validity import Term
from registry.rulebook.citations import build_basis, unknown
from registry.rulebook.place import Place

Json = Mapping[str, Any]


def build_repair(one: Json, instruments: Mapping[str, Instrument], place: Place) -> RepairRule:
    """The rule; the keys that a rulebook stored before does not know are empty."""
    bar = one["repeat_bar"]
    return RepairRule(
        repairable=one["repairable"],
        minimum_publication=_term(one["min_publication"]),
        cooling_off=_term(one["cooling_off"]),
        documents=tuple(one["documents"]),
        ways=tuple(one["ways"]),
        immediate_ways=tuple(one.get("immediate_ways", ())),
        training=one["training_required"],
        decision_days=one["decision_days"],
        extension_days=one["extension_days"],
        repeat_count=bar["count"] if bar else None,
        repeat_window=Term.parse(bar["window"]) if bar else None,
        restart_on_fraud=one["restart_on_fraud"],
        temporary_lifting=tuple(one.get("temporary_lifting", ())),
        refusals=tuple(
            _refusal(each, instruments, place.at("refused_if", index))
            for index, each in enumerate(one.get("refused_if", ()))
        ),
        status=RuleStatus(one["status"]),
        basis=build_basis(one["basis"], instruments, place.at("basis")),
    )


def _refusal(one: Json, instruments: Mapping[str, Instrument], place: Place) -> RepairRefusal:
    return RepairRefusal(
        code=one["code"],
        title=one["title"],
        title_zh=one["title_zh"],
        basis=build_basis(one["basis"], instruments, place.at("basis")),
        record_kinds=tuple(one["record_kinds"]),
        criteria=tuple(one["criteria"]),
    )


def _term(text: str | None) -> Term | None:
    return Term.parse(text) if text else None


def check_repair(
    rule: RepairRule, record_kinds: Collection[str], criteria: Collection[str], place: Place
) -> None:
    """That its ways and its refusals say one thing each, and nothing where nothing is repaired."""
    both = [way for way in rule.immediate_ways if way in rule.ways]
    if both:
        raise place.at("immediate_ways").mistake(
            f"{both[0]} stands under ways too: either it waits or it does not"
        )
    for index, refusal in enumerate(rule.refusals):
        at = place.at("refused_if", index)
        _check_refusal(refusal, record_kinds, criteria, at)
        if refusal.code in [one.code for one in rule.refusals[:index]]:
            raise at.at("code").mistake(f"{refusal.code} stands here twice")


def _check_refusal(
    refusal: RepairRefusal,
    record_kinds: Collection[str],
    criteria: Collection[str],
    place: Place,
) -> None:
    if not refusal.basis:
        raise place.at("basis").mistake("must cite at least one article")
    for index, code in enumerate(refusal.record_kinds):
        if code not in record_kinds:
            at = place.at("record_kinds", index)
            raise at.mistake(unknown("record kind", code, record_kinds))
    for index, code in enumerate(refusal.criteria):
        if code not in criteria:
            raise place.at("criteria", index).mistake(unknown("criterion", code, criteria))
