"""Worked cases run without a database, and a case that is wrong says in what."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.confirmation import validity_of
from registry.domain.errors import InvalidInput, RuleError
from registry.domain.sector import Sector
from registry.rulebook.cases import listing_end, run_cases
from registry.rulebook.loader import load_sector
from tests.builders import a_case, a_criterion, a_decision, a_record, a_setting

RECORD = "{kind: demo.penalty_decision, decided_on: 2024-01-10, fields: %s}"
MET = "{amount: 1000, total: 10000, act: fraud}"


def a_file(expect: str, fields: str = MET, extra: str = "", record: str = RECORD) -> str:
    records = record % fields if "%s" in record else record
    return f"- title: A case\n  on: 2024-03-01\n{extra}  records: [{records}]\n  expect: {expect}\n"


def result_of(make_package, text: str):
    sector = load_sector(make_package({"cases/grave.yaml": text}))
    return next(one for one in run_cases(sector) if one.file.endswith("grave.yaml"))


def test_the_cases_of_a_good_sector_pass(sector: Sector):
    results = run_cases(sector)

    assert [str(one) for one in results if not one.passed] == []
    assert len(results) == 6
    assert (results[1].file, results[1].line, results[1].title) == (
        f"{sector.package}/cases/grave.yaml",
        6,
        "Just at",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (a_file("{met: false}"), "met is true, not false: amount 1,000, must be at least 1,000"),
        (a_file("{met: true}", "{amount: 1, total: 10, act: fraud}"), "met is false, not true"),
        (a_file("{not_in_force: true}"), "version 2022-01-01 is in force on 2024-01-10"),
        (a_file("{met: true, valid_to: 2027-03-01}"), "valid_to is 2029-01-11, not 2027-03-01"),
        (
            a_file("{met: true, repair_earliest: 2024-03-01}"),
            "repair_earliest is 2024-09-01, not 2024-03-01",
        ),
        (
            a_file("{met: true, matter: demo.stall, measures: [p.bid_ban]}"),
            "for demo.stall there follow p.focus, not p.bid_ban",
        ),
        (
            a_file("{met: true, matter: grant.fiscal, measures: [p.focus]}"),
            "for grant.fiscal there follow none, not p.focus",
        ),
        (a_file("{met: true, measures: [p.focus]}"), "for a matter: give both"),
        (
            a_file(
                "{met: true, matter: demo.stall, measures: []}",
                extra="  subject_kind: government_body\n",
            ),
            "demo.grave lists no government_body",
        ),
        (a_file("{met: true, not_in_force: true}"), "either met: true or false, or not_in_force"),
        (a_file("{}"), "either met: true or false, or not_in_force"),
        (
            a_file("{met: false, valid_to: 2024-01-01}", "{amount: 1}"),
            "nothing follows where it is not met: leave out valid_to",
        ),
        (a_file("{met: true}", "{amount: -1}"), "records.0: amount must lie between 0"),
        (a_file("{met: true}", "{sum: 1}"), "has no such field"),
        (a_file("{met: true}", "3"), "fields must be a mapping"),
        (
            a_file("{met: true}", record="{kind: demo.other, decided_on: 2024-01-10, fields: {}}"),
            "unknown record kind 'demo.other'",
        ),
        (a_file("{met: true}", record=""), "gives no record"),
    ],
)
def test_a_case_that_differs_says_in_what(text, words, make_package):
    result = result_of(make_package, text)

    assert not result.passed
    assert words in str(result)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("grave", "title: no list\n", "must be a list of cases"),
        ("grave", a_file("{met: true}", extra="  subjekt: x\n"), "did you mean subject_kind?"),
        ("grave", a_file("{met: true}").replace("2024-03-01", "soon"), "must be a date"),
        ("nothing", a_file("{met: true}"), "demo.nothing is no criterion"),
    ],
)
def test_a_file_of_cases_that_cannot_be_read_is_a_rule_error(name, text, words, make_package):
    sector = load_sector(make_package({f"cases/{name}.yaml": text}))

    with pytest.raises(RuleError) as caught:
        run_cases(sector)

    assert words in caught.value.message
    assert f"cases/{name}.yaml:" in caught.value.message


@pytest.mark.requirement("CRI-13")
def test_a_slighter_grade_has_fewer_and_softer_measures(sector: Sector):
    follow = {
        level: {
            (measure.code, str(measure.force))
            for measure in sector.measures
            for version in sector.criteria
            if version.severity is not None
            and version.severity.level == level
            and measure.target.follows(version.list_kind, version.code, version.severity)
        }
        for level in ("general", "serious")
    }

    assert follow == {
        "general": {("p.focus", "recommended")},
        "serious": {("p.focus", "recommended"), ("p.bid_ban", "mandatory")},
    }


DAYS = st.dates(date(2019, 1, 1), date(2024, 6, 30))


@given(
    st.sampled_from(["valid_from", "published_on", "decided_on", "act_end"]),
    st.sampled_from(["P1Y", "P3Y", "P18M", "P7Y"]),
    DAYS,
    st.none() | DAYS,
)
def test_a_case_ends_on_the_day_that_a_confirmation_gives(clock, term, decided, ended):
    rule = a_criterion(clock=clock, term=term)
    end = ended.isoformat() if ended else None
    records = (a_record(decided.isoformat(), end),)
    setting = a_setting(rule, now="2024-07-01", records=records)

    found = listing_end(rule, records, date(2024, 7, 1))

    try:
        assert found == validity_of(a_case(), setting, a_decision())[1]
    except InvalidInput:  # already over, or an act without an end
        assert found is None or found <= date(2024, 7, 1)
