"""Every request is counted and timed by its route: never its body, query or path values."""

from __future__ import annotations

import flask

from registry import clock
from registry.api.served import served

UNROUTED = "unrouted"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


def watch(app: flask.Flask) -> None:
    """Count the requests of an application that was given metrics."""
    metrics = app.extensions["registry"].metrics
    if metrics is None:
        return

    @app.before_request
    def begin() -> None:
        flask.g.began = clock.ticks()

    @app.after_request
    def end(response: flask.Response) -> flask.Response:
        request = flask.request
        route = request.url_rule.rule if request.url_rule is not None else UNROUTED
        seconds = clock.ticks() - flask.g.get("began", clock.ticks())
        method = request.method if request.method in METHODS else "OTHER"
        found = served()
        found.metrics.requests.labels(method, route, str(response.status_code)).inc()
        found.metrics.seconds.labels(route).observe(seconds)
        return response
