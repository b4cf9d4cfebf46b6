"""The store's transactions: versions on both axes, what the database itself refuses, and how SQLite
is set up."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, date, datetime

import psycopg
import pytest
import sqlalchemy as sa

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import Conflict, Unavailable
from registry.domain.listing import ExitGround
from registry.services import exits
from registry.services.sweep import seal
from registry.store import access, listings, tables
from registry.store.among import among
from registry.store.digests import row_digest
from registry.store.types import Instant, from_iso, iso
from tests.filled import Filled
from tests.numbers import uscc
from tests.world import World


def test_a_version_is_known_from_one_place_of_the_journal_to_another(world: World) -> None:
    listing = world.listed()
    known = world.registry.store.head().seq
    with world.work("reviewer") as work:
        exits.exit(work, listing.id, ExitGround.CRITERIA_CHANGED, "repealed")
    with world.registry.store.reading() as reading:
        now = listings.get(reading, listing.id)
        then = listings.get(reading.at(known), listing.id)
        before = listings.get(reading.at(known - 10), listing.id)
        statement = sa.select(tables.listings).where(tables.listings.c.id == listing.id)
        rows = reading.connection.execute(statement.order_by(tables.listings.c.place)).all()
    assert now is not None
    assert then is not None
    assert now.exit is not None
    assert then.exit is None
    assert before is None
    assert [row.known_to for row in rows] == [rows[1].known_from, None]
    assert known < rows[1].known_from <= world.registry.store.head().seq


def test_a_change_that_fails_leaves_nothing(world: World) -> None:
    head = world.registry.store.head()
    with suppress(RuntimeError), world.registry.operating() as work:
        access.add_agency(work.change, "NEW", "New", "national", "city", ())
        work.change.record("agency.added", {"code": "NEW"})
        raise RuntimeError("stop")
    assert world.registry.store.head() == head
    with world.registry.store.reading() as reading:
        assert access.agency_by_code(reading, "NEW") is None


def test_rows_written_without_a_journal_entry_are_refused(world: World) -> None:
    head = world.registry.store.head()
    with pytest.raises(RuntimeError, match="not journalled"), world.registry.operating() as work:
        access.add_agency(work.change, "NEW", "New", "national", "city", ())
    assert world.registry.store.head() == head


@pytest.mark.proves("I11")
@pytest.mark.parametrize("table", tables.APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET kind = 'x'", "DELETE FROM {}"])
@pytest.mark.requirement("SEC-02")
def test_the_database_refuses_to_change_the_logs(world: World, table: str, statement: str) -> None:
    world.enterprise(uscc(77))
    world.ask(uscc(77))
    with (
        pytest.raises(Exception, match="append-only"),
        world.registry.store.database.engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement.format(table))


def test_the_database_refuses_a_case_confirmed_by_its_proposer(world: World) -> None:
    listing = world.listed()
    table = tables.determinations
    with (
        pytest.raises(Exception, match="two_persons"),
        world.registry.store.database.engine.begin() as connection,
    ):
        connection.execute(
            sa.update(table)
            .where(table.c.id == listing.determination_id)
            .values(confirmed_by=table.c.proposed_by)
        )


def test_the_database_refuses_a_confirmed_case_without_a_second_person(world: World) -> None:
    listing = world.listed()
    table = tables.determinations
    with (
        pytest.raises(Exception, match="confirmed"),
        world.registry.store.database.engine.begin() as connection,
    ):
        connection.execute(
            sa.update(table).where(table.c.id == listing.determination_id).values(confirmed_by=None)
        )


def test_the_database_refuses_a_second_current_version(world: World) -> None:
    row = {"code": "TAX", "name": "Twice", "profile": "national", "level": "city"}
    with pytest.raises(Conflict), world.registry.operating() as work:
        work.change.insert(tables.agencies, "twice", **row, sectors=[])


@pytest.mark.proves("I25")
@pytest.mark.proves("F30")
def test_the_database_refuses_two_announcements_of_one_thing_on_one_day(world: World) -> None:
    listing = world.listed()
    table = tables.announcements
    with world.registry.store.reading() as reading:
        row = reading.one(table, table.c.target_id == listing.id, table.c.kind == "listed")
    assert row is not None
    left_out = ("place", "known_from", "known_to")
    values = {name: value for name, value in row._mapping.items() if name not in left_out}
    with pytest.raises(Conflict), world.registry.operating() as work:
        work.change.insert_many(table, [{**values, "id": "again"}], fresh=True)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        iso(naive)
    with pytest.raises(ValueError, match="zone"):
        Instant().process_bind_param(naive, sa.dialects.sqlite.dialect())


def test_an_instant_comes_back_aware_and_sorts_as_text() -> None:
    early = datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
    assert from_iso(iso(early)) == early
    assert iso(early) == "2026-03-01T12:00:00.000001Z"
    assert iso(early) < iso(early.replace(microsecond=2))


def test_a_naive_instant_reaches_no_table(world: World) -> None:
    naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001
    with pytest.raises(Exception, match="zone"), world.registry.operating() as work:
        access.add_token(work.change, "d" * 64, "actor", [Role.AUDITOR], None, naive)


def test_a_digest_covers_every_column_but_those_set_later() -> None:
    for name in (*tables.VERSIONED, *tables.WRITTEN_ONCE):
        table = tables.metadata.tables[name]
        row = {column.name: "a" for column in table.columns}
        later = {c.name for c in table.columns if row_digest(table, {**row, c.name: "b"}) == (
            row_digest(table, row))}  # fmt: skip
        allowed = set(table.info.get("set_later", tables.SET_LATER))
        assert later == allowed & {column.name for column in table.columns}, name


def test_a_digest_tells_dates_bytes_and_texts_apart() -> None:
    table = tables.records
    row = {"decided_on": date(2026, 3, 1), "sealed": b"a"}
    assert row_digest(table, row) != row_digest(table, {**row, "sealed": b"b"})
    assert row_digest(table, row) != row_digest(table, {**row, "decided_on": date(2026, 3, 2)})


def test_sqlite_is_set_up_as_it_must_be(filled: Filled) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "wal_autocheckpoint": 0,
        "mmap_size": 0,
    }
    database = filled.application.database
    for transaction in (database.reading, database.changing, database.checking):
        with transaction() as connection:
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
        assert found == wanted


def test_a_write_takes_its_place_at_once(filled: Filled) -> None:
    other = filled.again(lock_seconds=1)
    with filled.application.database.changing(), pytest.raises(Unavailable, match="busy"):
        other.store.database.changing().__enter__()
    other.close()


def test_a_snapshot_does_not_change_under_its_reader(world: World) -> None:
    with world.registry.store.reading() as reading:
        before = reading.rows(tables.agencies)
        with world.registry.operating() as work:
            access.add_agency(work.change, "NEW", "New", "national", "city", ())
            work.change.record("agency.added", {"code": "NEW"})
        assert reading.rows(tables.agencies) == before


def test_a_long_reader_does_not_hold_up_a_checkpoint_or_a_writer(filled: Filled) -> None:
    database = filled.application.database
    with filled.application.store.reading() as reading:
        assert reading.rows(tables.agencies)
        filled.world.token("TAX", "Somebody", Role.AUDITOR)
        assert not database.checkpoint(above_bytes=0)  # at once, not after the time-out
        filled.world.token("TAX", "Somebody Else", Role.AUDITOR)
    assert database.checkpoint(above_bytes=0)


def test_who_is_late_writes_nothing_to_a_closed_database(application: Application) -> None:
    database = application.database
    application.close()
    for transaction in (database.reading, database.changing, database.checking):
        with pytest.raises(Unavailable, match="closed"):
            transaction().__enter__()


def test_who_is_at_it_when_a_database_is_closed_leaves_no_connection(
    application: Application,
) -> None:
    database = application.database
    with database.reading() as connection:
        driver = connection.connection.dbapi_connection
        application.close()
        assert connection.execute(sa.select(sa.literal(1))).scalar() == 1
    with pytest.raises((psycopg.OperationalError, sqlite3.ProgrammingError), match="closed"):
        driver.execute("SELECT 1")


def test_a_small_wal_is_left_alone(filled: Filled) -> None:
    filled.world.token("TAX", "Somebody", Role.AUDITOR)
    assert not filled.application.database.checkpoint()


def test_a_writer_that_rested_begins_a_new_chain_and_its_old_one_is_closed(
    filled: Filled,
) -> None:
    def chains() -> list[tuple[object, ...]]:
        return filled.rows("SELECT closed, count(*) FROM chains GROUP BY closed ORDER BY closed")

    world = filled.world
    world.ask(uscc(1))
    first = world.ask(uscc(1))["receipt"]["chain"]
    filled.clock.advance(minutes=59)
    assert world.ask(uscc(1))["receipt"]["chain"] == first
    filled.clock.advance(minutes=61)
    assert world.ask(uscc(1))["receipt"]["chain"] != first
    seal(filled.application.store)
    filled.clock.advance(hours=3)
    third = world.ask(uscc(1))["receipt"]["chain"]
    seal(filled.application.store)
    assert filled.rows("SELECT chain FROM chains WHERE NOT closed") == [(third,)]
    assert len(chains()) == 2


def test_any_number_of_values_is_asked_for_at_once(world: World) -> None:
    wanted = [f"s{number}" for number in range(40_000)] + ["a'b", '"', "甲"]
    table = tables.subjects
    subject = world.enterprise().id
    with world.registry.store.reading() as reading:
        asked = sa.select(table.c.id).where(among(table.c.id, [*wanted, subject]))
        found = list(reading.connection.execute(asked).scalars())
        none = reading.connection.execute(asked.where(among(table.c.id, []))).all()

    assert found == [subject]
    assert none == []
