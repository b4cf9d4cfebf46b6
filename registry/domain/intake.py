"""Intake: agencies' files as rows of text, before anything is known of what they mean.

A format is read by an adapter that a plugin gives; what a row says, and whether it may be stored,
the core decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO


class UnreadableFile(ValueError):
    """Why a file as a whole cannot be taken in; nothing of it is. Never quotes its content."""


@dataclass(frozen=True)
class IntakeRow:
    """One row of a file: `number` as whoever opens the file sees it, the values by column as text,
    without the empty ones. With a `fault` the row could not be read, and it says why."""

    number: int
    values: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class RecordAdapter:
    """One format of files that agencies send.

    `read(file, kind)` gets the open file, at its start and seekable, and the KIND of the import; it
    gives the rows in order, without holding them all, and raises UnreadableFile where the file is
    no file of this format, or not a safe one. `suffixes` are the ends of file names that it is
    meant for, with the dot; `kinds` the KINDs it can serve, empty for all.
    """

    code: str
    title: str
    title_zh: str
    suffixes: frozenset[str]
    read: Callable[[BinaryIO, str], Iterator[IntakeRow]]
    kinds: frozenset[str] = frozenset()

    def serves(self, name: str, kind: str) -> bool:
        """True if the file of this name can be read by it for a KIND."""
        fits = any(name.lower().endswith(one) for one in self.suffixes)
        return fits and (not self.kinds or kind in self.kinds)


def sound_row(row: object, last: int) -> IntakeRow:
    """What an adapter gave as a row after row number `last`; TypeError if it is none. What it holds
    is never put into the message."""
    if not isinstance(row, IntakeRow):
        raise TypeError(f"gave a {type(row).__name__} instead of IntakeRow")
    number: object = row.number
    if type(number) is not int or number <= last:
        raise TypeError("gave rows whose numbers do not ascend")
    content: object = row.values
    if not isinstance(content, Mapping):
        raise TypeError("gave a row whose values are no mapping")
    for text in (row.fault, *content.keys(), *content.values()):
        if not isinstance(text, str):
            raise TypeError("gave a row with values that are not text")
    return row
