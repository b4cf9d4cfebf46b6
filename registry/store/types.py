"""Column types: instants that stay aware and UTC, on both databases; and how JSON is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

# Refused, as the standard library does: what is no JSON value is turned into one by its owner.
_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def write_bytes(value: Any) -> bytes:
    """JSON as it is stored and answered: UTF-8, no spaces. TypeError for other than JSON values
    and for integers beyond 64 bits."""
    return orjson.dumps(value, option=_STRICT)


def write_sorted(value: Any) -> bytes:
    """What `canonical` writes, several times faster, for values of text, truth values, whole
    numbers of 64 bits and None alone: of fractions it knows nothing. TypeError for other numbers.
    """
    return orjson.dumps(value, option=_STRICT | orjson.OPT_SORT_KEYS)


def write_json(value: Any) -> str:
    """The same as text."""
    return write_bytes(value).decode()


# What digests and commitments are made of. Of values without fractions and with ASCII names this is
# exactly RFC 8785 (a test holds the two against each other), many times faster.
canonical = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
).encode


@lru_cache(maxsize=64)  # one instant is written in several places
def iso(instant: datetime) -> str:
    """An aware instant as fixed-width RFC 3339 text in UTC; such texts sort by time."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def from_iso(text: str) -> datetime:
    """The instant that `iso` wrote."""
    return datetime.fromisoformat(text)


class Instant(TypeDecorator[datetime]):
    """SQLite forgets zones: there instants are text that sorts; PostgreSQL has its own type."""

    impl = sa.String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.String(27))

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return value if dialect.name == "postgresql" else iso(value)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        found = from_iso(value)
        if iso(found) != value:
            raise ValueError("an instant is stored in another form")
        return found
