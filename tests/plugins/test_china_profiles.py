"""The profiles of the five jurisdictions: every disagreement and open number is a parameter."""

import re
from datetime import date

import pytest

from registry.domain.legal import Citation, RuleStatus
from registry.domain.record import PROHIBITED
from registry.domain.validity import Term
from registry.rulebook.categories import categories
from registry.rulebook.loader import load_profiles
from registry.rulebook.parameter_values import AT_LEAST_ONE, UNITS, words
from registry.rulebook.profiles import HELD_BY_ALL, resolve_profiles

SOURCES = load_profiles("plugins.china")
PROFILES = resolve_profiles(one.document for one in SOURCES)
NATIONAL = PROFILES["national"]
CHILDREN = sorted(set(PROFILES) - {"national"})
NOW, SUQIAN_FROM = date(2026, 3, 2), date(2019, 1, 1)
# What no reader of an answer can look up: rows and words of documents of this project.
INTERNAL = re.compile(
    r"requirement|open number|disagreement|\bseed\b|sector rules|(plugins|registry|docs)/"
    r"|(?<![A-Za-z])(D|[A-Z]{3})-[0-9]{2}(?![0-9])",
    re.IGNORECASE,
)

# Row of the disagreements table -> its parameters, and the value that the table proposes.
DISAGREEMENTS: dict[str, dict[str, object]] = {
    "D-01": {
        "report.deadline.national.working_days": 10,
        "report.deadline.city.working_days": 5,
        "report.deadline.provider.working_days": 0,
        "report.deadline.prompt.working_days": 5,
    },
    "D-02": {
        "publish.decision.working_days": 7,
        "collect.decision.working_days": 5,
        "collect.decision.anchor": "decision",
    },
    "D-03": {"notice.scope": "persons", "notice.defence_days": 5, "black.publicity": False},
    "D-04": {"repair.earliest": "any", "repair.allowed_by_entry": True},
    "D-05": {"retention.exited": "archive", "repair.mark": "annotate"},
    "D-06": {"retention.voided": "erase_content"},
    "D-07": {
        "validity.cap.general": "P1Y",
        "validity.cap.more_serious": "P3Y",
        "validity.cap.serious_org": "P7Y",
        "validity.cap.serious_person": "P5Y",
    },
    "D-08": {"grade.alias.slight": "general"},
    "D-09": {"person.publish": "with_legal_basis", "person.publish.masked": True},
    "D-10": {"green.clean_years": 3, "green.models_exempt": True},
    "D-11": {"watch.enabled": True, "alert.enabled": True, "alert.min_sectors": 3},
    "D-12": {
        "red.publicity.required": True,
        "red.publicity.days": 7,
        "crosscheck.platforms": ["national", "city"],
    },
    "D-13": {
        "deadline.unit.notice.defence_days": "working",
        "deadline.unit.black.publicity.days": "working",
        "deadline.unit.red.publicity.days": "working",
        "deadline.unit.objection.compare.days": "calendar",
        "deadline.unit.objection.transfer.days": "calendar",
        "deadline.unit.standard.consultation.days": "calendar",
        "deadline.unit.tolerant_acceptance.days": "calendar",
        "deadline.unit.check.valid_days": "calendar",
        "deadline.unit.advance_compensation.days": "calendar",
    },
    "D-14": {"determine.associations": "authorised_only"},
    "D-15": {"category_set": "every"},
    "D-16": {"measure.approver_role": "coordinator"},
    "D-17": {
        "repair.ways.organisation": [
            "correction",
            "effect_removal",
            "performance",
            "public_benefit_service",
        ],
        "repair.ways.person": [
            "correction",
            "effect_removal",
            "performance",
            "public_benefit_service",
            "volunteering",
            "donation",
            "extension_request",
            "self_explanation",
        ],
    },
    "D-19": {"red.removal_scope": "all"},
    "D-20": {"retention.query_record_years": 3, "retention.log": "for_ever"},
    "D-21": {
        "objection.accept.working_days": 2,
        "objection.mark.working_days": 1,
        "objection.compare.days": 3,
        "objection.transfer.days": 2,
        "objection.result.working_days": 10,
        "objection.max.working_days": 20,
    },
    "D-22": {"archive.query": "authorised"},
    "D-23": {"scale": "scorecard"},
    "D-24": {"bound.inclusive": True},
    "D-25": {"objection.suspend": "execution"},
    "D-32": {"exit.black_to_watch": True},
    "D-33": {
        "responsible.roles": [
            "legal_representative",
            "principal",
            "directly_responsible",
            "senior_manager",
            "responsible_director",
            "shareholder",
            "registered_practitioner",
        ],
        "responsible.measures": "by_law",
    },
    "D-35": {"measure.post_ban.months": 36, "watch.slight_count": 3},
}
# The mine's and the marketplace's own rows are no part of a jurisdiction.
ELSEWHERE = {"D-26", "D-27", "D-28", "D-29", "D-30", "D-31", "D-34"}
HARD_RULE = {"D-18"}  # fingerprints: no parameter can allow them

