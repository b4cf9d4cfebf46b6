"""A good sector loads; every mistake stops it with file, line, what is wrong and what to do."""

from pathlib import Path

import pytest

from registry.domain.errors import RuleError
from registry.domain.legal import RuleStatus
from registry.domain.listing import ListKind
from registry.domain.record import PROHIBITED
from registry.domain.sector import Sector
from registry.domain.severity import Severity
from registry.domain.validity import Term
from registry.rulebook.build import build_sector
from registry.rulebook.loader import load_profiles, load_sector
from registry.rulebook.rulebook import Rulebook

BROKEN = Path(__file__).parents[1] / "broken_rules"

# Folder of tests/broken_rules -> where the mistake is, and the words that the message must hold.
MISTAKES = {
    "anchor": ("criteria/late.yaml:5", "anchors and aliases are not used here: write it out"),
    "article_as_number": ("criteria/grave.yaml:14", 'must be text: write it in quotes, "7"'),
    "bad_date": ("criteria/grave.yaml:12", "2022-02-30 is no date that exists"),
    "bad_money": ("criteria/grave.yaml:24", "must be a number"),
    "bad_term": ("criteria/grave.yaml:27", "'5 years' is not a term: write"),
    "bundled_matter_again": ("sector.yaml:23", "tender.bid is a bundled matter already"),
    "categories_field_of_no_category": (
        "criteria/late.yaml:10",
        "unknown category 'fraud'. Known:",
    ),
    "categories_field_of_text": (
        "criteria/late.yaml:10",
        "decision_no is no enum field of demo.penalty_decision. Known: act",
    ),
    "categories_field_without_enum": (
        "criteria/late.yaml:10",
        "act is no enum field of demo.complaint. Known: none",
    ),
    "categories_twice": ("criteria/late.yaml:11", "either the criterion names its categories or a"),
    "consultation_backwards": ("sector.yaml:28", "lies before opened_on"),
    "cooling_off_over_term": ("criteria/late.yaml:19", "P37M is longer than term.max, P3Y: nobody"),
    "local_without_standard": ("sector.yaml:7", "criteria that are not national are a local"),
    "unknown_approver": ("sector.yaml:27", "must be one of superior_department"),
    "share_too_fine": ("criteria/late.yaml:16", "has more digits than a ratio of these fields"),
    "sum_over_the_largest": ("criteria/late.yaml:16", "a sum is compared with at most 90000000000"),
    "window_of_months_and_days": ("criteria/late.yaml:16", "or days, not both"),
    "date_compared_with_money": ("criteria/grave.yaml:25", "final_on is date: must be a date"),
    "duplicate_key": (
        "criteria/grave.yaml:3",
        "'title' stands here a second time, first on line 2",
    ),
    "every_sector_with_criteria": ("measures.yaml:29", "for every sector names no criteria"),
    "immediate_way_that_waits": (
        "criteria/late.yaml:20",
        "correction stands under ways too: either",
    ),
    "joint_period_over_term": ("criteria/late.yaml:18", "P4Y is longer than max, P3Y"),
    "joint_period_without_category": ("criteria/late.yaml:17", "joint sanctions centre on categ"),
    "lists_joint_period_over_term": ("lists.yaml:7", "P4Y is longer than max, P3Y"),
    "lists_joint_period_without_category": ("lists.yaml:6", "joint sanctions centre on categories"),
    "lists_minimum_over_maximum": ("lists.yaml:6", "P4Y is longer than max, P3Y"),
    "lists_minimum_over_own_maximum": (
        "lists.yaml:6",
        "under criteria/grave.yaml:27: P6Y is longer than max, P5Y",
    ),
    "lists_months_field_of_text": ("lists.yaml:7", "decision_no is no integer field of demo.pe"),
    "lists_refusal_of_unknown_criterion": ("lists.yaml:11", "unknown criterion 'demo.lat'. Known"),
    "lists_refusal_of_unknown_record": ("lists.yaml:11", "unknown record kind 'demo.penalty'. Kn"),
    "lists_repair_wait_over_own_term": (
        "lists.yaml:5",
        "under criteria/late.yaml:11: P2Y is longer than term.max, P1Y: nobody could ever repair",
    ),
    "lists_unknown_category": ("lists.yaml:6", "unknown category 'market_ordre'. Known: life"),
    "lists_unknown_severity_level": ("lists.yaml:2", "no level 'minor': one of general"),
    "mandatory_watch_criterion": ("criteria/late.yaml:10", "only the black list has criteria that"),
    "penalty_exponent": ("criteria/late.yaml:19", "must be a plain number such as 100000"),
    "penalty_fine_without_range": ("criteria/late.yaml:19", "either a share of a field or an"),
    "penalty_limits_reversed": ("criteria/late.yaml:19", "50000 is above at_most, 20000"),
    "penalty_share_of_text": ("criteria/late.yaml:19", "decision_no is no money field of demo"),
    "penalty_warning_with_period": ("criteria/late.yaml:19", "only a suspension or a ban lasts"),
    "unknown_category": ("criteria/late.yaml:10", "unknown category 'market_ordre'. Known: life"),
    "unknown_parent": ("measures.yaml:21", "p.focused is no sanction of this file that has no"),
    "empty": ("criteria/grave.yaml:1", "is empty"),
    "empty_interval": ("criteria/grave.yaml:12", "valid_to is the first day no longer in force"),
    "enum_without_values": ("records.yaml:13", "lists its values"),
    "exponent_money": ("criteria/grave.yaml:24", "1e3 is neither a plain number"),
    "field_missing_in_one_kind": ("criteria/grave.yaml:25", "'act' is missing in demo.complaint"),
    "file_name_unlike_code": ("criteria/grave.yaml:1", "named after its code, here 'demo.grave'"),
    "huge_nesting": ("criteria/grave.yaml:2", "is nested deeper than 24 levels"),
    "mandatory_without_statute": ("measures.yaml:7", "no instrument of its basis is a law"),
    "measure_without_implementer": ("measures.yaml:2", "measures.0.implementer: is required"),
    "minimum_over_maximum": ("criteria/grave.yaml:27", "P6Y is longer than max, P5Y"),
    "missing_article": ("criteria/grave.yaml:14", "versions.0.basis.0.article: is required"),
    "months_field_of_text": ("criteria/grave.yaml:27", "decision_no is no integer field of"),
    "no_basis": ("measures.yaml:16", "must cite at least one article"),
    "not_a_mapping": ("measures.yaml:1", "must be a mapping of keys to values"),
    "not_utf8": ("criteria/grave.yaml:2", "is not UTF-8 text"),
    "not_yaml": ("criteria/grave.yaml:3", "is not YAML"),
    "past_text": ("records.yaml:17", "only a date, or an integer that is a year, can be past"),
    "order_in_a_circle": ("records.yaml:14", "in a circle: served_on -> final_on -> served_on"),
    "order_of_text": ("records.yaml:17", "only a date, or an integer that is a year, is not_after"),
    "order_by_unknown_date": (
        "records.yaml:14",
        "unknown date 'served_on'. Known: decided_on, paid_on",
    ),
    "overlapping_versions": (
        "criteria/grave.yaml:17",
        "overlaps the version in force from 2020-01",
    ),
    "prohibited_blood_type": ("records.yaml:14", "about blood type, which must never"),
    "prohibited_fingerprints": ("records.yaml:14", "about fingerprints, which must never"),
    "prohibited_genes": ("records.yaml:14", "about genes, which must never be collected"),
    "prohibited_illness": ("records.yaml:14", "about illness and medical history, which must"),
    "prohibited_religion": ("records.yaml:14", "about religion, which must never be collected"),
    "record_kind_of_another_sector": ("records.yaml:18", "tax.complaint must begin with demo."),
    "repair_refusal_of_unknown_criterion": (
        "criteria/late.yaml:23",
        "unknown criterion 'demo.lat'. Known: demo.grave, demo.late",
    ),
    "repair_refusal_of_unknown_record": (
        "criteria/late.yaml:23",
        "unknown record kind 'demo.penalty'. Known: demo.complaint",
    ),
    "repair_refusal_twice": ("criteria/late.yaml:24", "new_offence stands here twice"),
    "repair_wait_over_term": (
        "criteria/late.yaml:20",
        "P4Y is longer than term.max, P3Y: nobody could ever repair. Shorten it, or say repairable",
    ),
    "repair_refusal_without_article": ("criteria/late.yaml:23", "must cite at least one article"),
    "sanction_after_red": ("measures.yaml:13", "a sanction follows only alert, black, watch"),
    "second_document": ("criteria/grave.yaml:2", "one file, one document"),
    "stray_file": ("measure.yaml", "is no rule file. Known: sector.yaml"),
    "sum_of_text": ("criteria/late.yaml:16", "decision_no is text: a sum needs money"),
    "tab": ("criteria/grave.yaml:3", "a tab cannot indent: use spaces"),
    "tab_after_open_text": ("criteria/late.yaml:14", "a tab cannot indent: use spaces"),
    "tab_in_brackets": ("criteria/late.yaml:7", "a tab cannot indent: use spaces"),
    "tag": ("criteria/late.yaml:2", "the tag tag:yaml.org,2002:python/name:os.system is not used"),
    "term_nowhere": ("criteria/grave.yaml:10", "neither here nor under black in lists.yaml"),
    "term_half_in_lists": ("criteria/grave.yaml:10", "neither here nor under black in lists.yaml"),
    "text_for_flag": ("sector.yaml:6", "key_field: must be true or false, not 'yes'"),
    "two_operators": ("criteria/grave.yaml:25", "needs exactly one of at_least"),
    "unknown_catalogue_item": ("records.yaml:23", "'13' is no item of the catalogue: one of 12(1)"),
    "unknown_criterion_in_target": ("measures.yaml:29", "unknown criterion 'demo.grieve'. Known"),
    "unknown_directory_entry": ("criteria/grave.yaml:7", "unknown entry 'other_list'"),
    "unknown_enum_value_in_when": ("criteria/grave.yaml:25", "one of fraud, delay, not theft"),
    "unknown_field_in_when": ("criteria/grave.yaml:25", "no record kind has a field 'acts'. Known"),
    "unknown_instrument": ("criteria/grave.yaml:14", "unknown instrument 'demo-lore'. Known"),
    "unknown_instrument_in_lists": ("lists.yaml:3", "unknown instrument 'demo-lore'. Known"),
    "unknown_key": (
        "criteria/grave.yaml:15",
        "checkd_on: is no key here: did you mean checked_on? Known keys",
    ),
    "unknown_list_kind": ("criteria/late.yaml:4", "must be one of red, black, watch, not 'grey'"),
    "unknown_matter": (
        "measures.yaml:11",
        "unknown matter 'procurement.bit': did you mean procurement.bid? Known: concession.award, ",
    ),
    "unknown_matter_like_none": (
        "measures.yaml:11",
        "tender.bid. GET /matters has their titles; one of the sector's own stands under matters",
    ),
    "unknown_record_kind": ("criteria/grave.yaml:6", "unknown record kind 'demo.penalty'. Known"),
    "unknown_severity_level": ("criteria/late.yaml:5", "no level 'minor': one of general"),
    "wrong_type_in_when": ("criteria/grave.yaml:25", "act is enum: it only takes equals, in"),
    "words_for_half_of_the_values": ("records.yaml:13", "names each of values, in their order"),
}
PROFILE_MISTAKES = {
    "profile_cycle": ("profiles/east.yaml", "run in a circle: east -> west -> east"),
    "profile_dates_descending": ("profiles/east.yaml:5", "dates ascending, none twice"),
    "profile_in_the_wrong_file": ("profiles/east.yaml:1", "'west' is in the wrong file"),
    "profile_misspelt_parameter": ("profiles/west.yaml", "'notice.scoop' is unknown to the parent"),
    "profile_other_zone": ("profiles/east.yaml", "timezone is 'Asia/Shanghai' in every"),
    "profile_sanctions_during_verification": (
        "profiles/east.yaml",
        "objection.suspend is 'execution' in every jurisdiction",
    ),
    "profile_value_of_another_kind": (
        "profiles/west.yaml",
        "is 'five', but notice.defence_days is a whole number such as 5",
    ),
    "profile_word_that_nothing_reads": (
        "profiles/east.yaml:7",
        "notice.scope holds 'al', which nothing reads. Known: persons, all",
    ),
    "profile_negative_days": ("profiles/east.yaml:7", "defence_days is -30: from 0 to 36525"),
    "profile_too_many_years": ("profiles/east.yaml:7", "clean_years is 101: from 0 to 100"),
    "profile_no_sectors_for_an_alert": (
        "profiles/east.yaml:7",
        "alert.min_sectors is 0: from 1 to 10000",
    ),
    "profile_unknown_role": (
        "profiles/east.yaml:7",
        "responsible.roles holds 'boss', which nothing reads. Known: legal_representative",
    ),
    "profile_unit_of_no_days": (
        "profiles/east.yaml:7",
        "deadline.unit.black.publicity.days holds 'weeks', which nothing reads. Known: working",
    ),
    "profile_endless_term": (
        "profiles/east.yaml:7",
        "exit.watch_term is P999Y: a century at most",
    ),
    "profile_word_for_term": (
        "profiles/east.yaml",
        "is 'a year', but exit.watch_term is a term such as 'P1Y'",
    ),
    "profile_unknown_category_set": (
        "profiles/east.yaml",
        "category_set 'the-north' is unknown. Known: baiyun-2016",
    ),
    "profile_unknown_parent": ("profiles/east.yaml", "unknown parent 'nowhere'. Known: east"),
    "profile_without_source": ("profiles/east.yaml:6", "notice.scope.0.source: is required"),
}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_stops_the_sector_and_is_named(mistake, make_package):
    where, words = MISTAKES[mistake]
    package = make_package(overlay=BROKEN / mistake)

    with pytest.raises(RuleError) as caught:
        load_sector(package)

    assert caught.value.message.startswith(f"{package}/{where}: ")
    assert words in caught.value.message


