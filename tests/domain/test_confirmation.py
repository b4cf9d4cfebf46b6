"""What a confirmation puts in force: the second person, term and clock, repair, publication."""

from dataclasses import replace
from typing import Any

import pytest

from registry.domain import confirmation
from registry.domain.confirmation import (
    Confirmed,
    Decision,
    validity_of,
)
from registry.domain.criterion import CriterionVersion, TermRule
from registry.domain.errors import InvalidInput, TwoPersonRule
from registry.domain.legal import Citation
from registry.domain.listing import Listing, RepairTerms
from registry.domain.repair import RepairRule
from registry.domain.severity import Severity
from registry.domain.validity import Term
from tests.builders import (
    a_case,
    a_criterion,
    a_decision,
    a_profile,
    a_record,
    a_setting,
    on,
)


def confirmed(
    *reds: Listing,
    case: Any = None,
    decision: Decision | None = None,
    **setting: Any,
) -> Confirmed:
    return confirmation.confirm(
        case or a_case(),
        a_setting(**setting),
        decision or a_decision(),
        reds,
        ("black", "watch"),
    )


def life(decision: Decision | None = None, case: Any = None, **setting: Any) -> tuple[str, str]:
    start, stop, _ = validity_of(case or a_case(), a_setting(**setting), decision or a_decision())
    return start.isoformat(), stop.isoformat()


def refused(decision: Decision | None = None, case: Any = None, **setting: Any) -> str:
    with pytest.raises(InvalidInput) as refusal:
        validity_of(case or a_case(), a_setting(**setting), decision or a_decision())
    return ", ".join(refusal.value.errors)


# --- the second person ----------------------------------------------------------------------------


def test_the_person_who_proposed_does_not_confirm():
    with pytest.raises(TwoPersonRule):
        confirmed(case=a_case(proposed_by="li"), decided_by="li")


def test_a_listing_names_who_decided_by_which_version_on_which_records():
    listing = confirmed(decided_by="wang").listing

    assert listing.decided_by == "wang"
    assert (listing.criterion, listing.criterion_version) == ("tax.evasion", "2019-01-01")
    assert listing.record_ids == ("rec",)


# --- terms and clocks -----------------------------------------------------------------------------


def test_a_term_from_valid_from_counts_that_day():
    assert life(now="2024-03-01") == ("2024-03-01", "2027-03-01")


@pytest.mark.parametrize(
    ("clock", "record"),
    [
        ("act_end", a_record("2020-06-01", ended_on="2020-05-10")),
        ("decided_on", a_record("2020-05-10")),
    ],
)
def test_a_term_from_an_event_starts_on_the_day_after_it(clock: str, record: Any):
    rule = a_criterion(clock=clock)

    assert life(criterion=rule, records=(record,), now="2021-03-01")[1] == "2023-05-11"


@pytest.mark.requirement("PUB-14")
def test_of_several_acts_the_last_end_counts():
    records = (
        a_record("2020-06-01", ended_on="2020-05-10"),
        a_record("2020-06-01", ended_on="2020-05-20"),
    )

    life_span = life(criterion=a_criterion(clock="act_end"), records=records, now="2021-03-01")

    assert life_span[1] == "2023-05-21"


def test_a_term_from_publication_counts_from_valid_from():
    assert life(criterion=a_criterion(clock="published_on"))[1] == "2027-03-01"


@pytest.mark.parametrize("clock", ["act_end", "decided_on"])
def test_where_the_reviewer_names_valid_from_the_term_counts_from_it(clock: str):
    record = a_record("2020-06-01", ended_on="2020-05-10")

    life_span = life(
        a_decision(valid_from="2024-04-01"), criterion=a_criterion(clock=clock), records=(record,)
    )

    assert life_span == ("2024-04-01", "2027-04-01")


@pytest.mark.requirement("PUB-14")
@pytest.mark.parametrize("valid_from", [None, "2024-04-01"])
def test_an_act_without_an_end_cannot_be_confirmed_under_its_end(valid_from: str | None):
    rule = a_criterion(clock="act_end")

    assert refused(a_decision(valid_from), criterion=rule) == "record_ids"


