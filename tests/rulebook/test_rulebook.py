"""The rulebook is its document: stored and read again it is the same, and it answers by date."""

import json
from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from registry.domain.errors import NotReady, RuleConflict, RuleError
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.sector import Sector
from registry.domain.workdays import Calendar, CalendarYear
from registry.rulebook.build import build_sector
from registry.rulebook.loader import load_profiles, load_sector
from registry.rulebook.rulebook import Rulebook, digest_of
from tests.rulebook.conftest import GOOD

PROFILE = """\
code: {code}
title: A place
parent: {parent}
parameters:
  notice.scope:
    - {{value: {value}, since: {since}, source: a law 3, status: to_verify}}
"""


@pytest.fixture
def calendar() -> Calendar:
    holiday, workday = frozenset({date(2024, 10, 1)}), frozenset({date(2024, 9, 29)})
    return Calendar("cn", {2024: CalendarYear(2024, holiday, workday, "a notice", "a source")})


@pytest.fixture
def profiles(make_package):
    files = {
        "profiles/national.yaml": PROFILE.format(
            code="national", parent="null", value="persons", since="2000-01-01"
        ),
        "profiles/city.yaml": PROFILE.format(
            code="city", parent="national", value="all", since="2019-01-01"
        ),
    }
    return load_profiles(make_package(files, base=None))


@pytest.fixture
def rulebook(sector: Sector, profiles, calendar: Calendar) -> Rulebook:
    return Rulebook.merge([sector], profiles, [calendar])


def stored(rulebook: Rulebook) -> Rulebook:
    return Rulebook.from_document(json.loads(rulebook.canonical()))


# --- document and digest --------------------------------------------------------------------------


def test_what_is_stored_is_what_was_merged(rulebook: Rulebook):
    again = stored(rulebook)

    assert again.digest == rulebook.digest
    assert again.canonical() == rulebook.canonical()
    assert again.profiles == rulebook.profiles
    assert again.calendars == rulebook.calendars
    assert again.matters == rulebook.matters


def test_a_stored_sector_is_the_loaded_one(rulebook: Rulebook, sector: Sector):
    found = stored(rulebook).sectors["demo"]

    assert replace(found, package=sector.package) == sector
    assert list(found.record_kinds["demo.penalty_decision"].fields) == list(
        sector.record_kinds["demo.penalty_decision"].fields
    )


def test_the_digest_names_every_word(rulebook: Rulebook):
    assert rulebook.digest.startswith("sha256:")
    assert len(rulebook.digest) == 71

    changed = json.loads(rulebook.canonical())
    changed["sectors"]["demo"]["criteria"][0]["versions"][0]["checked_on"] = "2024-01-02"
    assert Rulebook.from_document(changed).digest != rulebook.digest


def test_the_digest_does_not_depend_on_where_or_in_what_order_rules_were_read(
    profiles, calendar, make_package
):
    first, second = load_sector(make_package()), load_sector(make_package())

    assert (
        Rulebook.merge([first], profiles, [calendar]).digest
        == Rulebook.merge([second], profiles[::-1], [calendar]).digest
    )


def test_a_known_digest_is_not_computed_again(rulebook: Rulebook):
    assert Rulebook.from_document(rulebook.document, digest="sha256:x").digest == "sha256:x"


def test_a_rulebook_does_not_change(rulebook: Rulebook):
    with pytest.raises(FrozenInstanceError):
        rulebook.sectors = {}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"format": 99},
        {"format": 1, "sectors": [], "matters": [], "profiles": {}, "calendars": {}},
        {"format": 1, "sectors": {"x": {}}, "matters": [], "profiles": {}, "calendars": {}},
        {"format": 1, "sectors": {}, "matters": [{"a": 1}], "profiles": {}, "calendars": {}},
        {"format": 1, "sectors": {}, "matters": [], "profiles": {"x": 1}, "calendars": {}},
    ],
)
def test_what_is_no_rulebook_is_a_rule_error(document):
    with pytest.raises(RuleError, match="is no rulebook document"):
        Rulebook.from_document(document)


@pytest.mark.requirement("CRI-34")
def test_without_plugins_there_is_no_rule():
    empty = Rulebook.empty()

    assert (dict(empty.sectors), dict(empty.profiles), dict(empty.calendars)) == ({}, {}, {})
    assert empty.criteria() == empty.proposed_measures() == ()
    assert {matter.code.partition(".")[0] for matter in empty.matters.values()} >= {"permit"}


# --- lookups --------------------------------------------------------------------------------------


def test_a_criterion_is_the_version_in_force_that_day(rulebook: Rulebook):
    def version(day):
        found = rulebook.criterion("demo.grave", date.fromisoformat(day))
        return found.version if found else None

    assert version("2019-12-31") is None
    assert version("2020-01-01") == version("2021-12-31") == "2020-01-01"
    assert version("2022-01-01") == "2022-01-01"
    assert rulebook.criterion("demo.nothing", date(2024, 1, 1)) is None


def test_versions_come_earliest_first(rulebook: Rulebook):
    versions = rulebook.criterion_versions("demo.grave")

    assert [one.version for one in versions] == ["2020-01-01", "2022-01-01"]
    assert rulebook.criterion_version("demo.grave", "2020-01-01") is versions[0]
    assert rulebook.criterion_version("demo.grave", "2019-01-01") is None
    assert rulebook.criterion_versions("demo.nothing") == ()


