"""A case through the services, on both databases: steps, terms, what follows, and replay."""

from __future__ import annotations

import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from registry.domain.errors import (
    CriterionNotInForce,
    CriterionNotMet,
    Duplicate,
    IllegalTransition,
    InvalidInput,
    NotFound,
    NotPermitted,
    RuleError,
    StepMissing,
    TwoPersonRule,
)
from registry.domain.listing import ExitGround, ListingStatus, ListKind
from registry.domain.severity import Severity
from registry.domain.subject import SubjectKind
from registry.domain.validity import Term, noon_of
from registry.rulebook.loader import load_sector
from registry.services import confirmations, determinations, exits, proposals, records
from registry.services.records import NewRecord
from registry.store import listings

DAY = timedelta(days=1)


def stored(world, id):
    with world.registry.view() as view:
        return listings.get(view.reading, id)


def following(world, id):
    with world.registry.view() as view:
        return listings.following(view.reading, id)


def code_of(world, subject):
    from registry.store import subjects

    with world.registry.view() as view:
        return subjects.identifiers_of(view.reading, subject.id)[0].value


def test_a_listing_confirmed_today_restricts_the_next_check(world):
    firm = world.enterprise()
    assert world.ask(code_of(world, firm))["outcome"] == "clear"

    listing = world.listed(firm)

    answer = world.ask(code_of(world, firm))
    assert answer["outcome"] == "restricted"
    assert answer["sanctions"]["mandatory"][0]["listing_id"] == listing.id


def test_the_term_counts_the_first_day_and_ends_with_the_last(world):
    listing = world.listed()

    assert listing.valid_from == world.today
    assert listing.valid_to == world.today.replace(year=world.today.year + 3)


@pytest.mark.requirement("LST-10")
def test_on_the_last_day_the_listing_is_in_force_and_on_the_next_it_has_ended(world):
    firm = world.enterprise()
    listing = world.listed(firm)
    code = code_of(world, firm)

    last = world.ask(code, as_of=noon_of(listing.valid_to - DAY))
    after = world.ask(code, as_of=noon_of(listing.valid_to))

    assert last["outcome"] == "restricted"
    assert after["sanctions"]["mandatory"] == []
    assert stored(world, listing.id).exit_at(noon_of(listing.valid_to)) == (
        ExitGround.EXPIRED,
        listing.valid_to,
    )


@pytest.mark.requirement("EXT-03")
def test_the_watch_listing_stands_from_confirmation_and_follows_expiry_and_changed_criteria(world):
    expiring, ending, wrong = world.listed(), world.listed(), world.listed()

    watch = following(world, expiring.id)
    assert watch.list_kind is ListKind.WATCH
    assert watch.valid_from == expiring.valid_to
    assert watch.status_at(noon_of(world.today)) is ListingStatus.PENDING
    assert watch.status_at(noon_of(expiring.valid_to)) is ListingStatus.IN_FORCE

    with world.work("reviewer") as work:
        exits.exit(work, ending.id, ExitGround.CRITERIA_CHANGED, "The standard changed.")
    moved = following(world, ending.id)
    assert moved.valid_from == world.today
    assert moved.valid_to == Term.parse("P1Y").after(world.today)
    assert moved.status_at(noon_of(world.today)) is ListingStatus.IN_FORCE

    with world.work("reviewer") as work:
        exits.end(work, listings.get(work.change, wrong.id), ExitGround.OBJECTION_UPHELD, "Wrong.")
    assert following(world, wrong.id).status_at(noon_of(wrong.valid_to)) is ListingStatus.ENDED


def test_the_authority_sets_the_term_of_the_watch_listing(world):
    listing = world.listed(watch_term=Term.parse("P6M"))

    watch = following(world, listing.id)

    assert watch.valid_to == Term.parse("P6M").after(listing.valid_to)


def test_a_longer_term_than_the_rule_allows_is_refused_and_the_default_is_the_longest(world):
    with pytest.raises(InvalidInput) as refused:
        world.listed(term=Term.parse("P3Y1D"))
    assert "term" in refused.value.errors

    assert world.listed(term=Term.parse("P1Y")).valid_to == world.today.replace(
        year=world.today.year + 1
    )


def test_a_listing_never_begins_before_today(world):
    with pytest.raises(InvalidInput) as refused:
        world.listed(valid_from=world.today - DAY)
    assert "valid_from" in refused.value.errors


