"""Request fields: marshmallow's, with the registry's own reading of text, dates and numbers, and
messages that say what is expected. What the domain reads, it reads here too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from registry.domain.record import TEXT_LIMIT, clean_text, read_date
from registry.domain.validity import EARLIEST, LATEST, Term, noon_of

ID = r"^[0-9a-f]{32}$"
CODE = r"^[a-z][a-z0-9_]{0,39}(\.[a-z0-9_]{1,59}){0,2}$"
REQUIRED, NULL, UNKNOWN, TYPE = (
    "is required",
    "must not be null",
    "is not a field of this request",
    "must be an object",
)
# What a code is likened to, by the field that takes it; tax.evasion where nothing is said.
LIKE = {
    "kind": "tax.penalty_decision",
    "sector": "tax",
    "sectors": "tax",
    "scorecard": "tax.rating",
    "matter": "procurement.bid",
    "matters": "procurement.bid",
    "profile": "national",
    "grade": "serious",
}
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class RequestSchema(Schema):
    """Base of all that is read: unknown fields are refused."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": UNKNOWN, "type": TYPE}  # noqa: RUF012


Messages = dict[str, str | list[Any] | dict[Any, Any]]


class _Worded:
    default_error_messages: Messages = {"required": REQUIRED, "null": NULL}  # noqa: RUF012


def read_instant(raw: Any) -> datetime:
    """An RFC 3339 instant with its zone, inside the registry's range; ValueError otherwise."""
    if not isinstance(raw, str) or not _INSTANT.fullmatch(raw):
        raise ValueError("must be an instant with its zone, as 2026-03-01T09:00:00+08:00")
    if not EARLIEST.year < int(raw[:4]) < LATEST.year:
        raise ValueError(f"must lie after {EARLIEST.year} and before {LATEST.year}")
    try:
        return datetime.fromisoformat(raw.upper()).astimezone(UTC)
    except ValueError:
        raise ValueError("must be an instant that exists") from None


def read_as_of(raw: Any) -> datetime:
    """An instant, or a date meaning its noon in the registry's zone; ValueError otherwise."""
    if isinstance(raw, str) and len(raw) == 10:
        return noon_of(read_date(raw))
    if not isinstance(raw, str) or not _INSTANT.fullmatch(raw):
        raise ValueError(
            "must be a date, as 2026-03-01, or an instant with its zone, as "
            "2026-03-01T09:00:00+08:00"
        )
    return read_instant(raw)


class Text(_Worded, fields.String):
    """Text without hidden characters, trimmed, of at most `limit` characters."""

    def __init__(self, limit: int = TEXT_LIMIT, **kwargs: Any) -> None:
        shape = {"minLength": 1, "maxLength": limit, "pattern": r"\S"}
        kwargs["metadata"] = {**shape, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)
        self.limit = limit

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> str:
        try:
            return clean_text(value, self.limit)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Optional(Text):
    """Text that may be empty."""

    def __init__(self, limit: int, **kwargs: Any) -> None:
        super().__init__(limit, **kwargs)
        self.metadata = {"maxLength": limit}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        return "" if value == "" else super()._deserialize(value, attr, data, **kwargs)


class Choice(_Worded, fields.String):
    """One of a closed list."""

    def __init__(self, values: Iterable[str], **kwargs: Any) -> None:
        self.values = tuple(map(str, values))
        kwargs["metadata"] = {"enum": list(self.values), **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or value not in self.values:
            raise ValidationError("must be one of " + ", ".join(self.values))
        return value


class Pattern(_Worded, fields.String):
    """Text of a fixed form."""

    def __init__(self, pattern: str, expected: str, **kwargs: Any) -> None:
        self.pattern, self.expected = re.compile(pattern, re.ASCII), expected
        kwargs["metadata"] = {"pattern": pattern, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise ValidationError(f"must be {self.expected}")
        return value


def ident(**kwargs: Any) -> Pattern:
    """An id: 32 hexadecimal digits."""
    return Pattern(ID, "an id: 32 hexadecimal digits", **kwargs)


class Code(Pattern):
    """A code of the rules, likened to one of what the field is for."""

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.expected = f"a code such as {LIKE.get(field_name, 'tax.evasion')}"


def code(**kwargs: Any) -> Code:
    """A code of the rules."""
    return Code(CODE, "a code such as tax.evasion", **kwargs)


class Day(_Worded, fields.Field[date]):
    """A date, YYYY-MM-DD."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> date:
        try:
            return read_date(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Moment(_Worded, fields.Field[datetime]):
    """An instant with its zone."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> datetime:
        try:
            return read_instant(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class AsOf(_Worded, fields.Field[datetime]):
    """An instant, or a date meaning its noon."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> datetime:
        try:
            return read_as_of(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class TermField(_Worded, fields.Field[Term]):
    """A term such as P3Y."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> Term:
        try:
            return Term.parse(value if isinstance(value, str) else "")
        except ValueError:
            raise ValidationError("must be a term such as P3Y, P6M or P30D") from None


class Whole(_Worded, fields.Field[int]):
    """A whole number: JSON's 3 and 3.0 alike, or its digits where `digits` says a query sends it;
    never true, "3" in a body, or 3.5."""

    def __init__(self, low: int, high: int, digits: bool = False, **kwargs: Any) -> None:
        kwargs["metadata"] = {"minimum": low, "maximum": high, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)
        self.low, self.high, self.digits = low, high, digits

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> int:
        number: int | None = None
        if self.digits:
            if re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
                number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            number = int(value)
        if number is None or not self.low <= number <= self.high:
            raise ValidationError(f"must be a whole number from {self.low} to {self.high}")
        return number


class Flag(_Worded, fields.Boolean):
    """JSON's true or false."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class Nested(_Worded, fields.Nested):
    """An object in an object."""


class Several(_Worded, fields.List[Any]):
    """A list of at most `most` items."""

    default_error_messages: Messages = {"invalid": "must be a list"}  # noqa: RUF012

    def __init__(self, inner: Any, most: int = 100, least: int = 0, **kwargs: Any) -> None:
        message = f"must have {least} to {most} items"
        length = validate.Length(min=least, max=most, error=message)
        super().__init__(inner, validate=length, **kwargs)


class Fields(_Worded, fields.Dict):
    """The fields of a record, as its kind defines them: read by the record kind itself."""

    default_error_messages: Messages = {"invalid": TYPE}  # noqa: RUF012


OPENAPI_TYPES: dict[type[fields.Field[Any]], tuple[str, str | None]] = {
    Day: ("string", "date"),
    Moment: ("string", "date-time"),
    AsOf: ("string", None),
    TermField: ("string", None),
    Whole: ("integer", None),
}
