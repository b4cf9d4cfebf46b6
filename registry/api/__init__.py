"""The HTTP door: JSON under /api/v1, described by the OpenAPI document made of the same code. No
rules here: a view reads what was sent, calls one use case, and shapes what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import flask
from flask_smorest import Api
from werkzeug.routing import BaseConverter, UnicodeConverter

import registry
from registry.api import (
    agencies,
    announcements,
    archives,
    behind,
    checks,
    deadlines,
    deliveries,
    determinations,
    editions,
    errors,
    health,
    impact,
    journal,
    listings,
    pages,
    ratings,
    records,
    requests,
    rules,
    subjects,
)
from registry.api.documentation import BEARER, PROBLEMS, component, problem_response
from registry.api.fields import OPENAPI_TYPES
from registry.api.schemas.problems import ProblemOut
from registry.api.served import EXTENSION, Served
from registry.domain.page import Page
from registry.services.registry import Registry

PREFIX = "/api/v1"
WORDS = (
    subjects,
    archives,
    deliveries,
    records,
    determinations,
    listings,
    checks,
    editions,
    ratings,
    rules,
    impact,
    announcements,
    deadlines,
    journal,
    agencies,
    health,
)
ABOUT = (
    "What applies to this subject, for this matter, today, and by which article. Money is decimal "
    "strings in yuan; dates are YYYY-MM-DD; instants are RFC 3339 with a zone; unknown fields are "
    "refused; identity numbers travel in bodies, never in addresses."
)


class SubjectPath(BaseConverter):
    """The id in /subjects/{id}; /subjects/lookup is an address of its own."""

    regex = "(?!lookup$)[^/]+"
    part_isolating = True


class RegistryApi(Api):  # type: ignore[misc]
    """flask-smorest with our own errors: one body, Allow kept on 405, no page header."""

    ERROR_SCHEMA = ProblemOut
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        errors.register(self._app)

    def _register_responses(self) -> None:
        """Every error response is described by `_describe`."""

    def _register_etag_headers(self) -> None:
        """None are sent."""

    def _register_pagination_header(self) -> None:
        """Paging is in the body."""


def create_api(
    app: flask.Flask,
    served_registry: Registry,
    *,
    readiness: Callable[[], Mapping[str, str]],
    body_limit: int = 1_048_576,
    metrics: Any = None,
    metrics_from: frozenset[str] = frozenset(),
    log: Any = None,
    plugin_pages: Mapping[tuple[str, str], Page] | None = None,
) -> RegistryApi:
    """Put the registry behind a Flask application. `readiness` gives what is missing, by part."""
    _configure(app, body_limit)
    app.extensions[EXTENSION] = Served(
        served_registry,
        readiness,
        body_limit,
        metrics,
        metrics_from,
        log,
        pages.PluginPages(plugin_pages or {}),
    )
    api = RegistryApi(app)
    _describe(api)
    for word in WORDS:
        api.register_blueprint(word.blueprint)
    app.register_blueprint(pages.blueprint)
    requests.watch(app)
    app.before_request(behind.raise_failure)
    return api


def _configure(app: flask.Flask, body_limit: int) -> None:
    app.config.update(
        MAX_CONTENT_LENGTH=body_limit,
        API_TITLE="Sanction registry",
        API_VERSION=registry.__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"info": {"description": ABOUT}, "servers": [{"url": "/"}]},
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.converters["subject"] = SubjectPath


def _describe(api: RegistryApi) -> None:
    for field, openapi in OPENAPI_TYPES.items():
        api.register_field(field, *openapi)
    for converter in (UnicodeConverter, SubjectPath):
        api.register_converter(converter, _path_parameter)
    components = api.spec.components
    components.security_scheme(BEARER, {"type": "http", "scheme": "bearer"})
    for status in PROBLEMS:
        components.response(component(status), problem_response(status, ProblemOut))


def _path_parameter(_: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1}
