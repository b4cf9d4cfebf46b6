"""Reading the caller's bearer token; who it is and what it may do the services decide."""

from __future__ import annotations

import re

import flask

from registry.domain.errors import NotAuthenticated

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/-]{1,4096}=*) *", re.ASCII)


def bearer() -> str | None:
    """The token sent, or None; NotAuthenticated for a header that holds none."""
    header = flask.request.headers.get("Authorization")
    if header is None:
        return None
    match = _BEARER.fullmatch(header)
    if match is None:
        raise NotAuthenticated
    return match[1]


def required_bearer() -> str:
    """The token sent; NotAuthenticated without one."""
    token = bearer()
    if token is None:
        raise NotAuthenticated
    return token