# Parameter -> the row of the table of open numbers, and the value that the project chose.
OPEN_NUMBERS: dict[str, tuple[str, object]] = {
    "standard.consultation.days": ("CRI-02", 30),
    "standard.evaluation.months": ("CRI-05", 12),
    "black.publicity.days": ("DET-04", 7),
    "red.publicity.days": ("DET-09", 7),
    "notice.defence_days": ("DET-06", 5),
    "watch.slight_count": ("WCH-01", 3),
    "watch.window_months": ("WCH-01", 12),
    "alert.exit": ("WCH-06", "below_min_sectors"),
    "measure.post_ban.months": ("MEA-09", 36),
    "measure.procurement_ban.months": ("CRI-18", 36),
    "tolerant_acceptance.days": ("MEA-14", 30),
    "feedback.deadline.working_days": ("FBK-03", 10),
    "feedback.report.period": ("FBK-05", "monthly"),
    "progress.report.period": ("FBK-09", "quarterly"),
    "check.valid_days": ("CHK-07", 30),
    "objection.accept.working_days": ("OBJ-15", 2),
    "advance_compensation.days": ("MKT-05", 7),
    "exit.platform_delete.working_days": ("SHR-11", 1),
    "exit.watch_term": ("EXT-03", "P1Y"),
    "provider.batch.cycle": ("CAT-08", "daily"),
    # holds the rows calendar.holidays and calendar.makeup_workdays
    "calendar": ("every row in working days", "cn"),
    "timezone": ("LST-10", "Asia/Shanghai"),
}
OTHERS = {"subject.min_age", "repair.false_documents_bar"}  # SUB-04; sector rules, 1.3


def test_every_row_of_the_disagreements_table_is_covered():
    rows = {f"D-{number:02}" for number in range(1, 36)}
    assert set(DISAGREEMENTS) | ELSEWHERE | HARD_RULE == rows
    assert not set(DISAGREEMENTS) & (ELSEWHERE | HARD_RULE)
    assert "fingerprints" in PROHIBITED


@pytest.mark.parametrize("row", sorted(DISAGREEMENTS))
def test_a_disagreement_is_a_parameter_with_the_proposed_value_and_its_row(row: str):
    for name, value in DISAGREEMENTS[row].items():
        parameter = NATIONAL.at(name, NOW)
        assert parameter.value == value, name
        assert [one for one in NATIONAL.parameters[name] if row not in one.note] == [], name


@pytest.mark.parametrize("name", sorted(OPEN_NUMBERS))
def test_an_open_number_is_a_parameter_that_says_it_is_a_choice(name: str):
    row, value = OPEN_NUMBERS[name]
    parameter = NATIONAL.at(name, NOW)
    assert parameter.value == value
    assert f"open number, {row}" in parameter.note
    if name not in ("calendar",):
        assert parameter.source.startswith("project choice")


@pytest.mark.parametrize("code", CHILDREN)
def test_what_a_jurisdiction_sets_names_the_row_of_its_disagreement(code: str):
    document = next(one.document for one in SOURCES if one.code == code)
    for name, dated in document["parameters"].items():
        rows = [row for row, named in DISAGREEMENTS.items() if name in named]
        assert rows, name
        assert [one for one in dated for row in rows if row not in one["note"]] == [], name


