"""Put a document through a schema: what comes out is canonical, what is wrong has its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from registry.domain.errors import RuleError
from registry.rulebook.schemas import RuleSchema
from registry.rulebook.yaml import Document

MESSAGES = {
    "Missing data for required field.": "is required",
    "Field may not be null.": "must not be empty",
    "Not a valid list.": "must be a list",
    "Not a valid mapping type.": "must be a mapping of keys to values",
}


def validated(document: Document, schema: RuleSchema) -> dict[str, Any]:
    """The document through a schema; RuleError for the first mistake in the file."""
    try:
        loaded: dict[str, Any] = schema.load(document.data)
    except ValidationError as error:
        raise _mistakes(document, error)[0] from None
    return loaded


def mistakes(document: Document, schema: RuleSchema) -> list[RuleError]:
    """Every mistake of shape in the file, by line."""
    try:
        schema.load(document.data)
    except ValidationError as error:
        return _mistakes(document, error)
    return []


def _mistakes(document: Document, error: ValidationError) -> list[RuleError]:
    found = [(document.line_of(path), path, message) for path, message in _flat(error.messages)]
    return [_mistake(document, *one) for one in sorted(found)]


def _mistake(document: Document, line: int, path: str, message: str) -> RuleError:
    problem = MESSAGES.get(message, message)
    return RuleError(document.file, line, f"{path}: {problem}" if path else problem)


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            name = "" if key == "_schema" else str(key)  # it speaks of the whole
            yield from _flat(below, ".".join(part for part in (path, name) if part))
    else:
        for message in messages:
            yield path, str(message)
