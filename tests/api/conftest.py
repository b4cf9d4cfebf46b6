"""What the tests of the HTTP door share.

`http` speaks to a fresh world as a person of it, on both databases. `still` is the same on one
SQLite file for a whole module, for tests that change nothing that others look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.app import Application
from registry.plugin_manager import Plugins
from registry.settings import Settings
from tests.conftest import MovableClock, client_of
from tests.world import World

BASE = "/api/v1"


@dataclass
class Http:
    """Requests as a person of the world; `who` None sends no token."""

    world: World
    client: FlaskClient

    def get(self, path: str, who: str | None = None, **options: Any) -> TestResponse:
        return self.send("GET", path, who, **options)

    def post(self, path: str, who: str | None, json: Any = None, **options: Any) -> TestResponse:
        if json is not None:
            options["json"] = json
        return self.send("POST", path, who, **options)

    def send(self, method: str, path: str, who: str | None = None, **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers.update(self.world.headers(who))
        return self.client.open(BASE + path, method=method, headers=headers, **options)

    def check(self, value: str, matter: str = "procurement.bid", **more: Any) -> TestResponse:
        return self.post("/checks", more.pop("who", "agency"), a_check(value, matter, **more))

    def items(self, path: str, who: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            asked = {**query, **({"cursor": cursor} if cursor else {})}
            response = self.get(path, who, query_string=asked)
            assert response.status_code == 200, response.text
            found.extend(response.json["items"])
            cursor = response.json["next"]
            if cursor is None:
                return found


def a_check(value: str, matter: str = "procurement.bid", **more: Any) -> dict[str, Any]:
    """The body of a check by unified code."""
    scheme = more.pop("scheme", "uscc")
    return {
        "subject": {"identifier": {"scheme": scheme, "value": value}},
        "matter": matter,
        "purpose": "procurement_and_funding",
        "case_no": "CASE-1",
        **more,
    }


@pytest.fixture
def http(world: World, client: FlaskClient) -> Http:
    return Http(world, client)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, bundled: Plugins) -> Iterator[Http]:
    folder = tmp_path_factory.mktemp("still")
    settings = Settings(
        database_url=f"sqlite:///{folder}/registry.db", key_file=str(folder / "registry.key")
    )
    clock = MovableClock()
    application = Application(settings, clock)
    application.__dict__["plugins"] = bundled
    application.migrate()
    yield Http(World(application, clock), client_of(application))
    application.close()
