"""Listings: the validity in columns, terms in JSON, the reason sealed under the subject's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from registry.domain.listing import (
    Exit,
    ExitGround,
    Listing,
    ListKind,
    RepairTerms,
    Suspension,
)
from registry.store import tables
from registry.store.codec import (
    citations_in,
    citations_out,
    day_in,
    day_out,
    severity_in,
    severity_out,
    term_in,
)
from registry.store.transaction import Change, Reading
from registry.store.types import from_iso, iso
from registry.store.vault import ErasedError

COLUMNS = (
    "id",
    "subject_id",
    "sector",
    "list_kind",
    "agency_id",
    "criterion",
    "determination_id",
    "valid_from",
    "valid_to",
    "exit_ground",
    "exit_on",
    "exit_at",
    "public",
    "follows",
    "terms",
    "sealed",
)


def save(change: Change, listing: Listing) -> None:
    """Write the listing as it now stands."""
    change.insert(tables.listings, listing.id, **columns(change, listing))


def columns(change: Change, listing: Listing) -> dict[str, Any]:
    """The stored columns of a listing."""
    exit = listing.exit
    private = {"reason": listing.reason, "reason_zh": listing.reason_zh}
    return {
        "subject_id": listing.subject_id,
        "sector": listing.sector,
        "list_kind": str(listing.list_kind),
        "agency_id": listing.agency_id,
        "criterion": listing.criterion,
        "determination_id": listing.determination_id,
        "valid_from": listing.valid_from,
        "valid_to": listing.valid_to,
        "exit_ground": str(exit.ground) if exit else None,
        "exit_on": exit.on if exit else None,
        "exit_at": exit.at if exit else None,
        "public": listing.public,
        "follows": listing.follows,
        "terms": _terms(listing),
        "sealed": change.seal_json(private, f"listings:{listing.id}", listing.subject_id),
    }


def _terms(listing: Listing) -> dict[str, Any]:
    """What no query asks for, as one document."""
    return {
        "severity": severity_out(listing.severity),
        "version": listing.criterion_version,
        "basis": citations_out(listing.basis),
        "basis_code": listing.basis_code,
        "determined_on": day_out(listing.determined_on),
        "decided_by": listing.decided_by,
        "record_ids": list(listing.record_ids),
        "term": str(listing.term) if listing.term else None,
        "rule_text": listing.rule_text,
        "media": list(listing.media),
        "joint_until": day_out(listing.joint_until),
        "categories": list(listing.categories),
        "repair": [
            listing.repair.repairable,
            list(listing.repair.ways),
            day_out(listing.repair.earliest_on),
        ],
        "suspensions": [
            [one.kind, iso(one.since), iso(one.until) if one.until else None]
            for one in listing.suspensions
        ],
    }


def link_persons(change: Change, listing: Listing) -> None:
    """Remember who answers for the listed organisation, so that a check of the person finds it."""
    rows = [
        {
            "person_id": one.subject_id,
            "listing_id": listing.id,
            "role": one.role,
            "known_from": change.next_seq,
        }
        for one in listing.responsible
    ]
    change.add_rows(tables.listing_persons, rows, thing="listing_id")


def get(reading: Reading, id: str) -> Listing | None:
    """A listing as known."""
    row = reading.one(tables.listings, tables.listings.c.id == id)
    return from_row(reading, row) if row else None


def of_subject(reading: Reading, subject_id: str) -> list[Listing]:
    """All listings of a subject, ended ones too."""
    rows = reading.rows(tables.listings, tables.listings.c.subject_id == subject_id)
    return [from_row(reading, row) for row in rows]


def following(reading: Reading, id: str) -> Listing | None:
    """The watch listing written for a black one."""
    row = reading.one(tables.listings, tables.listings.c.follows == id)
    return from_row(reading, row) if row else None


def reaching(reading: Reading, person_id: str) -> list[tuple[Listing, str]]:
    """(listing, role) of organisations the person answers for."""
    links = tables.listing_persons
    statement = sa.select(links.c.listing_id, links.c.role).where(links.c.person_id == person_id)
    if reading.seq is not None:
        statement = statement.where(links.c.known_from <= reading.seq)
    found = []
    for link in reading.connection.execute(statement).all():
        listing = get(reading, link.listing_id)
        if listing is not None:
            found.append((listing, link.role))
    return found


def persons(reading: Reading, listing_id: str) -> list[tuple[str, str]]:
    """(person id, role) of those who answer for a listing."""
    links = tables.listing_persons
    statement = sa.select(links.c.person_id, links.c.role).where(links.c.listing_id == listing_id)
    return [(row.person_id, row.role) for row in reading.connection.execute(statement)]


def page(
    reading: Reading,
    wanted: Mapping[str, str | None],
    after: int,
    limit: int,
    public_on: date | None = None,
) -> list[tuple[int, Listing]]:
    """(place, listing) whose columns are as wanted, in order of writing; with `public_on` only
    public ones that are not over by then."""
    table = tables.listings
    conditions = reading.equal(table, wanted)
    if public_on is not None:
        conditions += [table.c.public.is_(True), table.c.valid_to > public_on]
    statement = (
        sa.select(table)
        .where(reading.known(table), table.c.place > after, *conditions)
        .order_by(table.c.place)
        .limit(limit)
    )
    return [(row.place, from_row(reading, row)) for row in reading.connection.execute(statement)]


def from_row(reading: Reading, row: Any) -> Listing:
    """A stored row as a listing."""
    values = {name: getattr(row, name) for name in COLUMNS}
    return from_columns(values, open_reason(reading, row.id, row.subject_id, row.sealed))


Reason = tuple[str, str]


def open_reason(reading: Reading, id: str, subject_id: str, sealed: bytes) -> Reason:
    """(reason, reason in Chinese) of a listing; empty where the subject's key was destroyed."""
    try:
        private = reading.open_json(sealed, f"listings:{id}", subject_id)
    except ErasedError:
        return "", ""
    return private["reason"], private["reason_zh"]


