"""Errors as RFC 9457 problems: one table from error class to status, one body for every error.

Domain errors know no HTTP and werkzeug's know no codes: both end here, are dumped through one
schema, and nothing of the request is repeated but field names.
"""

from __future__ import annotations

import re
import traceback
import uuid
from http import HTTPStatus
from typing import Any

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from registry.api import auth
from registry.api.schemas.problems import ProblemOut
from registry.api.served import served
from registry.domain import errors

PROBLEM = "application/problem+json"
TYPE = "urn:sanction-registry:error:"
INTERNAL = "internal-error"
_NAME = re.compile(r"(?!.*(?:\d.*){5})[A-Za-z_][A-Za-z0-9_-]{0,39}|\d{1,4}", re.ASCII)

# The most derived class that stands here decides.
STATUSES: dict[type[errors.RegistryError], int] = {
    errors.RegistryError: 500,
    errors.InvalidInput: 422,
    errors.CriterionNotMet: 422,
    errors.CriterionNotInForce: 422,
    errors.RulesNotEnabled: 409,
    errors.Malformed: 400,
    errors.TooLarge: 413,
    errors.NotFound: 404,
    errors.NotAuthenticated: 401,
    errors.NotPermitted: 403,
    errors.Conflict: 409,
    errors.RuleError: 503,
    errors.PluginError: 503,
    errors.SettingsError: 503,
    errors.Unavailable: 503,
}

# Errors of the protocol, before the registry is asked: status -> (code, detail).
PROTOCOL: dict[int, tuple[str, str]] = {
    400: ("malformed", "The request cannot be read."),
    404: ("not-found", "There is nothing here, or it is not yours to see."),
    405: ("method-not-allowed", "This address does not take this method: see Allow."),
    408: ("timeout", "The request took too long to arrive."),
    413: ("too-large", "The body is larger than the limit."),
    415: ("unsupported-media-type", "Send the body as application/json, in UTF-8."),
    500: (INTERNAL, "Something went wrong here. It has been logged."),
    503: ("unavailable", "The registry cannot answer now."),
}

_schema = ProblemOut()


def status_of(error: errors.RegistryError) -> int:
    """The status of a domain error: that of the nearest class in the table."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem(status: int, code: str, detail: str, **members: Any) -> flask.Response:
    """The one body of all errors; `members` that the schema does not know are left out."""
    body = {
        "type": TYPE + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{uuid.uuid4()}",
        "code": code,
        **members,
    }
    response = flask.Response(flask.json.dumps(_schema.dump(body)), status, content_type=PROBLEM)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "1"
    return response


def handle_registry_error(error: errors.RegistryError) -> flask.Response:
    """A typed error of the registry."""
    status = status_of(error)
    if isinstance(error, errors.InvalidInput):
        named = {_speakable(name): said for name, said in error.errors.items()}
        detail = "Not accepted: " + ", ".join(sorted(named)) + "."
        return problem(status, error.code, detail, errors=named)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log(error.code, error)
    if isinstance(error, errors.NotFound):
        _log_absent()
    if not isinstance(error, errors.Unavailable) and status == HTTPStatus.SERVICE_UNAVAILABLE:
        # a rule, a plugin or a setting is at fault: whose, the operator reads in the log
        return problem(status, error.code, "The registry cannot answer this until it is repaired.")
    return problem(status, error.code, error.message, **_plain(error.details))


def _speakable(path: str) -> str:
    """A field's path as it may be repeated: a name the caller made up might be a number of a
    person, or a token, so only what looks like a field name is, and is no longer than one."""
    parts = (part if _NAME.fullmatch(part) else "?" for part in path.split("."))
    return ".".join(parts)


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    """Details as JSON: values that know their shape give it."""
    return {
        name: [one.to_json() if hasattr(one, "to_json") else one for one in value]
        if isinstance(value, list)
        else value
        for name, value in details.items()
    }


def handle_http_error(error: HTTPException) -> flask.Response | HTTPException:
    """An error of the protocol; a redirect stays one, and 405 keeps its Allow header."""
    if isinstance(error, RequestRedirect) or error.code is None or error.code < 400:
        return error
    code, detail = PROTOCOL.get(error.code, ("malformed", "The request cannot be served."))
    members = {"limit": served().body_limit} if error.code == 413 else {}
    response = problem(error.code, code, detail, **members)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def handle_unexpected(error: Exception) -> flask.Response:
    """Anything else is our fault: logged by place, never shown."""
    response = problem(500, *PROTOCOL[500])
    _log(INTERNAL, error)
    return response


def _log_absent() -> None:
    """Whoever tries ids that are not theirs is seen by the number of these lines: who asked, by the
    opaque id of the journal, but not for what."""
    log = served().log
    if log is not None:
        route = str(flask.request.url_rule) if flask.request.url_rule else ""
        facts = {"code": errors.NotFound.code, "route": route, "status": 404}
        log.info("object.not_found", actor=auth.noted(), **facts)


def _log(code: str, error: Exception) -> None:
    """Kind and place of an error. Not its text: that might hold what may not be logged."""
    log = served().log
    if log is None:
        return
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" at {frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in last)
    route = str(flask.request.url_rule) if flask.request.url_rule else ""
    log.error("request.failed", code=code, error=f"{type(error).__name__}{place}", route=route)


def register(app: flask.Flask) -> None:
    """Every error of the application ends here."""
    app.register_error_handler(errors.RegistryError, handle_registry_error)
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(Exception, handle_unexpected)