@pytest.mark.parametrize("mistake", sorted(PROFILE_MISTAKES))
def test_a_mistake_in_a_profile_is_named(mistake, make_package):
    where, words = PROFILE_MISTAKES[mistake]
    package = make_package(base=None, overlay=BROKEN / mistake)

    with pytest.raises(RuleError) as caught:
        Rulebook.merge([], load_profiles(package))

    assert f"{where}: " in caught.value.message
    assert words in caught.value.message


def test_every_broken_folder_is_asserted():
    folders = {path.name for path in BROKEN.iterdir()} - {"good"}

    assert folders == MISTAKES.keys() | PROFILE_MISTAKES.keys()


@pytest.mark.requirement("CAT-11")
def test_every_prohibited_category_has_a_broken_file():
    words = " ".join(words for name, (_, words) in MISTAKES.items() if name.startswith("prohib"))

    assert [category for category in PROHIBITED if f"about {category}" not in words] == []


@pytest.mark.requirement("CAT-11")
@pytest.mark.parametrize("mistake", [name for name in MISTAKES if name.startswith("prohibited")])
def test_no_plugin_can_declare_a_prohibited_category(mistake, make_package):
    with pytest.raises(RuleError, match="must never be collected"):
        load_sector(make_package(overlay=BROKEN / mistake))