@pytest.mark.parametrize("code", sorted(PROFILES))
def test_a_source_holds_only_what_its_reader_can_look_up(code: str):
    for name, dated in PROFILES[code].parameters.items():
        for one in dated:
            assert not INTERNAL.search(one.source), (name, one.source)


# By its English name as docs/command-line.md shows it; of its articles the source gives no number.
ORDER_36 = "NDRC order 36 (信用修复管理办法)"
ARTICLE = re.compile(
    r"[0-9]+( and [0-9]+)?|[一二三四五六七八九十]?（[一二三四五六七八九十]+）.*|serious"
)


@pytest.fixture(scope="module")
def instruments(bundled) -> set[str]:
    """Every instrument that a bundled sector cites, by the name under which answers show it."""
    sectors = bundled.rulebook().sectors.values()
    return {one.title_zh for sector in sectors for one in sector.instruments.values()}


@pytest.mark.parametrize("code", sorted(PROFILES))
def test_a_value_cites_an_instrument_of_the_sectors_and_an_article_or_says_it_is_a_choice(
    code: str, instruments: set[str]
):
    for name, dated in PROFILES[code].parameters.items():
        for one in dated:
            basis = one.citation(name)
            assert basis.status is one.status
            if one.source.startswith("project choice"):
                assert basis.instrument.startswith("project choice"), name
            elif name != "calendar":  # yearly notices, which its own data names
                assert basis.instrument in {*instruments, ORDER_36}, (name, one.source)
                assert ARTICLE.fullmatch(basis.article), (name, one.source)


@pytest.mark.parametrize(
    ("code", "name", "instrument", "article"),
    [
        ("national", "exit.black_to_watch", "1798号", "（十八）"),
        ("suqian", "exit.black_to_watch", "1798号", "（十八）"),
        ("city", "exit.black_to_watch", "1798号", "（十八）"),
        ("city", "red.publicity.required", "关于建立完善守信联合激励", "3"),
        ("national", "black.publicity", "1798号", "（七）"),
        ("suqian", "notice.scope", "宿迁市社会信用条例（草案）", "31"),
        ("national", "validity.cap.general", "宿迁市社会信用条例（草案）", "20"),
        ("national", "validity.cap.serious_org", "宿迁市社会信用条例（草案）", "20"),
    ],
)
def test_the_bases_that_stand_in_listings_steps_and_refusals_name_their_article(
    code: str, name: str, instrument: str, article: str
):
    basis = PROFILES[code].at(name, NOW).citation(name)
    assert (instrument in basis.instrument, basis.article) == (True, article)


def test_the_cap_of_order_36_cites_the_class_for_which_it_stands_and_is_to_verify():
    for who in ("org", "person"):
        cap = NATIONAL.at(f"validity.cap.serious_{who}", date(2026, 4, 1))
        assert cap.citation("validity.cap") == Citation(ORDER_36, "serious", RuleStatus.TO_VERIFY)


def test_the_remark_on_article_43_is_no_basis():
    after = PROFILES["suqian"].at("exit.black_to_watch", NOW)
    assert "43" not in after.source
    assert "art. 43 says only that joint sanctions end" in after.note


@pytest.mark.parametrize(
    "source",
    [
        "发改财金规〔2017〕1798号 （十八）; requirements D-32",
        "发改财金规〔2017〕1798号D-32",
        "project choice (open number for MKT-05)",
        "age is a project choice (SUB-04)",
        "City plan 21; personal credit scheme (seed 004)",
        "yearly notices (plugins/china/calendars)",
    ],
)
def test_a_source_that_only_this_project_can_follow_is_found(source: str):
    assert INTERNAL.search(source)


def test_the_national_profile_names_nothing_else():
    listed = {name for row in DISAGREEMENTS.values() for name in row}
    assert set(NATIONAL.parameters) == listed | set(OPEN_NUMBERS) | OTHERS


