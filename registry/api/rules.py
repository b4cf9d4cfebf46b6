"""The rules in force, open to all: sectors, criteria, measures, matters, repair rules, profiles,
calendars, scorecards; and the acceptance of a to-verify rule by an authority."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema

from registry.api import rule_shapes as shapes
from registry.api import scorecard_shapes, standard_shapes
from registry.api.measures import shape as measure_shape
from registry.api.paging import page_of_all
from registry.api.query import QuerySchema
from registry.api.reads import reads
from registry.api.schemas import rules as schemas
from registry.api.schemas.measures import MeasurePage, MeasureQuery
from registry.api.schemas.ratings import ScorecardPage
from registry.api.writes import writes
from registry.domain.errors import NotFound
from registry.services import rules
from registry.services.work import View, Work

blueprint = Blueprint("rules", __name__, url_prefix="/api/v1")

Things = Callable[[View, dict[str, Any]], list[tuple[str, Any]]]


def _list(
    word: str,
    schema: type[Schema],
    query: type[QuerySchema],
    things: Things,
    shape: Callable[[Any], dict[str, Any]],
    summary: str,
) -> None:
    """A public list: its items by key, and the shape of one."""

    def get(self: Any, view: View, asked: dict[str, Any]) -> Any:
        found = things(view, asked)
        # what a sector that was switched off has left is still shown
        if not found and asked.get("sector", "") not in ("", *view.rulebook.sectors):
            raise NotFound("sector")
        return page_of_all(word, found, asked, shape)

    get.__doc__ = summary
    view_class = type(word, (MethodView,), {"get": reads(schema, query=query)(get)})
    blueprint.add_url_rule(f"/{word}", word, view_class)


_list(
    "sectors",
    schemas.SectorPage,
    schemas.RuleQuery,
    standard_shapes.sectors,
    lambda item: item,
    "Sectors whose rules are active.",
)
_list(
    "criteria",
    schemas.CriterionPage,
    schemas.CriterionQuery,
    standard_shapes.criteria,
    lambda item: item,
    "Criteria: which acts put whom on which list.",
)
_list(
    "repair-rules",
    schemas.RepairRulePage,
    schemas.CriterionQuery,
    shapes.criteria,
    shapes.repair_rule,
    "How a listing under each criterion can be repaired.",
)
_list(
    "matters",
    schemas.MatterPage,
    schemas.MatterQuery,
    shapes.matters,
    shapes.matter,
    "What an agency may be about to decide.",
)
_list(
    "profiles",
    schemas.ProfilePage,
    schemas.RuleQuery,
    shapes.profiles,
    shapes.profile,
    "The numbers of each jurisdiction, today or on a day.",
)
_list(
    "calendars",
    schemas.CalendarPage,
    schemas.RuleQuery,
    shapes.calendars,
    shapes.calendar,
    "Working-day calendars, a notice a year.",
)
_list(
    "scorecards",
    ScorecardPage,
    schemas.RuleQuery,
    scorecard_shapes.scorecards,
    scorecard_shapes.scorecard,
    "Scorecards by which subjects are rated.",
)
_list(
    "measures",
    MeasurePage,
    MeasureQuery,
    shapes.measures,
    measure_shape,
    "Measures that published editions hold, or that plugins propose.",
)


@blueprint.route("/criteria/<string:code>/acceptance")
class Acceptance(MethodView):
    @writes("accept a rule", schemas.AcceptanceOut, body=schemas.AcceptanceIn, noun="criterion")
    def post(self, work: Work, sent: dict[str, Any], code: str) -> Any:
        """Take over a to-verify rule, by name, for one's own agency."""
        rules.accept(work, code, sent["version"], sent["statement"])
        return {
            "criterion": code,
            "version": sent["version"],
            "statement": sent["statement"],
            "authority": work.actor.agency.name,
            "status": "accepted",
        }
