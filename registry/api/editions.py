"""Measure editions: drafted, edited, compared, published; then frozen."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api import measures
from registry.api.paging import page_of_all
from registry.api.reads import reads
from registry.api.schemas.measures import (
    CompareQuery,
    ComparisonOut,
    EditionIn,
    EditionOut,
    EditionPage,
    EditionQuery,
    MeasureIn,
    PublishIn,
)
from registry.api.writes import writes
from registry.domain.errors import InvalidInput
from registry.services import editions
from registry.services.work import View, Work
from registry.store.codec import day_out
from registry.store.editions import StoredEdition, in_effect

blueprint = Blueprint("measure-editions", __name__, url_prefix="/api/v1/measure-editions")
EDIT, NOUN = "edit a measure edition", "measure edition"


def shape(edition: StoredEdition) -> dict[str, Any]:
    """An edition with its measures."""
    return {
        "id": edition.id,
        "sector": edition.sector,
        "name": edition.name,
        "state": edition.state,
        "effective_from": day_out(edition.effective_from),
        "measures": [measures.kept_shape(one) for one in edition.measures],
    }


@blueprint.route("")
class Editions(MethodView):
    @reads(EditionPage, query=EditionQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Editions, old ones too; drafts for those who edit them."""
        found = [(one.id, one) for one in editions.of_sector(view, query.get("sector"))]
        return page_of_all("measure-editions", found, query, shape)

    @writes(EDIT, EditionOut, body=EditionIn)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """Start a draft."""
        return shape(editions.draft(work, sent["sector"], sent.get("name")))


@blueprint.route("/<string:id>")
class OneEdition(MethodView):
    @reads(EditionOut, noun=NOUN)
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """An edition."""
        return shape(editions.get(view, id))


@blueprint.route("/<string:id>/measures/<string:code>")
class EditionMeasure(MethodView):
    @writes(EDIT, EditionOut, body=MeasureIn, status=200, noun=NOUN)
    def put(self, work: Work, sent: dict[str, Any], id: str, code: str) -> Any:
        """Put a whole measure into a draft."""
        if sent.get("code", code) != code:
            raise InvalidInput.field("code", "differs from the code in the address")
        return shape(editions.put_measure(work, id, measures.read(work, code, sent)))

    @writes(EDIT, None, status=204, noun=NOUN)
    def delete(self, work: Work, sent: dict[str, Any], id: str, code: str) -> Any:
        """Leave a measure out of a draft."""
        editions.remove_measure(work, id, code)


@blueprint.route("/<string:id>/compare")
class Compare(MethodView):
    @reads(ComparisonOut, query=CompareQuery, noun=NOUN)
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """What an edition adds, leaves out and changes against another, or the one in force."""
        first = editions.get(view, id)
        other = query.get("with_")
        second = (
            editions.get(view, other)
            if other
            else in_effect(view.reading, first.sector, view.today)
        )
        return editions.compare(first, second)


@blueprint.route("/<string:id>/publish")
class Publish(MethodView):
    @writes("publish a measure edition", EditionOut, body=PublishIn, status=200, noun=NOUN)
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Publish a draft: its measures may be applied from its first day."""
        return shape(editions.publish(work, id, sent.get("effective_from")))
