"""Backup: one snapshot of all tables as gzipped JSON lines, the same for SQLite and PostgreSQL.

The first line says what it is, the last one its digest, sealed with a key of the key file: a backup
that was cut short, altered or made with other keys is refused before anything is restored. It holds
no key; what is sealed in the database is sealed in it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from registry.domain.errors import NotReady
from registry.store import schema, tables
from registry.store.database import Database
from registry.store.streaming import PAGE, stream
from registry.store.transaction import Reading, read_head
from registry.store.types import Instant, from_iso, iso
from registry.store.vault import Vault

FORMAT = "sanction-registry backup 1"


@dataclass(frozen=True)
class Summary:
    """What a backup holds: rows in all, and the head of the main chain."""

    rows: int
    seq: int
    hash: str


def write(reading: Reading, now: datetime, path: Path) -> Summary:
    """Write the snapshot to a new file, readable by its owner only; it appears when complete."""
    if path.exists():
        raise NotReady(f"{path} exists already: a backup is never overwritten.")
    head = read_head(reading.connection)
    part = path.with_name(f"{path.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            rows = _write_all(reading, file, now, head.seq, head.hash)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise NotReady(f"{path} cannot be written: {error.strerror}.") from None
    return Summary(rows, head.seq, head.hash)


def _write_all(reading: Reading, file: IO[bytes], now: datetime, seq: int, hash: str) -> int:
    digest, rows = hashlib.sha256(), 0
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0, filename="") as packed:

        def say(line: Any) -> None:
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(text)
            packed.write(text)

        made = {"format": FORMAT, "schema": schema.newest(), "at": iso(now)}
        say({**made, "seq": seq, "hash": hash})
        for table in tables.metadata.sorted_tables:
            say({"table": table.name, "columns": list(table.columns.keys())})
            key = [column.name for column in table.primary_key]
            writers = [_writer(column) for column in table.columns]
            for row in stream(reading.connection, table, key):
                say([write(value) for write, value in zip(writers, row, strict=True)])
                rows += 1
        end = {"rows": rows, "seal": reading.vault.blind("backup", digest.hexdigest())}
        packed.write(json.dumps(end).encode() + b"\n")
    return rows


def inspect(path: Path, vault: Vault) -> Summary:
    """Read a backup through; NotReady unless it is whole, unaltered and of these keys."""
    digest, rows, head, last = hashlib.sha256(), 0, None, b""
    for line in _lines(path):
        if last:
            digest.update(last)
            if head is None:
                head = _head(path, last)
            rows += last.startswith(b"[")
        last = line
    try:
        end = json.loads(last)
        whole = end["rows"] == rows and end["seal"] == vault.blind("backup", digest.hexdigest())
    except (ValueError, TypeError, KeyError):
        raise NotReady(f"{path} is cut short: it has no end. Use another backup.") from None
    if head is None or not whole:
        raise NotReady(
            f"{path} was altered, or made with other keys than those of the key file. "
            "Put back the key file it was made with (REGISTRY_KEY_FILE), or use another backup."
        )
    return Summary(rows, head["seq"], head["hash"])


def restore(database: Database, vault: Vault, path: Path) -> Summary:
    """Restore into an empty database, in one transaction."""
    found = inspect(path, vault)
    if schema.current(database) is not None:
        raise NotReady("The database is not empty: a backup is restored into an empty one only.")
    with database.changing() as connection:
        if sa.inspect(connection).get_table_names():
            raise NotReady("The database holds tables already: restore into an empty one only.")
        schema.create(connection)
        table: sa.Table | None = None
        readers: list[Callable[[Any], Any]] = []
        batch: list[dict[str, Any]] = []
        for line in _lines(path):
            said = json.loads(line)
            if isinstance(said, list) and table is not None:
                cells = zip(table.columns.keys(), readers, said, strict=True)
                batch.append({name: read(value) for name, read, value in cells})
            if table is not None and batch and (len(batch) == PAGE or isinstance(said, dict)):
                connection.execute(sa.insert(table), batch)
                batch = []
            if isinstance(said, dict) and "table" in said:
                table = tables.metadata.tables[said["table"]]
                readers = [_reader(column) for column in table.columns]
        _restart_places(connection)
    return found


def _restart_places(connection: sa.Connection) -> None:
    """PostgreSQL counts places itself: on from the last one."""
    if connection.dialect.name != "postgresql":
        return
    for name in tables.VERSIONED:
        last = sa.select(sa.func.max(tables.metadata.tables[name].c.place)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(name, "place")
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1))))


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except FileNotFoundError:
        raise NotReady(f"There is no file {path}.") from None
    except (OSError, EOFError, zlib.error):
        raise NotReady(f"{path} is cut short or damaged. Use another backup.") from None


def _head(path: Path, line: bytes) -> dict[str, Any]:
    """The first line; NotReady if it is not of a backup that this version can restore."""
    try:
        head: dict[str, Any] = json.loads(line)
        made = head["format"], head["schema"]
    except (ValueError, TypeError, KeyError):
        raise NotReady(f"{path} is no backup of a registry.") from None
    if made != (FORMAT, schema.newest()):
        raise NotReady(
            f"{path} is of schema {head['schema']}, this version wants {schema.newest()}: restore "
            "it with the version that made it, then run registry migrate with this one."
        )
    return head


def _plain(value: Any) -> Any:
    return value


def _writer(column: sa.Column[Any]) -> Callable[[Any], Any]:
    """A column's values as JSON."""
    if isinstance(column.type, Instant):
        return lambda value: None if value is None else iso(value)
    if isinstance(column.type, sa.Date):
        return lambda value: None if value is None else value.isoformat()
    if isinstance(column.type, sa.LargeBinary):
        return lambda value: None if value is None else base64.b64encode(value).decode("ascii")
    return _plain


def _reader(column: sa.Column[Any]) -> Callable[[Any], Any]:
    """The inverse of `_writer`."""
    if isinstance(column.type, Instant):
        return lambda value: None if value is None else from_iso(value)
    if isinstance(column.type, sa.Date):
        return lambda value: None if value is None else date.fromisoformat(value)
    if isinstance(column.type, sa.LargeBinary):
        return lambda value: None if value is None else base64.b64decode(value)
    return _plain
