"""Health, readiness and metrics, outside /api/v1."""

from __future__ import annotations

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


def _open(**responses: Any) -> Any:
    described = {code.lstrip("_"): shown for code, shown in responses.items()}
    return blueprint.doc(security=[], responses=described)


def _json(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}


@blueprint.route("/healthz")
@_open(_200=_json("It is.", HealthOut))
def healthz() -> flask.Response:
    """Whether the process is alive."""
    return answer(200, {"status": "ok"})


@blueprint.route("/readyz")
@_open(_200=_json("Ready.", ReadinessOut), _503=_json("Not ready.", ReadinessOut))
def readyz() -> flask.Response:
    """Whether everything needed to answer is there; names what is missing."""
    missing = dict(served().readiness())
    if missing:
        return answer(503, {"status": "not ready", "missing": missing})
    return answer(200, {"status": "ready", "missing": {}})


@blueprint.route("/metrics")
@_open(
    _200={"description": "Prometheus text.", "content": {"text/plain": {}}},
    _404=component("404"),
)
def metrics() -> flask.Response:
    """Counters and times, for the addresses that may read them; absent for others."""
    if flask.request.remote_addr not in served().metrics_from:
        raise NotFound("page")
    return flask.Response(served().metrics.text(), content_type=METRICS_TYPE)