def test_the_proposer_is_never_the_second_person(world):
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today - 90 * DAY))
    world.notice(case, world.today - 60 * DAY)
    world.tokens["reviewer"] = world.token("TAX", "An", *_roles("reviewer"))

    with pytest.raises(TwoPersonRule):
        world.confirm(case)


def _roles(*names):
    from registry.domain.actor import Role

    return [Role(name) for name in names]


@pytest.mark.requirement("DET-05")
def test_a_person_is_never_listed_without_notice_and_time_to_answer(world):
    person = world.person()
    case = world.propose(person, world.record(person, world.today - 90 * DAY))

    with pytest.raises(StepMissing) as unserved:
        world.confirm(case)
    world.notice(case, world.today)
    with pytest.raises(StepMissing) as early:
        world.confirm(case)

    assert [one.action for one in unserved.value.details["missing"]] == ["notice"]
    assert [one.action for one in early.value.details["missing"]] == ["defence_window"]
    assert early.value.details["missing"][0].earliest_on > world.today


def test_what_the_subject_said_is_answered_before_confirmation(world):
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today - 90 * DAY))
    world.notice(case, world.today - 60 * DAY)
    with world.work("authority") as work:
        _, said = determinations.submit(work, case.id, "It was not us.", world.today - 50 * DAY)

    with pytest.raises(StepMissing) as missing:
        world.confirm(case)
    with world.work("authority") as work:
        determinations.answer(work, case.id, said.id, "rejected", "The books say so.")
    listing = world.confirm(case)

    assert [one.action for one in missing.value.details["missing"]] == ["answer_submission"]
    assert listing.status_at(noon_of(world.today)) is ListingStatus.IN_FORCE


def test_records_below_the_threshold_meet_nothing_and_the_reasons_say_why(world):
    firm = world.enterprise()
    record = world.record(firm, world.today - 9 * DAY, underpaid_amount="999999.99")

    with pytest.raises(CriterionNotMet) as refused:
        world.propose(firm, record)

    assert any("999,999.99" in reason.text for reason in refused.value.details["reasons"])


def test_an_act_decided_before_the_rule_came_into_force_lists_nobody(world):
    firm = world.enterprise()

    with pytest.raises(CriterionNotInForce):
        world.propose(firm, world.record(firm, date(2022, 1, 31)))


def test_a_record_carries_one_case_of_a_criterion(world):
    firm = world.enterprise()
    record = world.record(firm, world.today - 9 * DAY)
    case = world.propose(firm, record)

    with pytest.raises(Duplicate) as refused:
        world.propose(firm, record)
    with world.work("authority") as work:
        determinations.drop(work, case.id, "A slip.")

    assert refused.value.details["id"] == case.id
    assert world.propose(firm, record).id != case.id


@pytest.mark.requirement("SUB-04")
def test_nobody_under_age_is_listed(world):
    child = world.person(born=date(2012, 1, 1))
    record = world.record(child, world.today - 9 * DAY)

    with pytest.raises(InvalidInput) as refused:
        world.propose(child, record)

    assert "younger than 18" in refused.value.errors["subject_id"][0]


def test_a_case_of_another_agency_is_not_there(world):
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, world.today - 90 * DAY))

    with pytest.raises(NotFound), world.work("other_authority") as work:
        determinations.drop(work, case.id, "Not ours.")
    with pytest.raises(NotFound), world.work("other_reviewer") as work:
        confirmations.confirm(work, case.id, confirmations.Confirmation())


def test_an_agency_that_carries_out_never_determines(world):
    firm = world.enterprise()
    record = world.record(firm, world.today - 9 * DAY)

    with pytest.raises(NotPermitted), world.work("agency") as work:
        proposals.propose(work, "tax.evasion", firm.id, [record.id])


def test_a_confirmed_case_is_not_confirmed_again(world):
    listing = world.listed()

    with pytest.raises(IllegalTransition), world.work("reviewer") as work:
        confirmations.confirm(work, listing.determination_id, confirmations.Confirmation())