@pytest.mark.requirement("CRI-06")
def test_a_criterion_names_its_entry_in_the_directory(sector: Sector, make_package):
    assert {one.directory_entry for one in sector.criteria} <= sector.directory.keys()

    with pytest.raises(RuleError, match="unknown entry 'other_list'"):
        load_sector(make_package(overlay=BROKEN / "unknown_directory_entry"))


@pytest.mark.requirement("MEA-02")
@pytest.mark.parametrize("key", ["target", "content", "implementer", "basis"])
def test_a_measure_states_target_means_implementer_and_basis(key, make_package):
    lines = (BROKEN / "good" / "measures.yaml").read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"    {key}:"))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith("     "))
    package = make_package({"measures.yaml": "\n".join(lines[:start] + lines[end:])})

    with pytest.raises(RuleError, match=rf"measures\.0\.{key}: is required"):
        load_sector(package)


def test_lists_give_what_a_version_leaves_out(sector: Sector):
    first, second = (one for one in sector.criteria if one.code == "demo.grave")

    assert first.term.maximum == Term(years=3)
    assert first.severity == Severity("suqian-draft-2018", "serious")
    assert (first.notice.required, first.notice.reply_days) == (True, 5)
    assert second.term.maximum == Term(years=5)
    assert second.term.months_field == "months"


