"""A year's notice imported: whole or not at all, in force at once, kept when plugins change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.app import Application
from registry.cli import main
from registry.domain.errors import InvalidInput, NotReady
from registry.domain.workdays import Calendar, CalendarYear
from registry.services import custody
from registry.services.imports.calendar import CalendarOptions
from registry.store import deadlines, journal
from registry.store import determinations as cases
from tests.importing import Imported, csv, imported
from tests.world import World

# A made-up number: whatever stands in the brackets, it has the form of one.
NOTICE = "国务院办公厅关于2027年部分节假日安排的通知 国办发明电〔2026〕9号"
NAMED = CalendarOptions(NOTICE, "https://www.gov.cn/2027")
DAYS = (
    "2027-01-01,holiday",
    "2027-03-03,holiday",
    "2027-03-06,workday",
    "2027-10-01,holiday",
)


def taken(world: World, *rows: str, year: CalendarOptions = NAMED) -> Imported:
    return imported(world, csv("date,kind", *rows), "calendar", agency=None, year=year)


def year_of(application: Application, number: int = 2027) -> CalendarYear | None:
    with application.registry.view() as view:
        return view.rulebook.calendars["cn"].years.get(number)


def said(world: World, kind: str) -> list[dict[str, object]]:
    with world.registry.store.reading() as reading:
        return journal.facts_of_kind(reading, kind)


def giving(
    application: Application, monkeypatch: pytest.MonkeyPatch, *years: CalendarYear
) -> Application:
    """Another process, whose plugin gives these years as well: a later release of it."""
    again = Application(application.settings, application.clock)
    (known,) = again.plugins.calendars()
    more = Calendar("cn", {**known.years, **{one.year: one for one in years}})
    monkeypatch.setattr(again.plugins, "calendars", lambda: (more,))
    monkeypatch.setattr(again.plugins, "fingerprint", lambda: f"with {len(years)} more")
    return again


def a_year(*off: date, on: tuple[date, ...] = ()) -> CalendarYear:
    return CalendarYear(2027, frozenset(off), frozenset(on), "2027", "https://www.gov.cn/2027")


def test_a_year_is_in_force_at_once_and_its_notice_is_journalled(
    application: Application, world: World
):
    before = said(world, "rulebook.activated")
    found = taken(world, *DAYS)

    assert str(found.totals) == "taken 4, merged 0, refused 0"
    assert found.findings == ["calendar cn 2027: 3 days off, 1 worked, verified"]
    year = year_of(application)
    assert year is not None
    assert sorted(year.holidays) == [date(2027, 1, 1), date(2027, 3, 3), date(2027, 10, 1)]
    assert year.workdays == {date(2027, 3, 6)}
    assert (year.notice, year.source, year.status) == (NOTICE, NAMED.source, "verified")
    (entry,) = said(world, "calendar.imported")
    assert (entry["calendar"], entry["year"], entry["notice"]) == ("cn", 2027, NOTICE)
    after = said(world, "rulebook.activated")
    assert len(after) == len(before) + 1
    assert after[-1]["digest"] != before[-1]["digest"]
    assert after[-1]["plugins"] == before[-1]["plugins"]
    assert custody.verify(world.registry.store).problem is None


def test_provisional_periods_are_counted_again(world: World, clock):
    clock.instant = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, date(2027, 2, 20)))
    assert world.notice(case, date(2027, 3, 1)).defence.provisional

    taken(world, "2027-03-03,holiday")

    with world.registry.view() as view:
        defence = cases.get(view.reading, case.id).defence
        assert (defence.due_on, defence.provisional) == (date(2027, 3, 9), False)
        assert deadlines.provisional(view.reading) == []
    (recounted,) = said(world, "deadline.recounted")
    assert recounted["defence"] == "2027-03-09"


def test_the_same_file_again_changes_nothing(world: World):
    taken(world, *DAYS)
    before = world.registry.store.head().seq
    again = taken(world, *reversed(DAYS))

    assert str(again.totals) == "taken 0, merged 4, refused 0"
    assert again.findings[0].endswith("known already")
    assert world.registry.store.head().seq == before + 1  # the import itself, nothing else


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2027-10-02,holiday", "off anyway"),
        ("2027-10-08,workday", "worked anyway"),
        ("2027-02-30,holiday", "date: must be a date that exists"),
        (",holiday", "date: is required"),
        ("2027-10-08,", "kind: must be one of holiday, workday"),
        ("2027-10-08,off", "kind: must be one of holiday, workday"),
        ("2026-10-08,holiday", "date: lies in another year than most rows"),
        ("2027-10-01,holiday", "date: stands in the file twice"),
        ("=TODAY(),holiday", "holds a formula"),
    ],
)
def test_one_wrong_row_and_nothing_of_the_file_is_taken(
    application: Application, world: World, row: str, reason: str
):
    before = said(world, "rulebook.activated")
    found = taken(world, *DAYS, row)

    assert str(found.totals) == "taken 0, merged 0, refused 5"
    assert reason in found.refused[6]
    assert found.refused[2].startswith("a calendar is taken whole or not at all")
    assert year_of(application) is None
    assert said(world, "rulebook.activated") == before
    assert said(world, "calendar.imported") == []


@pytest.mark.parametrize(
    ("year", "field"),
    [
        (CalendarOptions("", "https://www.gov.cn"), "notice"),
        (CalendarOptions(NOTICE, "  "), "source"),
        (CalendarOptions(NOTICE, "https://www.gov.cn", "fr"), "calendar"),
    ],
)
def test_a_calendar_needs_its_notice_its_source_and_a_name_that_is_known(
    world: World, year: CalendarOptions, field: str
):
    with pytest.raises(InvalidInput) as caught:
        taken(world, *DAYS, year=year)

    assert list(caught.value.errors) == [field]


def test_a_file_with_another_column_or_more_days_than_a_year_is_refused(world: World):
    found = imported(
        world, csv("date,kind,note", "2027-10-01,holiday,x"), "calendar", agency=None, year=NAMED
    )
    assert "is no column of this import" in found.refused[2]
    with pytest.raises(InvalidInput) as caught:
        taken(world, *["2027-10-01,holiday"] * 367)
    assert caught.value.errors == {"file": ["a year has at most 366 days"]}


def test_a_notice_without_its_number_is_to_be_verified(application: Application, world: World):
    taken(world, *DAYS, year=replace(NAMED, notice="国务院办公厅关于2027年部分节假日安排的通知"))

    year = year_of(application)
    assert year is not None
    assert year.status == "to_verify"


def test_an_imported_year_survives_migrate_and_a_new_start(application: Application, world: World):
    taken(world, *DAYS)
    stored = year_of(application)

    again = Application(application.settings, application.clock)
    again.require_ready()
    assert again.migrate() == []
    assert year_of(again) == stored
    again.close()


def test_it_survives_a_release_of_the_plugin_that_says_nothing_of_the_year(
    application: Application, world: World, monkeypatch: pytest.MonkeyPatch
):
    taken(world, *DAYS)
    later = CalendarYear(2028, frozenset(), frozenset(), "2028", "https://www.gov.cn/2028")
    again = giving(application, monkeypatch, later)

    with pytest.raises(NotReady, match="cn differ"):
        again.require_ready()
    assert any("active" in line for line in again.migrate())
    again.require_ready()

    assert year_of(again) == year_of(application) is not None
    assert year_of(again, 2028) == later
    assert said(world, "calendar.superseded") == []
    again.close()


@pytest.mark.parametrize(
    ("off", "days"),
    [
        ((date(2027, 1, 1), date(2027, 10, 1)), ["2027-03-03", "2027-03-06"]),
        ((date(2027, 1, 1), date(2027, 3, 3), date(2027, 10, 1)), ["2027-03-06"]),
    ],
)
def test_the_plugins_own_later_year_takes_its_place_and_says_so(
    application: Application,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    off: tuple[date, ...],
    days: list[str],
):
    taken(world, *DAYS)
    again = giving(application, monkeypatch, a_year(*off))

    done = again.migrate()

    assert any("in place of the imported, other days: " + days[0] in line for line in done)
    assert year_of(again) == a_year(*off)
    (entry,) = said(world, "calendar.superseded")
    assert (entry["year"], entry["days"]) == (2027, days)
    assert again.migrate() == []
    again.close()


def test_the_plugins_own_later_year_of_the_same_days_takes_its_place_too(
    application: Application, world: World, monkeypatch: pytest.MonkeyPatch
):
    taken(world, *DAYS)
    off = (date(2027, 1, 1), date(2027, 3, 3), date(2027, 10, 1))
    again = giving(application, monkeypatch, a_year(*off, on=(date(2027, 3, 6),)))

    assert any(line.endswith("of the imported, the same days") for line in again.migrate())
    assert said(world, "calendar.superseded")[0]["days"] == []
    again.close()


def test_it_outlives_the_plugin_that_gave_the_other_years(
    application: Application, world: World, monkeypatch: pytest.MonkeyPatch
):
    taken(world, *DAYS)
    again = Application(application.settings, application.clock)
    monkeypatch.setattr(again.plugins, "calendars", tuple)
    monkeypatch.setattr(again.plugins, "fingerprint", lambda: "without calendars")

    again.require_ready()

    with again.registry.view() as view:
        assert set(view.rulebook.calendars["cn"].years) == {2027}
    application.migrate()  # the plugin is back, and says of the year what it said: nothing
    assert year_of(application) is not None
    assert year_of(application, 2026) is not None
    assert said(world, "calendar.superseded") == []
    again.close()


def test_an_amended_notice_is_imported_over_the_plugins_year_and_stays(
    application: Application, world: World
):
    given = year_of(application, 2026)
    assert given is not None
    amended = replace(NAMED, notice="国务院办公厅关于调整的通知 国办发明电〔2026〕1号")
    found = taken(world, "2026-01-01,holiday", "2026-01-05,holiday", year=amended)

    assert str(found.totals) == "taken 2, merged 0, refused 0"
    again = Application(application.settings, application.clock)
    again.require_ready()
    assert again.migrate() == []
    year = year_of(again, 2026)
    assert year is not None
    assert year.holidays == {date(2026, 1, 1), date(2026, 1, 5)} != given.holidays
    (entry,) = said(world, "calendar.imported")
    assert entry["replaced"] == given.notice
    again.close()


def test_the_days_before_are_still_those_of_the_rulebook_of_then(
    application: Application, world: World
):
    known = world.registry.store.head().seq
    taken(world, *DAYS)

    with application.store.reading() as reading:
        then = application.registry.contexts.as_known(reading.at(known))
        assert 2027 not in then.rulebook.calendars["cn"].years


def test_as_an_operator_types_it(application: Application, world: World, tmp_path: Path):
    file = tmp_path / "2027.jsonl"
    rows = [dict(zip(("date", "kind"), one.split(","), strict=True)) for one in DAYS]
    file.write_text("".join(json.dumps(one) + "\n" for one in rows))
    environment = {
        "REGISTRY_DATABASE_URL": application.settings.database_url,
        "REGISTRY_KEY_FILE": application.settings.key_file,
    }
    words = ["import", str(file), "--kind", "calendar", "--source", NAMED.source]

    without = CliRunner(env=environment).invoke(main, words)
    typed = CliRunner(env=environment).invoke(main, [*words, "--notice", NOTICE])

    assert (without.exit_code, typed.exit_code) == (1, 0)
    assert "notice: is required" in without.stderr
    assert typed.stdout.splitlines()[0] == "row 1: taken"
    assert typed.stdout.splitlines()[-2:] == [
        "calendar cn 2027: 3 days off, 1 worked, verified",
        "taken 4, merged 0, refused 0",
    ]
