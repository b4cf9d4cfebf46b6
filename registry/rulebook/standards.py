"""The key `standard` of sector.yaml: its meaning, and what must be true of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.domain.standard import NATIONAL, Approval, Consultation, Evaluation, Standard
from registry.rulebook.place import Place

Json = Mapping[str, Any]


def build_standard(one: Json | None) -> Standard | None:
    """The standard of a validated document; None for a set that transcribes national law."""
    if one is None:
        return None
    held, evaluated = one["consultation"], one["evaluation"]
    return Standard(
        level=one["level"],
        approvals=tuple(
            Approval(each["by"], each["document"], date.fromisoformat(each["approved_on"]))
            for each in one["approvals"]
        ),
        consultation=Consultation(
            date.fromisoformat(held["opened_on"]),
            date.fromisoformat(held["closed_on"]),
            held["summary"],
        )
        if held
        else None,
        evaluation=Evaluation(
            evaluated["evaluator"],
            date.fromisoformat(evaluated["last_on"]) if evaluated["last_on"] else None,
            evaluated["summary"],
        )
        if evaluated
        else None,
    )


def check_standard(standard: Standard | None, jurisdictions: tuple[str, ...]) -> None:
    """A set for less than the whole country is a local standard, and says how it came about."""
    place = Place("sector")
    local = any(one != NATIONAL for one in jurisdictions)
    if local and (standard is None or standard.level == NATIONAL):
        raise place.at("jurisdictions").mistake(
            "criteria that are not national are a local standard: give standard: {level: "
            "provincial, approvals, consultation, evaluation}"
        )
    if standard is None:
        return
    if standard.level != NATIONAL and not local:
        raise place.at("standard", "level").mistake("a provincial standard is not for the nation")
    seen: set[str] = set()
    for index, one in enumerate(standard.approvals):
        if one.by in seen:
            raise place.at("standard", "approvals", index, "by").mistake(f"{one.by} stands twice")
        seen.add(one.by)
    held = standard.consultation
    if held is not None and held.closed_on < held.opened_on:
        raise place.at("standard", "consultation", "closed_on").mistake("lies before opened_on")
