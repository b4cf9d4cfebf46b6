"""Bearer tokens: opaque, 256 bits, prefix reg_; the registry keeps nothing but their SHA-256."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

PREFIX = "reg_"
RANDOM_BYTES = 32

_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)

# What a plugin gets of the store: from the digest of a token to its id, or None.
TokenLookup = Callable[[str], str | None]


def new_token(random: bytes) -> tuple[str, str]:
    """The token to show once and the digest to keep; `random` is 32 bytes from the system."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a token is made of {RANDOM_BYTES} random bytes, not {len(random)}")
    token = PREFIX + base64.urlsafe_b64encode(random).rstrip(b"=").decode("ascii")
    return token, hash_token(token)


def hash_token(token: str) -> str:
    """What is kept of a token, in hexadecimal: unsalted, since 256 random bits are not guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_token(text: str) -> bool:
    """True if the text has the form of one of our tokens."""
    return _FORM.fullmatch(text) is not None
