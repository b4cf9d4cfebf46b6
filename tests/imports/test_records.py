"""Imports of records: one a row, under the record kinds of every sector, each filed once."""

from __future__ import annotations

from datetime import date

import pytest

from registry.domain.record import FieldSpec, FieldType, RecordKind
from registry.services import agencies, custody, records
from registry.store import records as store
from tests.importing import Imported, csv, imported
from tests.numbers import uscc
from tests.world import World

HEAD = (
    "kind,uscc,decided_on,underpaid_amount,due_total_year,year,decision_no,served_on,final_on,grade"
)


def penalty(number: int = 1, **changes: str) -> str:
    cells = {
        "kind": "tax.penalty_decision",
        "uscc": uscc(900),
        "decided_on": "2025-12-01",
        "underpaid_amount": "1200000.00",
        "due_total_year": "10000000",
        "year": "2024",
        "decision_no": f"2025-{number}",
        "served_on": "2025-12-02",
        "final_on": "2025-12-10",
        "grade": "",
        **changes,
    }
    return ",".join(cells.values())


@pytest.fixture
def firm(world: World):
    return world.enterprise(uscc(900))


def test_a_row_becomes_a_record_as_a_request_would_make_it(world: World, firm):
    found = imported(world, csv(HEAD, penalty(grade="serious")), "records")

    assert str(found.totals) == "taken 1, merged 0, refused 0"
    with world.registry.view(world.tokens["provider"]) as view:
        record = records.get(view, found.row(2).id)
    assert record.subject_id == firm.id
    assert record.decided_on == date(2025, 12, 1)
    assert record.fields["year"] == 2024
    assert str(record.fields["underpaid_amount"]) == "1200000.00"
    assert (record.document_no, record.grade) == ("2025-1", "serious")
    assert custody.verify(world.registry.store).problem is None


def test_a_filed_record_can_be_determined(world: World, firm):
    found = imported(world, csv(HEAD, penalty()), "records")
    with world.registry.store.reading() as reading:
        (record,) = store.get_many(reading, [found.row(2).id])

    assert world.propose(firm, record).record_ids == (record.id,)


@pytest.mark.parametrize("chunk", [1, 10])
@pytest.mark.requirement("CAT-10")
def test_the_same_record_again_is_the_one_that_is_there(world: World, firm, chunk):
    content = csv(HEAD, penalty(1), penalty(2), penalty(1))
    first = imported(world, content, "records", chunk=chunk)
    again = imported(world, content, "records", chunk=chunk)

    assert str(first.totals) == "taken 2, merged 1, refused 0"
    assert str(again.totals) == "taken 0, merged 3, refused 0"
    assert [one.id for one in again.outcomes] == [one.id for one in first.outcomes]
    with world.registry.store.reading() as reading:
        assert len(store.of_subject(reading, firm.id)) == 2
    assert custody.verify(world.registry.store).problem is None


def test_what_was_filed_by_a_request_is_recognised_in_a_file(world: World, firm):
    record = world.record(firm, date(2025, 12, 1), decision_no="2025-1")
    cells = {"underpaid_amount": "1000000", "served_on": "2025-12-01", "final_on": "2025-12-01"}
    found = imported(world, csv(HEAD, penalty(1, **cells)), "records")

    assert (found.row(2).state, found.row(2).id) == ("merged", record.id)


def test_another_provider_may_report_the_same(world: World, firm):
    imported(world, csv(HEAD, penalty()), "records")
    found = imported(world, csv(HEAD, penalty()), "records", agency="OTHER")

    assert found.totals.taken == 1


