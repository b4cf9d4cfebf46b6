"""Reading and changing the store. A `Change` buffers journal entries and appends them, chained,
before its commit; every row it writes is named there with its digest, so that altering a stored
row outside the registry is found by `registry verify`.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from registry.domain.errors import NotReady, Unavailable
from registry.store import tables
from registry.store.digests import commit_to, entry_hash, entry_payload, row_digest
from registry.store.prepared import Prepared, instant, instant_for, writers_of
from registry.store.types import iso, write_bytes
from registry.store.vault import SubjectKey, Vault

MAIN = "main"
GENESIS = "0" * 64
SYSTEM = "system"
ERASABLE = "sealed"  # in the facts of an entry: they are under the subject's key
MICROSECOND = timedelta(microseconds=1)
_RUN, _ids = os.urandom(5).hex(), count()
_head = sa.select(tables.heads).where(tables.heads.c.chain == MAIN)
_read_head = Prepared(
    sa.select(
        tables.heads.c.seq, tables.heads.c.at, tables.heads.c.hash, tables.heads.c.rules_seq
    ).where(tables.heads.c.chain == sa.bindparam("chain"))
)
_key = sa.select(tables.subject_keys).where(
    tables.subject_keys.c.subject_id == sa.bindparam("subject")
)


class Head(NamedTuple):
    """The last entry of the main chain; `rules_seq` changes when rules or access do."""

    seq: int
    at: datetime
    hash: str
    rules_seq: int


def read_head(connection: sa.Connection) -> Head:
    """The main chain's head; NotReady on a database without one."""
    rows = _read_head.all(connection, {"chain": MAIN})
    if not rows:
        raise NotReady("The database holds no registry: run registry migrate.")
    seq, at, hash, rules_seq = rows[0]
    return Head(seq, instant(at), hash, rules_seq)


def new_id() -> str:
    """A fresh opaque id. Those of one process ascend, so that what is written together lies
    together in every index; the rest is random."""
    return f"{_RUN}{next(_ids):08x}{os.urandom(7).hex()}"


class Ahead(NamedTuple):
    """Rows that were read in one statement for many who ask: of subjects by the blind index of
    their identifier, of listings by subject."""

    subjects: dict[str, list[Any]]
    listings: dict[str, list[Any]]


