"""The one decorator of GET: a snapshot for the caller, the role, the address, then the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask
from marshmallow import Schema

from registry.api import auth
from registry.api.body import JSON
from registry.api.documentation import described
from registry.api.query import QuerySchema, load_query, require_forms
from registry.api.served import registry
from registry.services import access

View = Callable[..., Any]


def answer(status: int, content: Any) -> flask.Response:
    """A JSON response."""
    return flask.Response(flask.json.dumps(content), status, mimetype=JSON)


def reads(
    schema: type[Schema],
    *,
    action: str | None = None,
    query: type[QuerySchema] = QuerySchema,
    noun: str = "item",
) -> Callable[[View], View]:
    """The view gets (self, view, query, **path) and returns what `schema` dumps. Without `action`
    the public may read as well; `noun` is what the address names."""
    read, shown = query(), schema()

    def decorate(function: View) -> View:
        @wraps(function)
        def run(self: Any, **path: str) -> flask.Response:
            token = auth.required_bearer() if action is not None else auth.bearer()
            with registry().view(token) as view:
                auth.note(view.actor)
                if action is not None and view.actor is not None:
                    access.require(view.actor, action)
                require_forms(noun, path)
                result = function(self, view, load_query(read), **path)
                return answer(200, shown.dump(result))

        asked = query if query is not QuerySchema else None
        return described(
            run, status=200, schema=schema, action=action, public=action is None, query=asked
        )

    return decorate
