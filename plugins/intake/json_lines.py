"""JSON Lines: one object a line, in UTF-8; numbers keep their digits, lists of texts become one
text with bars between."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from plugins.intake.lines import lines
from registry.sdk import IntakeRow, RecordAdapter

SEPARATOR = "|"


def read(file: BinaryIO, kind: str) -> Iterator[IntakeRow]:
    """The objects; a row's number is that of its line."""
    for number, line in enumerate(lines(file), 1):
        if line.strip():
            yield _row(number, line)


def _row(number: int, line: bytes) -> IntakeRow:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return IntakeRow(number, fault="is not UTF-8")
    try:
        found = _decode(text)
        if not isinstance(found, dict):
            return IntakeRow(number, fault="is not an object")
        values = {name: _text(name, one) for name, one in found.items() if one is not None}
    except _Unfit as error:
        return IntakeRow(number, fault=str(error))
    except (ValueError, RecursionError):
        return IntakeRow(number, fault="is not JSON")
    return IntakeRow(number, {name: one for name, one in values.items() if one.strip()})


class _Unfit(ValueError):
    """JSON that cannot be a row."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Unfit("names a field twice")
    return found


def _constant(text: str) -> Any:
    raise _Unfit(f"holds {text}, which is no value")


# numbers as they are written: a float would round an amount of money
_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_constant
).decode


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return SEPARATOR.join(value)
    raise _Unfit(f"field {name[:40]}: must be text, a number, true, false or a list of texts")


ADAPTER = RecordAdapter(
    "json_lines", "JSON Lines", "JSON 行文件", frozenset({".jsonl", ".ndjson"}), read
)
