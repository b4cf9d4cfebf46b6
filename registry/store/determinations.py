"""Determinations: one row a version of the case; what was said is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from registry.domain.determination import Determination, State, Submission
from registry.domain.listing import ListKind
from registry.store import tables
from registry.store.codec import day_in, day_out, due_in, due_out, reasons_in, reasons_out
from registry.store.transaction import Change, Reading


def save(change: Change, case: Determination) -> None:
    """Write the case as it now stands."""
    private = {
        "reasons": reasons_out(case.reasons),
        "drop_reason": case.drop_reason,
        "submissions": [
            [one.id, one.statement, one.received_on.isoformat(), one.outcome, one.reason]
            for one in case.submissions
        ],
    }
    change.insert(
        tables.determinations,
        case.id,
        subject_id=case.subject_id,
        criterion=case.criterion,
        criterion_version=case.criterion_version,
        sector=case.sector,
        list_kind=str(case.list_kind),
        agency_id=case.agency_id,
        state=str(case.state),
        proposed_by=case.proposed_by,
        proposed_on=case.proposed_on,
        confirmed_by=case.confirmed_by,
        listing_id=case.listing_id,
        record_ids=list(case.record_ids),
        steps={
            "served_on": day_out(case.served_on),
            "ends_on": day_out(case.ends_on),
            "defence": due_out(case.defence),
            "publicised_on": day_out(case.publicised_on),
            "publicity": due_out(case.publicity),
        },
        sealed=change.seal_json(private, f"determinations:{case.id}", case.subject_id),
    )


def link_records(change: Change, case: Determination) -> None:
    """Remember which records the case rests on: each carries one case of a criterion."""
    rows = [
        {"determination_id": case.id, "record_id": record, "criterion": case.criterion}
        for record in case.record_ids
    ]
    change.add_rows(tables.case_records, rows, thing="determination_id")


def get(reading: Reading, id: str) -> Determination | None:
    """A case as known."""
    row = reading.one(tables.determinations, tables.determinations.c.id == id)
    return from_row(reading, row) if row else None


def page(
    reading: Reading, agency_id: str, after: int, limit: int
) -> list[tuple[int, Determination]]:
    """(place, case) of an agency, newest version order; `after` is the place to go on from."""
    table = tables.determinations
    statement = (
        sa.select(table)
        .where(reading.known(table), table.c.agency_id == agency_id, table.c.place > after)
        .order_by(table.c.place)
        .limit(limit)
    )
    return [(row.place, from_row(reading, row)) for row in reading.connection.execute(statement)]


def from_row(reading: Reading, row: Any) -> Determination:
    """A stored row as a case."""
    private = reading.open_json(row.sealed, f"determinations:{row.id}", row.subject_id)
    steps = row.steps
    return Determination(
        id=row.id,
        subject_id=row.subject_id,
        criterion=row.criterion,
        criterion_version=row.criterion_version,
        sector=row.sector,
        list_kind=ListKind(row.list_kind),
        record_ids=tuple(row.record_ids),
        agency_id=row.agency_id,
        proposed_by=row.proposed_by,
        proposed_on=row.proposed_on,
        state=State(row.state),
        reasons=reasons_in(private["reasons"]),
        served_on=day_in(steps["served_on"]),
        ends_on=day_in(steps["ends_on"]),
        defence=due_in(steps["defence"]),
        publicised_on=day_in(steps["publicised_on"]),
        publicity=due_in(steps["publicity"]),
        submissions=_submissions(private["submissions"]),
        listing_id=row.listing_id,
        confirmed_by=row.confirmed_by,
        drop_reason=private["drop_reason"],
    )


def _submissions(raw: Sequence[Any]) -> tuple[Submission, ...]:
    return tuple(Submission(a, b, day_in(c), d, e) for a, b, c, d, e in raw)  # type: ignore[arg-type]
