"""Deadlines: one's own agency's, or all for those who watch over them."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.paging import key_of, page_of
from registry.api.reads import reads
from registry.api.schemas.notices import DeadlinePage, DeadlineQuery
from registry.services import deadlines
from registry.services.work import View

blueprint = Blueprint("deadlines", __name__, url_prefix="/api/v1/deadlines")


@blueprint.route("")
class Deadlines(MethodView):
    @reads(DeadlinePage, action="read deadlines", query=DeadlineQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Obligations in time."""
        limit, after = query.pop("limit"), key_of("deadlines", query.pop("cursor", None))
        found = deadlines.page(view, after, limit + 1, **query)

        def shape(one: Any) -> dict[str, Any]:
            return {"id": one.id, **one.to_json(view.now)}

        return page_of("deadlines", [(one.id, one) for one in found], limit, shape)
