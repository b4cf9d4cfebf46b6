"""Whom a measure follows, and which edition of a sector is in effect."""

import pytest

from registry.domain.measure import in_effect
from registry.domain.severity import Severity
from tests.builders import a_listing, a_measure, an_edition, on

SUBSTANTIAL = Severity("suqian-draft-2018", "substantial")


@pytest.mark.parametrize("list_kind", ["watch", "red", "alert"])
def test_a_measure_for_black_listings_follows_no_other_list(list_kind: str):
    assert not a_measure(follows="black").target.fits(a_listing(list_kind))


@pytest.mark.parametrize(("level", "fits"), [("general", 0), ("substantial", 1), ("serious", 1)])
def test_a_measure_follows_its_lowest_grade_and_those_above(level: str, fits: int):
    measure = a_measure(severity_from=SUBSTANTIAL)
    listing = a_listing(severity=Severity("suqian-draft-2018", level))

    assert measure.target.fits(listing) is bool(fits)


def test_a_measure_with_a_grade_follows_no_listing_without_one():
    assert not a_measure(severity_from=SUBSTANTIAL).target.fits(a_listing(severity=None))


def test_grades_of_different_schemes_are_never_compared():
    listing = a_listing(severity=Severity("ndrc-36-2025", "serious"))

    assert not a_measure(severity_from=SUBSTANTIAL).target.fits(listing)


def test_a_measure_may_name_the_criteria_that_it_follows():
    measure = a_measure(criteria=["tax.fraud"])

    assert not measure.target.fits(a_listing(criterion="tax.evasion"))
    assert measure.target.fits(a_listing(criterion="tax.fraud"))


def test_a_memorandum_binds_its_signatories_only():
    measure = a_measure(memorandum="发改财金〔2016〕2190号", signatories=frozenset({"customs"}))

    assert measure.binds("customs")
    assert not measure.binds("bureau")


def test_a_memorandum_that_nobody_signed_binds_nobody():
    assert not a_measure(memorandum="发改财金〔2016〕2190号").binds("bureau")


def test_a_measure_of_a_law_binds_every_agency():
    assert a_measure().binds("bureau")


def test_no_edition_is_in_effect_before_its_first_day():
    edition = an_edition(a_measure(), effective_from="2024-03-01")

    assert in_effect((edition,), on("2024-02-29")) == {}
    assert in_effect((edition,), on("2024-03-01")) == {"tax": edition}


def test_an_edition_is_in_effect_until_the_next_one_is():
    first = an_edition(a_measure(), effective_from="2024-01-01")
    second = an_edition(effective_from="2024-03-01")

    assert in_effect((first, second), on("2024-02-29"))["tax"] is first
    assert in_effect((first, second), on("2024-03-01"))["tax"] is second


def test_an_edition_published_later_for_an_earlier_day_does_not_outlast_the_next():
    later_day = an_edition(a_measure(), effective_from="2024-03-01")
    earlier_day = an_edition(effective_from="2024-02-01")

    assert in_effect((later_day, earlier_day), on("2024-02-15"))["tax"] is earlier_day
    assert in_effect((later_day, earlier_day), on("2024-03-01"))["tax"] is later_day


def test_of_two_editions_for_one_day_the_later_published_counts():
    first, second = an_edition(a_measure()), an_edition()

    assert in_effect((first, second), on("2024-06-01"))["tax"] is second


def test_each_sector_has_its_own_edition():
    tax, other = an_edition(a_measure()), an_edition(sector="procurement")

    assert in_effect((tax, other), on("2024-06-01")) == {"tax": tax, "procurement": other}


def test_an_edition_knows_its_measures_by_matter():
    bid = a_measure(matters=["procurement.bid"])
    both = a_measure("p.both", matters=["procurement.bid", "permit.general"])

    edition = an_edition(bid, both)

    assert edition.by_matter["procurement.bid"] == (bid, both)
    assert edition.by_matter["permit.general"] == (both,)
