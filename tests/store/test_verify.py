"""registry verify: what it proves of a sound registry, and that it finds each kind of tampering."""

from __future__ import annotations

import pytest

from registry.domain.actor import Role
from registry.domain.errors import InvalidInput, NotReady
from registry.services import custody
from registry.store import tables, verify
from registry.store.store import witness_path
from tests.filled import Filled
from tests.world import World

DROP = "DROP TRIGGER {table}_no_{action}"


def tampered(filled: Filled, *statements: str) -> custody.Verdict:
    """Do it past the registry, the triggers taken out and put back, and verify."""
    names = [f"{t}_no_{a}" for t in tables.APPEND_ONLY for a in ("update", "delete")]
    made = [
        filled.rows("SELECT sql FROM sqlite_master WHERE name = ?", name)[0][0] for name in names
    ]
    for name in names:
        filled.rows(f"DROP TRIGGER {name}")
    for statement in statements:
        filled.rows(statement)
    for sql in made:
        filled.rows(str(sql))
    return custody.verify(filled.application.store)


def test_a_registry_in_use_is_sound(world: World) -> None:
    firm = world.enterprise()
    world.listed(firm)
    found = custody.verify(world.registry.store)
    assert found.problem is None
    assert found.counts.entries == world.registry.store.head().seq == found.counts.seq
    assert found.counts.hash == world.registry.store.head().hash
    assert found.counts.rows > 40


def test_every_kind_of_row_is_looked_at(filled: Filled) -> None:
    found = custody.verify(filled.application.store)
    names = (*tables.VERSIONED, *tables.WRITTEN_ONCE)
    stored = sum(int(str(filled.rows(f"SELECT count(*) FROM {name}")[0][0])) for name in names)
    assert found.problem is None
    assert found.counts.rows == stored
    assert found.counts.checks == int(str(filled.rows("SELECT count(*) FROM checks")[0][0]))
    assert "sound" in found.text()
    assert found.text().endswith(f"entry {found.counts.seq}, hash {found.counts.hash}")


