"""How a criteria set came about and is applied, as the public reads it [CRI-03, CRI-05]."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from registry.api import rule_shapes
from registry.domain.criterion import CriterionVersion
from registry.domain.determination import demands
from registry.domain.legal import Citation
from registry.domain.profile import Profile
from registry.domain.sector import Sector
from registry.domain.standard import NATIONAL
from registry.domain.subject import SubjectKind
from registry.services import standards
from registry.services.work import View
from registry.store.codec import day_out

ORGANISATION, PERSON = SubjectKind.ENTERPRISE, SubjectKind.PERSON


def standard(view: View, one: Sector) -> dict[str, Any] | None:
    """How the set of an authority's own was made; None for one that transcribes national law."""
    made = one.standard
    if made is None:
        return None
    due = standards.evaluation_due(view.rulebook, one)
    held, evaluated = made.consultation, made.evaluation
    return {
        "level": made.level,
        "approvals": [
            {"by": each.by, "document": each.document, "approved_on": day_out(each.approved_on)}
            for each in made.approvals
        ],
        "consultation": {
            "opened_on": day_out(held.opened_on),
            "closed_on": day_out(held.closed_on),
            "summary": held.summary,
        }
        if held
        else None,
        "evaluation": {
            "evaluator": evaluated.evaluator if evaluated else None,
            "last_on": day_out(evaluated.last_on) if evaluated else None,
            "summary": evaluated.summary if evaluated else "",
            "due_on": day_out(due),
            "overdue": standards.is_overdue(due, view.today),
        },
    }


def procedure(view: View, one: CriterionVersion) -> list[dict[str, Any]]:
    """The steps from a record to a listing under the national profile, in their order: which kinds
    of subject each is for, its days where it has some, and where it is written."""
    profile = view.rulebook.profiles.get(NATIONAL)
    steps = [_step("propose", (ORGANISATION, PERSON), one.basis)]
    if profile is not None:
        steps += _demanded(one, profile, view.today)
    steps.append(_step("confirm_by_second_person", (ORGANISATION, PERSON), one.basis))
    if one.publish:
        kinds = (ORGANISATION, PERSON) if one.publish_persons else (ORGANISATION,)
        steps.append(_step("publish", kinds, one.publish_persons or one.basis))
    return steps


def _demanded(one: CriterionVersion, profile: Profile, today: date) -> list[dict[str, Any]]:
    """What criterion and profile demand in between, for organisations and persons."""
    asked = {kind: demands(one, kind, profile, True, today) for kind in (ORGANISATION, PERSON)}
    own = one.notice.reply_days
    reply = max(int(profile.value("notice.defence_days", today)), own or 0)
    shown = "red" if one.list_kind == "red" else "black"
    public = int(profile.value(f"{shown}.publicity.days", today))
    days = {"notice": reply, "warning": reply, "publicity": public}
    found = []
    for name, count in days.items():
        basis = {kind: getattr(each, name) for kind, each in asked.items()}
        kinds = tuple(kind for kind, cited in basis.items() if cited is not None)
        if kinds:
            found.append(_step(name, kinds, basis[kinds[0]], count))
    return found


def _step(
    name: str, kinds: Sequence[SubjectKind], basis: Sequence[Citation], days: int | None = None
) -> dict[str, Any]:
    words = {ORGANISATION: "organisation", PERSON: "person"}
    return {
        "step": name,
        "subjects": [words[kind] for kind in kinds],
        "days": days,
        "basis": [citation.to_json() for citation in basis],
    }


def sectors(view: View, query: dict[str, Any]) -> list[tuple[str, Any]]:
    """Sectors as items, with how their criteria set was made."""
    return [
        (code, {**rule_shapes.sector(dated), "standard": standard(view, dated[0])})
        for code, dated in rule_shapes.sectors(view, query)
    ]


def criteria(view: View, query: dict[str, Any]) -> list[tuple[str, Any]]:
    """Versions of criteria as items, with the procedure."""
    return [
        (key, {**rule_shapes.criterion(one), "procedure": procedure(view, one)})
        for key, one in rule_shapes.criteria(view, query)
    ]
