"""I11: the journal and the chains of checks only grow. Each later state leads on from every head
that was ever noted, and every receipt is still found. A history that was rewritten is seen by
whoever noted a head, even where its hashes were all computed anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry.app import Application
from registry.domain.actor import Role
from registry.domain.errors import InvalidInput
from registry.domain.listing import ExitGround
from registry.services import custody, exits
from registry.services.sweep import sweep
from registry.store import tables
from registry.store.digests import entry_hash
from registry.store.store import witness_path
from tests.filled import Filled
from tests.numbers import uscc
from tests.store.test_verify import tampered
from tests.world import World

Head = tuple[int, str]


def led_on(application: Application, noted: Head) -> str | None:
    """Why the present state does not lead on from a head; None if it does."""
    try:
        found = custody.verify(application.store, noted[0])
    except InvalidInput:
        return f"there is no entry {noted[0]}"
    if found.trusted != noted:
        return f"entry {noted[0]} is another"
    return str(found.problem) if found.problem else None


def broken(application: Application, heads: list[Head]) -> list[str]:
    return [wrong for noted in heads if (wrong := led_on(application, noted))]


def lost(application: Application, receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The receipts that were given and are not in the log as they were."""
    checks = tables.checks.c
    with application.store.reading() as reading:
        rows = reading.connection.execute(sa.select(checks.chain, checks.seq, checks.hash))
        stored = {tuple(row) for row in rows}
    return [one for one in receipts if (one["chain"], one["seq"], one["hash"]) not in stored]


def life(world: World) -> Iterator[Callable[[], object]]:
    """Things that happen in a registry, one by one."""
    listed: list[Any] = []

    def ended() -> None:
        with world.work("reviewer") as work:
            exits.exit(work, listed[0].id, ExitGround.CRITERIA_CHANGED, "It was repealed.")

    yield lambda: world.enterprise(uscc(20))
    yield lambda: listed.append(world.listed())
    yield lambda: world.ask(uscc(20))
    yield lambda: sweep(world.registry.store)
    yield lambda: world.clock.advance(days=1)
    yield ended
    yield lambda: world.person()
    yield lambda: world.ask(uscc(20))
    yield lambda: world.clock.advance(days=3_000)
    yield lambda: sweep(world.registry.store)
    yield lambda: world.token("TAX", "Somebody", Role.AUDITOR)


@pytest.mark.proves("I11")
def test_every_later_state_leads_on_from_every_earlier_head(world: World) -> None:
    heads: list[Head] = []
    receipts: list[dict[str, Any]] = []
    for act in life(world):
        told = act()
        if isinstance(told, dict):
            receipts.append(told["receipt"])
        head = world.registry.store.head()
        if not heads or heads[-1][0] < head.seq:
            heads.append((head.seq, head.hash))
        assert broken(world.application, heads) == []
        assert lost(world.application, receipts) == []
    assert len(heads) >= 7
    assert len(receipts) == 2


# --- a history that was rewritten -----------------------------------------------------------------

ITEM = ("seq", "at", "kind", "actor", "commitment")


def all_heads(filled: Filled) -> list[Head]:
    rows = filled.rows("SELECT seq, hash FROM journal ORDER BY seq")
    return [(int(str(seq)), str(hash)) for seq, hash in rows]


def rewritten(filled: Filled, seq: int) -> custody.Verdict:
    """Somebody else did what entry `seq` tells of: all hashes after it are computed anew, and the
    witness beside the file is written anew as well."""
    names = ", ".join(ITEM)
    previous = str(filled.rows("SELECT prev_hash FROM journal WHERE seq = ?", seq)[0][0])
    statements = []
    for row in filled.rows(f"SELECT {names} FROM journal WHERE seq >= ? ORDER BY seq", seq):
        item = {**dict(zip(ITEM, row, strict=True)), "chain": "main", "prev_hash": previous}
        if item["seq"] == seq:
            item["actor"] = "somebody"
        hash = entry_hash(item)
        statements.append(
            f"UPDATE journal SET actor = '{item['actor']}', prev_hash = '{previous}', "
            f"hash = '{hash}' WHERE seq = {item['seq']}"
        )
        previous = hash
    statements.append(f"UPDATE heads SET hash = '{previous}'")
    last = all_heads(filled)[-1][0]
    witness_path(filled.file).write_text(f"{last} {previous}\n", encoding="ascii")
    return tampered(filled, *statements)


@pytest.mark.control("I11")
@pytest.mark.parametrize("back", [0, 1, 5, 20])
def test_a_history_that_was_rewritten_leads_on_from_no_head_since(
    filled: Filled, back: int
) -> None:
    """The control of what is compared: within itself the false chain is without fault."""
    heads = all_heads(filled)
    assert broken(filled.application, heads) == []
    assert rewritten(filled, heads[-1][0] - back).problem is None

    wrong = broken(filled.application, heads)
    assert wrong == [f"entry {seq} is another" for seq, _ in heads[len(heads) - 1 - back :]]


@pytest.mark.control("I11")
def test_an_old_copy_does_not_lead_on_from_the_heads_since(filled: Filled, tmp_path: Path) -> None:
    filled.application.close()
    old = tmp_path / "old.db"
    shutil.copy2(filled.file, old)
    filled.world.clock.advance(seconds=1)
    filled.world.token("TAX", "Somebody", Role.AUDITOR)
    heads = all_heads(filled)
    filled.application.close()
    for end in ("-wal", "-shm", "-head"):
        Path(f"{filled.file}{end}").unlink(missing_ok=True)
    shutil.copy2(old, filled.file)

    assert broken(filled.again(), heads[-1:]) == [f"there is no entry {heads[-1][0]}"]


@pytest.mark.control("I11")
def test_a_check_that_was_taken_out_is_missed_by_its_receipt(filled: Filled) -> None:
    filled.clock.advance(seconds=1)
    receipt = filled.world.ask(uscc(1))["receipt"]
    assert lost(filled.application, [receipt]) == []
    # the last of its chain and not sealed yet: nothing else knows of it
    place = f"chain = '{receipt['chain']}' AND seq = {receipt['seq']}"
    assert tampered(filled, f"DELETE FROM checks WHERE {place}").problem is None
    assert lost(filled.application, [receipt]) == [receipt]
