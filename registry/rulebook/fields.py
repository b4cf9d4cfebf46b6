"""Leaf fields of the rule schemas: strict, and each says what it expects.

What they load is JSON-able (dates, terms and decimals as text), so that a validated file is already
in the canonical form that is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from registry.domain.record import clean_text, read_date
from registry.domain.validity import Term

SECTOR_CODE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
DOTTED_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
POINTS_LIMIT = 1_000_000
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)

_FORMS = {
    SECTOR_CODE: "small letters, digits and _, such as tax",
    DOTTED_CODE: "names joined by dots, such as tax.evasion",
    NAME: "small letters, digits and _, such as final_on",
    LABEL: "Latin letters, digits and . _ -, such as sta-order-54",
}


def plain(value: Any) -> Any:
    """JSON-able: decimals and dates as text. What YAML can hold beside these is JSON already."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


class Text(fields.Field[str]):
    """Text without hidden characters; with `form`, a code of that form."""

    def __init__(self, form: re.Pattern[str] | None = None, limit: int = 4000, **more: Any) -> None:
        super().__init__(**more)
        self.form, self.limit = form, limit

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        if isinstance(value, int | Decimal | date):
            shown = str(value).lower() if isinstance(value, bool) else plain(value)
            raise ValidationError(f'must be text: write it in quotes, "{shown}"')
        try:
            text = clean_text(value, self.limit)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if self.form is not None and not self.form.fullmatch(text):
            raise ValidationError(f"{text!r} is no code: {_FORMS[self.form]}")
        return text


class Label(Text):
    """A version: text, or a date, which names itself."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        if isinstance(value, date):
            return value.isoformat()
        return super()._deserialize(value, attr, data, **more)


class OneOf(fields.Field[str]):
    """One word of a closed list."""

    def __init__(self, values: Iterable[str], **more: Any) -> None:
        super().__init__(**more)
        self.values = tuple(str(value) for value in values)

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        if not isinstance(value, str) or value not in self.values:
            shown = str(value).lower() if isinstance(value, bool) else value
            raise ValidationError(f"must be one of {', '.join(self.values)}, not {shown!r}")
        return value


class Flag(fields.Field[bool]):
    """true or false, and no word that looks like it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"must be true or false, not {plain(value)!r}")
        return value


class Count(fields.Field[int]):
    """A whole number within bounds."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(f"must be a whole number, not {plain(value)!r}")
        if not self.least <= value <= self.most:
            raise ValidationError(f"must lie between {self.least} and {self.most}, not {value}")
        return value


class Points(fields.Field[str]):
    """A plain number of at most four places, below zero too; loads as its shortest text."""

    def __init__(self, limit: int = POINTS_LIMIT, **more: Any) -> None:
        super().__init__(**more)
        self.limit = limit

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError(f"must be a plain number such as 5 or 2.5, not {plain(value)!r}")
        number = Decimal(value)
        if abs(number) > self.limit or number != number.quantize(Decimal("0.0001")):
            raise ValidationError(f"must have at most four places and lie within {self.limit}")
        return f"{number.normalize() + 0:f}"


class Day(fields.Field[str]):
    """A legal date; loads as YYYY-MM-DD."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        try:
            return read_date(value).isoformat()
        except ValueError as error:
            raise ValidationError(f"{error}, not {plain(value)!r}") from None


class TermText(fields.Field[str]):
    """A term such as P3Y; loads in its canonical form."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        try:
            return str(Term.parse(str(plain(value))))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Plain(fields.Field[Any]):
    """Anything JSON can hold; who uses it says what it must be."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Any:
        return plain(value)


class Distinct(fields.List[Any]):
    """A list of different values; at least one unless `empty`."""

    def __init__(self, inner: fields.Field[Any], empty: bool = False, **more: Any) -> None:
        super().__init__(inner, **more)
        self.empty = empty

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("must be a list: [one, two]")
        loaded: list[Any] = super()._deserialize(value, attr, data, **more)
        if not loaded and not self.empty:
            raise ValidationError("must name at least one")
        for index, one in enumerate(loaded):
            if one in loaded[:index]:
                raise ValidationError({index: [f"{one!r} stands here twice"]})
        return loaded


class Named(fields.Field[dict[str, Any]]):
    """A mapping from names of the authors' choice to values of one shape."""

    def __init__(self, form: re.Pattern[str], inner: fields.Field[Any], **more: Any) -> None:
        super().__init__(**more)
        self.key, self.inner = Text(form), inner

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError("must be a mapping of names to values")
        loaded: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for key, one in value.items():
            try:
                loaded[str(self.key.deserialize(key))] = self.inner.deserialize(one, **more)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)
        return loaded
