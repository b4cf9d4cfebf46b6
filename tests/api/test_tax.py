"""The tax sector over HTTP: what its plugin registers, and what a taxpayer's grade brings."""

from __future__ import annotations

import pytest

from tests.api.conftest import Http
from tests.api.general import checked, codes
from tests.numbers import uscc

PRODUCTS = {"i.loan_tax_source", "i.loan_tax_credit", "i.loan_credit_easy", "i.loan_tax_easy"}


def graded(http: Http, value: str, grade: str) -> str:
    """A firm whose grade the tax bureau published; its id."""
    firm = http.world.enterprise(value)
    sent = {
        "scorecard": "tax.rating",
        "subject_id": firm.id,
        "edition": "2025",
        "rated_on": "2026-02-01",
        "grade": grade,
    }
    answer = http.post("/ratings", "provider", sent)
    assert answer.status_code == 201, answer.text
    return firm.id


@pytest.mark.requirement("CRI-15")
def test_the_plugin_registers_criteria_grades_and_incentives(still: Http):
    assert len(still.items("/criteria", sector="tax", on="2026-03-02")) == 11
    (card,) = still.items("/scorecards", sector="tax")
    assert [one["code"] for one in card["grades"]] == ["A", "B", "M", "C", "D"]
    offered = still.items("/measures", sector="tax", kind="incentive", proposed="true")
    assert {one["code"] for one in offered} == PRODUCTS


@pytest.mark.requirement("CRI-15")
def test_a_grade_stands_in_the_subjects_archive_and_only_good_credit_brings_the_products(
    http: Http,
):
    good, fair = graded(http, uscc(20), "A"), graded(http, uscc(21), "B")

    for id, grade in ((good, "A"), (fair, "B")):
        (shown,) = http.items(f"/subjects/{id}/ratings", "agency")
        assert (shown["scorecard"], shown["grade"]) == ("tax.rating", grade)
    answer = checked(http, uscc(20), "finance.loan")
    assert codes(answer, "incentives") == PRODUCTS
    assert (answer["outcome"], answer["listings"]) == ("favoured", [])
    assert codes(checked(http, uscc(21), "finance.loan"), "incentives") == set()
