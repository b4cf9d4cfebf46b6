"""Schemathesis reads the OpenAPI document and tries the whole door, in process.

A token that holds every role goes with the requests, so that they get past the guard. It looks for
server errors, for answers, headers and content types that the document does not know, for accepted
nonsense, for addresses that answer without the token they ask for, and for a missing Allow.
Whether a made-up but well-formed number, matter or id is accepted no schema can say: only
`positive_data_acceptance` is left out.
"""

from __future__ import annotations

from typing import Any

import flask
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from registry.api import create_api
from registry.domain.actor import Role
from tests.api.conftest import Http
from tests.world import TAX

EXAMPLES = 20


@pytest.fixture(scope="module")
def headers(still: Http) -> dict[str, str]:
    """The token of somebody who may do everything."""
    roles = [role for role in Role if role is not Role.SUBJECT]
    return {"Authorization": f"Bearer {still.world.token(TAX, 'Everybody', *roles)}"}


class Door:
    """A WSGI application that the document is read from at collection, when there is no registry
    behind it yet, and that the requests go to once there is one."""

    def __init__(self) -> None:
        self.application = flask.Flask("registry", static_folder=None)
        create_api(self.application, None, readiness=dict)  # type: ignore[arg-type]

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.application(environ, start_response)


door = Door()
document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", door)


@document.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_door_keeps_what_its_document_promises(case: Any, still: Http, headers: dict[str, str]):
    door.application = still.client.application
    left_out = [CHECKS.get_one("positive_data_acceptance")]
    case.call_and_validate(headers=headers, excluded_checks=left_out)
