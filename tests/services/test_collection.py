"""What may be collected and how it is classed: the catalogue, the classes, what never is."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from registry.domain.errors import InvalidInput, RuleError
from registry.domain.record import PROHIBITED
from registry.domain.subject import Subject
from registry.rulebook.catalogue import default_catalogue
from registry.rulebook.loader import load_sector
from registry.services import records
from registry.services.records import NewRecord
from registry.store import records as store
from tests.world import World

GOOD = Path(__file__).parent.parent / "broken_rules" / "good"
DAY = timedelta(days=1)

# What each item of art. 12 is about, in the words of the draft.
ARTICLE_12 = {
    "12(1)": ("欺骗", "贿赂", "行政许可", "行政确认", "行政给付", "行政奖励"),
    "12(2)": ("税款", "社会保险费", "行政事业性收费", "政府性基金"),
    "12(3)": ("虚假材料",),
    "12(4)": ("承诺与契约",),
    "12(5)": ("行政强制执行",),
    "12(6)": ("一般程序", "行政处罚"),
    "12(7)": ("已生效", "复议", "诉讼", "行政处罚"),
    "12(8)": ("市场禁入", "行业禁入"),
    "12(9)": ("判决", "犯罪"),
    "12(10)": ("不履行", "判决", "裁定"),
    "12(11)": ("法律法规规定的其他",),
}


@pytest.mark.requirement("CAT-06")
def test_the_eleven_items_of_the_catalogue_say_what_article_12_says():
    shipped = default_catalogue()

    assert list(shipped) == list(ARTICLE_12)
    missing = {
        code: word
        for code, words in ARTICLE_12.items()
        for word in words
        if word not in shipped[code].title_zh
    }
    assert missing == {}
    assert len({one.title for one in shipped.values()}) == 11


def classes(world: World, subject: Subject) -> set[tuple[str, str | None]]:
    """The classes of a record of misconduct, a good one and a basic one of a subject."""
    day = world.today - DAY
    award = {"award": "integrity_hospital", "award_no": "A-1", "source": "commended"}
    appraisal = {"project_no": "P-1", "evaluated_on": str(day), "result": "good"}
    made = [world.record(subject, day).id]
    with world.work("provider") as work:
        for kind, fields in (
            ("healthcare.commendation", award),
            ("procurement.performance_evaluation", appraisal),
        ):
            new = NewRecord(kind, fields, day, subject.id, document_no="D-1")
            made.append(records.add(work, new).id)
    with world.registry.view() as view:
        return {records.classes_of(view, one) for one in store.get_many(view.reading, made)}


@pytest.mark.requirement("CAT-04")
def test_records_are_organisations_or_persons_and_basic_good_or_misconduct(world: World):
    contents = ("basic", "good", "misconduct")

    assert classes(world, world.enterprise()) == {("organisation", one) for one in contents}
    assert classes(world, world.person()) == {("person", one) for one in contents}


@pytest.mark.requirement("CAT-04")
@pytest.mark.parametrize(("left_out", "field"), [("kind", "kind"), ("subject", "subject_id")])
def test_a_record_without_one_of_its_classes_is_not_saved(world: World, left_out: str, field: str):
    kind = "tax.nothing" if left_out == "kind" else "tax.penalty_decision"
    subject = world.enterprise().id if left_out == "kind" else None
    new = NewRecord(kind, {}, world.today - DAY, subject)

    with pytest.raises(InvalidInput) as refused, world.work("provider") as work:
        records.add(work, new)
    assert set(refused.value.errors) == {field}


@pytest.mark.requirement("CAT-04")
@pytest.mark.parametrize("content", ["", "    content: rumour\n"])
def test_a_kind_of_record_without_a_class_of_content_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
):
    name = f"unclassed_{len(content)}"
    shutil.copytree(GOOD, tmp_path / name)
    file = tmp_path / name / "records.yaml"
    text = file.read_text(encoding="utf-8")
    line = "    content: misconduct\n"
    assert line in text
    file.write_text(text.replace(line, content, 1), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RuleError, match="content"):
        load_sector(name)


@pytest.mark.requirement("CAT-11")
@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("religion", "religion"),
        ("宗教信仰", "religion"),
        ("genes", "genes"),
        ("基因", "genes"),
        ("fingerprints", "fingerprints"),
        ("指纹", "fingerprints"),
        ("blood_type", "blood type"),
        ("血型", "blood type"),
        ("disease", "illness and medical history"),
        ("病史", "illness and medical history"),
    ],
)
def test_what_is_never_collected_is_refused_when_a_record_is_written(
    world: World, name: str, category: str
):
    person = world.person()
    new = NewRecord("tax.penalty_decision", {name: "x"}, world.today - DAY, person.id)

    with pytest.raises(InvalidInput) as refused, world.work("provider") as work:
        records.add(work, new)
    assert refused.value.errors == {f"fields.{name}": [f"is never collected: {category}"]}
    with world.registry.view() as view:
        assert store.of_subject(view.reading, person.id) == []


def test_the_five_kinds_that_the_law_names_are_all_of_them():
    assert set(PROHIBITED) == {
        "religion",
        "genes",
        "fingerprints",
        "blood type",
        "illness and medical history",
    }
