"""What the criteria of all bundled sectors hold together: categories of misconduct, sources of the
red list, and that no file of theirs can open what the core keeps shut."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sector_plugins
from registry.domain.criterion import CriterionVersion
from registry.domain.errors import RuleError
from registry.domain.legal import Instrument
from registry.domain.listing import ListKind
from registry.plugin_manager import Plugins
from registry.rulebook.categories import categories
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook

# Grounds whose acts the sources put into no one category (decision 0017): what any other law says,
# any act with the five factors, and officials. There the finding names it.
NAMED_BY_THE_RECORD = {
    "general.other_law": "32(6)",
    "general.serious_misconduct": "31",
    "general.government_misconduct": "一（三）",
}
# All others harm fair competition or the order of the market or of society.
OF_ANOTHER_CATEGORY = {
    "general.harm_life_health": {"life_health"},
    "general.permit_fraud_life_health": {"life_health"},
    "general.refuse_duty": {"refuse_duty"},
    "general.defence_duty": {"defence_duty"},
    "general.personal_data_sale": {"personal_data"},
    "general.penalised_bad_effect": {"penalised_ill_effect"},
    "construction.accident": {"life_health"},
    "construction.jerry_building": {"life_health"},
    "construction.practitioner_barred": {"life_health"},
    "construction.practitioner_revoked": {"life_health"},
    "construction.practitioner_stopped": {"life_health"},
    "construction.payment_default": {"refuse_duty"},  # a judgment, not performed
    "healthcare.drug_counterfeit": {"life_health"},
    "healthcare.drug_false_data": {"life_health"},
    # 造成恶劣社会影响, by a penalty
    "healthcare.physician_ban": {"market_order", "penalised_ill_effect"},
}
SOURCES = {
    "good_standing_counterpart",
    "moral_model",
    "volunteer",
    "association_member",
    "media_found",
    "commended",
}


@pytest.fixture(scope="module")
def rulebook(bundled: Plugins) -> Rulebook:
    return bundled.rulebook()


def of_list(rulebook: Rulebook, kind: ListKind) -> Iterator[CriterionVersion]:
    """Every version of every criterion of a list, of all sectors."""
    for sector in rulebook.sectors.values():
        yield from (one for one in sector.criteria if one.list_kind is kind)


@pytest.mark.requirement("CRI-10")
def test_every_black_criterion_names_the_category_of_its_act(rulebook: Rulebook) -> None:
    black = list(of_list(rulebook, ListKind.BLACK))
    by_record = {one.code: one.basis[0].article for one in black if one.categories_field}
    named = {one.code: set(one.categories) for one in black if not one.categories_field}

    assert {one.sector for one in black} == {
        "general", "tax", "construction", "procurement", "healthcare",
    }  # fmt: skip
    assert by_record == NAMED_BY_THE_RECORD
    assert all(one.categories for one in black)
    assert all(
        rulebook.sectors[one.sector].record_kinds[kind].fields[one.categories_field].required
        for one in black
        if one.categories_field
        for kind in one.record_kinds
    )
    assert {
        code: found for code, found in named.items() if found != {"market_order"}
    } == OF_ANOTHER_CATEGORY


def test_an_instrument_has_one_title_in_every_sector(rulebook: Rulebook) -> None:
    cited: dict[str, set[Instrument]] = {}
    for sector in rulebook.sectors.values():
        for code, one in sector.instruments.items():
            cited.setdefault(code, set()).add(one)

    assert len(cited["baiyun-2016-16"]) == 1
    assert {code for code, found in cited.items() if len(found) > 1} == set()


def test_a_term_begins_again_after_false_papers_in_no_source(rulebook: Rulebook) -> None:
    """The source says record it and bar a new request: `repair.false_documents_bar`."""
    rules = [one.repair for sector in rulebook.sectors.values() for one in sector.criteria]

    assert rules
    assert not any(rule.restart_on_fraud for rule in rules)


def test_a_statutes_own_ground_lists_in_every_jurisdiction(rulebook: Rulebook) -> None:
    """Only `general` takes grounds from the plan of one city, which lists nobody elsewhere."""
    sets = categories().sets.values()

    bound = {
        one.code
        for one in of_list(rulebook, ListKind.BLACK)
        if one.categories and not all(set(one.categories) & set(named.categories) for named in sets)
    }

    assert bound == {"general.personal_data_sale", "general.penalised_bad_effect"}


@pytest.mark.requirement("CRI-12")
def test_every_red_criterion_asks_for_one_of_the_six_sources(rulebook: Rulebook) -> None:
    red = list(of_list(rulebook, ListKind.RED))

    assert {one.code for one in red} == {
        "general.integrity_model",
        "healthcare.integrity_institution",
    }
    for one in red:
        source = one.fields["source"]
        assert source.required, one.code
        assert set(source.values) == SOURCES, one.code
        (asked,) = (clause for clause in one.when.clauses() if "source" in clause.names())
        assert set(asked.figure) == SOURCES, one.code


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a package with the rule files of `general`."""
    (source,) = sector_plugins.__path__
    folder = tmp_path / "declares_too_much"
    shutil.copytree(Path(source, "general"), folder)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    sys.modules.pop(folder.name, None)


@pytest.mark.requirement("SUB-09")
@pytest.mark.parametrize(
    "declared",
    [
        "right_fingerprint: {type: text, title: note, title_zh: 备注}",
        "note: {type: text, title: fingerprints, title_zh: 备注}",
        "note: {type: text, title: note, title_zh: 身份证登记指纹信息}",
        "note: {type: enum, title: note, title_zh: 备注, values: [fingerprint, none]}",
    ],
)
def test_no_plugin_can_declare_a_field_for_fingerprints(copied: Path, declared: str) -> None:
    records = copied / "records.yaml"
    text = records.read_text(encoding="utf-8")
    first = "    fields:\n"
    assert load_sector(copied.name).code == "general"

    records.write_text(text.replace(first, f"{first}      {declared}\n", 1), encoding="utf-8")

    with pytest.raises(RuleError, match="about fingerprints, which must never be collected"):
        load_sector(copied.name)


@pytest.mark.parametrize("name", ["tax", "procurement", "construction", "healthcare", "general"])
def test_each_value_that_a_criterion_reads_has_a_chinese_word_for_its_reason(name: str) -> None:
    sector = load_sector(f"sector_plugins.{name}")
    kinds = sector.record_kinds
    without = {
        (code, field)
        for version in sector.criteria
        for clause in version.when.clauses()
        for field in clause.names()
        for code in version.record_kinds
        if (spec := kinds[code].fields[field]).values and not spec.values_zh
    }

    assert without == set()
