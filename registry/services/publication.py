"""Announcements as the public and the staff see them; visible from their day on, no job needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.services import access
from registry.services.work import View
from registry.store import announcements as store
from registry.store import subjects, tables


@dataclass(frozen=True)
class Announcement:
    """One announcement; the name is that of an organisation, or empty."""

    id: str
    kind: str
    target_id: str
    subject_id: str | None
    name: str | None
    sector: str
    list_kind: str | None
    on: date
    public: bool


def page(
    view: View, filters: Mapping[str, Any], after: int, limit: int
) -> list[tuple[int, Announcement]]:
    """(place, announcement) whose day has come."""
    rows = store.page(view.reading, list(_conditions(view, filters)), after, limit)
    return [(row.place, _announcement(view, row)) for row in rows]


def _conditions(view: View, filters: Mapping[str, Any]) -> Iterator[Any]:
    table = tables.announcements.c
    yield table.on_day <= view.today
    if not access.may(view.actor, "read unpublished listings") or _only_subject(view):
        yield table.public.is_(True)
    for name in ("kind", "sector", "list_kind", "subject_id"):
        if filters.get(name) is not None:
            yield table[name] == filters[name]
    if filters.get("since") is not None:
        yield table.on_day >= filters["since"]


def _only_subject(view: View) -> bool:
    return view.actor is not None and view.actor.subject_id is not None


def _announcement(view: View, row: Any) -> Announcement:
    subject = subjects.get(view.reading, row.subject_id) if row.subject_id else None
    name = subject.name if subject is not None and not subject.kind.is_person else None
    return Announcement(
        row.id,
        row.kind,
        row.target_id,
        row.subject_id,
        name,
        row.sector,
        row.list_kind,
        row.on_day,
        row.public,
    )
