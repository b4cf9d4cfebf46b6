"""Health, readiness and metrics."""

from __future__ import annotations

import flask
import pytest

from registry.api import create_api
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.numbers import uscc


def test_a_ready_registry_says_so_to_everybody(still: Http):
    assert still.client.get("/healthz").json == {"status": "ok"}
    ready = still.client.get("/readyz")
    assert (ready.status_code, ready.json) == (200, {"status": "ready", "missing": {}})


def test_readiness_names_what_is_missing():
    app = flask.Flask("registry", static_folder=None)
    missing = {"store": "the database cannot be used"}
    create_api(app, None, readiness=lambda: missing)  # type: ignore[arg-type]
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "missing": missing}
    assert app.test_client().get("/healthz").status_code == 200


def test_metrics_are_for_the_addresses_that_may_read_them(still: Http):
    local = still.client.get("/metrics")
    remote = still.client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"})

    assert local.status_code == 200
    assert_problem(remote, 404, "not-found")


def test_requests_are_counted_by_route_never_by_what_they_name(still: Http):
    still.get(f"/subjects/{'a' * 32}", "agency")
    still.client.get(f"/nowhere/{uscc(5)}")
    still.client.open("/healthz", method="STRANGE")
    text = still.client.get("/metrics").text

    assert 'route="/api/v1/subjects/<subject:id>",status="404"' in text
    assert 'method="OTHER"' in text
    assert "a" * 32 not in text
    assert uscc(5) not in text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/v1/sectors"])
def test_head_answers_as_get_does(still: Http, path: str):
    answer = still.client.head(path)

    assert (answer.status_code, answer.data) == (200, b"")
