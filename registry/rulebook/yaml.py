"""Read a rule file: YAML 1.2 to plain data, with the line of everything in it.

Built from parser events rather than a loader, so that nothing is ever constructed: anchors, tags
and documents are refused, a key may stand once, and a figure with a point is a Decimal of its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from registry.domain.errors import RuleError

SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 24
# RFC 8785 writes integers up to here; a stored rulebook must be able to hold every figure.
INTEGER_LIMIT = 2**53 - 1

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# Plain text that looks like a number or an instant and is none of the forms above: 1e6, 007, 1_000.
_NUMBERLIKE = re.compile(r"[-+]?\.?[0-9][0-9_.,eExXoO:+-]*([TtZz][0-9:.+-]*)?|[-+]?\.(inf|nan)")
# What a tab begins. A line of blanks alone is none: it indents nothing.
_TAB_INDENT = re.compile(r" *\t\s*\S")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Document:
    """The data of a file and the line of each path in it, e.g. versions.0.when.all.0.field."""

    file: str
    data: Any
    lines: Mapping[str, int] = field(repr=False)

    def line_of(self, path: str) -> int:
        """The line of the path or, if it is not in the file, of the nearest thing around it."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path, 1)

    def error(self, path: str, problem: str) -> RuleError:
        """The error that names the file, the line and the problem."""
        return RuleError(self.file, self.line_of(path), problem)


def read_yaml(package: str, relative_path: str) -> Any:
    """The plain data of a YAML file of a package; RuleError names file and line."""
    return read_document(package, relative_path).data


def read_document(package: str, relative_path: str) -> Document:
    """A YAML file of a package, with its lines; RuleError names file and line."""
    file = f"{package.replace('.', '/')}/{relative_path}"
    try:
        content = files(package).joinpath(relative_path).read_bytes()
    except FileNotFoundError:
        raise RuleError(file, None, "the file is missing") from None
    return parse(content, file)


def parse(content: bytes, file: str) -> Document:
    """The document in these bytes; RuleError names file and line."""
    if len(content) > SIZE_LIMIT:
        raise RuleError(file, None, f"is larger than {SIZE_LIMIT} bytes: split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleError(file, line, "is not UTF-8 text: save it as UTF-8") from None
    return _Builder(file).build(_events(text, file))


def _events(text: str, file: str) -> Iterator[Any]:
    # Imported here: a server whose plugins have not changed starts without reading any YAML.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        line = mark.line + 1 if mark else None
        tab = _tab_at(text, line)
        if tab is not None or "'\\t'" in problem:
            line, problem = tab or line, "a tab cannot indent: use spaces"
        raise RuleError(file, line, f"is not YAML: {problem}") from None
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise RuleError(file, line, "is not YAML: holds a control character") from None


def _tab_at(text: str, line: int | None) -> int | None:
    """The line that a tab begins, if it is this one or the one before.

    Where the text before it is open, the parser takes the tab for a part of it and complains of
    what follows, often a line later.
    """
    lines = text.splitlines()
    for number in (line, line - 1) if line else ():
        if 0 < number <= len(lines) and _TAB_INDENT.match(lines[number - 1]):
            return number
    return None


@dataclass
class _Open:
    """A mapping or list that is being filled; `key` is the key whose value comes next."""

    path: str
    content: dict[str, Any] | list[Any]
    key: str | None = None

    def below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


class _Builder:
    """Turns events into data. A stack instead of recursion, so that depth is ours to limit."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}
        self.open: list[_Open] = []
        self.root: list[Any] = []

    def build(self, events: Iterator[Any]) -> Document:
        for event in events:
            line = event.start_mark.line + 1
            name = type(event).__name__
            if name == "AliasEvent" or getattr(event, "anchor", None):
                raise self._error(line, "anchors and aliases are not used here: write it out")
            if getattr(event, "tag", None):
                raise self._error(line, f"the tag {event.tag} is not used here: leave it out")
            if name == "DocumentStartEvent" and self.root:
                raise self._error(line, "holds a second document: one file, one document")
            if name == "ScalarEvent":
                self._scalar(event, line)
            elif name in ("MappingStartEvent", "SequenceStartEvent"):
                self._start({} if name == "MappingStartEvent" else [], line)
            elif name in ("MappingEndEvent", "SequenceEndEvent"):
                self.open.pop()
        if not self.root:
            raise self._error(1, "is empty")
        return Document(self.file, self.root[0], self.lines)

    def _scalar(self, event: Any, line: int) -> None:
        inside = self.open[-1] if self.open else None
        value = self._value(event, line)
        if inside is not None and isinstance(inside.content, dict) and inside.key is None:
            self._key(inside, value, line)
        else:
            self._place(value, line)

    def _key(self, inside: _Open, key: Any, line: int) -> None:
        if not isinstance(key, str):
            raise self._error(line, f"the key {key} is not text: write it in quotes")
        path = inside.below(key)
        if key in inside.content:
            first = self.lines[path]
            raise self._error(
                line, f"the key {key!r} stands here a second time, first on line {first}: keep one"
            )
        inside.key = key
        self.lines[path] = line

    def _start(self, content: dict[str, Any] | list[Any], line: int) -> None:
        if len(self.open) >= DEPTH_LIMIT:
            raise self._error(line, f"is nested deeper than {DEPTH_LIMIT} levels")
        inside = self.open[-1] if self.open else None
        if inside is not None and isinstance(inside.content, dict) and inside.key is None:
            raise self._error(line, "a key must be text")
        path = self._place(content, line)
        self.open.append(_Open(path, content))

    def _place(self, value: Any, line: int) -> str:
        """Put a value where it belongs and give its path."""
        if not self.open:
            self.root.append(value)
            return ""
        inside = self.open[-1]
        if isinstance(inside.content, list):
            path = inside.below(str(len(inside.content)))
            inside.content.append(value)
            self.lines[path] = line
            return path
        assert inside.key is not None
        path = inside.below(inside.key)
        inside.content[inside.key] = value
        inside.key = None
        return path

    def _value(self, event: Any, line: int) -> Any:
        text: str = event.value
        if event.style:  # quoted or a block: always text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text) > 20 or abs(int(text)) > INTEGER_LIMIT:
                raise self._error(line, f"{text[:20]} is too large a whole number")
            return int(text)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise self._error(line, f"{text} is no date that exists") from None
        if _NUMBERLIKE.fullmatch(text):
            raise self._error(
                line,
                f"{text[:40]} is neither a plain number (100, 0.10) nor a date (2024-01-31): "
                "write it so, or in quotes if it is text",
            )
        return text

    def _error(self, line: int, problem: str) -> RuleError:
        return RuleError(self.file, line, problem)
