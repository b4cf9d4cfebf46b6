"""Penalties, categories and joint periods as rule files say them."""

from decimal import Decimal
from pathlib import Path

from registry.domain.penalty import PenaltyKind
from registry.domain.validity import Term
from registry.rulebook.build import build_sector
from registry.rulebook.categories import categories
from registry.rulebook.loader import load_sector

GOOD = Path(__file__).parents[1] / "broken_rules" / "good"
LATE = (GOOD / "criteria" / "late.yaml").read_text(encoding="utf-8")
PENALTIES = """
    penalties:
      - kind: fine
        whom: the unit
        whom_zh: 单位
        of: amount
        share: {at_least: "0.005", at_most: "0.01"}
        basis: [{instrument: demo-law, article: "62"}]
      - kind: fine
        whom: persons
        whom_zh: 个人
        amount: {at_least: 10000}
        basis: [{instrument: demo-law, article: "62"}]
      - kind: ban
        whom: the registered person
        whom_zh: 注册执业人员
        period: {at_least: P1Y, at_most: P5Y}
        basis: [{instrument: demo-law, article: "72"}]
      - {kind: ban, whom: head, whom_zh: 负责人, for_life: true,
         basis: [{instrument: demo-law, article: "72"}]}
"""


def test_penalties_are_read_with_their_ranges_and_articles(make_package):
    sector = load_sector(make_package({"criteria/late.yaml": LATE + PENALTIES}))
    (late,) = [one for one in sector.criteria if one.code == "demo.late"]
    share, amount, ban, life = late.penalties

    assert (share.kind, share.of) == (PenaltyKind.FINE, "amount")
    assert share.share == (Decimal("0.005"), Decimal("0.01"))
    assert amount.amount == (Decimal(10000), None)
    assert ban.period == (Term(years=1), Term(years=5))
    assert life.for_life
    assert life.period is None
    assert [one.basis[0].article for one in late.penalties] == ["62", "62", "72", "72"]


def test_a_criterion_takes_its_categories_from_lists_unless_it_says_its_own(make_package):
    lists = (GOOD / "lists.yaml").read_text(encoding="utf-8")
    own = LATE.replace("basis_code: 2\n", "basis_code: 2\ncategories: [refuse_duty]\n")
    package = make_package(
        {
            "lists.yaml": lists.replace("black:\n", "black:\n  categories: [market_order]\n"),
            "criteria/late.yaml": own,
        }
    )

    found = {one.code: one.categories for one in load_sector(package).criteria}

    assert found == {"demo.grave": ("market_order",), "demo.late": ("refuse_duty",)}


def test_a_sector_that_says_nothing_has_the_document_it_had_before(sector):
    text = str(sector.document)

    for key in ("categories", "joint", "every_sector", "parent", "penalties"):
        assert f"'{key}'" not in text
    again = build_sector(sector.document)
    assert again.criteria == sector.criteria
    assert again.measures == sector.measures


def test_every_set_names_known_categories_and_its_source():
    known = categories()

    for one in known.sets.values():
        assert set(one.categories) <= known.categories.keys(), one.code
        assert one.source