@pytest.mark.proves("F42")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "tax.unheard_of"}, "kind: is no record kind"),
        ({"uscc": uscc(901)}, "subject.identifier: is not known: add the subject first"),
        ({"uscc": ""}, "subject: name it once"),
        ({"decided_on": "1.12.2025"}, "decided_on: must be a date, YYYY-MM-DD"),
        ({"decided_on": ""}, "decided_on: is required"),
        ({"decided_on": "2026-12-01"}, "decided_on: must not lie after today"),
        ({"underpaid_amount": "1e9"}, "fields.underpaid_amount: must be an amount"),
        ({"year": "zwei"}, "fields.year: must be an integer"),
        ({"final_on": "2025-02-30"}, "fields.final_on: must be a date that exists"),
        ({"served_on": "2025-11-30"}, "fields.served_on: must not lie before decided_on"),
        ({"final_on": "2025-12-01"}, "fields.final_on: must not lie before served_on"),
        ({"year": "2027"}, "fields.year: must not lie after this year"),
        ({"decision_no": ""}, "fields.decision_no: is required"),
        ({"grade": "terrible"}, "grade: must be one of"),
    ],
)
def test_a_wrong_cell_is_named_and_the_other_rows_are_taken(world: World, firm, changes, words):
    found = imported(world, csv(HEAD, penalty(1), penalty(2, **changes), penalty(3)), "records")

    assert str(found.totals) == "taken 2, merged 0, refused 1"
    assert words in found.refused[3]


def test_a_penalty_by_simplified_procedure_is_refused_with_its_article(world: World, firm):
    found = imported(world, csv(HEAD + ",procedure", penalty() + ",simplified"), "records")

    assert "simplified procedure" in found.refused[2]
    assert "art. 12" in found.refused[2]


@pytest.mark.requirement("CAT-09")
def test_each_record_holds_who_provided_and_who_sent_it(world: World, firm):
    found = imported(world, csv(HEAD, penalty()), "records")
    with world.registry.store.reading() as reading:
        from registry.store import access, tables

        row = reading.one(tables.records, tables.records.c.id == found.row(2).id)
        assert access.actor_name(reading, row.submitted_by) == "Pan"
        assert access.agency(reading, row.agency_id).code == "TAX"


def test_a_sector_that_the_agency_does_not_work_in_is_refused(world: World, firm):
    with world.registry.operating() as work:
        agencies.add(work, "BUILD", "Builders", "national", "city", ("procurement",))
    found = imported(world, csv(HEAD, penalty()), "records", agency="BUILD")

    assert "file a record of this sector" in found.refused[2]


_SAMPLES = {
    FieldType.MONEY: "1000.00",
    FieldType.INTEGER: "3",
    FieldType.RATIO: "0.25",
    FieldType.DATE: "2025-12-01",  # on the day of the decision every order of dates is kept
    FieldType.TEXT: "某文书",
    FieldType.FLAG: "true",
}


def sample(spec: FieldSpec) -> str:
    if spec.is_year:
        return "2024"
    return spec.values[0] if spec.values else _SAMPLES[spec.type]


def test_a_file_for_every_sector_with_every_record_kind_goes_in(world: World, firm):
    with world.registry.view() as view:
        sectors = view.rulebook.sectors
    for sector in sectors.values():
        every = list(sector.record_kinds.values())
        own = [kind for kind in every if not kind.filed_by]
        assert take_in(world, own).totals.taken == len(own) > 0
        # what only associations file comes from one
        others = [kind for kind in every if kind.filed_by]
        if others:
            with world.registry.operating() as work:
                level = others[0].filed_by[0]
                agencies.add(work, "ASSOC", "Association", "national", level, ())
            assert take_in(world, others, "ASSOC").totals.taken == len(others)


def take_in(world: World, kinds: list[RecordKind], agency: str = "TAX") -> Imported:
    """One file with a row for each kind."""
    names = sorted({name for kind in kinds for name in kind.fields})
    head = ("kind", "uscc", "decided_on", "document_no", *(f"fields.{name}" for name in names))
    rows = [",".join(head)]
    for kind in kinds:
        cells = [sample(kind.fields[name]) if name in kind.fields else "" for name in names]
        rows.append(",".join((kind.code, uscc(900), "2025-12-01", "D-1", *cells)))
    found = imported(world, csv(*rows), "records", agency=agency)
    assert found.refused == {}
    return found
