"""The fast forms write exactly what RFC 8785 wants, for what they are given."""

import hashlib
import hmac
from datetime import UTC, date, datetime

import pytest
import rfc8785
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from registry.store.digests import commit_to, entry_hash, entry_payload, row_digest
from registry.store.transaction import new_id
from registry.store.types import canonical, iso, write_sorted

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(VALUES)
def test_canonical_text_is_that_of_rfc_8785(value: object):
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(VALUES)
def test_the_fast_form_is_the_same_where_there_are_no_fractions(value: object):
    assert write_sorted(value).decode() == canonical(value)


@given(st.dictionaries(NAMES, VALUES), st.lists(st.lists(TEXT)))
def test_an_entry_commits_to_the_canonical_form_of_its_facts_and_rows(
    facts: dict[str, object], rows: list[list[str]]
):
    expected = canonical({"facts": facts, "rows": rows})

    assert entry_payload(facts, rows).decode() == expected


@given(st.binary(max_size=80), st.binary(max_size=300))
def test_a_commitment_is_the_hmac_of_salt_and_payload(salt: bytes, payload: bytes):
    for one in (salt, salt.ljust(32, b"s")[:32]):
        assert commit_to(one, payload) == hmac.digest(one, payload, "sha256").hex()


TABLE = sa.Table("things", sa.MetaData(), *(sa.Column(name, sa.Text) for name in "cab"))


@given(VALUES, TEXT)
def test_a_rows_digest_is_over_its_columns_in_order(document: object, text: str):
    row = {"a": document, "b": text, "c": b"sealed"}
    sealed = hashlib.sha256(b"sealed").hexdigest()
    form = canonical([["a", document], ["b", text], ["c", sealed]])

    assert row_digest(TABLE, row) == hashlib.sha256(form.encode()).hexdigest()


def test_a_digest_takes_dates_as_text_and_refuses_what_is_no_number():
    day = {"a": date(2026, 3, 2), "b": None, "c": 1}
    form = '[["a","2026-03-02"],["b",null],["c",1]]'

    assert row_digest(TABLE, day) == hashlib.sha256(form.encode()).hexdigest()
    for wrong in (float("nan"), {"x": float("inf")}, [float("nan")]):
        with pytest.raises(ValueError, match="JSON"):
            row_digest(TABLE, {"a": wrong})
        with pytest.raises(ValueError, match="JSON"):
            entry_payload({"a": wrong}, [])


@given(TEXT, st.integers(1, 2**53 - 1))
def test_an_entrys_hash_is_over_its_rfc_8785_form(text: str, seq: int):
    ascii_only = text.encode("ascii", "ignore").decode()
    item = {
        "seq": seq,
        "chain": "main",
        "at": iso(datetime(2026, 3, 2, tzinfo=UTC)),
        "kind": ascii_only,
        "actor": new_id(),
        "commitment": "c" * 64,
        "prev_hash": "0" * 64,
    }

    assert entry_hash(item) == hashlib.sha256(rfc8785.dumps(item)).hexdigest()


def test_a_value_that_is_no_json_number_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def test_ids_of_one_process_are_different_and_ascend():
    ids = [new_id() for _ in range(1_000)]

    assert len(set(ids)) == 1_000
    assert ids == sorted(ids)
    assert {len(one) for one in ids} == {32}
