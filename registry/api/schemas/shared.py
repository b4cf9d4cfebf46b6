"""Parts that many answers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from registry.domain.severity import SCHEMES


def text(**kwargs: Any) -> fields.String:
    """Text that is always there."""
    return fields.String(required=True, **kwargs)


def maybe(**kwargs: Any) -> fields.String:
    """Text or null."""
    return fields.String(allow_none=True, **kwargs)


def day() -> fields.String:
    """A date or null."""
    return fields.String(allow_none=True, metadata={"format": "date"})


def instant() -> fields.String:
    """An instant."""
    return fields.String(metadata={"format": "date-time"})


class AnswerSchema(Schema):
    """Base of all that is dumped. It is dumped from plain dicts, by key alone: a dict's own
    attributes (`values`, `items`) are no fields."""

    def get_attribute(self, obj: Mapping[str, Any], attr: str, default: Any) -> Any:
        """The value under a key."""
        return obj.get(attr, default)


class BasisOut(AnswerSchema):
    """A legal basis: instrument, article, and how far the figure read there is confirmed."""

    instrument = text()
    article = text()
    status = text(metadata={"enum": ["verified", "to_verify", "accepted"]})


class SeverityOut(AnswerSchema):
    """A level inside a scheme; schemes are never mixed."""

    scheme = text(metadata={"enum": list(SCHEMES)})
    level = text()


class DueOut(AnswerSchema):
    """A running period: its last day, and the first day on which what waits for it may happen."""

    kind = text()
    due_on = day()
    earliest_on = day()
    provisional = fields.Boolean()


def basis() -> fields.List[Any]:
    """A list of legal bases."""
    return fields.List(fields.Nested(BasisOut), required=True)


def page_schema(item: type[Schema], name: str) -> type[Schema]:
    """The schema of a page of items."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(
            allow_none=True,
            required=True,
            metadata={"description": "The cursor of the next page, or null."},
        ),
    }
    made: type[Schema] = type(name, (AnswerSchema,), {**members, "__doc__": "A page of a list."})
    return made
