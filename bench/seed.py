"""Fill a registry by the hundred thousand: copies of the demo's case, each with a number, a key and
sealed content of its own, so that the product reads them as it reads what it wrote.

A listed subject has a black listing and the watch listing after it, each with its expiry. Seeded
rows have no journal entries: this is a load for measuring, and `registry verify` would say so.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stdnum.cn import uscc

from bench import place
from registry.demo.world import LISTED
from registry.domain.subject import Identifier
from registry.store import subjects, tables
from registry.store.transaction import Change, new_id
from registry.store.writer import driver_of

CHUNK = 5_000
SEED = 20_261_122
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WRITTEN = ("subject_keys", "subjects", "identifiers", "listings", "deadlines")

Row = dict[str, Any]


def number(index: int) -> str:
    """The index-th invented unified code, with a right check character."""
    body, rest = "", index
    for _ in range(8):
        rest, digit = divmod(rest, len(_ALPHABET))
        body = _ALPHABET[digit] + body
    base = f"91990000{body}8"
    return base + str(uscc.calc_check_digit(base))


def fill(folder: Path, listed: int, clear: int) -> None:
    """Add subjects with listings and subjects without; the first `listed` numbers have them."""
    application = place.opened(folder)
    with application.store.changing() as change:
        copy = _Copy(change)
    for start in range(0, listed + clear, CHUNK):
        stop = min(start + CHUNK, listed + clear)
        with application.store.changing() as change:
            _write(change, copy, range(start, stop), listed)
        application.database.checkpoint()
    application.close()


class _Copy:
    """The rows of the demo's listed firm, as the driver gives them."""

    def __init__(self, change: Change) -> None:
        identifier = Identifier("uscc", LISTED)
        self.identifier = _rows(change, "identifiers", "blind", subjects.blind(change, identifier))
        subject_id = self.identifier[0]["subject_id"]
        self.subject = _rows(change, "subjects", "id", subject_id)[0]
        self.listings = _rows(change, "listings", "subject_id", subject_id)
        self.deadlines = [
            _rows(change, "deadlines", "target_id", one["id"])[0] for one in self.listings
        ]
        self.private = [
            change.open_json(one["sealed"], f"listings:{one['id']}", subject_id)
            for one in self.listings
        ]


def _rows(change: Change, table: str, column: str, value: str) -> list[Row]:
    current = "AND known_to IS NULL" if table in tables.VERSIONED else ""
    cursor = driver_of(change.connection).execute(
        f"SELECT * FROM {table} WHERE {column} = ? {current} ORDER BY rowid", (value,)
    )
    names = [one[0] for one in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor]
    return [{name: row[name] for name in names if name != "place"} for row in found]


def _write(change: Change, copy: _Copy, indexes: range, listed: int) -> None:
    rows: dict[str, list[Row]] = {name: [] for name in _WRITTEN}
    for index in indexes:
        for name, row in _subject(change, copy, index, index < listed):
            rows[name].append(row)
    for name, found in rows.items():
        if found:
            columns, values = ", ".join(found[0]), ", ".join(f":{one}" for one in found[0])
            driver_of(change.connection).executemany(
                f"INSERT INTO {name} ({columns}) VALUES ({values})", found
            )
    change.record("bench.seeded", {"subjects": len(indexes)})


def _subject(change: Change, copy: _Copy, index: int, listed: bool) -> Iterator[tuple[str, Row]]:
    id, value, seq = new_id(), number(index), change.next_seq
    key = change.vault.new_subject_key(id)
    yield "subject_keys", {"subject_id": id, "key_id": key.key_id, "wrapped": key.wrapped}

    def sealed(content: Any, table: str, thing: str) -> bytes:
        written = json.dumps(content, ensure_ascii=False).encode()
        return change.vault.seal(written, f"{table}:{thing}", key)

    name = f"演示 {index} 有限公司（虚构）"
    private = {"other_names": [], "addresses": [], "full_capacity": True}
    fresh = {"id": id, "known_from": seq, "name": name, "name_key": subjects.fold_name(name)}
    yield "subjects", {**copy.subject, **fresh, "sealed": sealed(private, "subjects", id)}
    blind = change.vault.blind("uscc", value)
    mark = new_id()
    fresh = {"id": mark, "known_from": seq, "subject_id": id, "blind": blind}
    yield (
        "identifiers",
        {
            **copy.identifier[0],
            **fresh,
            "sealed": sealed(value, "identifiers", mark),
        },
    )
    if listed:
        yield from _listings(copy, id, seq, sealed)


def _listings(copy: _Copy, subject_id: str, seq: int, sealed: Any) -> Iterator[tuple[str, Row]]:
    previous = None
    for row, private, deadline in zip(copy.listings, copy.private, copy.deadlines, strict=True):
        id = new_id()
        fresh = {"id": id, "known_from": seq, "subject_id": subject_id}
        fresh["determination_id"] = new_id()
        fresh["follows"] = previous if row["follows"] else None
        yield "listings", {**row, **fresh, "sealed": sealed(private, "listings", id)}
        yield "deadlines", {**deadline, "id": new_id(), "target_id": id, "known_from": seq}
        previous = id


def sample(count: int, start: int, stop: int) -> list[str]:
    """Numbers drawn from a range of indexes, always the same."""
    chosen = random.Random(SEED)
    return [number(chosen.randrange(start, stop)) for _ in range(count)]


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    json.dump(None, sys.stdout)
