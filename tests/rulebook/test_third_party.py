"""Scorecards of third parties: grades alone, marked as such, and every way to get one wrong."""

import pytest

from registry.domain.errors import RuleError
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook

CARD = """code: demo.report
title: Credit agency
title_zh: 第三方信用评价
subject_kinds: [enterprise]
third_party: true
versions:
  - version: "2020"
    valid_from: 2020-01-01
    status: verified
    basis: [{instrument: demo-law, article: "11"}]
    checked_on: 2026-01-01
    grades:
      - {code: a, title: A, title_zh: A级}
"""
STARTED = CARD + "    start: {points: 100}\n"


def test_a_third_partys_scorecard_says_so_and_scores_nobody(make_package):
    sector = load_sector(make_package({"scorecards/report.yaml": CARD}))
    (card,) = [one for one in sector.scorecards if one.code == "demo.report"]

    assert card.third_party
    assert not card.scores


def test_a_scorecard_is_ones_own_unless_it_says_otherwise(make_package):
    own = CARD.replace("third_party: true\n", "")
    sector = load_sector(make_package({"scorecards/report.yaml": own}))

    read = Rulebook.from_document(Rulebook.merge([sector]).document)
    assert [one.third_party for one in read.scorecards()] == [False, False]


def test_a_third_party_counts_its_own_points(make_package):
    with pytest.raises(RuleError, match="a third party counts its own points"):
        load_sector(make_package({"scorecards/report.yaml": STARTED}))
