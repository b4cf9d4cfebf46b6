"""The fast forms write exactly what RFC 8785 wants, for what they are given."""

import hashlib
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from registry.store.transaction import entry_hash, new_id
from registry.store.types import canonical, iso

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(VALUES)
def test_canonical_text_is_that_of_rfc_8785(value: object):
    assert canonical(value).encode() == rfc8785.dumps(value)


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
