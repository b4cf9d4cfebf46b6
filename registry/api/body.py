"""Reading a JSON body strictly: what another parser might read otherwise is refused as malformed.

Duplicate keys, NaN and Infinity, deep nesting, numbers beyond measure, text that is not UTF-8 or
holds NUL or half a surrogate pair.
"""

from __future__ import annotations

import json
import re
from typing import Any

import flask
from werkzeug.exceptions import UnsupportedMediaType

from registry.domain.errors import Malformed

JSON = "application/json"
MAX_DEPTH = 64
MAX_DIGITS = 400

_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_UNSAFE = re.compile("[\x00\ud800-\udfff]")


def read_bytes() -> bytes:
    """The body as sent, within the limit; 415 unless it calls itself JSON in UTF-8."""
    request = flask.request
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType
    return request.get_data(cache=False)


def parse(raw: bytes) -> Any:
    """The value that the body holds; Malformed says what is wrong, never what was sent."""
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _require_shallow(raw)
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The body is not JSON: line {error.lineno}, column {error.colno}."
        ) from None
    if b"\\u" in raw:  # the only way to write what UTF-8 cannot say
        _require_safe(value)
    return value


def canonical(value: Any) -> str:
    """One text for equal bodies, whatever their spacing and order of keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _require_shallow(raw: bytes) -> None:
    depth = 0
    for byte in _STRINGS.sub(b"", raw):
        if byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")
        elif byte in b"]}":
            depth -= 1


def _require_safe(value: Any) -> None:
    if isinstance(value, str):
        if _UNSAFE.search(value):
            raise Malformed("The body holds NUL or half of a surrogate pair.")
    elif isinstance(value, dict):
        for name, one in value.items():
            _require_safe(name)
            _require_safe(one)
    elif isinstance(value, list):
        for one in value:
            _require_safe(one)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("A key stands twice in one object.")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Malformed(f"A number has more than {MAX_DIGITS} digits.")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if len(text) > MAX_DIGITS or value in (float("inf"), float("-inf")):
        raise Malformed("A number is too large or has too many digits.")
    return value


def _constant(text: str) -> Any:
    raise Malformed("NaN and Infinity are not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_constant,
)
