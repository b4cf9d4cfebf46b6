"""The body of POST /checks, decoded by hand: the path that every approval waits for. It accepts
and refuses exactly what the schema CheckIn does; tests/api/test_check_body.py holds the two
together."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from registry.api.fields import CODE, NULL, REQUIRED, TYPE, UNKNOWN, read_as_of, read_instant
from registry.api.schemas.checks import ONE_OF_TWO
from registry.domain.check import PURPOSES
from registry.domain.errors import InvalidInput
from registry.domain.record import clean_text
from registry.services.checks import Question

_CODE = re.compile(CODE, re.ASCII)
_FIELDS = frozenset({"subject", "matter", "purpose", "case_no", "as_of", "known_at"})
_SUBJECT_FIELDS = frozenset({"identifier", "name"})
_IDENTIFIER_FIELDS = frozenset({"scheme", "value"})


class _Reader:
    """Collects every error, by field."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def fail(self, path: str, said: str) -> None:
        self.errors.setdefault(path, []).append(said)

    def object(self, value: Any, known: frozenset[str], path: str) -> dict[str, Any] | None:
        """An object with no other fields than the known ones."""
        if not isinstance(value, dict):
            self.fail(path or "body", NULL if path and value is None else TYPE)
            return None
        if not value.keys() <= known:
            for name in value:
                if name not in known:
                    self.fail(f"{path}.{name}" if path else name, UNKNOWN)
        return value

    def read(
        self,
        parent: dict[str, Any],
        name: str,
        read: Callable[[Any], Any],
        path: str = "",
        required: bool = True,
    ) -> Any:
        """A field of the object that stands at a path."""
        if name not in parent:
            return self.fail(f"{path}{name}", REQUIRED) if required else None
        value = parent[name]
        if value is None:
            return self.fail(f"{path}{name}", NULL)
        try:
            return read(value)
        except ValueError as error:
            return self.fail(f"{path}{name}", str(error))


def read_question(body: Any) -> Question:
    """The question in a parsed body; InvalidInput names every field that is wrong."""
    reader = _Reader()
    sent = reader.object(body, _FIELDS, "")
    if sent is None:
        raise InvalidInput(reader.errors)
    identifier, name = _subject(reader, sent)
    matter = reader.read(sent, "matter", _matter)
    purpose = reader.read(sent, "purpose", _purpose)
    case_no = reader.read(sent, "case_no", _short)
    as_of: datetime | None = reader.read(sent, "as_of", read_as_of, required=False)
    known_at: datetime | None = reader.read(sent, "known_at", read_instant, required=False)
    if reader.errors:
        raise InvalidInput(reader.errors)
    return Question(matter, purpose, case_no, identifier, name, as_of, known_at)


def _subject(reader: _Reader, sent: dict[str, Any]) -> tuple[tuple[str, str] | None, str | None]:
    if "subject" not in sent:
        reader.fail("subject", REQUIRED)
        return None, None
    before = len(reader.errors)
    subject = reader.object(sent["subject"], _SUBJECT_FIELDS, "subject")
    if subject is None:
        return None, None
    identifier = _identifier(reader, subject) if "identifier" in subject else None
    name = reader.read(subject, "name", _short, "subject.", required=False)
    if len(reader.errors) == before and (identifier is None) is (name is None):
        reader.fail("subject.identifier", ONE_OF_TWO)
    return identifier, name


def _identifier(reader: _Reader, subject: dict[str, Any]) -> tuple[str, str] | None:
    number = reader.object(subject["identifier"], _IDENTIFIER_FIELDS, "subject.identifier")
    if number is None:
        return None
    scheme = reader.read(number, "scheme", _scheme, "subject.identifier.")
    value = reader.read(number, "value", _number, "subject.identifier.")
    return (scheme, value) if scheme is not None and value is not None else None


def _text(value: Any, limit: int) -> str:
    # what is printable holds no control, zero-width or bidirectional character
    if type(value) is str and 0 < len(value) <= limit and value.isprintable():
        text = value.strip()
        if text:
            return text
    return clean_text(value, limit)


def _short(value: Any) -> str:
    return _text(value, 200)


def _scheme(value: Any) -> str:
    return _text(value, 60)


def _number(value: Any) -> str:
    return _text(value, 64)


def _matter(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError("must be a code such as procurement.bid")
    return value


def _purpose(value: Any) -> str:
    if not isinstance(value, str) or value not in PURPOSES:
        raise ValueError("must be one of " + ", ".join(PURPOSES))
    return value
