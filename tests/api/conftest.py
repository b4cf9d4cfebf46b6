"""What the tests of the HTTP door share.

`http` speaks to a fresh world as a person of it, on both databases. `still` is the same, one for a
whole module and each database, for tests that change nothing that others look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.app import Application
from registry.plugin_manager import Plugins
from registry.settings import Settings
from registry.store import vault
from tests.conftest import MovableClock, client_of
from tests.postgresql import Cluster
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
def still(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    bundled: Plugins,
    still_kind: str,
) -> Iterator[Http]:
    folder = tmp_path_factory.mktemp("still")
    key_file, clock = folder / "registry.key", MovableClock()
    with ExitStack() as later:
        url = f"sqlite:///{folder}/registry.db"
        if still_kind == "postgresql":
            server: Cluster = request.getfixturevalue("cluster")
            name = server.new_database()
            later.callback(server.drop, name)
            url = server.url(name)
            vault.write_new(key_file)
        application = Application(Settings(database_url=url, key_file=str(key_file)), clock)
        later.callback(application.close)
        application.__dict__["plugins"] = bundled
        application.migrate()
        yield Http(World(application, clock), client_of(application))
