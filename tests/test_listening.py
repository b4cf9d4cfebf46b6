"""One address has one server, and a SQLite database too."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.cli import main
from registry.domain.errors import NotReady
from registry.listening import require_free, serving_alone
from tests.faults.test_processes import environment, served

__all__ = ["environment"]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens who would share it, as the server does."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_an_address_that_somebody_listens_on_is_refused_though_it_could_be_shared(taken: int):
    with pytest.raises(NotReady) as refused:
        require_free("127.0.0.1", taken, patience=0)

    assert refused.value.message == (
        f"127.0.0.1:{taken} is in use: stop what listens there, or choose another --port."
    )


def test_a_port_that_was_left_a_moment_ago_is_free(taken: int):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()

    require_free("127.0.0.1", port)


def test_who_is_about_to_go_is_waited_for(tmp_path: Path):
    listener = socket.create_server(("127.0.0.1", 0))
    port, path = listener.getsockname()[1], tmp_path / "registry.db"
    before = serving_alone(path)
    before.__enter__()

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(require_free, "127.0.0.1", port), pool.submit(_served_alone, path)]
        assert [one.done() for one in waiting] == [False, False]
        listener.close()
        before.__exit__(None, None, None)
        assert [one.result(30) for one in waiting] == [None, None]


def _served_alone(path: Path) -> None:
    with serving_alone(path, patience=30):
        pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_refused_in_words(host: str):
    with pytest.raises(NotReady, match="Nothing can listen on"):
        require_free(host, 8080)


def test_a_database_is_held_until_the_block_ends(tmp_path: Path):
    path = tmp_path / "registry.db"
    with serving_alone(path), pytest.raises(NotReady, match="Another server serves"):
        serving_alone(path, patience=0).__enter__()

    with serving_alone(path):
        assert (tmp_path / "registry.db-server").stat().st_mode & 0o777 == 0o600


def test_serve_says_in_one_line_that_the_address_is_in_use(
    environment: dict[str, str], taken: int
) -> None:
    said = CliRunner(env=environment).invoke(main, ["serve", "--port", str(taken)])

    assert said.exit_code == 1
    assert said.output.splitlines() == [
        f"Error: 127.0.0.1:{taken} is in use: stop what listens there, or choose another --port."
    ]


def test_a_second_server_on_the_same_file_is_refused(environment: dict[str, str]) -> None:
    path = Path(environment["REGISTRY_DATABASE_URL"].removeprefix("sqlite:///"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        other = str(probe.getsockname()[1])

    with served(environment) as server:
        second = CliRunner(env=environment).invoke(main, ["serve", "--port", other])
        assert second.exit_code == 1
        assert second.output.splitlines() == [
            f"Error: Another server serves {path}: on SQLite one process does. Stop it first."
        ]
        assert server.ready()


def test_serve_names_a_sector_that_was_switched_off(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the name of the module in its package is that of the command
    monkeypatch.setattr(sys.modules["registry.cli.serve"], "_serve", lambda *_: None)
    fewer = {**environment, "REGISTRY_PLUGINS": "token_auth,china,intake,tax"}

    first = CliRunner(env=fewer).invoke(main, ["serve", "--port", "18780"])
    again = CliRunner(env=fewer).invoke(main, ["serve", "--port", "18780"])

    assert "sector general is no longer enabled" in first.output
    assert "no longer enabled" not in again.output
