"""Health, readiness and metrics, outside /api/v1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask_smorest import Blueprint

from registry.api.body import JSON
from registry.api.documentation import component
from registry.api.reads import answer
from registry.api.schemas.health import HealthOut, ReadinessOut
from registry.api.served import served
from registry.domain.errors import NotFound

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
blueprint = Blueprint("health", __name__)


def _json(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}


def healthz() -> flask.Response:
    """Whether the process is alive."""
    return answer(200, {"status": "ok"})


def readyz() -> flask.Response:
    """Whether everything needed to answer is there; names what is missing."""
    missing = dict(served().readiness())
    if missing:
        return answer(503, {"status": "not ready", "missing": missing})
    return answer(200, {"status": "ready", "missing": {}})


def metrics() -> flask.Response:
    """Counters and times, for the addresses that may read them; absent for others."""
    if flask.request.remote_addr not in served().metrics_from:
        raise NotFound("page")
    return flask.Response(served().metrics.text(), content_type=METRICS_TYPE)


PAGES: dict[Callable[[], flask.Response], dict[str, Any]] = {
    healthz: {"200": _json("It is.", HealthOut)},
    readyz: {"200": _json("Ready.", ReadinessOut), "503": _json("Not ready.", ReadinessOut)},
    metrics: {
        "200": {"description": "Prometheus text.", "content": {"text/plain": {}}},
        "404": component("404"),
    },
}
for page, responses in PAGES.items():
    name = page.__name__
    described = blueprint.doc(security=[], responses=responses)(page)
    blueprint.add_url_rule(f"/{name}", name, described)
