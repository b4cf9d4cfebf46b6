"""Custody of what is stored: verify it, back it up, restore it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.domain.errors import InvalidInput
from registry.store import backup as backups
from registry.store import journal, schema
from registry.store.backup import Summary
from registry.store.store import Store
from registry.store.transaction import read_head
from registry.store.verify import Counts, Problem, first_problem


@dataclass(frozen=True)
class Verdict:
    """What a verification found; `trusted` is the entry it started from, with its hash."""

    counts: Counts
    problem: Problem | None
    trusted: tuple[int, str] | None = None

    def text(self) -> str:
        """For the operator, who notes the last line where the registry cannot reach it."""
        if self.problem is not None:
            return f"BAD {self.problem}"
        counts, lines = self.counts, []
        if self.trusted is not None:
            lines.append(f"trusted up to entry {self.trusted[0]}, hash {self.trusted[1]}")
        lines.append(
            f"journal entries {counts.entries}, checks {counts.checks}, rows {counts.rows}: sound"
        )
        if counts.erased:
            lines.append(f"contents erased, their keys destroyed: {counts.erased}")
        return "\n".join([*lines, f"head: entry {counts.seq}, hash {counts.hash}"])


def verify(store: Store, start: int = 0) -> Verdict:
    """Recompute chains and stored state; what the journal says up to `start` is trusted."""
    schema.require_current(store.database)
    counts, trusted, witnessed = Counts(), None, store.witnessed()
    with store.reading() as reading:
        if start:
            hash = journal.hash_at(reading, start)
            if hash is None:
                last = read_head(reading.connection).seq
                raise InvalidInput.field("from", f"there is no entry {start}: the last is {last}")
            trusted = (start, hash)
        problem = first_problem(reading, start, counts)
        if problem is None and witnessed is not None and witnessed[0]:
            seq, hash = witnessed
            if journal.hash_at(reading, seq) != hash:
                what = "the witness beside the database says it was committed, with another hash"
                problem = Problem(f"journal entry {seq}", what, seq)
    return Verdict(counts, problem, trusted)


def backup(store: Store, path: Path) -> Summary:
    """Write a backup of the present state while the registry goes on working."""
    with store.reading() as reading:
        return backups.write(reading, store.now(), path)


def restore(store: Store, path: Path) -> Verdict:
    """Restore a backup into an empty database, note its head, and verify it."""
    backups.restore(store.database, store.vault, path)
    store.bear_witness()
    return verify(store)
