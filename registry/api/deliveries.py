"""How providers deliver, and who is overdue."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.paging import page_of_all
from registry.api.reads import reads
from registry.api.schemas.archives import (
    DeliveriesQuery,
    DeliveryIn,
    DeliveryOut,
    DeliveryPage,
)
from registry.api.writes import writes
from registry.services import deliveries
from registry.services.deliveries import Delivery
from registry.services.work import View, Work
from registry.store.codec import day_out
from registry.store.types import iso

blueprint = Blueprint("deliveries", __name__, url_prefix="/api/v1/deliveries")


def shape(one: Delivery) -> dict[str, Any]:
    """A provider's way to deliver."""
    return {
        "agency": one.agency,
        "mode": one.mode,
        "cycle": one.cycle,
        "last_at": iso(one.last_at) if one.last_at else None,
        "due_on": day_out(one.due_on),
        "late": one.late,
    }


@blueprint.route("")
class Deliveries(MethodView):
    @reads(DeliveryPage, action="read deliveries", query=DeliveriesQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """How providers deliver; `late=true` is the report of those overdue."""
        late = {"true": True, "false": False}.get(query.get("late", ""))
        found = [(one.agency, one) for one in deliveries.page(view, late)]
        return page_of_all("deliveries", found, query, shape)


@blueprint.route("/<string:id>")
class OneDelivery(MethodView):
    @writes("set deliveries", DeliveryOut, body=DeliveryIn, status=200, noun="agency")
    def put(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Set how the provider with this agency id delivers."""
        return shape(deliveries.set_way(work, id, sent["mode"], sent.get("cycle")))
