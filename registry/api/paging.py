"""Lists by key: {"items", "next"}; a cursor is opaque and good for the list that gave it."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from registry.api.fields import Text, Whole
from registry.api.query import QuerySchema
from registry.domain.errors import InvalidInput

DEFAULT, MOST = 50, 200
BAD_CURSOR = "is no cursor of this list: take it from `next` as it is"
T = TypeVar("T")


class PageQuery(QuerySchema):
    """What every list takes."""

    limit = Whole(
        1,
        MOST,
        digits=True,
        load_default=DEFAULT,
        metadata={"description": "How many items at most."},
    )
    cursor = Text(
        300, metadata={"description": "Where to go on: `next` of the page before, as it was given."}
    )


def cursor_for(word: str, key: object) -> str:
    """The cursor that goes on after a key; the checksum finds one that was cut or mistyped."""
    text = f"{word}:{key}".encode()
    return base64.urlsafe_b64encode(zlib.crc32(text).to_bytes(4) + text).rstrip(b"=").decode()


def key_of(word: str, cursor: str | None) -> str:
    """The key in a cursor of this list, empty without one; InvalidInput for any other text."""
    if cursor is None:
        return ""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = base64.b64decode(padded, b"-_", validate=True)[4:].decode("utf-8")
    except (binascii.Error, ValueError):
        raise InvalidInput.field("cursor", BAD_CURSOR) from None
    key = found.removeprefix(f"{word}:")
    if key == found or cursor != cursor_for(word, key):
        raise InvalidInput.field("cursor", BAD_CURSOR)
    return key


def place_of(word: str, cursor: str | None) -> int:
    """The same for lists whose keys are places."""
    key = key_of(word, cursor) or "0"
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        raise InvalidInput.field("cursor", BAD_CURSOR)
    return int(key)


def page_of(
    word: str, found: Sequence[tuple[object, T]], limit: int, shape: Callable[[T], Any]
) -> dict[str, Any]:
    """A page of (key, thing), of which one more than `limit` was asked for."""
    kept = found[:limit]
    more = len(found) > limit
    return {
        "items": [shape(one) for _, one in kept],
        "next": cursor_for(word, kept[-1][0]) if more else None,
    }


def page_of_all(
    word: str, things: Sequence[tuple[str, T]], query: dict[str, Any], shape: Callable[[T], Any]
) -> dict[str, Any]:
    """A page of a list that is all in memory, as (key, thing)."""
    after = key_of(word, query.get("cursor"))
    rest = sorted((one for one in things if one[0] > after), key=lambda one: one[0])
    return page_of(word, rest[: query["limit"] + 1], query["limit"], shape)
