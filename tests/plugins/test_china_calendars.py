"""The calendar files, day by day, against two libraries made independently of each other."""

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from plugins.china import registry_calendars
from plugins.china.calendars import load_calendar

FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
# The notice for 2006 (国办发明电〔2005〕35号, no. 1) says that this Saturday is worked.
NEW_YEARS_EVE_2005 = date(2005, 12, 31)


def test_every_day_equals_chinesecalendar_but_31_december_2005() -> None:
    calendar = load_calendar()
    different = [
        day for day in EVERY_DAY if calendar.is_working_day(day) != chinese_calendar.is_workday(day)
    ]
    assert different == [NEW_YEARS_EVE_2005]
    assert calendar.is_working_day(NEW_YEARS_EVE_2005)


def test_every_day_equals_holidays() -> None:
    calendar = load_calendar()
    others = holidays.country_holidays("CN", years=range(2004, 2027))
    assert [d for d in EVERY_DAY if calendar.is_working_day(d) != others.is_working_day(d)] == []


def test_2004_to_2026_are_covered_and_no_other_year() -> None:
    assert sorted(load_calendar().years) == list(range(2004, 2027))


def test_a_period_that_reaches_2027_is_provisional() -> None:
    due = load_calendar().after_working_days(date(2026, 12, 31), 1)
    assert due.provisional
    assert due.earliest_on == date(2027, 1, 16)


def test_2026_has_248_working_days() -> None:
    assert load_calendar().working_days_between(date(2026, 1, 1), date(2027, 1, 1)) == 248


def test_the_national_day_of_2026_and_its_make_up_saturday_are_counted_as_the_notice_says() -> None:
    due = load_calendar().after_working_days(date(2026, 9, 30), 3)
    assert due.due_on == date(2026, 10, 10)
    assert due.due_on.strftime("%A") == "Saturday"


def test_a_notice_moves_days_at_the_end_of_the_year_before() -> None:
    calendar = load_calendar()
    assert calendar.is_working_day(date(2018, 12, 29))
    assert not calendar.is_working_day(date(2018, 12, 31))
    assert "2019年" in calendar.years[2018].notice


def test_every_year_names_its_notice_and_source_and_a_number_unless_it_says_to_verify() -> None:
    for year, content in load_calendar().years.items():
        assert f"{year}年" in content.notice
        assert content.source.startswith("https://")
        own_notice = content.notice.split(";")[0]
        assert ("国办发明电〔" in own_notice) is (content.status == "verified"), year


def test_the_hook_gives_the_one_calendar() -> None:
    assert [calendar.code for calendar in registry_calendars()] == ["cn"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"comment": "x"}, "missing or unknown: comment"),
        ({"year": 2099}, "named after its `year`"),
        ({"status": "sure"}, "to_verify, verified"),
        ({"holidays": ["2024-05-01"]}, "`holidays` is a list of dates"),
        ({"workdays": None}, "`workdays` is a list of dates"),
        ({"holidays": [date(2024, 5, 1), date(2024, 5, 1)]}, "names a day twice"),
    ],
)
def test_a_broken_calendar_file_is_refused_by_name(
    change: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content: dict[str, object] = {
        "year": 2024,
        "notice": "a notice",
        "source": "a source",
        "status": "verified",
        "holidays": [],
        "workdays": [],
    }

    def read_yaml(package: str, relative_path: str) -> dict[str, object]:
        return content | {"year": int(relative_path[-9:-5])} | change

    monkeypatch.setattr("plugins.china.calendars.read_yaml", read_yaml)
    with pytest.raises(ValueError, match=message) as refusal:
        load_calendar()
    assert str(refusal.value).startswith("calendars/2004.yaml")
