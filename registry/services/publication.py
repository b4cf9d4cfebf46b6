"""Announcements as the public and the staff see them; visible from their day on, no job needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.services import access
from registry.services.work import View
from registry.store import announcements as store
from registry.store import listings, subjects


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
    media: tuple[str, ...] = ()


def page(
    view: View, filters: Mapping[str, Any], after: int, limit: int
) -> list[tuple[int, Announcement]]:
    """(place, announcement) whose day has come."""
    staff = access.may(view.actor, "read unpublished listings") and not _only_subject(view)
    wanted = {name: filters.get(name) for name in ("kind", "sector", "list_kind", "subject_id")}
    days = (filters.get("since"), view.today)
    rows = store.page(view.reading, wanted, days, not staff, after, limit)
    return [(row.place, _announcement(view, row)) for row in rows]


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
        _media(view, row.target_id),
    )


def _media(view: View, target_id: str) -> tuple[str, ...]:
    """The designated media of the listing that is announced; none for a case or an edition."""
    listing = listings.get(view.reading, target_id)
    return listing.media if listing is not None else ()
