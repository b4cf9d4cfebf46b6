"""Tokens: 256 bits, shown once, kept as a digest."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.token import hash_token, is_token, new_token


@given(st.binary(min_size=32, max_size=32))
def test_a_token_is_known_by_the_digest_that_is_kept(random):
    token, digest = new_token(random)

    assert is_token(token)
    assert hash_token(token) == digest == hashlib.sha256(token.encode()).hexdigest()


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_different_random_gives_different_tokens(first, second):
    assert (new_token(first) == new_token(second)) is (first == second)


@pytest.mark.proves("F78")
@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_token_of_less_or_more_random_is_refused(size):
    with pytest.raises(ValueError, match="32 random bytes"):
        new_token(bytes(size))


@pytest.mark.parametrize(
    "text", ["", "reg_", "reg_" + "a" * 42, "reg_" + "a" * 44, "tok_" + "a" * 43, "reg_" + "ä" * 43]
)
def test_another_form_is_no_token(text):
    assert not is_token(text)
    assert len(hash_token(text)) == 64


def test_a_lone_surrogate_in_a_header_does_no_harm():
    assert not is_token("reg_\udc80" + "a" * 42)
    assert len(hash_token("\udc80")) == 64
