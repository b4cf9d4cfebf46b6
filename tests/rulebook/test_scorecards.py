"""Scorecards as files: a good one is built whole; every mistake names file, line and remedy."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from registry.domain.errors import RuleError
from registry.domain.scorecard import FromListing, FromRater, FromRecords
from registry.domain.sector import Sector
from registry.domain.validity import Term
from registry.rulebook.loader import load_sector
from registry.rulebook.rulebook import Rulebook

GOOD = Path(__file__).parents[1] / "broken_rules" / "good"
CARD = (GOOD / "scorecards" / "conduct.yaml").read_text(encoding="utf-8")
MEASURES = (GOOD / "measures.yaml").read_text(encoding="utf-8")
LISTED = "      list_kinds: [black]\n"

# What stands there, what is written instead, the line of the mistake, and words of the message.
MISTAKES = {
    "code of another sector": (
        "code: demo.conduct", "code: tax.conduct", 1, "named after its code, here 'demo.conduct'"),
    "unknown key": ("    term: P1Y", "    terms: P1Y", 12, "did you mean term? Known keys"),
    "impossible date": ("valid_from: 2020-01-01", "valid_from: 2020-02-30", 7, "no date that"),
    "term": ("    term: P1Y", "    term: a year", 12, "'a year' is not a term"),
    "period": ("period: P1Y", "period: yearly", 11, "must be year_before, year or a term"),
    "unknown instrument": (
        'article: "9"}', 'article: "9"}, {instrument: demo-lore, article: "1"}', 9,
        "unknown instrument 'demo-lore'"),
    "no article": (', article: "10"', "", 25, "article: is required"),
    "line without basis": (
        '        basis: [{instrument: demo-law, article: "10"}]', "        basis: []", 25,
        "must cite at least one article"),
    "points as text": ("points: -12.5", 'points: "-12.5"', 22, "must be a plain number"),
    "points of none": ("points: -12.5", "points: 0", 22, "without points says nothing"),
    "points too fine": ("points: -12.5", "points: -12.55555", 22, "at most four places"),
    "less than one": ("most: 50", "most: 12", 23, "less than the points of one, 12.5"),
    "unknown record kind": (
        "[demo.penalty_decision]", "[demo.penalty]", 24, "unknown record kind 'demo.penalty'"),
    "unknown field": ("field: amount", "field: amounts", 24, "no record kind has a field"),
    "money as a word": ("at_least: 1000}}", "at_least: much}}", 24, "must be a number"),
    "count in an item": (
        "{field: amount, at_least: 1000}", "{count: {}, at_least: 2}", 24,
        "an item counts records"),
    "two triggers": (
        "        listed: [black]", "        listed: [black]\n        stated: true", 31,
        "exactly one of records, listed, rated, stated"),
    "no trigger": ("        stated: true\n", "", 38, "exactly one of records, listed, rated"),
    "unknown grade": ("best: fair", "best: fairly", 41, "unknown grade 'fairly'. Known: bad"),
    "unknown grade in a band": ("{grade: bad,", "{grade: worst,", 29, "unknown grade 'worst'"),
    "line twice": ("code: no_books", "code: fine", 38, "fine stands here twice"),
    "a line called start": ("code: no_books", "code: start", 38, "start stands here twice"),
    "grade twice": ("{code: bad,", "{code: fair,", 29, "unknown grade 'bad'"),
    "gap between bands": ("below: 80}", "below: 79}", 27, "does not join the band of fair"),
    "overlap of bands": ("below: 80}", "at_most: 80}", 27, "does not join the band of fair"),
    "a total without grade": (
        "{grade: bad, below: 60}", "{grade: bad, below: 60, at_least: 0}", 29, "would have no"),
    "two lower ends": ("at_least: 60, below", "at_least: 60, above: 60, below", 28, "one lower"),
    "items without start": ("    start: {points: 100}\n", "", 17, "start is not given"),
    "unknown earlier grade": (
        "listed: [black]", "rated: {grades: [worst], within: P1Y}", 35, "unknown grade 'worst'"),
    "unknown earlier line": (
        "listed: [black]", "rated: {grades: [bad], within: P1Y, by: [lie]}", 35,
        "unknown line 'lie'"),
    "illness": ("title: No books", "title: illness of the owner", 38, "about illness and"),
}  # fmt: skip
MEASURE_MISTAKES = {
    "follows nothing": ("", "needs list_kinds or ratings"),
    "unknown scorecard": (
        "      ratings: [{scorecard: demo.none, grades: [bad]}]\n", "unknown scorecard 'demo.no"),
    "unknown grade": (
        "      ratings: [{scorecard: demo.conduct, grades: [worst]}]\n", "unknown grade 'worst'"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_in_a_scorecard_is_named_with_its_line(mistake, make_package):
    old, new, line, words = MISTAKES[mistake]
    assert old in CARD
    package = make_package({"scorecards/conduct.yaml": CARD.replace(old, new, 1)})

    with pytest.raises(RuleError) as caught:
        load_sector(package)

    assert words in caught.value.message
    assert caught.value.message.startswith(f"{package}/scorecards/conduct.yaml:{line}: ")


@pytest.mark.parametrize("mistake", sorted(MEASURE_MISTAKES))
def test_a_measure_that_follows_no_grade_there_is_is_named(mistake, make_package):
    new, words = MEASURE_MISTAKES[mistake]
    assert LISTED in MEASURES
    package = make_package({"measures.yaml": MEASURES.replace(LISTED, new, 1)})

    with pytest.raises(RuleError, match=words) as caught:
        load_sector(package)

    assert "measures.yaml:" in caught.value.message


def test_versions_do_not_overlap(make_package):
    again = CARD + CARD.partition("versions:\n")[2].replace('"2020-01-01"', '"2021"', 1)
    package = make_package({"scorecards/conduct.yaml": again})

    with pytest.raises(RuleError, match="overlaps the version in force from 2020-01-01"):
        load_sector(package)


def test_a_good_scorecard_is_built_whole(sector: Sector):
    (version,) = sector.scorecards

    assert (version.code, version.start, version.term) == ("demo.conduct", 100, Term(years=1))
    (item,), (fraud,), (books,) = version.items, version.direct, version.knock_outs
    assert (item.points, item.most) == (Decimal("-12.5"), Decimal(50))
    assert isinstance(item.trigger, FromRecords)
    assert isinstance(fraud.trigger, FromListing)
    assert isinstance(books.trigger, FromRater)
    assert [band.grade for band in version.bands] == ["good", "fair", "bad"]
    assert version.band_of(Decimal(60)).grade == "fair"


def test_scorecards_are_part_of_the_stored_rulebook_and_its_digest(sector: Sector, make_package):
    whole = Rulebook.merge([sector])
    again = Rulebook.from_document(whole.document)
    other = load_sector(
        make_package({"scorecards/conduct.yaml": CARD.replace("points: -12.5", "points: -12.6")})
    )

    assert again.scorecards() == whole.scorecards() == sector.scorecards
    assert Rulebook.merge([other]).digest != whole.digest


def test_a_rulebook_from_before_there_were_scorecards_is_still_read(sector: Sector):
    document = dict(sector.document)
    del document["scorecards"]
    old = {**Rulebook.merge([sector]).document, "sectors": {"demo": document}}

    assert Rulebook.from_document(old).scorecards() == ()