def test_the_bar_after_false_documents_is_a_choice_to_verify():
    (bar,) = NATIONAL.parameters["repair.false_documents_bar"]
    assert NATIONAL.term("repair.false_documents_bar", NOW) == Term(years=3)
    assert (bar.status, "project choice" in bar.source) == (RuleStatus.TO_VERIFY, True)
    assert bar.note == "sector rules, 1.3"


def test_every_number_in_days_says_which_days():
    for name in NATIONAL.parameters:
        if re.search(r"(^|[._])days$", name) and not name.startswith("deadline.unit."):
            stated = "working_days" in name or f"deadline.unit.{name}" in NATIONAL.parameters
            assert stated, name


@pytest.mark.parametrize("code", CHILDREN)
def test_a_jurisdiction_inherits_everything_from_the_national_profile(code: str):
    child = PROFILES[code]
    assert child.parent == "national"
    assert set(child.parameters) == set(NATIONAL.parameters)


def test_the_five_jurisdictions_are_there():
    assert {"national", "city", "suqian", "baiyun", "baoshan"} == set(PROFILES)


def own(code: str) -> dict[str, object]:
    source = next(one for one in SOURCES if one.code == code)
    return {
        name: [one["value"] for one in dated]
        for name, dated in source.document["parameters"].items()
    }


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("suqian", "notice.scope", "all"),
        ("suqian", "repair.earliest", "after_publication"),
        ("suqian", "exit.black_to_watch", True),
        ("suqian", "category_set", "suqian-draft-2018"),
        ("city", "category_set", "city-plan"),
        ("city", "retention.exited", "delete_shared_view"),
        ("city", "determine.associations", "never"),
        ("baiyun", "category_set", "baiyun-2016"),
        ("baiyun", "determine.associations", "never"),
        (
            "city",
            "responsible.roles",
            [
                "legal_representative",
                "principal",
                "registered_practitioner",
                "senior_manager",
                "responsible_director",
                "shareholder",
            ],
        ),
        (
            "suqian",
            "responsible.roles",
            ["legal_representative", "principal", "directly_responsible"],
        ),
        (
            "baiyun",
            "responsible.roles",
            ["legal_representative", "principal", "directly_responsible"],
        ),
        ("baoshan", "category_set", "baoshan-2018"),
        ("baoshan", "green.clean_years", 3),
    ],
)
def test_a_jurisdiction_sets_what_its_own_document_says(code: str, name: str, value: object):
    assert own(code)[name] == [value]
    assert PROFILES[code].at(name, NOW).source


@pytest.mark.requirement("ORG-12")
def test_the_suqian_draft_holds_from_its_first_day_and_not_the_day_before():
    suqian = PROFILES["suqian"]
    assert suqian.value("notice.scope", date(2018, 12, 31)) == "persons"
    assert suqian.value("notice.scope", SUQIAN_FROM) == "all"
    assert NATIONAL.value("notice.scope", SUQIAN_FROM) == "persons"


@pytest.mark.requirement("ORG-12")
@pytest.mark.parametrize("code", sorted(PROFILES))
def test_order_36_lowers_the_cap_everywhere_from_1_april_2026(code: str):
    for who, before in (("org", Term(years=7)), ("person", Term(years=5))):
        name = f"validity.cap.serious_{who}"
        assert PROFILES[code].term(name, date(2026, 3, 31)) == before
        assert PROFILES[code].term(name, date(2026, 4, 1)) == Term(years=3)


@pytest.mark.parametrize("code", sorted(PROFILES))
def test_every_category_set_is_one_that_is_known(code: str):
    assert PROFILES[code].value("category_set", NOW) in categories().sets


def test_the_national_set_names_every_category():
    assert set(categories().sets["every"].categories) == set(categories().categories)


@pytest.mark.parametrize("name", sorted(HELD_BY_ALL))
def test_what_no_jurisdiction_may_change_is_named_and_the_same_everywhere(name: str):
    assert {one.value(name, NOW) for one in PROFILES.values()} == {HELD_BY_ALL[name]}


def test_closed_lists_of_words_are_those_of_parameters_that_there_are():
    named = {*words(), *AT_LEAST_ONE} - {UNITS}
    assert named <= set(NATIONAL.parameters)
    assert any(name.startswith(f"{UNITS}.") for name in NATIONAL.parameters)
