"""What of a person is shown, and to whom. The only place that decides it."""

from __future__ import annotations

from typing import Any

from registry.domain.actor import Role
from registry.domain.subject import Identifier, Subject, masked_name
from registry.services.work import View


def sees_person(view: View, subject: Subject) -> bool:
    """True for those who decide about the person or keep the records, and for the person."""
    actor = view.actor
    if actor is None:
        return False
    return actor.subject_id == subject.id or actor.has(Role.AUTHORITY, Role.REVIEWER, Role.OPERATOR)


def name_of(view: View, subject: Subject) -> str:
    """An organisation's name; a person's in full or masked."""
    if not subject.kind.is_person or sees_person(view, subject):
        return subject.name
    return masked_name(subject.name)


def private_texts(view: View, subject: Subject, texts: tuple[str, ...]) -> list[str]:
    """Other names and addresses: of a person only for those who see the person."""
    if subject.kind.is_person and not sees_person(view, subject):
        return []
    return list(texts)


def identifier_of(subject: Subject, identifier: Identifier) -> dict[str, Any]:
    """An organisation's number; of a person's nothing but the first and the last character."""
    value = identifier.value
    if subject.kind.is_person:
        value = value[:1] + "*" * (len(value) - 2) + value[-1:]
    return {"scheme": identifier.scheme, "value": value}
