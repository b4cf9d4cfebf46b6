"""Reading the caller's bearer token; who it is and what it may do the services decide."""

from __future__ import annotations

import re

import flask

from registry.domain.actor import Actor
from registry.domain.errors import NotAuthenticated

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/-]{1,4096}=*) *", re.ASCII)


def bearer() -> str | None:
    """The token sent, or None; NotAuthenticated for a header that holds none."""
    header = flask.request.headers.get("Authorization")
    if header is None:
        return None
    token = bearer_in(header)
    if token is None:
        raise NotAuthenticated
    return token


def bearer_in(header: str) -> str | None:
    """The token in an Authorization header, if it holds one."""
    match = _BEARER.fullmatch(header)
    return match[1] if match else None


def required_bearer() -> str:
    """The token sent; NotAuthenticated without one."""
    token = bearer()
    if token is None:
        raise NotAuthenticated
    return token


def note(actor: Actor | None) -> None:
    """Keep who asks for the log, by the opaque id that the journal uses."""
    flask.g.actor_id = actor.id if actor is not None else None


def noted() -> str | None:
    """Who asks, if that is known by now."""
    found: str | None = flask.g.get("actor_id")
    return found
