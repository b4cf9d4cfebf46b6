"""registry.testing: what a team's own tests stand on. Each list kind is taken through its steps."""

import importlib
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from registry.app import Application
from registry.domain.errors import CriterionNotMet, InvalidInput
from registry.domain.listing import ListKind
from registry.plugin_manager import load_plugins
from registry.settings import Settings
from registry.testing import DEFAULT_PLUGINS, cases
from registry.testing.clock import START, MovableClock
from registry.testing.world import World

FINAL = {"decision_no": "T-1", "fine_amount": "50000", "final_on": "2026-01-20"}
MATTER = "procurement.bid"


@pytest.fixture
def package(energy: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The energy plugin, importable, with a criterion of each list kind."""
    folder = energy / "registry_sector_energy"
    rule = (folder / "criteria" / "serious_breach.yaml").read_text(encoding="utf-8")
    lists = (folder / "lists.yaml").read_text(encoding="utf-8")
    black = lists.partition("black:\n")[2]
    for kind in ("red", "watch"):
        lists += f"{kind}:\n{black}"
        own = rule.replace("list_kind: black", f"list_kind: {kind}")
        own = own.replace("energy.serious_breach", f"energy.{kind}")
        (folder / "criteria" / f"{kind}.yaml").write_text(own, encoding="utf-8")
    (folder / "lists.yaml").write_text(lists, encoding="utf-8")
    monkeypatch.syspath_prepend(str(energy))
    importlib.invalidate_caches()
    return folder.name


@pytest.fixture
def small_world(package: str, tmp_path: Path):
    """The world of a team: the energy sector and what every sector stands on."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/registry.db", key_file=str(tmp_path / "registry.key")
    )
    clock = MovableClock()
    application = Application(settings, clock)
    application.__dict__["plugins"] = load_plugins(DEFAULT_PLUGINS, [package])
    application.migrate()
    yield World(application, clock)
    application.close()


@pytest.mark.parametrize(
    ("criterion", "kind"),
    [("energy.serious_breach", ListKind.BLACK), ("energy.red", ListKind.RED),
     ("energy.watch", ListKind.WATCH)],
)  # fmt: skip
def test_a_case_of_each_list_is_carried_through(criterion, kind, small_world: World):
    listing = small_world.listed(criterion, small_world.enterprise(), FINAL, "2026-01-10")

    assert listing.list_kind is kind
    assert listing.valid_from == small_world.today
    assert small_world.clock() > START  # the periods that the law gives were waited for


def test_the_answer_is_that_of_an_agency(small_world: World):
    firm, other = small_world.enterprise(), small_world.enterprise()
    listing = small_world.listed("energy.serious_breach", firm, FINAL, date(2026, 1, 10))

    assert small_world.check(firm, MATTER)["outcome"] == "restricted"
    assert small_world.check(other, MATTER)["outcome"] == "clear"
    assert small_world.check(firm, MATTER, as_of=listing.valid_to)["outcome"] != "restricted"
    last = listing.valid_to - timedelta(days=1)
    assert small_world.check(firm, MATTER, as_of=last.isoformat())["outcome"] == "restricted"
    assert small_world.check(firm, "grant.fiscal")["purpose"] == "procurement_and_funding"


def test_a_record_that_does_not_meet_the_rule_says_why(small_world: World):
    with pytest.raises(CriterionNotMet) as caught:
        small_world.listed(
            "energy.serious_breach",
            small_world.enterprise(),
            {**FINAL, "fine_amount": "49999.99"},
            "2026-01-10",
        )

    assert "fine 49,999.99, must be at least 50,000: not met" in [
        reason.text for reason in caught.value.details["reasons"]
    ]


def test_a_criterion_that_is_not_there_is_said_so(small_world: World):
    with pytest.raises(InvalidInput):
        small_world.listed("energy.nothing", small_world.enterprise(), {}, "2026-01-10")


def test_the_worked_cases_are_given_one_by_one(package: str):
    found = cases(package)

    assert len(found) == 3
    assert all(one.passed for one in found)
    assert "One cent below" in str(found[0])


def test_a_project_that_uses_no_fixture_pays_nothing():
    script = (
        "import sys, registry.testing; "
        "print([n for n in ('flask', 'sqlalchemy', 'marshmallow') if n in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"
