"""Keys and values of rule files in words, on lines that are not longer than a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_TEXT = 80  # of one value: an article, a source, on whom
MORE = "…"


@dataclass(frozen=True)
class Piece:
    """A key with its value, and the path in the file where it stands."""

    path: str
    key: str
    value: Any


def folded(pieces: Sequence[Piece], room: int) -> Iterator[tuple[str, str]]:
    """The pieces in their order, on lines of `room` characters: of each the path of its first piece
    and its text. A single value that is longer has a longer line."""
    first, line = "", ""
    for piece in pieces:
        for text in _texts(piece, room):
            if line and len(line) + len(text) + 2 > room:
                yield first, line
                line = ""
            first, line = (first, f"{line}, {text}") if line else (piece.path, text)
    if line:
        yield first, line


def _texts(piece: Piece, room: int) -> Iterator[str]:
    """The piece as one text, or as several where a list is longer than a line: each says with dots
    where it goes on."""
    whole = f"{piece.key} {_value(piece.value)}"
    if len(whole) <= room or not isinstance(piece.value, list):
        yield whole
        return
    values = [_value(one) for one in piece.value]
    while values:
        count = _as_many(values, room - len(piece.key) - len(f" [{MORE}, , {MORE}]"))
        before = [MORE] if len(values) < len(piece.value) else []
        after = [MORE] if count < len(values) else []
        yield f"{piece.key} [{', '.join([*before, *values[:count], *after])}]"
        values = values[count:]


def _as_many(values: Sequence[str], room: int) -> int:
    """How many of the values fit, at least one."""
    count, length = 1, len(values[0])
    while count < len(values) and length + len(values[count]) + 2 <= room:
        length += len(values[count]) + 2
        count += 1
    return count


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} {_value(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    text = str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}{MORE}"
