"""Logs: one JSON object a line on standard error; no bodies, no query strings, no names, no numbers
of persons. Line breaks and control characters in a value are escaped by JSON."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

FIELDS = frozenset(
    {
        "event", "level", "timestamp", "method", "route", "status", "milliseconds", "error", "code",
        "plugin", "seq", "expired", "lapsed", "sealed", "address", "seconds", "digest", "sectors",
    }
)  # fmt: skip


def configure() -> None:
    """Send structured lines, and those of libraries, to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_known_fields,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        # looked up for each line: whoever takes standard error over gets what comes after
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(_JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get() -> Any:
    """The registry's logger."""
    return structlog.get_logger("registry")


def _only_known_fields(_: Any, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A field that nobody decided to log is not logged."""
    return {name: value for name, value in line.items() if name in FIELDS}


class _StandardError(logging.StreamHandler[TextIO]):
    """Standard error as it is when the line is written, as for the registry's own lines."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _JsonFormatter(logging.Formatter):
    """Lines of libraries: logger, level and the message's template, never its arguments, which
    might hold what must not be logged."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "event": str(record.msg)[:300],
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=True)
