"""The journal, for auditors: what happened, chained, without saying what is in it."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.paging import page_of, place_of
from registry.api.reads import reads
from registry.api.schemas.notices import JournalPage, JournalQuery
from registry.services import journal
from registry.services.work import View

blueprint = Blueprint("journal", __name__, url_prefix="/api/v1/journal")


@blueprint.route("")
class Journal(MethodView):
    @reads(JournalPage, action="read the journal", query=JournalQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Entries of a chain, in order, without gaps."""
        word = f"journal-{query['chain']}"
        after = max(place_of(word, query.get("cursor")), query.get("after", 0))
        found = journal.page(view, query["chain"], after, query["limit"] + 1)
        items = [(item["seq"], item) for item in found]
        return page_of(word, items, query["limit"], lambda item: item)