def test_a_term_already_over_at_confirmation_is_refused():
    rule, record = a_criterion(clock="decided_on"), a_record("2021-02-28")

    assert refused(criterion=rule, records=(record,), now="2024-03-01") == "term"
    assert life(criterion=rule, records=(record,), now="2024-02-29")[1] == "2024-03-01"


def test_a_missing_29_february_becomes_1_march():
    assert life(criterion=a_criterion(term="P1Y"), now="2024-02-29")[1] == "2025-03-01"


def test_valid_from_never_lies_before_today():
    assert refused(a_decision(valid_from="2024-02-29"), now="2024-03-01") == "valid_from"
    assert life(a_decision(valid_from="2024-03-01"))[0] == "2024-03-01"


def test_today_is_the_day_in_shanghai():
    assert life(now="2024-02-29T16:00:00+00:00")[0] == "2024-03-01"


def test_the_rules_term_is_also_the_longest():
    assert life(a_decision(term="P1Y"))[1] == "2025-03-01"
    assert refused(a_decision(term="P3Y1D")) == "term"


@pytest.mark.requirement("DET-13")
@pytest.mark.parametrize("list_kind", ["black", "red"])
def test_the_authority_sets_the_term_of_a_black_or_a_red_entry(list_kind: str):
    case, rule = a_case(list_kind), a_criterion(list_kind)

    ends = [life(a_decision(term=term), case, criterion=rule)[1] for term in ("P1Y", "P18M")]
    assert ends == ["2025-03-01", "2025-09-01"]
    assert life(case=case, criterion=rule)[1] == "2027-03-01"


def test_the_shortest_term_of_the_rule_holds_as_well():
    rule = a_criterion()
    rule = replace(rule, term=replace(rule.term, minimum=Term(years=1)))

    assert refused(a_decision(term="P11M"), criterion=rule) == "term"


@pytest.mark.requirement("PUB-13")
@pytest.mark.parametrize(
    ("level", "kind", "years"),
    [
        ("general", "enterprise", 1),
        ("general", "person", 1),
        ("substantial", "enterprise", 3),
        ("substantial", "person", 3),
        ("serious", "enterprise", 7),
        ("serious", "person", 5),
    ],
)
def test_the_grade_caps_the_term_and_its_longest_is_the_default(level: str, kind: str, years: int):
    rule = a_criterion(term="P10Y", severity=Severity("suqian-draft-2018", level))
    longest = str(on("2024-03-01").replace(year=2024 + years))

    assert life(criterion=rule, kind=kind)[1] == longest
    assert life(a_decision(term=f"P{years}Y"), criterion=rule, kind=kind)[1] == longest
    assert refused(a_decision(term=f"P{years}Y1D"), criterion=rule, kind=kind) == "term"


def test_a_term_that_a_statute_fixes_is_not_capped():
    rule = a_criterion(term="P10Y")
    rule = replace(rule, term=replace(rule.term, statutory=True))

    assert life(criterion=rule)[1] == "2034-03-01"


def test_a_grade_of_another_scheme_has_no_cap_here():
    rule = a_criterion(term="P10Y", severity=Severity("ndrc-36-2025", "serious"))

    assert life(criterion=rule)[1] == "2034-03-01"


def test_the_months_that_a_decision_fixed_are_the_term():
    rule = a_criterion()
    rule = replace(rule, term=TermRule(rule.term.clock, Term(years=3), months_field="ban_months"))
    record = a_record(fields={"ban_months": 18})

    assert life(criterion=rule, records=(record,))[1] == "2025-09-01"


BANNED = a_record("2023-04-01", fields={"ban_months": 12})


def a_ban(clock: str = "decided_on") -> CriterionVersion:
    rule = a_criterion(clock=clock)
    return replace(rule, term=TermRule(rule.term.clock, Term(years=3), months_field="ban_months"))


@pytest.mark.parametrize("valid_from", [None, "2024-03-21", "2024-04-01"])
def test_a_ban_that_the_decision_fixed_ends_on_its_day_whatever_day_is_named(
    valid_from: str | None,
):
    decision = a_decision(valid_from)

    life_span = life(decision, criterion=a_ban(), records=(BANNED,), now="2024-03-21")
    assert life_span == (valid_from or "2024-03-21", "2024-04-02")