def test_defaults_are_merged_key_by_key(sector: Sector):
    late = next(one for one in sector.criteria if one.code == "demo.late")

    assert str(late.term.clock) == "act_end"  # its own
    assert late.term.maximum == Term(years=3)  # the list's


def test_a_citation_names_the_title_and_knows_a_statute(sector: Sector):
    basis = sector.criteria[0].basis[0]

    assert (basis.instrument, basis.article, basis.statute) == ("示范法", "7", True)


def test_a_criterion_is_to_verify_if_any_figure_is(sector: Sector):
    late = next(one for one in sector.criteria if one.code == "demo.late")

    assert late.status is RuleStatus.TO_VERIFY
    assert sector.criteria[0].status is RuleStatus.VERIFIED
    assert late.list_kind is ListKind.BLACK


REPAIR = """
    repair:
      immediate_ways: [reorganisation]
      temporary_lifting: [court_reorganisation]
      refused_if:
        - code: new_offence
          title: A new offence after the listing
          title_zh: 列入后再次违法
          record_kinds: [demo.penalty_decision]
          basis: [{instrument: demo-law, article: "9", status: to_verify}]
"""


def test_a_rule_of_repair_says_what_waits_for_nothing_and_what_it_is_refused_for(make_package):
    grave = (BROKEN / "good" / "criteria" / "grave.yaml").read_text(encoding="utf-8")
    sector = load_sector(make_package({"criteria/grave.yaml": grave.rstrip() + REPAIR}))
    first, last = (one for one in sector.criteria if one.code == "demo.grave")

    assert last.repair.immediate_ways == ("reorganisation",)
    assert last.repair.temporary_lifting == ("court_reorganisation",)
    (refusal,) = last.repair.refusals
    assert (refusal.code, refusal.record_kinds) == ("new_offence", ("demo.penalty_decision",))
    assert (refusal.title, refusal.title_zh) == (
        "A new offence after the listing",
        "列入后再次违法",
    )
    assert refusal.basis[0].article == "9"
    # what the refusal rests on counts as the rest of the rule does
    assert (first.status, last.status) == (RuleStatus.VERIFIED, RuleStatus.TO_VERIFY)
    assert build_sector(sector.document).criteria == sector.criteria


def test_an_unknown_instrument_of_a_refusal_is_named_where_it_stands(make_package):
    lists = (BROKEN / "good" / "lists.yaml").read_text(encoding="utf-8")
    refusal = (
        "refused_if: [{code: x, title: x, title_zh: x, "
        'basis: [{instrument: demo-lore, article: "1"}]}]'
    )
    package = make_package({"lists.yaml": lists.replace("P6M,", f"P6M, {refusal},")})

    with pytest.raises(RuleError, match=r"lists\.yaml:5: .*unknown instrument 'demo-lore'"):
        load_sector(package)


def test_a_sector_needs_nothing_but_sector_yaml(make_package):
    text = (BROKEN / "good" / "sector.yaml").read_text(encoding="utf-8")

    empty = load_sector(make_package({"sector.yaml": text}, base=None))

    assert (empty.criteria, empty.measures, dict(empty.record_kinds)) == ((), (), {})


def test_a_package_without_a_sector_is_named(make_package):
    with pytest.raises(RuleError, match=r"sector\.yaml: the file is missing"):
        load_sector(make_package(base=None))
