"""Checks: asked, read again, replayed. Asking goes by hand from the body to the answer; most
questions do not even come here (see check_desk)."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView
from flask_smorest import Blueprint
from werkzeug.exceptions import HTTPException

from registry.api import auth
from registry.api.body import JSON, canonical, parse, read_bytes
from registry.api.check_body import read_question
from registry.api.documentation import described
from registry.api.query import QuerySchema, load_query
from registry.api.reads import reads
from registry.api.schemas.checks import CheckIn, CheckOut, ReplayOut
from registry.api.served import registry
from registry.api.writes import HEADER, asked_with
from registry.domain.errors import InvalidInput, Malformed, NotFound
from registry.services import access
from registry.services.checks import Question
from registry.services.work import View
from registry.store.idempotency import Asked

blueprint = Blueprint("checks", __name__, url_prefix="/api/v1/checks")
ACTION = "run a check"
_no_query = QuerySchema()


def ask() -> flask.Response:
    """Ask what applies to a subject for a matter: the answer, with a receipt."""
    token = auth.required_bearer()
    try:
        question, asked = _question()
    except (Malformed, InvalidInput, HTTPException) as error:
        _refuse(token, error)
        raise
    return flask.Response(registry().checks.run_json(token, question, asked), mimetype=JSON)


def _question() -> tuple[Question, Asked | None]:
    if flask.request.query_string:
        load_query(_no_query)
    body = parse(read_bytes())
    question = read_question(body)
    asked = asked_with("", canonical(body)) if HEADER in flask.request.headers else None
    return question, asked


def _refuse(token: str, error: Exception) -> None:
    """A question that cannot be read is a refused check: logged, whoever sent it."""
    registry().checks.refuse(token, getattr(error, "code", None) or "malformed")
    access.require(registry().actor(token), ACTION)


blueprint.add_url_rule(
    "",
    "ask",
    described(ask, status=200, schema=CheckOut, action=ACTION, body=CheckIn, writes=True),
    methods=["POST"],
)


@blueprint.route("/<string:id>")
class OneCheck(MethodView):
    @reads(CheckOut, action="read a check", noun="check")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """The answer that was given."""
        assert view.actor is not None
        stored = registry().checks.get(view.reading, view.actor, id)
        if stored.content is None:  # erased: what is left of it stands in the journal
            raise NotFound("check")
        return {**stored.content["answer"], "receipt": stored.receipt}


@blueprint.route("/<string:id>/replay")
class Replay(MethodView):
    @reads(ReplayOut, action="read a check", noun="check")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """Compute the answer again from what was known."""
        assert view.actor is not None
        return registry().checks.replay(view.reading, view.actor, id)
