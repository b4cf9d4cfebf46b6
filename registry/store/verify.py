"""Verification: the chains recomputed, and every stored row compared with what the journal names.

It trusts nothing but the key file and, where it starts at a later entry, that entry. It reads one
snapshot, in key order; what it must remember goes to a scratch file, so that memory stays flat.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from registry.domain.errors import Unavailable
from registry.store import checks, journal, tables
from registry.store.digests import commit_to, entry_hash
from registry.store.scratch import Scratch
from registry.store.streaming import PAGE, Unreadable, stream
from registry.store.transaction import ERASABLE, GENESIS, Reading
from registry.store.vault import ErasedError
from registry.store.verify_rows import bad_rows
from registry.store.verify_schema import bad_file, bad_schema


@dataclass(frozen=True)
class Problem:
    """Something stored is not what was committed: where, and what is wrong, in plain words."""

    place: str
    what: str
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass
class Counts:
    """How much was looked at."""

    entries: int = 0
    checks: int = 0
    rows: int = 0
    erased: int = 0
    seq: int = 0
    hash: str = GENESIS


def first_problem(reading: Reading, start: int, counts: Counts) -> Problem | None:
    """The first thing that is wrong, or None. What the journal says up to entry `start`, the end
    of its change included, is trusted."""
    with Scratch() as scratch:
        try:
            return next(_problems(reading, start, counts, scratch), None)
        except Unreadable as error:
            return _unreadable(error)
        except DBAPIError as error:
            name = getattr(error.orig, "sqlite_errorname", None) or type(error.orig).__name__
            return Problem("the database", f"it is damaged and cannot be read on ({name})")


def _problems(reading: Reading, start: int, counts: Counts, scratch: Scratch) -> Iterator[Problem]:
    yield from (Problem("the schema", what) for what in bad_schema(reading.connection))
    start = _end_of_change(reading, start)
    yield from _bad_checks(reading, start, counts)
    yield from _bad_entries(reading, start, counts, scratch)
    yield from _bad_head(reading, counts)
    yield from _bad_chains(reading, start, scratch)
    rows = (Problem(*one) for one in bad_rows(reading, start, counts, scratch))
    worst = min(rows, key=lambda problem: problem.seq, default=None)
    if worst is not None:
        yield worst
    yield from (Problem("the database", what) for what in bad_file(reading.connection))


def _end_of_change(reading: Reading, start: int) -> int:
    """Entries of one change share their instant; the rows of a change are told as a whole."""
    table = tables.journal
    at = sa.select(table.c.at).where(table.c.seq == start).scalar_subquery()
    last = sa.select(sa.func.max(table.c.seq)).where(table.c.at == at, table.c.seq >= start)
    return int(reading.connection.execute(last).scalar() or 0)


def _bad_entries(
    reading: Reading, start: int, counts: Counts, scratch: Scratch
) -> Iterator[Problem]:
    """The main chain, and what its entries name, noted in the scratch file."""
    table = tables.journal
    counts.seq = start
    if start:
        trusted = sa.select(table.c.hash).where(table.c.seq == start)
        counts.hash = str(reading.connection.execute(trusted).scalar())
    for number, row in enumerate(stream(reading.connection, table, ["seq"], table.c.seq > start)):
        reading = _fresh(reading, number)
        place = f"journal entry {counts.seq + 1}"
        if row.seq != counts.seq + 1:
            yield Problem(place, "it is missing", counts.seq + 1)
        wrong = _wrong(journal.main_item(row), row.hash, counts.hash)
        if wrong:
            yield Problem(place, wrong, row.seq)
        try:
            salt, payload = journal.open_entry(reading, row)
            said = json.loads(payload)
            erased = ERASABLE in said["facts"] and "erased" in journal.facts_of(reading, row)
        except (Unavailable, ValueError, KeyError, TypeError):
            yield Problem(place, "its content was altered, or the key is another", row.seq)
            continue
        if commit_to(salt, payload) != row.commitment:
            yield Problem(place, "its content is not what it commits to", row.seq)
        counts.entries, counts.seq, counts.hash = counts.entries + 1, row.seq, row.hash
        counts.erased += erased
        scratch.name(row.seq, said["rows"])
        if row.kind == "checks.sealed":
            yield from _bad_seal(reading, row.seq, said["facts"], scratch)


def _bad_seal(
    reading: Reading, seq: int, facts: dict[str, Any], scratch: Scratch
) -> Iterator[Problem]:
    table = tables.checks
    statement = sa.select(table.c.hash).where(
        table.c.chain == facts["chain"], table.c.seq == facts["seq"]
    )
    found = reading.connection.execute(statement).scalar()
    place = f"check {facts['seq']} of chain {facts['chain']}"
    if found is None:
        yield _cut_off(reading, seq, facts)
    elif found != facts["hash"]:
        yield Problem(place, f"it is not the one that journal entry {seq} sealed", seq)
    scratch.seal(facts["chain"], facts["seq"])


def _cut_off(reading: Reading, seq: int, facts: dict[str, Any]) -> Problem:
    """The first check that is missing. What is left has been read: it has no gap."""
    table = tables.checks
    statement = sa.select(sa.func.max(table.c.seq)).where(table.c.chain == facts["chain"])
    first = (reading.connection.execute(statement).scalar() or 0) + 1
    place = f"check {first} of chain {facts['chain']}"
    what = f"it is missing: journal entry {seq} sealed the chain to check {facts['seq']}"
    return Problem(place, what, seq)


def _bad_checks(reading: Reading, start: int, counts: Counts) -> Iterator[Problem]:
    """The chains of checks; from a later start, their rows since then."""
    table = tables.checks
    chain, seq, previous = "", 0, GENESIS
    rows = stream(reading.connection, table, ["chain", "seq"], table.c.main_seq >= start)
    for number, row in enumerate(rows):
        reading = _fresh(reading, number)
        if row.chain != chain:
            chain, seq, previous = row.chain, 0, GENESIS
            if start and row.seq > 1:
                seq, previous = row.seq - 1, row.prev_hash
        place = f"check {seq + 1} of chain {chain}"
        if row.seq != seq + 1:
            yield Problem(place, "it is missing")
        wrong = _wrong(checks.item_of(row), row.hash, previous)
        if wrong:
            yield Problem(place, wrong)
        seq, previous = row.seq, row.hash
        counts.checks += 1
        try:
            salt, payload = checks.open_row(reading, row)
            if commit_to(salt, payload) != row.commitment:
                yield Problem(place, "its content is not what it commits to")
        except ErasedError:
            if not _is_subject(reading, row.subject_id):
                yield Problem(place, "the subject whose key seals it was taken out")
            counts.erased += 1
        except Unavailable:
            yield Problem(place, "its content was altered, or the key is another")


def _wrong(item: dict[str, Any], hash: str, previous: str) -> str | None:
    """What is wrong with an entry of a chain, if anything."""
    if item["prev_hash"] != previous:
        return "it does not follow the entry before it"
    body = {name: value for name, value in item.items() if name != "hash"}
    try:
        same = entry_hash(body) == hash
    except (ValueError, TypeError):  # a value that was never one of an entry
        same = False
    return None if same else "it was altered: its hash is another"


def _bad_head(reading: Reading, counts: Counts) -> Iterator[Problem]:
    heads = reading.connection.execute(sa.select(tables.heads)).all()
    place = f"journal entry {counts.seq + 1}"
    for head in heads:
        if head.seq > counts.seq:
            yield Problem(place, f"it is missing: the chain ends at entry {head.seq}")
        if head.seq < counts.seq:
            yield Problem(f"journal entry {head.seq + 1}", "it lies after the head of the chain")
        if head.hash != counts.hash or head.rules_seq > head.seq:
            yield Problem("the head of the main chain", "it is not that of its last entry")
    if len(heads) != 1:
        yield Problem("the head of the main chain", f"there are {len(heads)} of it")


def _is_subject(reading: Reading, id: str | None) -> bool:
    table = tables.subjects
    found = reading.connection.execute(sa.select(table.c.id).where(table.c.id == id).limit(1))
    return found.first() is not None


def _bad_chains(reading: Reading, start: int, scratch: Scratch) -> Iterator[Problem]:
    for row in stream(reading.connection, tables.chains, ["chain"]):
        sealed = scratch.sealed_to(row.chain)
        if sealed is None and not start:
            sealed = 0
        if sealed is not None and sealed != row.sealed_seq:
            what = f"it is said to be sealed to {row.sealed_seq}, the journal sealed it to {sealed}"
            yield Problem(f"chain {row.chain}", what)
    late = (
        sa.select(tables.checks.c.chain)
        .join(tables.chains, tables.chains.c.chain == tables.checks.c.chain)
        .where(tables.chains.c.closed, tables.checks.c.seq > tables.chains.c.sealed_seq)
    )
    for chain in reading.connection.execute(late.limit(1)).scalars():
        yield Problem(f"chain {chain}", "it was closed, and has checks that were never sealed")
    known = sa.select(tables.chains.c.chain)
    lost = sa.select(tables.checks.c.chain).where(tables.checks.c.chain.not_in(known)).limit(1)
    for chain in reading.connection.execute(lost).scalars():
        yield Problem(f"chain {chain}", "it has checks, and is not among the chains")


def _fresh(reading: Reading, number: int) -> Reading:
    """The same snapshot without the keys it has gathered, from time to time."""
    return reading if number % PAGE else Reading(reading.connection, reading.vault)


def _unreadable(error: Unreadable) -> Problem:
    what = "what is stored there cannot be read"
    after = error.after
    if error.table == tables.journal.name:
        seq = after[0] + 1 if after else 1
        return Problem(f"journal entry {seq}", what, seq)
    if error.table == tables.checks.name:
        chain, seq = (after[0], after[1] + 1) if after else ("", 1)
        return Problem(f"check {seq} of chain {chain}", what)
    return Problem(f"the row of {error.table} after {after[0] if after else 'the start'}", what)