class Reading:
    """A snapshot. `seq` limits what is known to the main chain up to there; None means now."""

    def __init__(self, connection: sa.Connection, vault: Vault, seq: int | None = None) -> None:
        self.connection, self.vault, self.seq = connection, vault, seq
        self._keys: dict[str, SubjectKey] = {}
        self.ahead = Ahead({}, {})

    def known(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """The condition that picks the versions known at this place."""
        if self.seq is None:
            return table.c.known_to.is_(None)
        return sa.and_(
            table.c.known_from <= self.seq,
            sa.or_(table.c.known_to.is_(None), table.c.known_to > self.seq),
        )

    def at(self, seq: int) -> Reading:
        """The same snapshot as it was known at an earlier place."""
        return Reading(self.connection, self.vault, seq)

    def seq_at(self, instant: datetime) -> int:
        """The last place of the main chain at or before an instant; 0 if there was none."""
        statement = sa.select(sa.func.max(tables.journal.c.seq)).where(
            tables.journal.c.at <= instant
        )
        return int(self.connection.execute(statement).scalar() or 0)

    def rows(self, table: sa.Table, *conditions: Any) -> Sequence[Any]:
        """The known versions that meet the conditions, in order of writing."""
        statement = sa.select(table).where(self.known(table), *conditions).order_by(table.c.place)
        return self.connection.execute(statement).all()

    @staticmethod
    def equal(table: sa.Table, wanted: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
        """Conditions that columns equal the values asked for; None asks for nothing."""
        return [table.c[name] == value for name, value in wanted.items() if value is not None]

    def one(self, table: sa.Table, *conditions: Any) -> Any | None:
        """The known version that meets the conditions, if any."""
        return self.connection.execute(
            sa.select(table).where(self.known(table), *conditions)
        ).first()

    def key_of(self, subject_id: str | None) -> SubjectKey | None:
        """A subject's key; None if it was destroyed."""
        if subject_id is None:
            return None
        if subject_id not in self._keys:
            row = self.connection.execute(_key, {"subject": subject_id}).first()
            self.hold_key(SubjectKey(row.subject_id, row.key_id, row.wrapped) if row else None)
        return self._keys.get(subject_id)

    def hold_key(self, key: SubjectKey | None) -> None:
        """Keep a key that was read, for as long as the snapshot lasts."""
        if key is not None:
            self._keys[key.subject_id] = key

    def open_json(self, sealed: bytes, place: str, subject_id: str | None) -> Any:
        """Sealed JSON content; ErasedError where the key was destroyed."""
        return orjson.loads(self.vault.open(sealed, place, self.key_of(subject_id)))

    def seal_json(self, content: Any, place: str, subject_id: str | None) -> bytes:
        """JSON content sealed under the subject's key, or the registry's own."""
        key = self.key_of(subject_id)
        if subject_id is not None and key is None:
            raise Unavailable("The subject's key was destroyed: nothing more can be stored of it.")
        return self.vault.seal(write_bytes(content), place, key)


# facts, the subject they are about, and the rows, each with its table
Together = tuple[Mapping[str, Any], str | None, Sequence[tuple[sa.Table, Mapping[str, Any]]]]


@dataclass
class _Entry:
    kind: str
    facts: Mapping[str, Any]
    subject_id: str | None
    rows: list[list[Any]] = field(default_factory=list)
    erasable: bool = False


class Change(Reading):
    """A write transaction. Its rows are known from `seq`; `now` is after everything recorded."""

    def __init__(self, connection: sa.Connection, vault: Vault, head: Head, now: datetime) -> None:
        super().__init__(connection, vault)
        self.head, self.now = head, now
        self.next_seq = head.seq + 1
        self._entries: list[_Entry] = []
        self._rows: list[list[Any]] = []
        self._rules_changed = False
        self.events: list[tuple[int, str, Mapping[str, Any]]] = []

    @property
    def pending(self) -> bool:
        """True if rows were written that no entry names yet."""
        return bool(self._rows)

    def insert(self, table: sa.Table, id: str, **values: Any) -> None:
        """Write the next version of a thing; the one before it, if any, is closed."""
        self.insert_many(table, [{"id": id, **values}])

    def insert_many(
        self, table: sa.Table, rows: Sequence[Mapping[str, Any]], fresh: bool = False
    ) -> None:
        """Write versions of several things of one table; `fresh`: things without a version yet."""
        if not rows:
            return
        written = [{**row, "known_from": self.next_seq, "known_to": None} for row in rows]
        for row in written:
            self._rows.append([table.name, row["id"], row_digest(table, row)])
        if not fresh:
            ids = [{"thing": row["id"], "seq": self.next_seq} for row in written]
            self.connection.execute(_close[table.name], ids)
        self.connection.execute(sa.insert(table), written)

    def add_rows(
        self, table: sa.Table, rows: Sequence[Mapping[str, Any]], thing: str = "id"
    ) -> None:
        """Write rows of a table without versions; `thing` is the column that says of what."""
        for row in rows:
            self.name_row(table, row[thing], row)
        if rows:
            self.connection.execute(sa.insert(table), list(rows))

    def name_row(self, table: sa.Table, thing: str, row: Mapping[str, Any]) -> None:
        """Have the next entry name a row as it now stands."""
        self._rows.append([table.name, thing, row_digest(table, row)])

    def name_state(self, table: sa.Table, thing: str, state: str) -> None:
        """Have the next entry name the state that a row was set to."""
        self._rows.append([state_of(table), thing, state])

    def record(
        self,
        kind: str,
        facts: Mapping[str, Any],
        subject_id: str | None = None,
        rules: bool = False,
        erasable: bool = False,
    ) -> None:
        """Journal what was just written. `facts` hold ids, dates and codes, never numbers of
        persons; with free text among them the entry is `erasable`: sealed under the subject's key.
        `rules` says that cached rules and access must be read again."""
        self._entries.append(_Entry(kind, facts, subject_id, self._rows, erasable))
        self._rows = []
        self._rules_changed = self._rules_changed or rules

    def insert_each(
        self,
        table: sa.Table,
        kind: str,
        written: Sequence[tuple[Mapping[str, Any], Mapping[str, Any], Sequence[str]]],
    ) -> None:
        """Write many (row, facts, state), all of them new things, each with a journal entry of its
        own. The rows have all columns, each value as `plain` gives it; `state` is what
        `name_state` would name."""
        rows = [{**row, "known_from": self.next_seq} for row, _, _ in written]
        for row, (_, facts, state) in zip(rows, written, strict=True):
            named = [[table.name, row["id"], row_digest(table, row)], list(state)]
            self._entries.append(_Entry(kind, facts, row.get("subject_id"), named))
        if rows:
            _insert(table).run_each(self.connection, rows)

    def insert_together(self, kind: str, things: Sequence[Together]) -> None:
        """Write many new things, each of rows in several tables and with a journal entry of its
        own; rows have all columns but those of the versions."""
        written: dict[sa.Table, list[dict[str, Any]]] = {}
        for facts, subject_id, rows in things:
            named = []
            for table, content in rows:
                row = {**content, "known_from": self.next_seq}
                thing = row[tables.WRITTEN_ONCE.get(table.name, "id")]
                named.append([table.name, thing, row_digest(table, row)])
                written.setdefault(table, []).append(row)
            self._entries.append(_Entry(kind, facts, subject_id, named))
        for table, found in written.items():
            insert_rows(self.connection, table, found)

    def append(self, actor: str) -> Head:
        """Chain the entries; called once, last before the commit."""
        if self._rows:
            raise RuntimeError("rows were written and not journalled")
        if not self._entries:
            return self.head
        seq, previous, written = self.head.seq, self.head.hash, []
        for entry in self._entries:
            seq += 1
            row = self._chained(entry, seq, previous, actor)
            previous = row["hash"]
            written.append(row)
            self.events.append((seq, entry.kind, entry.facts))
        _insert(tables.journal).run_each(self.connection, written)
        rules_seq = seq if self._rules_changed else self.head.rules_seq
        head = Head(seq, self.now, previous, rules_seq)
        values = {"seq": seq, "at": self.now, "hash": previous, "rules_seq": rules_seq}
        self.connection.execute(
            sa.update(tables.heads).where(tables.heads.c.chain == MAIN).values(values)
        )
        return head

    def _chained(self, entry: _Entry, seq: int, previous: str, actor: str) -> dict[str, Any]:
        """The row of the journal for an entry that follows another."""
        content = entry_payload(self._facts(seq, entry), entry.rows)
        salt = os.urandom(32)
        item = {
            "seq": seq,
            "chain": MAIN,
            "at": iso(self.now),
            "kind": entry.kind,
            "actor": actor,
            "commitment": commit_to(salt, content),
            "prev_hash": previous,
        }
        item["hash"] = entry_hash(item)
        item["at"] = instant_for(self.connection, self.now)
        item["subject_id"] = entry.subject_id
        item["sealed"] = self.vault.seal(salt + content, entry_place(seq, entry.subject_id))
        return item

    def _facts(self, seq: int, entry: _Entry) -> dict[str, Any]:
        """What an entry says. Facts that may have to be erased are sealed once more, under the
        subject's key: without it the entry still proves which rows it wrote."""
        if not entry.erasable:
            return dict(entry.facts)
        sealed = self.seal_json(dict(entry.facts), facts_place(seq), entry.subject_id)
        return {ERASABLE: base64.b64encode(sealed).decode("ascii")}


def state_of(table: sa.Table) -> str:
    """Under which name entries keep the states of a table's rows."""
    return f"{table.name}.state"


def entry_place(seq: int, subject_id: str | None) -> str:
    """What binds a sealed entry to its row."""
    return f"journal:{seq}:{subject_id or ''}"


def facts_place(seq: int) -> str:
    """What binds sealed facts to their entry."""
    return f"journal-facts:{seq}"


@cache
def _insert(table: sa.Table) -> Prepared:
    """An insert of all columns but those that the database or a later change fills."""
    names = [one.name for one in table.columns if one.name not in tables.SET_LATER]
    return Prepared(sa.insert(table), names)


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows past SQLAlchemy, on the driver's own connection: many at once."""
    writers = writers_of(table, connection)
    made = [dict(row) for row in rows] if writers else list(rows)
    for name, write in writers:
        for row in made:
            if row[name] is not None:
                row[name] = write(row[name])
    _insert(table).run_each(connection, made)


_close = {
    name: sa.update(tables.metadata.tables[name])
    .where(
        tables.metadata.tables[name].c.id == sa.bindparam("thing"),
        tables.metadata.tables[name].c.known_to.is_(None),
    )
    .values(known_to=sa.bindparam("seq"))
    for name in tables.VERSIONED
}


def begin_chain(connection: sa.Connection, now: datetime) -> None:
    """Start the main chain of a new database; nothing is done where it has begun."""
    if connection.execute(_head).first() is None:
        values = {"chain": MAIN, "seq": 0, "at": now, "hash": GENESIS, "rules_seq": 0}
        connection.execute(sa.insert(tables.heads), values)
