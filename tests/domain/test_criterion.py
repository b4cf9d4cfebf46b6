"""Criteria: which records count, which version, and what a rule's figures are worth."""

from dataclasses import replace
from datetime import date

import pytest

from registry.domain.condition import parse
from registry.domain.criterion import Clock, NoticeRule, TermRule, decided_last
from registry.domain.legal import Citation, RuleStatus
from registry.domain.measure import Target
from registry.domain.repair import RepairRule
from registry.domain.severity import SCHEMES, Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Term
from tests.builders import a_criterion, a_listing, a_record

OPEN = Citation("示范通知", "2", RuleStatus.TO_VERIFY)


def test_records_that_meet_make_a_finding_with_reasons():
    finding = a_criterion().evaluate([a_record()])

    assert (finding.met, finding.record_ids) == (True, ("rec",))
    assert finding.reasons[0].basis == a_criterion().basis


@pytest.mark.parametrize(
    "record",
    [
        a_record(kind="tax.other_decision"),
        replace(a_record(), annulled_on=date(2024, 3, 1)),
    ],
)
def test_records_of_other_kinds_and_annulled_ones_count_for_nothing(record):
    finding = a_criterion().evaluate([record])

    assert (finding.met, finding.reasons, finding.record_ids) == (False, (), ())


def test_an_annulled_record_does_not_fill_a_count():
    rule = a_criterion(when=parse({"count": {}, "at_least": 2}))
    annulled = a_record(id="second", annulled_on=date(2024, 3, 1))

    assert not rule.evaluate([a_record(), annulled]).met
    assert rule.evaluate([a_record(), replace(annulled, annulled_on=None)]).met


def test_no_records_meet_nothing():
    rule = a_criterion(when=parse({"count": {}, "at_least": 0}))

    assert not rule.evaluate([]).met


def test_the_latest_decision_counts():
    records = [a_record("2022-01-31"), a_record("2022-02-01"), a_record("2021-12-31")]

    assert decided_last(records) == date(2022, 2, 1)


# --- status ---------------------------------------------------------------------------------------

TERM, NOTICE, REPAIR = TermRule(Clock.VALID_FROM, Term(years=3)), NoticeRule(True), RepairRule("no")


@pytest.mark.parametrize(
    "changes",
    [
        {"figures_status": RuleStatus.TO_VERIFY},
        {"basis": (OPEN,)},
        {"term": replace(TERM, status=RuleStatus.TO_VERIFY)},
        {"term": replace(TERM, basis=(OPEN,))},
        {"notice": replace(NOTICE, status=RuleStatus.TO_VERIFY)},
        {"repair": replace(REPAIR, status=RuleStatus.TO_VERIFY)},
    ],
)
def test_a_criterion_is_to_verify_if_any_of_its_figures_is(changes):
    assert a_criterion().status is RuleStatus.VERIFIED
    assert replace(a_criterion(), **changes).status is RuleStatus.TO_VERIFY


def test_acceptance_changes_what_is_to_verify_only():
    assert OPEN.accepted().status is RuleStatus.ACCEPTED
    assert replace(OPEN, status=RuleStatus.VERIFIED).accepted().status is RuleStatus.VERIFIED


# --- term -----------------------------------------------------------------------------------------


def test_the_months_the_latest_decision_fixed_are_the_default_term():
    rule = replace(TERM, months_field="ban_months")
    records = [
        a_record("2024-02-02", fields={"ban_months": 12}),
        a_record("2024-02-01", fields={"ban_months": 18}),
    ]

    assert rule.default(records) == Term(months=12)
    assert rule.default([a_record()]) == Term(years=3)
    assert rule.default([a_record(fields={"ban_months": 0})]) == Term(years=3)
    assert TERM.default(records) == Term(years=3)


# --- grades ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_grades_of_a_scheme_are_ordered(scheme):
    levels = [Severity(scheme, level) for level in SCHEMES[scheme]]

    for low, grade in enumerate(levels):
        assert [grade.at_least(other) for other in levels] == [
            low >= high for high in range(len(levels))
        ]


def test_grades_of_two_schemes_are_never_compared():
    draft, order = Severity("suqian-draft-2018", "serious"), Severity("ndrc-36-2025", "general")

    assert not draft.at_least(order)
    assert not order.at_least(draft)


@pytest.mark.parametrize("pair", [("suqian-draft-2018", "minor"), ("unknown", "serious")])
def test_an_unknown_grade_is_refused(pair):
    with pytest.raises(ValueError, match="one of"):
        Severity(*pair)


def test_a_measure_never_follows_a_slighter_grade():
    target = Target(
        frozenset({a_listing().list_kind}),
        frozenset(SubjectKind),
        severity_from=Severity("suqian-draft-2018", "substantial"),
    )
    follows = {
        level: target.fits(a_listing(severity=Severity("suqian-draft-2018", level)))
        for level in SCHEMES["suqian-draft-2018"]
    }

    assert follows == {"general": False, "substantial": True, "serious": True}
    assert not target.fits(a_listing(severity=None))