TAMPERING = {
    "an entry's kind": (
        "UPDATE journal SET kind = 'agency.removed' WHERE seq = 7",
        "journal entry 7: it was altered",
    ),
    "an entry's actor": (
        "UPDATE journal SET actor = 'somebody' WHERE seq = 9",
        "journal entry 9: it was altered",
    ),
    "an entry's instant": (
        "UPDATE journal SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 3",
        "journal entry 3: it was altered",
    ),
    "an instant in another form": (
        "UPDATE journal SET at = replace(at, 'T', ' ') WHERE seq = 3",
        "journal entry 3: what is stored there cannot be read",
    ),
    "an entry's commitment": (
        "UPDATE journal SET commitment = hash WHERE seq = 5",
        "journal entry 5: it was altered",
    ),
    "an entry's content": (
        "UPDATE journal SET sealed = (SELECT sealed FROM journal WHERE seq = 6) WHERE seq = 5",
        "journal entry 5: its content was altered",
    ),
    "whose an entry is": (
        "UPDATE journal SET subject_id = NULL WHERE seq = "
        "(SELECT min(seq) FROM journal WHERE kind = 'subject.added')",
        "its content was altered",
    ),
    "an entry taken out": (
        "DELETE FROM journal WHERE seq = 11",
        "journal entry 11: it is missing",
    ),
    "the last entries cut off": (
        "DELETE FROM journal WHERE seq > 20",
        "journal entry 21: it is missing",
    ),
    "two entries in each other's place": (
        "UPDATE journal SET seq = CASE seq WHEN 8 THEN -9 ELSE -8 END WHERE seq IN (8, 9);"
        "UPDATE journal SET seq = -seq WHERE seq < 0",
        "journal entry 8: it does not follow the entry before it",
    ),
    "a check's instant": (
        "UPDATE checks SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 2",
        "check 2 of chain checks-",
    ),
    "the agency a check belongs to": (
        "UPDATE checks SET agency_id = 'another' WHERE seq = 1",
        "check 1 of chain checks-",
    ),
    "what a check knew": (
        "UPDATE checks SET main_seq = main_seq - 1 WHERE seq = 1",
        "check 1 of chain checks-",
    ),
    "whom a check was about": (
        "UPDATE checks SET subject_id = NULL WHERE seq = 1",
        "the subject whose key seals it was taken out",
    ),
    "a check taken out": ("DELETE FROM checks WHERE seq = 3", "check 3 of chain checks-"),
    "the last check taken out": (
        "DELETE FROM checks WHERE seq = (SELECT max(seq) FROM checks)",
        "it is missing: journal entry",
    ),
    "a listing's end": (
        "UPDATE listings SET valid_to = '2026-12-31' WHERE follows IS NULL",
        "no journal entry names what it holds",
    ),
    "a listing's row taken away": (
        "DELETE FROM listings WHERE place = 1",
        "it was altered or taken away",
    ),
    "a listing's older version taken away": (
        "DELETE FROM listings WHERE known_to IS NOT NULL",
        "it was altered or taken away",
    ),
    "a listing closed": (
        "UPDATE listings SET known_to = 30 WHERE place = 1",
        "it holds to",
    ),
    "a token forged": (
        "INSERT INTO tokens (id, known_from, digest, actor_id, roles, revoked) "
        "SELECT 'forged', known_from, 'x', actor_id, '[\"admin\"]', 0 FROM tokens LIMIT 1",
        "tokens forged: it was altered, or put there by another hand",
    ),
    "a token's roles": ("UPDATE tokens SET roles = '[\"admin\"]'", "tokens "),
    "a measure taken from an edition": ("UPDATE editions SET measures = '[]'", "editions "),
    "an announcement hidden": ("UPDATE announcements SET public = 0", "announcements "),
    "a flag neither yes nor no": ("UPDATE announcements SET withdrawn = 2", "announcements"),
    "a deadline moved": ("UPDATE deadlines SET earliest_on = '2030-01-01'", "deadlines "),
    "a deadline done and open": ("UPDATE deadlines SET state = 'met'", "deadlines "),
    "a case's record taken away": ("DELETE FROM case_records", "case_records "),
    "somebody answering for a firm": (
        "INSERT INTO listing_persons SELECT 'forged', listing_id, role, known_from "
        "FROM listing_persons LIMIT 1",
        "listing_persons ",
    ),
    "a rulebook's text": (
        "UPDATE rulebooks SET document = replace(document, '50', '51')",
        "its text is not that of its digest",
    ),
    "a rulebook taken away": ("DELETE FROM rulebooks", "it was activated and is not stored"),
    "a record's figures become a list": (
        "UPDATE records SET figures = '[\"forged\"]' WHERE known_to IS NULL",
        "records ",
    ),
    "a record's figures become a word": ("UPDATE records SET figures = '\"forged\"'", "records "),
    "a JSON column broken": ("UPDATE editions SET measures = '['", "cannot be read"),
    "how far a chain was sealed": ("UPDATE chains SET sealed_seq = 1", "is said to be sealed to 1"),
    "a chain taken out": ("DELETE FROM chains", "is not among the chains"),
    "the head": ("UPDATE heads SET hash = 'x'", "the head of the main chain"),
    "the head set back": ("UPDATE heads SET seq = 12", "journal entry 13: it lies after the head"),
}


@pytest.mark.proves("F80")
@pytest.mark.parametrize("kind", TAMPERING)
@pytest.mark.requirement("SEC-16")
def test_tampering_is_found_and_named(filled: Filled, kind: str) -> None:
    statement, expected = TAMPERING[kind]
    found = tampered(filled, *statement.split(";"))
    assert found.problem is not None
    assert expected in str(found.problem)
    assert found.text().startswith("BAD ")


def test_a_registry_that_is_not_tampered_with_stays_sound_under_the_same_harness(
    filled: Filled,
) -> None:
    assert tampered(filled).problem is None


def test_sqlite_itself_sees_nothing_of_it(filled: Filled) -> None:
    tampered(filled, "UPDATE listings SET valid_to = '2026-12-31' WHERE follows IS NULL")
    assert filled.rows("PRAGMA integrity_check") == [("ok",)]


def test_without_the_comparison_of_rows_a_changed_listing_goes_unseen(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "bad_rows", lambda *_: iter(()))
    assert (
        tampered(
            filled, "UPDATE listings SET valid_to = '2026-12-31' WHERE follows IS NULL"
        ).problem
        is None
    )