def test_criteria_can_be_filtered(rulebook: Rulebook):
    def codes(**filters):
        return [(one.code, one.version) for one in rulebook.criteria(**filters)]

    assert len(codes()) == 3
    assert codes(on=date(2024, 1, 1)) == [
        ("demo.grave", "2022-01-01"),
        ("demo.late", "2020-01-01"),
    ]
    assert codes(sector="other") == codes(list_kind=ListKind.RED) == []
    assert len(codes(sector="demo", list_kind=ListKind.BLACK)) == 3


def test_lookups_say_none_for_what_there_is_not(rulebook: Rulebook):
    assert rulebook.sector("demo") is rulebook.sectors["demo"]
    assert rulebook.record_kind("demo.complaint").title == "Complaint"
    assert rulebook.matter("demo.stall").purpose == "licensing"
    for find in (rulebook.sector, rulebook.record_kind, rulebook.matter):
        assert find("nothing") is None


def test_a_profile_that_is_gone_is_said(rulebook: Rulebook):
    with pytest.raises(NotReady, match="No enabled plugin gives the profile suqian"):
        rulebook.profile("suqian")


def test_measures_are_proposed_by_sector(rulebook: Rulebook):
    assert [one.code for one in rulebook.proposed_measures()] == ["p.bid_ban", "p.focus"]
    assert rulebook.proposed_measures("demo") == rulebook.proposed_measures()
    assert rulebook.proposed_measures("other") == ()


def test_a_jurisdiction_has_the_only_calendar_or_none(rulebook: Rulebook, sector, profiles):
    profile, day = rulebook.profile("national"), date(2024, 1, 1)

    assert rulebook.calendar_of(profile, day).code == "cn"
    without = Rulebook.merge([sector], profiles).calendar_of(profile, day)
    assert without.after_working_days(day, 1).provisional


# --- profiles -------------------------------------------------------------------------------------


def test_a_child_profile_overrides_from_its_own_date_on(rulebook: Rulebook):
    city = rulebook.profile("city")

    assert city.value("notice.scope", date(2018, 12, 31)) == "persons"
    assert city.value("notice.scope", date(2019, 1, 1)) == "all"
    assert city.at("notice.scope", date(2019, 1, 1)).status is RuleStatus.TO_VERIFY
    assert rulebook.profile("national").value("notice.scope", date(2024, 1, 1)) == "persons"


# --- clashes --------------------------------------------------------------------------------------


def test_a_sector_that_two_packages_give_names_both(make_package):
    first, second = load_sector(make_package()), load_sector(make_package())

    with pytest.raises(RuleConflict) as caught:
        Rulebook.merge([first, second])

    assert f"sector demo is declared by both {first.package} and {second.package}" in str(
        caught.value
    )


def test_two_sectors_may_name_a_matter_in_the_same_words(sector: Sector):
    rules = ("record_kinds", "criteria", "measures", "scorecards")
    other = {**sector.document, "code": "other", **{name: [] for name in rules}}

    both = Rulebook.merge([sector, build_sector(other, "other_rules")])

    assert both.matter("demo.stall") == sector.matters[0]


def test_a_matter_that_two_sectors_give_in_other_words_names_both(sector: Sector):
    matters = (replace(sector.matters[0], title="A stand"),)
    other = replace(sector, code="other", package="other_rules", matters=matters)

    with pytest.raises(RuleConflict, match=rf"matter demo\.stall .*{sector.package} and other_ru"):
        Rulebook.merge([sector, other])


def test_a_profile_that_two_packages_give_names_both(profiles):
    with pytest.raises(RuleConflict, match="profile city"):
        Rulebook.merge([], [*profiles, replace(profiles[0], package="elsewhere")])


# The digest of the good sector before there was an order of dates.
FORMER = "sha256:f11f3a6385f04a9bc52c6756272cbe2ba90210cb466affc781ecff62f300ba02"
ORDERED = "final_on: {type: date, not_before: decided_on, title"


def test_the_order_of_dates_is_kept_in_the_stored_document(make_package):
    text = (GOOD / "records.yaml").read_text(encoding="utf-8")
    changed = text.replace("final_on: {type: date, title", ORDERED)
    ordered = load_sector(make_package({"records.yaml": changed}))
    kind = stored(Rulebook.merge([ordered])).record_kind("demo.penalty_decision")

    assert kind is not None
    assert kind.fields["final_on"].not_before == "decided_on"
    assert kind.out_of_order({"final_on": date(2020, 1, 1)}, date(2026, 1, 1)) != {}


def test_a_document_from_before_there_was_an_order_of_dates_reads_as_it_did(sector: Sector):
    """Nothing of it stands in the document of a sector that says nothing: its digest is the same
    as before."""
    fields = [one for kind in sector.document["record_kinds"] for one in kind["fields"]]
    known = {"name", "type", "title", "title_zh", "required", "values", "past"}
    book = Rulebook.merge([sector])

    assert all(one.keys() == known for one in fields)
    assert digest_of(sector.document) == FORMER
    assert stored(book).digest == book.digest
    kind = stored(book).record_kind("demo.penalty_decision")
    assert kind is not None
    assert kind.out_of_order({"final_on": date(2020, 1, 1)}, date(2026, 1, 1)) == {}