@pytest.mark.parametrize("valid_from", ["2024-04-02", "2090-01-01"])
def test_a_ban_does_not_begin_again_on_a_day_after_its_end(valid_from: str):
    decision = a_decision(valid_from)

    assert refused(decision, criterion=a_ban(), records=(BANNED,), now="2024-03-21") == "term"


def test_a_decision_without_months_leaves_the_rules_own_term():
    record = a_record("2023-04-01")

    life_span = life(a_decision("2024-04-01"), criterion=a_ban(), records=(record,))
    assert life_span == ("2024-04-01", "2027-04-01")


def test_a_term_that_is_over_says_from_what_it_counts():
    rule, record = a_criterion(clock="decided_on"), a_record("2021-02-28")

    with pytest.raises(InvalidInput) as refusal:
        confirmed(criterion=rule, records=(record,), now="2024-03-01")
    (said,) = refusal.value.errors["term"]
    assert "P3Y from the decision ended before 2024-03-01" in said


@pytest.mark.parametrize("term", ["P900Y", "P99999D"])
def test_a_term_beyond_the_registrys_years_is_refused_as_input(term: str):
    assert refused(a_decision(term=term)) == "term"


def test_a_watch_term_beyond_the_registrys_years_is_refused_as_input():
    with pytest.raises(InvalidInput) as refusal:
        confirmed(decision=a_decision(watch_term="P900Y"))
    assert set(refusal.value.errors) == {"watch_term"}


# --- repair ---------------------------------------------------------------------------------------


def test_a_listing_says_whether_how_and_from_when_it_can_be_repaired():
    rule = a_criterion(
        repair=RepairRule("yes", minimum_publication=Term(months=6), ways=("correction",))
    )

    assert confirmed(criterion=rule).listing.repair == RepairTerms(
        "yes", ("correction",), on("2024-09-01")
    )


def test_a_repair_that_the_reviewer_rules_out_has_no_ways():
    said = replace(a_decision(), repair=RepairTerms("no", ("correction",), on("2024-09-01")))

    assert confirmed(decision=said).listing.repair == RepairTerms("no", (), None)


NO_REPAIR = RepairRule("no")
LATE_REPAIR = RepairRule("yes", minimum_publication=Term(months=6), ways=("correction",))


@pytest.mark.parametrize(
    ("rule", "asked", "field"),
    [
        (NO_REPAIR, RepairTerms("yes", ("correction",), None), "repair.repairable"),
        (LATE_REPAIR, RepairTerms("yes", (), None), "repair.ways"),
        (LATE_REPAIR, RepairTerms("yes", ("x",), on("2024-08-31")), "repair.earliest_on"),
    ],
)
def test_the_reviewer_is_never_laxer_than_the_rule_of_repair(
    rule: RepairRule, asked: RepairTerms, field: str
):
    with pytest.raises(InvalidInput) as refusal:
        confirmed(criterion=a_criterion(repair=rule), decision=a_decision(repair=asked))
    assert set(refusal.value.errors) == {field}


PROMPT_REPAIR = RepairRule(
    "yes",
    minimum_publication=Term(months=6),
    ways=("performance",),
    immediate_ways=("reorganisation",),
)


def test_a_way_that_waits_for_nothing_may_be_open_from_the_first_day():
    rule = a_criterion(repair=PROMPT_REPAIR)

    def decided(*ways: str) -> RepairTerms:
        decision = a_decision(repair=RepairTerms("yes", ways, None))
        return confirmed(criterion=rule, decision=decision).listing.repair

    assert decided("reorganisation").earliest_on == on("2024-03-01")
    assert decided("performance").earliest_on == on("2024-09-01")
    assert decided("performance", "reorganisation").earliest_on == on("2024-09-01")
    assert confirmed(criterion=rule).listing.repair == RepairTerms(
        "yes", ("performance",), on("2024-09-01")
    )


# --- what is shown to the public ------------------------------------------------------------------


def test_persons_are_public_only_where_a_law_says_so():
    law = Citation("a law", "art. 1", statute=True)
    by_law = a_criterion(publish_persons=(law,))
    silent = a_profile(person__publish="never")

    assert confirmed().listing.public
    assert not confirmed(kind="person").listing.public
    assert confirmed(kind="person", criterion=by_law).listing.public
    assert not confirmed(kind="person", criterion=by_law, profile=silent).listing.public