@pytest.mark.requirement("CHK-12", "MEA-18")
def test_a_past_answer_is_reproduced_after_the_listing_ended(world):
    firm = world.enterprise()
    code = code_of(world, firm)
    listing = world.listed(firm)
    before = world.ask(code)
    known_then = datetime.fromisoformat(before["known_at"])
    world.clock.advance(days=1)
    with world.work("reviewer") as work:
        exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "The standard changed.")

    now = world.ask(code)
    then = world.ask(code, known_at=known_then, as_of=known_then)

    assert before["outcome"] == then["outcome"] == "restricted"
    assert now["outcome"] == "caution"
    assert now["sanctions"] == {"mandatory": [], "recommended": []}
    with world.registry.view(world.tokens["auditor"]) as view:
        for answer in (before, now, then):
            again = world.registry.checks.replay(view.reading, view.actor, answer["id"])
            assert again == {"same": True}


def test_a_record_that_serves_nothing_is_refused_since_its_date_would_move_the_term(world):
    firm = world.enterprise()
    serving = world.record(firm, world.today - 90 * DAY)
    idle = world.record(firm, world.today - 9 * DAY, underpaid_amount="1")

    with pytest.raises(InvalidInput) as refused, world.work("authority") as work:
        proposals.propose(work, "tax.evasion", firm.id, [serving.id, idle.id])

    assert "leave it out" in refused.value.errors["record_ids"][0]


def test_the_watch_listing_is_bounded_by_the_cap_of_the_grade(world):
    with pytest.raises(InvalidInput) as refused:
        world.listed(watch_term=Term.parse("P7Y1D"))
    black = world.listed(watch_term=Term.parse("P7Y"))

    assert set(refused.value.errors) == {"watch_term"}
    assert following(world, black.id).valid_to == Term.parse("P7Y").after(black.valid_to)


@pytest.mark.requirement("PUB-13")
def test_the_jurisdictions_at_work_cap_the_grades_at_one_three_seven_and_five_years(world):
    firm, person = SubjectKind.ENTERPRISE, SubjectKind.PERSON
    with world.registry.view() as view:
        profile = view.rulebook.profile("national")

    caps = {
        (level, kind): profile.cap(Severity("suqian-draft-2018", level), kind, world.today).value
        for level in ("general", "substantial", "serious")
        for kind in (firm, person)
    }
    assert {key: str(value) for key, value in caps.items()} == {
        ("general", firm): "P1Y",
        ("general", person): "P1Y",
        ("substantial", firm): "P3Y",
        ("substantial", person): "P3Y",
        ("serious", firm): "P7Y",
        ("serious", person): "P5Y",
    }


def convicted(world, **more):
    """A case on the conviction of a person who gravely disturbed a hospital."""
    person = world.person()
    fields = {
        "act": "harm_to_staff_or_property",
        "sanction": "criminal_liability",
        "decision_no": "C-1",
    }
    record = world.report(person, "healthcare.order_decision", fields, "2024-03-01", **more)
    return world.open_case("healthcare.order_harm", person, [record])


@pytest.mark.requirement("PUB-14")
def test_the_period_of_a_conviction_runs_from_the_end_of_the_sentence(world):
    served = world.carried_through(convicted(world, ended_on="2025-02-20"))

    assert served.valid_to == date(2030, 2, 21)
    with pytest.raises(InvalidInput) as refused:
        world.carried_through(convicted(world))
    assert set(refused.value.errors) == {"record_ids"}


@pytest.mark.requirement("CRI-04")
def test_a_listing_rests_on_one_of_five_bases_and_on_a_document(world, tmp_path, monkeypatch):
    listing = world.listed()
    firm = world.enterprise()
    unnamed = NewRecord(
        "procurement.penalty_decision",
        {"act": "collusion", "ban_months": 12, "ban_from": str(world.today)},
        world.today - DAY,
        firm.id,
    )

    assert listing.basis_code in range(1, 6)
    assert listing.record_ids
    with pytest.raises(InvalidInput) as refused, world.work("provider") as work:
        records.add(work, unnamed)
    assert {"document_no", "fields.penalty_no"} & set(refused.value.errors)
    for code in (0, 6):
        with pytest.raises(RuleError, match="basis_code"):
            load_with_basis(code, tmp_path / str(code), monkeypatch)


def load_with_basis(code, folder, monkeypatch):
    """The good rule files of the tests with another code of basis."""
    name = f"basis_{code}"
    shutil.copytree(Path(__file__).parent.parent / "broken_rules" / "good", folder / name)
    records_file = folder / name / "records.yaml"
    text = records_file.read_text(encoding="utf-8")
    records_file.write_text(re.sub(r"basis_code: \d", f"basis_code: {code}", text), "utf-8")
    monkeypatch.syspath_prepend(folder)
    load_sector(name)
