"""Reading what stands in the address: query parameters by schema, ids by form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import flask
from marshmallow import ValidationError

from registry.api.fields import CODE, ID, RequestSchema
from registry.domain.errors import InvalidInput, NotFound

_FORMS = {"code": re.compile(CODE, re.ASCII), "id": re.compile(ID, re.ASCII)}


class QuerySchema(RequestSchema):
    """Base of all query schemas; by itself: no parameters."""

    error_messages = {"unknown": "is not a parameter of this address"}  # noqa: RUF012


def load_query(schema: QuerySchema) -> dict[str, Any]:
    """The parameters sent; InvalidInput names each that is unknown, wrong or repeated."""
    sent = flask.request.args
    repeated = {name: ["stands twice"] for name in sent if len(sent.getlist(name)) > 1}
    if repeated:
        raise InvalidInput(repeated)
    return load(schema, sent.to_dict())


def load(schema: RequestSchema, value: Any) -> dict[str, Any]:
    """A value read by a schema; InvalidInput with a dotted path for each field that is wrong."""
    try:
        loaded: dict[str, Any] = schema.load(value)
    except ValidationError as error:
        raise InvalidInput(flatten(error.messages)) from None
    return loaded


def flatten(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Nested messages by dotted path; what concerns the whole body stands under `body`."""
    if isinstance(messages, list):
        return {path or "body": [str(one) for one in messages]}
    found: dict[str, list[str]] = {}
    for name, inner in messages.items():
        key = path if name == "_schema" else f"{path}.{name}" if path else str(name)
        for field, said in flatten(inner, key).items():
            found.setdefault(field, []).extend(said)
    return found


def require_forms(noun: str, path: Mapping[str, str]) -> None:
    """An id that cannot be one is absent like any other: NotFound."""
    for name, value in path.items():
        form = _FORMS["code" if name == "code" else "id"]
        if not form.fullmatch(value):
            raise NotFound(noun)
