"""Announcements, open to all."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.paging import page_of, place_of
from registry.api.reads import reads
from registry.api.schemas.notices import AnnouncementPage, AnnouncementQuery
from registry.services import publication
from registry.services.publication import Announcement
from registry.services.work import View
from registry.store.codec import day_out

blueprint = Blueprint("announcements", __name__, url_prefix="/api/v1/announcements")


def shape(one: Announcement) -> dict[str, Any]:
    """An announcement."""
    return {
        "id": one.id,
        "kind": one.kind,
        "on": day_out(one.on),
        "sector": one.sector,
        "list_kind": one.list_kind,
        "subject_id": one.subject_id,
        "name": one.name,
        "target_id": one.target_id,
        "media": list(one.media),
    }


@blueprint.route("")
class Announcements(MethodView):
    @reads(AnnouncementPage, query=AnnouncementQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """What was made known, from its day on."""
        limit, after = query.pop("limit"), place_of("announcements", query.pop("cursor", None))
        found = publication.page(view, query, after, limit + 1)
        return page_of("announcements", found, limit, shape)
