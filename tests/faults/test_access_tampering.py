"""Fault 80, each act at each place: an entry of the main chain, or a check of a chain, is edited,
deleted, put in another's place, inserted or cut off, and the first bad one is named. And for each
act, what the same harness misses with its guards off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from registry.store import tables, verify
from tests.faults.test_tampering import judged, unguarded
from tests.filled import Filled


@dataclass
class Chain:
    """The main chain or the longest one of checks, on an open connection without triggers."""

    connection: sa.Connection
    table: str
    name: str
    last: int

    def sql(self, statement: str, **values: Any) -> Any:
        """A statement on this chain; {table} and {here} stand for it."""
        here = "1 = 1" if self.name == "main" else f"chain = '{self.name}'"
        text = statement.format(table=self.table, here=here)
        return self.connection.execute(sa.text(text), values)

    def place(self, seq: int) -> str:
        if self.name == "main":
            return f"journal entry {seq}"
        return f"check {seq} of chain {self.name}"

    def move(self, old: int, new: int) -> None:
        self.sql("UPDATE {table} SET seq = :new WHERE seq = :old AND {here}", old=old, new=new)

    def copy(self, old: int, new: int) -> None:
        columns = tables.metadata.tables[self.table].columns
        names = ", ".join(one.name for one in columns if one.name not in ("seq", "id"))
        extra = ("id, ", "'forged', ") if "id" in columns else ("", "")
        self.sql(
            f"INSERT INTO {{table}} (seq, {extra[0]}{names}) SELECT :new, {extra[1]}{names} "
            "FROM {table} WHERE seq = :old AND {here}",
            new=new, old=old,
        )  # fmt: skip


# Each is done at an entry, and returns the first one that is bad thereafter.


def edit(chain: Chain, seq: int) -> int:
    chain.sql("UPDATE {table} SET actor = 'another' WHERE seq = :seq AND {here}", seq=seq)
    return seq


def delete(chain: Chain, seq: int) -> int:
    chain.sql("DELETE FROM {table} WHERE seq = :seq AND {here}", seq=seq)
    return seq


def delete_and_close_up(chain: Chain, seq: int) -> int:
    """Without a gap: what came after is counted anew."""
    delete(chain, seq)
    for later in range(seq + 1, chain.last + 1):
        chain.move(later, later - 1)
    return seq


def reorder(chain: Chain, seq: int) -> int:
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        chain.move(old, new)
    return seq


def insert(chain: Chain, seq: int) -> int:
    """A copy of an entry after it, the later ones moved on."""
    for later in range(chain.last, seq, -1):
        chain.move(later, later + 1)
    chain.copy(seq, seq + 1)
    return seq + 1


def truncate(chain: Chain, seq: int) -> int:
    chain.sql("DELETE FROM {table} WHERE seq >= :seq AND {here}", seq=seq)
    return seq


ACTS = (edit, delete, delete_and_close_up, reorder, insert, truncate)
CHAINS = ("journal", "checks")
Act = Callable[[Chain, int], int]


@contextmanager
def opened(filled: Filled, table: str) -> Iterator[Chain]:
    with unguarded(filled) as connection:
        name = "main"
        if table == "checks":
            longest = "SELECT chain FROM checks GROUP BY chain ORDER BY count(*) DESC LIMIT 1"
            name = connection.execute(sa.text(longest)).scalar_one()
        chain = Chain(connection, table, name, 0)
        chain.last = chain.sql("SELECT max(seq) FROM {table} WHERE {here}").scalar_one()
        yield chain


def missed(filled: Filled, table: str, act: Act) -> list[str]:
    """The entries at which the act is not found, or another entry is named."""
    wrong = []
    with opened(filled, table) as chain:
        assert judged(chain.connection, filled) is None
        # the last one has none after it to be swapped with, or that would show that it is gone
        end = chain.last if act in (reorder, delete_and_close_up) else chain.last + 1
        for seq in range(1, end):
            point = chain.connection.begin_nested()
            first = act(chain, seq)
            found = judged(chain.connection, filled)
            point.rollback()
            if found is None or found.place != chain.place(first):
                wrong.append(f"{chain.place(seq)}: {found}")
    return wrong


@pytest.fixture(autouse=True)
def _triggers_are_judged_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "bad_schema", lambda connection: iter(()))


@pytest.mark.proves("F80")
@pytest.mark.parametrize("table", CHAINS)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_each_act_at_each_place_is_found_and_its_first_bad_entry_named(
    filled: Filled, table: str, act: Act
) -> None:
    assert missed(filled, table, act) == []


# --- the controls ---------------------------------------------------------------------------------


def without_hashes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verify, "_wrong", lambda *_: None)


class Counted:
    """A row that bears the number which is expected next."""

    def __init__(self, row: Any, seq: int) -> None:
        self._row, self.seq = row, seq

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def without_numbers(patch: pytest.MonkeyPatch) -> None:
    plain = verify.stream

    def stream(connection: Any, table: Any, key: Any, *conditions: Any) -> Iterator[Any]:
        before: dict[Any, int] = {}
        for row in plain(connection, table, key, *conditions):
            if table.name not in CHAINS:
                yield row
                continue
            chain = getattr(row, "chain", "main")
            before[chain] = before.get(chain, 0) + 1
            yield Counted(row, before[chain])

    patch.setattr(verify, "stream", stream)


def without_places(patch: pytest.MonkeyPatch) -> None:
    """What was sealed can be opened wherever it lies, as it was the first time."""
    seen: dict[Any, Any] = {}

    def kept(plain: Callable[..., Any]) -> Callable[..., Any]:
        def opened(reading: Any, row: Any) -> Any:
            if (plain, row.hash) not in seen:
                seen[plain, row.hash] = plain(reading, row)
            return seen[plain, row.hash]

        return opened

    patch.setattr(verify.journal, "open_entry", kept(verify.journal.open_entry))
    patch.setattr(verify.journal, "facts_of", kept(verify.journal.facts_of))
    patch.setattr(verify.checks, "open_row", kept(verify.checks.open_row))


def without_ends(patch: pytest.MonkeyPatch) -> None:
    def noted(_: Any, __: int, facts: dict[str, Any], scratch: Any) -> Iterator[Any]:
        scratch.seal(facts["chain"], facts["seq"])
        return iter(())

    patch.setattr(verify, "_bad_head", lambda *_: iter(()))
    patch.setattr(verify, "_bad_seal", noted)


EVERY = (without_hashes, without_numbers, without_places)
# What keeps an act from being missed, or from being named wrongly; for most there are several.
GUARDS: dict[Act, tuple[Callable[[pytest.MonkeyPatch], None], ...]] = {
    edit: (without_hashes,),
    delete: EVERY,
    delete_and_close_up: EVERY,
    reorder: EVERY,
    insert: EVERY,
    truncate: (without_ends,),
}


@pytest.mark.control("F80")
@pytest.mark.parametrize("table", CHAINS)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_with_its_guards_off_the_same_harness_misses_the_act(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, table: str, act: Act
) -> None:
    """The control."""
    for guard in GUARDS[act]:
        guard(monkeypatch)

    assert missed(filled, table, act) != []
