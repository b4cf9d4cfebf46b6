"""Listings: read by role, without a token only what is published now; ended by a decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.paging import page_of, place_of
from registry.api.reads import reads
from registry.api.schemas.listings import (
    ExitIn,
    InstantQuery,
    ListingOut,
    ListingPage,
    ListingQuery,
)
from registry.api.writes import writes
from registry.domain.listing import ExitGround, Listing, to_json
from registry.services import exits, listings
from registry.services.listings import Filters
from registry.services.work import View, Work
from registry.store.codec import day_out

blueprint = Blueprint("listings", __name__, url_prefix="/api/v1/listings")


def shape(view: View, listing: Listing, as_of: datetime) -> dict[str, Any]:
    """A listing at an instant."""
    ended = listing.exit_at(as_of)
    shown = {
        **to_json(listing, as_of, listing.basis),
        "subject_id": listing.subject_id,
        "basis_code": listing.basis_code,
        "authority": view.context.agency_names.get(listing.agency_id),
        "determined_on": day_out(listing.determined_on),
        "exit": {"ground": str(ended[0]), "on": day_out(ended[1])} if ended else None,
        "repair": {
            "repairable": listing.repair.repairable != "no",
            "ways": list(listing.repair.ways),
            "earliest_on": day_out(listing.repair.earliest_on),
        },
        "publication": {
            "public": listing.public,
            "since": day_out(listing.valid_from) if listing.public else None,
            "media": list(listing.media),
        },
        "criterion_text": listing.rule_text,
        "categories": list(listing.categories),
        "joint_until": day_out(listing.joint_until),
        "follows": listing.follows,
    }
    if view.actor is not None:
        shown["determination_id"] = listing.determination_id
        shown["decided_by"] = listing.decided_by
        shown["record_ids"] = list(listing.record_ids)
    return shown


@blueprint.route("")
class Listings(MethodView):
    @reads(ListingPage, query=ListingQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Listings that the asker may see, at an instant, as known at another."""
        limit, after = query.pop("limit"), place_of("listings", query.pop("cursor", None))
        filters = Filters(**{"as_of": view.now, **query})
        found = listings.page(view, filters, after, limit + 1)
        return page_of("listings", found, limit, lambda one: shape(view, one, filters.as_of))


@blueprint.route("/<string:id>")
class OneListing(MethodView):
    @reads(ListingOut, query=InstantQuery, noun="listing")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """A listing at an instant, as known at another."""
        as_of = query.get("as_of") or view.now
        return shape(view, listings.get(view, id, as_of, query.get("known_at")), as_of)


@blueprint.route("/<string:id>/exit")
class Exit(MethodView):
    @writes("end a listing", ListingOut, body=ExitIn, status=200, noun="listing")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """End a listing: the standard changed, or a red benefit was abused."""
        ended = exits.exit(work, id, ExitGround(sent["ground"]), sent["reason"])
        return shape(work.view(), ended, work.now)
