"""A sector from outside the tree: made by the kit, built as a wheel, installed beside ours, enabled
and used through HTTP, disabled, removed, and back again (I24, fault 54). All is the real thing:
a fresh environment, the command line, a server."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from registry.testing.numbers import resident_id, uscc
from tests.packaging import build_wheel, clean_environment, fresh_environment, install, pip, run

pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.timeout(300)]

OURS = "token_auth,event_metrics,china,tax"
THEIRS = f"{OURS},energy"
LISTED, OTHER = uscc(71), uscc(72)
PEOPLE = {"provider": "Pan", "authority": "An", "reviewer": "Rui", "agency": "Bai"}


class Installation:
    """An environment, a database, and whoever works with it."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self.bin, self.folder, self.plugins = bin_folder, folder, THEIRS
        self.tokens: dict[str, str] = {}
        self.port = 0

    def settings(self) -> dict[str, str]:
        return {
            "REGISTRY_DATABASE_URL": f"sqlite:///{self.folder}/registry.db",
            "REGISTRY_KEY_FILE": str(self.folder / "registry.key"),
            "REGISTRY_PLUGINS": self.plugins,
        }

    def tried(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run(self.bin / "registry", *words, cwd=self.folder, settings=self.settings())

    def command(self, *words: str) -> str:
        done = self.tried(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[None]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        server = subprocess.Popen(
            [self.bin / "registry", "serve", "--port", str(self.port)],
            cwd=self.folder,
            env=clean_environment(**self.settings()),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            for _ in range(600):
                assert server.poll() is None, server.communicate()[1].decode()
                if self.is_ready():
                    break
                time.sleep(0.05)
            else:
                raise AssertionError("the server does not get ready")
            yield
        finally:
            server.terminate()
            server.communicate(timeout=30)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as got:
                return bool(got.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def ask(self, who: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.tokens[who]}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as got:
                return got.status, json.load(got)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def done(self, who: str, path: str, body: Any = None) -> dict[str, Any]:
        status, answer = self.ask(who, path, body)
        assert status in (200, 201), answer
        return answer

    def check(self, code: str, matter: str = "procurement.bid") -> dict[str, Any]:
        body = {
            "subject": {"identifier": {"scheme": "uscc", "value": code}},
            "matter": matter,
            "purpose": PURPOSES[matter],
            "case_no": "T-1",
        }
        return self.done("agency", "/checks", body)


PURPOSES = {"procurement.bid": "procurement_and_funding", "permit.construction": "licensing"}


@pytest.fixture(scope="module")
def theirs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Path]:
    """An installation of ours, and the wheel of the team's plugin."""
    home = tmp_path_factory.mktemp("third")
    bin_folder = fresh_environment(home / "environment", wheel)
    place = home / "work"
    place.mkdir()
    made = run(bin_folder / "registry", "plugin", "new", "energy", cwd=place)
    assert made.returncode == 0, made.stdout + made.stderr
    return Installation(bin_folder, place), build_wheel(place / "energy")


def begin(registry: Installation) -> None:
    """Agencies, tokens, rules accepted, measures published."""
    registry.command("migrate")
    registry.command("agency", "add", "ENERGY", "--name", "Energy Bureau")
    for role, actor in PEOPLE.items():
        words = ("--agency", "ENERGY", "--role", role, "--actor", actor)
        registry.tokens[role] = registry.command("token", "add", *words).strip()
    who = ("--agency", "ENERGY", "--actor", "Zhang")
    registry.command("rules", "accept", "energy.serious_breach", *who)
    for sector in ("energy", "tax"):
        registry.command("edition", "publish", sector, *who)


def enter(registry: Installation, code: str, number: int) -> str:
    person = {"scheme": "resident_id", "value": resident_id(number)}
    body = {
        "kind": "enterprise",
        "name": f"Firm {number}",
        "identifiers": [{"scheme": "uscc", "value": code}],
        "representative": {"name": "Head", "identifier": person},
    }
    return str(registry.done("provider", "/subjects", body)["id"])


def report(registry: Installation, subject: str) -> str:
    body = {
        "subject_id": subject,
        "kind": "energy.penalty_decision",
        "decided_on": "2022-03-01",
        "fields": {"decision_no": "T-1", "fine_amount": "50000", "final_on": "2022-04-01"},
    }
    return str(registry.done("provider", "/records", body)["id"])


def proposal(subject: str, record: str) -> dict[str, Any]:
    criterion = "energy.serious_breach"
    return {"criterion": criterion, "subject_id": subject, "record_ids": [record]}


def put_on_the_list(registry: Installation, subject: str, record: str) -> str:
    """Every step over HTTP; the notice was served long ago."""
    case = registry.done("authority", "/determinations", proposal(subject, record))["id"]
    registry.done("authority", f"/determinations/{case}/notice", {"served_on": "2022-05-01"})
    return str(registry.done("reviewer", f"/determinations/{case}/confirm", {})["listing_id"])


@pytest.mark.proves("I24", "F54")
def test_a_sector_of_strangers_comes_and_goes(theirs: tuple[Installation, Path]):
    registry, wheel = theirs
    install(registry.bin, wheel)
    assert "energy\tregistry-sector-energy 0.1\t" in registry.command("plugin", "list")
    assert "rules are sound" in registry.command("plugin", "check", "energy")
    begin(registry)

    with registry.serving():
        subject, other = enter(registry, LISTED, 71), enter(registry, OTHER, 72)
        record, second = report(registry, subject), report(registry, other)
        listing = put_on_the_list(registry, subject, record)
        before = registry.check(LISTED)
        shown = registry.done("authority", f"/listings/{listing}")
        assert before["outcome"] == "restricted"
        assert before["sanctions"]["mandatory"][0]["code"] == "p.energy_procurement_ban"
        assert registry.check(OTHER)["outcome"] == "clear"

    def explained_without_it() -> None:
        with registry.serving():
            assert registry.done("authority", f"/listings/{listing}") == shown
            again = registry.done("agency", f"/checks/{before['id']}/replay")
            assert again["same"] is True
            listed, unknown = registry.check(LISTED), registry.check(OTHER)
            assert listed["outcome"] == "restricted"  # listing and edition are in the store
            assert listed["sanctions"] == before["sanctions"]
            assert "energy" in json.dumps(listed["incomplete"])
            assert unknown["outcome"] == "undetermined"
            assert [one["sector"] for one in unknown["incomplete"]] == ["energy"]
            assert unknown["incomplete"][0]["reason"]
            assert registry.check(OTHER, "permit.construction")["outcome"] == "clear"
            status, refused = registry.ask("authority", "/determinations", proposal(other, second))
            assert (status, list(refused["errors"])) == (422, ["criterion"])

    registry.plugins = OURS
    explained_without_it()

    pip(registry.bin, "uninstall", "--yes", "registry-sector-energy")
    assert "energy\tOFF\t" in registry.command("plugin", "list")
    explained_without_it()

    registry.plugins = THEIRS
    refused = registry.tried("serve")
    assert refused.returncode == 1
    assert "Plugin energy: is enabled but not installed" in refused.stderr

    install(registry.bin, wheel)
    registry.command("migrate")
    with registry.serving():
        assert registry.check(LISTED)["incomplete"] == []
        assert registry.check(OTHER)["outcome"] == "clear"
        assert registry.done("agency", f"/checks/{before['id']}/replay")["same"] is True
        assert put_on_the_list(registry, other, second)
    assert registry.tried("verify").returncode == 0
