"""Faults 26, 27 and 37: a clock that falls back, one that leaps ahead and returns, leap seconds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import tzdata

from registry.domain.actor import Role
from registry.domain.errors import Unavailable
from registry.domain.validity import ZONE_DATA, day_of, noon_of
from registry.plugin_manager import load_plugins
from registry.services import custody
from registry.services.sweep import sweep
from registry.settings import BUNDLED
from registry.store import journal, store
from registry.store.types import from_iso, iso
from tests.filled import Clock, Filled, opened
from tests.numbers import uscc
from tests.sweeping import exits_of, journalled
from tests.world import World

YEAR, MICROSECOND = timedelta(days=365), timedelta(microseconds=1)
ROOT = Path(__file__).parents[2]
SHANGHAI, ELSEWHERE = Path("Asia/Shanghai"), Path("Etc/GMT+5")
STORED_DAYS = (
    "SELECT id, valid_from, valid_to FROM listings ORDER BY 1, 2, 3",
    "SELECT target_id, kind, on_day FROM announcements ORDER BY 1, 2, 3",
    "SELECT target_id, kind, due_on, state FROM deadlines ORDER BY 1, 2, 3",
)
IN_A_FRESH_PROCESS = """
import sys
from tests.faults.test_clock import days_around_an_end
print(days_around_an_end(*sys.argv[1:]))
"""


def token(world: World) -> str:
    return world.token("TAX", f"Somebody {world.clock()}", Role.AUDITOR)


def instants(world: World) -> list[str]:
    with world.registry.store.reading() as reading:
        return [iso(row.at) for row in journal.rows_after(reading, 0, 10_000)]


# --- 26: back -------------------------------------------------------------------------------------


@pytest.mark.proves("F26")
@pytest.mark.parametrize("seconds", [1, 60, 299])
def test_a_clock_a_little_behind_is_held_at_the_last_entry(world: World, seconds: int) -> None:
    world.enterprise(uscc(1))
    head = world.registry.store.head()
    world.clock.advance(seconds=-seconds)
    answer = world.ask(uscc(1))
    assert answer["outcome"] == "clear"
    assert answer["known_at"] == answer["as_of"] == iso(head.at)
    token(world)
    token(world)
    assert world.registry.store.head().at > head.at
    assert instants(world) == sorted(instants(world))


@pytest.mark.proves("F26")
@pytest.mark.parametrize("back", [timedelta(seconds=301), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_far_behind_changes_nothing_and_answers_undetermined(
    world: World, back: timedelta
) -> None:
    world.enterprise(uscc(1))
    head = world.registry.store.head()
    world.clock.instant -= back
    answer = world.ask(uscc(1))
    assert answer["outcome"] == "undetermined"
    assert [one["what"] for one in answer["incomplete"]] == ["clock"]
    with pytest.raises(Unavailable, match="until the clock is right"):
        token(world)
    assert world.registry.store.head() == head
    world.clock.instant += back
    assert world.ask(uscc(1))["outcome"] == "clear"
    token(world)


@pytest.mark.control("F26")
def test_without_the_allowance_the_same_clock_writes_into_the_past(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.Store, "_legal_now", lambda self, connection, head: self.now())
    world.clock.advance(hours=-1)
    token(world)
    assert instants(world) != sorted(instants(world))


def test_a_quiet_registry_whose_clock_is_then_set_back_is_not_taken_for_a_return(
    world: World,
) -> None:
    """A gap of forty days is noted as a step; it is no licence to go back a year later."""
    world.clock.advance(days=40)
    token(world)
    for _ in range(12):
        world.clock.advance(days=20)
        token(world)
    world.clock.advance(days=-100)
    with pytest.raises(Unavailable):
        token(world)


# --- 27: ahead, and right again -------------------------------------------------------------------


@pytest.mark.proves("F27")
def test_a_leap_of_the_clock_is_journalled_and_nothing_expires_for_good(world: World) -> None:
    firm = world.enterprise(uscc(1))
    listing = world.listed(firm)
    right = world.clock()
    before = world.ask(uscc(1))
    world.clock.instant = right + 4 * YEAR
    assert world.ask(uscc(1))["outcome"] != "restricted"
    sweep(world.registry.store)
    assert journalled(world, "clock.stepped") == 1
    assert (listing.id, listing.valid_to) in exits_of(world)

    world.clock.instant = right + timedelta(minutes=5)
    after = world.ask(uscc(1))
    assert after["outcome"] == before["outcome"] == "restricted"
    assert after["incomplete"] == []
    token(world)  # and changes go on
    assert journalled(world, "clock.returned") == 1
    assert custody.verify(world.registry.store).problem is None


@pytest.mark.proves("F27")
def test_what_was_recorded_during_the_leap_can_be_listed(world: World) -> None:
    world.listed(world.enterprise(uscc(1)))
    right = world.clock()
    world.clock.instant = right + 4 * YEAR
    sweep(world.registry.store)
    world.clock.instant = right + timedelta(minutes=5)
    token(world)
    with world.registry.store.reading() as reading:
        rows = journal.rows_after(reading, 0, 10_000)
        facts = {row.kind: (row.seq, journal.facts_of(reading, row)) for row in rows}
    stepped, _ = facts["clock.stepped"]
    returned, said = facts["clock.returned"]
    during = [row.kind for row in rows if stepped < row.seq <= said["last"]]
    assert "listing.exited" in during
    assert from_iso(said["from"]) - right == 4 * YEAR
    assert said["last"] < returned


@pytest.mark.proves("I25")
@pytest.mark.proves("F27")
def test_the_exit_that_the_leap_announced_is_not_announced_again(world: World) -> None:
    listing = world.listed(world.enterprise(uscc(1)))
    right = world.clock()
    world.clock.instant = right + 4 * YEAR
    sweep(world.registry.store)
    world.clock.instant = right + timedelta(minutes=5)
    token(world)
    world.clock.instant = right + 5 * YEAR
    sweep(world.registry.store)
    assert exits_of(world).count((listing.id, listing.valid_to)) == 1
    assert custody.verify(world.registry.store).problem is None


def test_after_its_return_the_clock_may_not_fall_back_again(world: World) -> None:
    right = world.clock()
    world.clock.instant = right + YEAR
    token(world)
    world.clock.instant = right + timedelta(days=1)
    token(world)
    world.clock.instant = right + timedelta(hours=1)
    with pytest.raises(Unavailable):
        token(world)


def test_a_clock_never_returns_to_before_the_leap(world: World) -> None:
    right = world.clock()
    world.clock.instant = right + YEAR
    token(world)
    world.clock.instant = right - timedelta(days=1)
    with pytest.raises(Unavailable):
        token(world)


# --- 37: leap seconds and zone data ---------------------------------------------------------------


@pytest.mark.proves("F37")
def test_a_leap_second_is_no_instant_and_moves_no_day() -> None:
    with pytest.raises(ValueError, match="second"):
        from_iso("2016-12-31T23:59:60.000000Z")
    before, after = from_iso("2016-12-31T23:59:59.999999Z"), from_iso("2017-01-01T00:00:00.000000Z")
    assert day_of(before) == day_of(after)


@pytest.mark.proves("F37")
def test_a_legal_date_is_kept_as_a_date(filled: Filled) -> None:
    columns = [("listings", "valid_from"), ("listings", "valid_to"), ("deadlines", "due_on")]
    for table, column in columns:
        kept = [str(value) for (value,) in filled.rows(f"SELECT {column} FROM {table}")]
        assert kept == [date.fromisoformat(value).isoformat() for value in kept] != []


def days_around_an_end(folder: str, tokens: str) -> str:
    """What a process makes of a registry whose first listing ends: the sweep at midnight in
    Shanghai, answers around it, and the days that are then stored, as JSON. The midnight is written
    in UTC: no zone data are asked for it."""
    clock = Clock()
    application = opened(Path(folder), clock, load_plugins(BUNDLED))
    here = Filled(Path(folder), application, clock, json.loads(tokens), ())
    ((found,),) = here.rows("SELECT valid_to FROM listings ORDER BY id LIMIT 1")
    last = date.fromisoformat(str(found)) - timedelta(days=1)
    clock.instant = midnight = datetime.combine(last, time(16), UTC)
    swept = sweep(application.store)
    clock.advance(days=2)
    asked = (noon_of(last), noon_of(last + timedelta(days=1)), midnight - MICROSECOND, midnight)
    answers = [here.world.ask(uscc(1), as_of=instant) for instant in asked]
    said = {
        "release": answers[0]["rulebook"]["tzdata"],
        "swept": swept.expired,
        "answers": [[one["outcome"], one["sanctions"]] for one in answers],
        "stored": [here.rows(statement) for statement in STORED_DAYS],
    }
    application.close()
    return json.dumps(said)


def altered_zone_data(folder: Path, altered: Callable[[Path], bool]) -> Path:
    """A copy of the zone data, as another release, in which some zones stand five hours behind."""
    package = folder / "tzdata"
    shutil.copytree(Path(tzdata.__file__).parent, package)
    text = (package / "__init__.py").read_text(encoding="utf-8")
    (package / "__init__.py").write_text(text.replace(ZONE_DATA, "altered"), encoding="utf-8")
    other = (package / "zoneinfo" / ELSEWHERE).read_bytes()
    for file in (package / "zoneinfo").rglob("*"):
        zone = file.relative_to(package / "zoneinfo")
        if file.is_file() and file.read_bytes().startswith(b"TZif") and altered(zone):
            file.write_bytes(other)
    return folder


def with_zone_data(filled: Filled, copy: Path, **environment: str) -> dict[str, Any]:
    """What a fresh process makes of a copy of the registry: zone data are read once, at import."""
    made = filled.copy(copy)
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FRESH_PROCESS, str(made.folder), json.dumps(made.tokens)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.proves("F37")
def test_days_depend_on_no_zone_data_but_those_of_the_legal_zone(
    filled: Filled, tmp_path: Path
) -> None:
    plain = with_zone_data(filled, tmp_path / "plain")
    data = altered_zone_data(tmp_path / "data", lambda zone: zone != SHANGHAI)
    other = with_zone_data(
        filled, tmp_path / "other", PYTHONPATH=str(data), PYTHONTZPATH="", TZ="America/New_York"
    )

    assert (plain.pop("release"), other.pop("release")) == (ZONE_DATA, "altered")
    assert other == plain
    outcomes = [outcome for outcome, _ in plain["answers"]]
    assert outcomes[:2] == outcomes[2:]
    assert outcomes[0] == "restricted" != outcomes[1]
    assert plain["swept"]


@pytest.mark.control("F37")
def test_another_offset_of_the_legal_zone_would_be_seen(filled: Filled, tmp_path: Path) -> None:
    """The negative control of the one above. A date is the same date in any zone; an instant is
    not, nor is the day on which the sweep is due."""
    plain = with_zone_data(filled, tmp_path / "plain")
    data = altered_zone_data(tmp_path / "data", lambda zone: zone == SHANGHAI)
    other = with_zone_data(filled, tmp_path / "other", PYTHONPATH=str(data))

    assert other["release"] == "altered"
    assert other["answers"][:2] == plain["answers"][:2]
    assert other["answers"][3] != plain["answers"][3]
    assert other["swept"] < plain["swept"]
    assert other["stored"] != plain["stored"]
