"""What a change of the rules would do, and the removals that one has proposed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import flask
from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api import auth
from registry.api.body import canonical, parse, read_bytes
from registry.api.documentation import described
from registry.api.paging import page_of, place_of
from registry.api.query import QuerySchema, load, load_query
from registry.api.reads import answer, reads
from registry.api.schemas.impact import (
    DeclineIn,
    ImpactIn,
    ImpactOut,
    RemovalOut,
    RemovalPage,
    RemovalQuery,
)
from registry.api.served import registry
from registry.api.writes import asked_with, writes
from registry.services import access, impact, removals
from registry.services.work import View, Work
from registry.store import idempotency

blueprint = Blueprint("impact", __name__, url_prefix="/api/v1")
ACTION = "see the impact of rules"


class Impact(MethodView):
    def post(self) -> flask.Response:
        """Compare rules with the active ones: who would enter, leave, or get other measures."""
        token = auth.required_bearer()
        actor = registry().actor(token)
        access.require(actor, ACTION)
        load_query(QuerySchema())
        sent = parse(read_bytes())
        asked = asked_with(actor.id, canonical(sent))
        rulebook = load(ImpactIn(), sent)["rulebook"]
        with registry().view(token) as view:
            known = idempotency.recall(view.reading, asked) if asked else None
            active = view.rulebook
        if known is not None:
            return answer(*known)
        # outside any transaction of its own: it reads everybody, and nobody waits for it
        found = impact.impact(registry().store, active, impact.laid_over(active, rulebook))
        dumped = ImpactOut().dump(asdict(found))
        if asked is not None:
            with registry().work(token) as work:
                idempotency.remember(work.change, asked, 200, dumped, None, work.now)
        return answer(200, dumped)

    post = described(post, status=200, schema=ImpactOut, action=ACTION, body=ImpactIn, writes=True)


blueprint.add_url_rule("/rules/impact", "impact", Impact)


@blueprint.route("/removals")
class Removals(MethodView):
    @reads(RemovalPage, action="read removals", query=RemovalQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Removals proposed because a standard changed: one's own agency's, or all."""
        limit, after = query.pop("limit"), place_of("removals", query.pop("cursor", None))
        found = removals.page(view, query.get("state"), after, limit + 1)
        return page_of("removals", found, limit, lambda one: one.to_json())


@blueprint.route("/removals/<string:id>/decline")
class Decline(MethodView):
    @writes("decide on a removal", RemovalOut, body=DeclineIn, status=200, noun="removal")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Leave the listing as it is, with a reason; to end it, use its exit."""
        return removals.decline(work, id, sent["reason"]).to_json()