def test_without_the_hashes_a_changed_entry_goes_unseen(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_wrong", lambda *_: None)
    assert tampered(filled, "UPDATE journal SET kind = 'x.y' WHERE seq = 7").problem is None


def test_an_index_that_hides_a_listing_is_found(filled: Filled) -> None:
    where = "WHERE type = 'index' AND name = 'ix_listings_subject_id'"
    filled.rows("CREATE TABLE other (subject_id)")
    number = filled.rows("SELECT rootpage FROM sqlite_master WHERE name = 'other'")[0][0]
    connection = filled.application.database.engine.raw_connection()
    connection.cursor().execute("PRAGMA writable_schema=ON")
    connection.cursor().execute(f"UPDATE sqlite_master SET rootpage = {number} {where}")
    connection.close()
    filled.application.close()
    found = custody.verify(filled.again().store)
    assert found.problem is not None
    assert "the file is damaged" in str(found.problem)


def test_a_missing_trigger_is_found(filled: Filled) -> None:
    filled.rows("DROP TRIGGER checks_no_delete")
    found = custody.verify(filled.application.store)
    assert str(found.problem) == (
        "the schema: the trigger checks_no_delete is missing: the log could be altered"
    )


@pytest.mark.proves("F80")
def test_a_tail_cut_off_without_a_trace_is_found_by_the_witness(filled: Filled) -> None:
    kept = filled.rows("SELECT seq, hash, at, rules_seq FROM heads")[0]
    filled.world.token("TAX", "Somebody New", Role.AUDITOR)
    found = tampered(
        filled,
        f"DELETE FROM journal WHERE seq > {kept[0]}",
        f"DELETE FROM tokens WHERE known_from > {kept[0]}",
        f"DELETE FROM actors WHERE known_from > {kept[0]}",
        f"UPDATE heads SET seq = {kept[0]}, hash = '{kept[1]}', at = '{kept[2]}', "
        f"rules_seq = {kept[3]}",
    )
    assert found.problem is not None
    assert "the witness beside the database says it was committed" in str(found.problem)
    with pytest.raises(NotReady, match="lacks entry"):
        filled.application.store.require_whole()
    witness_path(filled.file).unlink()
    assert custody.verify(filled.application.store).problem is None  # nothing else knows


def test_verification_can_start_at_a_sealed_point(filled: Filled) -> None:
    sealed = filled.rows("SELECT seq, hash FROM journal WHERE kind = 'checks.sealed' ORDER BY seq")
    start = int(str(sealed[0][0]))
    whole = custody.verify(filled.application.store)
    later = custody.verify(filled.application.store, start)
    assert later.problem is None
    assert later.trusted == (start, sealed[0][1])
    assert 0 < later.counts.entries < whole.counts.entries
    assert later.counts.hash == whole.counts.hash


@pytest.mark.proves("I11")
@pytest.mark.parametrize("at", range(1, 45, 3))
def test_verification_can_start_anywhere(filled: Filled, at: int) -> None:
    assert custody.verify(filled.application.store, at).problem is None


def test_what_changed_after_the_starting_point_is_found(filled: Filled) -> None:
    start = int(str(filled.rows("SELECT min(seq) FROM journal WHERE kind='checks.sealed'")[0][0]))
    before = f"UPDATE journal SET kind = 'x.y' WHERE seq = {start - 3}"
    after = f"UPDATE journal SET kind = 'x.y' WHERE seq = {start + 2}"
    tampered(filled, before)
    assert custody.verify(filled.application.store, start).problem is None  # it is trusted
    tampered(filled, after)
    found = custody.verify(filled.application.store, start)
    assert str(found.problem).startswith(f"journal entry {start + 2}: ")


def test_a_start_after_the_end_is_refused(filled: Filled) -> None:
    with pytest.raises(InvalidInput) as refused:
        custody.verify(filled.application.store, 10_000)
    assert "there is no entry 10000" in refused.value.errors["from"][0]


def test_a_database_without_a_schema_is_refused(filled: Filled) -> None:
    other = filled.again(database_url=f"sqlite:///{filled.folder}/empty.db")
    with pytest.raises(NotReady, match="registry migrate"):
        custody.verify(other.store)


def test_the_pages_of_a_table_are_read_one_by_one(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.store.streaming.PAGE", 3)
    monkeypatch.setattr(verify, "PAGE", 3)
    whole = custody.verify(filled.application.store)
    assert whole.problem is None
    found = tampered(filled, "UPDATE journal SET at = 'never' WHERE seq = 14")
    assert str(found.problem) == "journal entry 14: what is stored there cannot be read"


def test_a_verification_does_not_hold_up_writers(filled: Filled) -> None:
    store = filled.application.store
    with store.reading() as reading:
        assert verify.first_problem(reading, 0, verify.Counts()) is None
        filled.world.token("TAX", "Someone New", Role.AUDITOR)
        assert verify.first_problem(reading, 0, verify.Counts()) is None


def test_the_rows_part_names_the_earliest_entry(filled: Filled) -> None:
    found = tampered(filled, "UPDATE tokens SET revoked = 1", "UPDATE agencies SET name = 'x'")
    assert found.problem is not None
    first = filled.rows("SELECT min(known_from) FROM agencies")[0][0]
    assert found.problem.seq == first
