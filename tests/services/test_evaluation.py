"""Criteria over everybody: what is found is what could be proposed, only changed subjects are
looked at again, and nothing that is derived outlives or differs from the records."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from registry.domain.errors import Duplicate, InvalidInput
from registry.services import custody, evaluation
from registry.store import determinations as cases
from registry.store import figures, listings, tables
from tests.services.test_removals import set_figure
from tests.services.test_rules import activate
from tests.world import CRITERION

DAY = timedelta(days=1)


def run(world, criterion=CRITERION):
    """Evaluate every version of a criterion; outcomes by version."""
    store = world.registry.store
    with world.registry.view() as view:
        rulebook, today = view.rulebook, view.today
    asked = evaluation.versions(rulebook, None, criterion, today)
    evaluation.enter_all(store, rulebook, asked)
    return [evaluation.evaluate(store, rulebook, version) for version in asked]


def ids(world, outcome):
    with world.registry.view() as view:
        return list(evaluation.found(view.reading, outcome))


def found(world, criterion=CRITERION):
    return {one for outcome in run(world, criterion) for one in ids(world, outcome)}


def explained(world, criterion=CRITERION):
    outcomes = run(world, criterion)
    with world.registry.view() as view:
        return [
            met
            for outcome in outcomes
            for met in evaluation.explained(view.reading, outcome, date(2200, 1, 1))
        ]


def change_row(world, statement):
    with world.application.database.engine.begin() as connection:
        connection.execute(statement)


def test_who_meets_a_criterion_is_found_at_exactly_its_figures(world):
    at, below, no_share = (world.enterprise() for _ in range(3))
    world.record(at, date(2026, 1, 5), underpaid_amount="1000000", due_total_year="10000000")
    world.record(below, date(2026, 1, 5), underpaid_amount="999999.99", due_total_year="1")
    world.record(
        no_share, date(2026, 1, 5), underpaid_amount="1000000", due_total_year="10000000.01"
    )

    assert found(world) == {at.id}


def test_the_version_is_the_one_in_force_when_the_record_was_decided(world):
    firm = world.enterprise()
    world.record(firm, date(2026, 1, 5))

    versions = {one.version.version: set(ids(world, one)) for one in run(world)}

    with world.registry.view() as view:
        assert versions.pop(view.rulebook.criterion(CRITERION, date(2026, 1, 5)).version) == {
            firm.id
        }
    assert not any(versions.values())


def test_only_subjects_whose_records_changed_are_looked_at_again(world):
    firms = [world.enterprise() for _ in range(3)]
    for firm in firms[:2]:
        world.record(firm, date(2026, 1, 5))

    first, second = run(world)[-1], run(world)[-1]
    assert set(ids(world, second)) == {one.id for one in firms[:2]}
    world.record(firms[2], date(2026, 1, 6))
    third = run(world)[-1]

    assert (first.looked_at, second.looked_at, third.looked_at) == (None, 0, 1)
    assert set(ids(world, third)) == {one.id for one in firms}


def test_under_another_rulebook_everybody_is_looked_at_again(world):
    firm = world.enterprise()
    world.record(firm, date(2026, 1, 5))
    assert found(world) == {firm.id}

    def raise_the_figure(document):
        for one in document["sectors"]["tax"]["criteria"]:
            if one["code"] == CRITERION:
                set_figure(one["versions"][-1]["when"], 1_000_001)

    activate(world, raise_the_figure)

    assert run(world)[-1].looked_at is None
    assert found(world) == set()


def test_on_an_earlier_day_later_records_count_for_nothing_and_nothing_is_kept(world):
    firm = world.enterprise()
    world.record(firm, date(2026, 1, 5))
    before = world.registry.store.head()
    with world.registry.view() as view:
        version = view.rulebook.criterion(CRITERION, view.today)

    store = world.registry.store
    assert ids(world, evaluation.on_date(store, version, date(2026, 1, 4))) == []
    assert ids(world, evaluation.on_date(store, version, date(2026, 1, 5))) == [firm.id]
    assert store.head() == before


def test_a_kind_of_subject_that_the_criterion_does_not_list_is_not_found(world):
    body = world.enterprise()
    world.record(body, date(2026, 1, 5))
    activate(world, lambda document: _only_persons(document))

    assert found(world) == set()


def _only_persons(document):
    for one in document["sectors"]["tax"]["criteria"]:
        one["subject_kinds"] = ["person"]


def test_a_proposal_is_opened_once_and_lists_nobody(world):
    firm = world.enterprise()
    record = world.record(firm, date(2026, 1, 5))
    (met,) = explained(world)
    assert met.cases == ()

    with world.work("authority") as work:
        case = evaluation.propose(work, met)
    with pytest.raises(Duplicate), world.work("authority") as work:
        evaluation.propose(work, met)

    assert case.record_ids == (record.id,)
    assert [one.cases for one in explained(world)] == [(case.id,)]
    with world.registry.view() as view:
        assert cases.get(view.reading, case.id).state == "proposed"
        assert listings.of_subject(view.reading, firm.id) == []


def test_a_new_record_beside_one_with_a_case_is_a_case_of_its_own(world):
    firm = world.enterprise()
    world.propose(firm, world.record(firm, date(2026, 1, 5)))
    later = world.record(firm, date(2026, 1, 9))

    (met,) = explained(world)
    with world.work("authority") as work:
        case = evaluation.propose(work, met)

    assert case.record_ids == (later.id,)


def test_records_of_before_are_entered_and_so_are_those_of_a_field_asked_of_later(world):
    firm = world.enterprise()
    world.record(firm, date(2026, 1, 5), means="false_books")
    change_row(world, sa.delete(tables.figures))
    change_row(world, sa.delete(tables.figure_slots))
    change_row(world, sa.delete(tables.figure_kinds))

    assert found(world) == {firm.id}
    assert custody.verify(world.registry.store).problem is None


def test_an_unknown_sector_or_criterion_is_refused_by_name(world):
    with world.registry.view() as view:
        with pytest.raises(InvalidInput, match="sector"):
            evaluation.versions(view.rulebook, "energy", None, view.today)
        with pytest.raises(InvalidInput, match="criterion"):
            evaluation.versions(view.rulebook, None, "tax.nothing", view.today)


def test_verify_compares_the_figures_with_what_the_records_say(world):
    firm = world.enterprise()
    world.record(firm, date(2026, 1, 5))
    assert custody.verify(world.registry.store).problem is None
    taken = dict.fromkeys(("v1", "v2", "v3", "v4", "v5"), 1)

    change_row(world, sa.update(tables.figures).values(taken))

    problem = custody.verify(world.registry.store).problem
    assert "figures" in problem.place
    assert "not what the record says" in problem.what


def test_verify_finds_figures_that_were_taken_away(world):
    firm = world.enterprise()
    world.record(firm, date(2026, 1, 5))
    found(world)

    change_row(world, sa.delete(tables.figures))

    assert "missing" in custody.verify(world.registry.store).problem.what


def test_what_is_derived_goes_with_the_subject_s_key(world):
    firm, other = world.enterprise(), world.enterprise()
    for one in (firm, other):
        world.record(one, date(2026, 1, 5))
    assert found(world) == {firm.id, other.id}
    keys = tables.subject_keys
    change_row(world, sa.delete(keys).where(keys.c.subject_id == firm.id))

    with world.registry.operating() as work:
        figures.erase(work.change, firm.id)

    with world.registry.view() as view:
        for table in (tables.figures, tables.evaluation_hits):
            left = view.reading.connection.execute(sa.select(table.c.subject_id)).scalars()
            assert set(left) == {other.id}
    assert found(world) == {other.id}


def test_texts_stand_nowhere_among_the_figures(world):
    firm = world.enterprise()
    world.record(firm, date(2026, 1, 5), means="false_books")
    with world.registry.view() as view:
        row = view.reading.connection.execute(sa.select(tables.figures)).one()
    texts = [one for one in row if isinstance(one, str)]
    assert set(texts) == {row.kind, row.subject_id, row.record_id}
