"""The one decorator of POST, PUT and DELETE: who, may they, what was sent; then one transaction
that holds the change and, for an Idempotency-Key, the answer that a repetition gets.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import flask
from marshmallow import Schema

from registry.api import auth
from registry.api.body import canonical, parse, read_bytes
from registry.api.documentation import described
from registry.api.fields import RequestSchema
from registry.api.query import QuerySchema, load, load_query, require_forms
from registry.api.reads import answer
from registry.api.served import registry
from registry.domain.errors import InvalidInput, PurposeNotAgreed
from registry.services import access
from registry.services.work import Work
from registry.store import idempotency
from registry.store.idempotency import Asked

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,200}", re.ASCII)
_no_query = QuerySchema()

View = Callable[..., Any]


class NoBody(RequestSchema):
    """Nothing has to be said; an empty object may be."""


@dataclass(frozen=True)
class _Write:
    """One write: what may be sent, and what becomes of it."""

    action: str
    read: RequestSchema
    shown: Schema | None
    status: int
    noun: str
    about: str

    def run(self, function: View, view: Any, path: dict[str, str]) -> flask.Response:
        """Who, may they, what was sent; then the change, or the answer of the first time."""
        token = auth.required_bearer()
        actor = registry().actor(token)
        auth.note(actor)
        access.require(actor, self.action)
        require_forms(self.noun, path)
        load_query(_no_query)
        sent = _body(isinstance(self.read, NoBody))
        asked = asked_with(actor.id, canonical(sent))
        content = load(self.read, sent)
        try:
            return self._done(function, view, path, token, content, asked)
        except PurposeNotAgreed as refusal:
            # the change was undone with the refusal: that it was tried is kept all the same
            with registry().work(token) as work:
                work.change.record(refusal.kind, refusal.facts, refusal.subject_id)
            raise

    def _done(
        self,
        function: View,
        view: Any,
        path: dict[str, str],
        token: str,
        content: dict[str, Any],
        asked: Asked | None,
    ) -> flask.Response:
        def act(work: Work) -> tuple[int, Any]:
            known = idempotency.recall(work.change, asked) if asked else None
            if known is not None:
                return known
            result = function(view, work, content, **path)
            dumped = self.shown.dump(result) if self.shown is not None else None
            if asked is not None:
                self._remember(work, asked, dumped)
            return self.status, dumped

        return _respond(*registry().carry_out(lambda ask: registry().work(token, ask), act))

    def _remember(self, work: Work, asked: Asked, dumped: Any) -> None:
        subject_id = dumped.get(self.about) if isinstance(dumped, dict) else None
        idempotency.remember(work.change, asked, self.status, dumped, subject_id, work.now)


def writes(
    action: str,
    schema: type[Schema] | None,
    *,
    body: type[RequestSchema] = NoBody,
    status: int = 201,
    noun: str = "item",
    about: str = "subject_id",
) -> Callable[[View], View]:
    """The view gets (self, work, content, **path) and returns what `schema` dumps. `about` names
    the field of the answer that holds the subject under whose key it is kept."""
    shown = schema() if schema is not None else None
    write = _Write(action, body(), shown, status, noun, about)
    asked = body if body is not NoBody else None

    def decorate(function: View) -> View:
        @wraps(function)
        def run(self: Any, **path: str) -> flask.Response:
            return write.run(function, self, path)

        return described(run, status=status, schema=schema, action=action, body=asked, writes=True)

    return decorate


def asked_with(actor_id: str, body: str) -> Asked | None:
    """What the Idempotency-Key sent stands for; None without one, InvalidInput for a bad one."""
    key = flask.request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput.field(HEADER, "must have 1 to 200 visible ASCII characters")
    request = flask.request
    query = canonical(sorted(request.args.items(multi=True)))
    text = "\n".join((request.method, request.path, query, body))
    return Asked(actor_id, key, hashlib.sha256(text.encode()).hexdigest())


def _body(optional: bool) -> Any:
    if optional and not flask.request.content_length and not _is_chunked():
        return {}
    return parse(read_bytes())


def _is_chunked() -> bool:
    return bool(flask.request.headers.get("Transfer-Encoding"))


def _respond(status: int, dumped: Any) -> flask.Response:
    if dumped is None:
        return flask.Response(status=status)
    return answer(status, dumped)
