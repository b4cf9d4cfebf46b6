"""Rules that change under a living registry: editions, versions, plugins that go, calendars that
come. Past answers and listings stay explained."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta

import pytest

from registry.domain.errors import InvalidInput, NotReady
from registry.domain.validity import Term, noon_of
from registry.rulebook.rulebook import Rulebook
from registry.services import (
    confirmations,
    editions,
    proposals,
    publication,
    records,
    rules,
)
from registry.services.records import NewRecord
from registry.store import deadlines, listings
from registry.store import determinations as cases
from registry.store import subjects as subject_store

DAY = timedelta(days=1)


def code_of(world, subject):
    with world.registry.view() as view:
        return subject_store.identifiers_of(view.reading, subject.id)[0].value


def activate(world, change_document, fingerprint="another"):
    """Activate the active rulebook as changed by a function of its document."""
    with world.registry.operating() as work:
        document = copy.deepcopy(dict(work.rulebook.document))
        change_document(document)
        rules.activate(work.change, Rulebook.from_document(document), fingerprint.ljust(64, "0"))


def publish_tax(world, without):
    with world.registry.operating("TAX", "Ke") as work:
        draft = editions.draft(work, "tax", None).id
    with world.registry.operating("TAX", "Ke") as work:
        editions.remove_measure(work, draft, without)
    with world.registry.operating("TAX", "Ke") as work:
        editions.publish(work, draft, None)


@pytest.mark.requirement("PUB-28", "MEA-03")
def test_a_sanction_in_no_published_edition_is_never_returned_and_the_drop_is_reported(world):
    firm = world.enterprise()
    world.listed(firm)
    code = code_of(world, firm)

    publish_tax(world, without="p.procurement_ban")
    answer = world.ask(code)

    assert answer["sanctions"]["mandatory"] == []
    assert answer["outcome"] == "caution"
    assert [one["code"] for one in answer["dropped"]] == ["p.procurement_ban"]


def test_an_edition_applies_from_its_day_and_not_before(world):
    firm = world.enterprise()
    world.listed(firm)
    code = code_of(world, firm)
    with world.registry.operating("TAX", "Ke") as work:
        draft = editions.draft(work, "tax", None).id
    with world.registry.operating("TAX", "Ke") as work:
        editions.remove_measure(work, draft, "p.procurement_ban")
    with world.registry.operating("TAX", "Ke") as work:
        editions.publish(work, draft, work.today + 10 * DAY)

    before = world.ask(code, as_of=noon_of(world.today + 9 * DAY))
    after = world.ask(code, as_of=noon_of(world.today + 10 * DAY))

    assert (before["outcome"], after["outcome"]) == ("restricted", "caution")


@pytest.mark.requirement("CRI-14")
def test_a_listing_keeps_the_wording_it_was_made_under(world):
    listing = world.listed()

    def reword(document):
        for criterion in document["sectors"]["tax"]["criteria"]:
            for version in criterion["versions"]:
                version["text_zh"] = "改写后的条文。"
                version["version"] = "2099-01-01"

    activate(world, reword)

    with world.registry.view() as view:
        kept = listings.get(view.reading, listing.id)
        assert kept.criterion_version == "2022-02-01"
        assert (
            "查补税款" in kept.rule_text or "一百万" in kept.rule_text or "100万" in kept.rule_text
        )
        assert kept.rule_text == listing.rule_text


@pytest.mark.proves("F54")
def test_without_its_plugin_a_sector_is_incomplete_where_needed_and_nowhere_else(world):
    listed, clean = world.enterprise(), world.enterprise()
    world.listed(listed)
    sanctioned, unknown = code_of(world, listed), code_of(world, clean)
    past = world.ask(sanctioned)

    activate(world, lambda document: document["sectors"].pop("tax"))

    still = world.ask(sanctioned)
    needed = world.ask(unknown)
    elsewhere = world.ask(unknown, matter="residence.settle", purpose="residence")
    assert still["outcome"] == "restricted"
    assert [one["sector"] for one in still["incomplete"]] == ["tax"]
    assert needed["outcome"] == "undetermined"
    assert [one["sector"] for one in needed["incomplete"]] == ["tax"]
    assert elsewhere["outcome"] == "clear"
    assert elsewhere["incomplete"] == []
    with world.registry.view(world.tokens["auditor"]) as view:
        for answer in (past, still, needed):
            again = world.registry.checks.replay(view.reading, view.actor, answer["id"])
            assert again == {"same": True}


def test_a_sector_that_is_retired_by_an_empty_edition_is_needed_by_nobody(world):
    firm = world.enterprise()
    code = code_of(world, firm)
    with world.registry.operating("TAX", "Ke") as work:
        draft = editions.draft(work, "tax", None)
    for measure in draft.measures:
        with world.registry.operating("TAX", "Ke") as work:
            editions.remove_measure(work, draft.id, measure["code"])
    with world.registry.operating("TAX", "Ke") as work:
        editions.publish(work, draft.id, None)

    activate(world, lambda document: document["sectors"].pop("tax"))

    answer = world.ask(code)
    assert (answer["outcome"], answer["incomplete"]) == ("clear", [])


def test_fewer_sectors_are_taken_over_at_the_start_and_changed_rules_are_not(application, world):
    activate(world, lambda document: None)  # another fingerprint, the same rules

    application.require_ready()
    with world.registry.view() as view:
        assert set(view.rulebook.sectors) == set(application.plugins.rulebook().sectors)

    def reword(document):
        document["sectors"]["tax"]["title"] = "Another title"

    activate(world, reword, "a third")
    with pytest.raises(NotReady, match="tax differ from the active rulebook"):
        application.require_ready()


def test_a_provisional_period_is_recounted_when_the_calendar_lands(world, clock):
    clock.instant = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
    firm = world.enterprise()
    case = world.propose(firm, world.record(firm, date(2027, 2, 20)))
    noticed = world.notice(case, date(2027, 3, 1))
    assert noticed.defence.provisional
    assert noticed.defence.earliest_on == date(2027, 3, 23)

    def add_2027(document):
        days = {"holidays": ["2027-03-03"], "workdays": []}
        year = {"year": 2027, "notice": "test", "source": "test", "status": "verified", **days}
        document["calendars"]["cn"]["years"].append(year)

    activate(world, add_2027)

    with world.registry.view() as view:
        found = cases.get(view.reading, case.id)
        assert (found.defence.due_on, found.defence.provisional) == (date(2027, 3, 9), False)
        assert deadlines.provisional(view.reading) == []


def banned_supplier(world, firm, months=24, days=60, **decision):
    """A supplier banned under art. 77 some days ago, every step done."""
    decided = world.today - days * DAY
    fields = {
        "act": "false_material",
        "fine_amount": "6000",
        "procurement_amount": "1000000",
        "project_no": "P-1",
        "penalty_no": "F-1",
        "ban_months": months,
        "ban_from": decided.isoformat(),
    }
    new = NewRecord("procurement.penalty_decision", fields, decided, firm.id)
    with world.work("provider") as work:
        record = records.add(work, new)
    with world.work("authority") as work:
        case = proposals.propose(work, "procurement.false_material", firm.id, [record.id])
    world.notice(case, world.today - 40 * DAY)
    with world.work("reviewer") as work:
        return confirmations.confirm(work, case.id, confirmations.Confirmation(**decision))[1]


@pytest.mark.requirement("CRI-18")
def test_a_banned_supplier_is_refused_until_the_ban_ends_and_announced_in_its_medium(world):
    with world.registry.operating("TAX", "Ke") as work:
        editions.publish(work, editions.newest_draft(work, "procurement"), None)
    firm = world.enterprise()
    listing = banned_supplier(world, firm)
    code = code_of(world, firm)

    last = world.ask(code, as_of=noon_of(listing.valid_to - DAY))
    after = world.ask(code, as_of=noon_of(listing.valid_to))

    decided = world.today - 60 * DAY
    # the decision's first day of the ban is the day it was made on: it counts
    assert listing.valid_to == decided.replace(year=decided.year + 2)
    assert last["outcome"] == "restricted"
    assert last["sanctions"]["mandatory"][0]["code"] == "p.procurement_ban"
    assert after["sanctions"]["mandatory"] == []
    with world.registry.view() as view:
        found = publication.page(view, {"kind": "listed", "subject_id": firm.id}, 0, 10)
    assert [one.target_id for _, one in found] == [listing.id]
    assert found[0][1].media[0].startswith("中国政府采购网")


@pytest.mark.requirement("CAT-05")
def test_misconduct_has_three_grades_and_the_profile_knows_other_words_for_them(world):
    firm = world.enterprise()
    fields = {"decision_no": "D", "served_on": "2026-01-05", "year": 2025}
    for given, kept in (("general", "general"), ("serious", "serious"), ("slight", "general")):
        numbered = {**fields, "decision_no": given}
        new = NewRecord("tax.penalty_decision", numbered, date(2026, 1, 5), firm.id, grade=given)
        with world.work("provider") as work:
            assert records.add(work, new).grade == kept

    new = NewRecord("tax.penalty_decision", fields, date(2026, 1, 5), firm.id, grade="grave")
    with pytest.raises(InvalidInput) as refused, world.work("provider") as work:
        records.add(work, new)
    assert "general, substantial, serious" in refused.value.errors["grade"][0]


def test_a_ban_that_the_decision_fixed_is_neither_lengthened_nor_begun_again(world):
    with world.registry.operating("TAX", "Ke") as work:
        editions.publish(work, editions.newest_draft(work, "procurement"), None)
    firm, late = world.enterprise(), world.enterprise()

    with pytest.raises(InvalidInput, match="term"):
        banned_supplier(world, firm, months=12, term=Term.parse("P3Y"))
    with pytest.raises(InvalidInput, match="term"):
        banned_supplier(world, late, months=12, days=500, valid_from=world.today)