def from_columns(row: Mapping[str, Any], reason: Reason) -> Listing:
    """Stored columns, by the names of COLUMNS, as a listing."""
    terms = row["terms"]
    repair = terms["repair"]
    return Listing(
        id=row["id"],
        subject_id=row["subject_id"],
        sector=row["sector"],
        list_kind=ListKind(row["list_kind"]),
        severity=severity_in(terms["severity"]),
        criterion=row["criterion"],
        criterion_version=terms["version"],
        basis=citations_in(terms["basis"]),
        basis_code=terms["basis_code"],
        reason=reason[0],
        reason_zh=reason[1],
        agency_id=row["agency_id"],
        determination_id=row["determination_id"],
        determined_on=date.fromisoformat(terms["determined_on"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        repair=RepairTerms(repair[0], tuple(repair[1]), day_in(repair[2])),
        public=bool(row["public"]),
        exit=exit_in(row["exit_ground"], row["exit_on"], row["exit_at"]),
        suspensions=suspensions_in(terms["suspensions"]),
        follows=row["follows"],
        decided_by=terms["decided_by"],
        record_ids=tuple(terms["record_ids"]),
        term=term_in(terms["term"]),
        rule_text=terms["rule_text"],
        media=tuple(terms["media"]),
        # written since there are joint periods: a listing of before has none
        joint_until=day_in(terms.get("joint_until")),
        categories=tuple(terms.get("categories", ())),
    )


def exit_in(ground: str | None, on: date | None, at: datetime | None) -> Exit | None:
    """An ending from its three columns."""
    if ground is None or on is None or at is None:
        return None
    return Exit(ExitGround(ground), on, at)


def suspensions_in(raw: Sequence[Any]) -> tuple[Suspension, ...]:
    """Suspensions as the terms keep them."""
    if not raw:
        return ()
    return tuple(
        Suspension(kind, from_iso(since), from_iso(until) if until else None)
        for kind, since, until in raw
    )
