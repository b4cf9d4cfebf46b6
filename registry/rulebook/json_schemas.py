"""JSON Schemas of the rule files, for editors: made of the schemas that the loader itself uses.

An editor completes keys and words and marks what has the wrong shape; what the files say of each
other only `registry plugin check` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from registry.domain.condition import AGGREGATES, GROUPS, OPERATORS
from registry.rulebook.fields import (
    Count,
    Day,
    Distinct,
    Flag,
    Label,
    Named,
    OneOf,
    Plain,
    TermText,
    Text,
)
from registry.rulebook.rule_files import CASES, FILES, FOLDERS
from registry.rulebook.schemas import CaseSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TERM = r"^P(?=[0-9])([0-9]+Y)?([0-9]+M)?([0-9]+D)?$"
_REFERENCE = "#/components/schemas/"


def json_schemas() -> dict[str, dict[str, Any]]:
    """By the name of the file, or of the folder of files: sector, records, criteria, ..."""
    return {name: _json_schema(name) for name in (*FILES, *FOLDERS)}


def _json_schema(name: str) -> dict[str, Any]:
    # Imported here: a server that starts has no use for it.
    from apispec import APISpec
    from apispec.ext.marshmallow import MarshmallowPlugin

    plugin: Any = MarshmallowPlugin(_name_of)
    spec = APISpec(name, "1", "3.1.0", plugins=[plugin])
    for kind in (Text, Label, OneOf, Day, TermText):
        plugin.map_to_openapi_type(kind, "string", None)
    plugin.map_to_openapi_type(Flag, "boolean", None)
    plugin.map_to_openapi_type(Count, "integer", None)
    plugin.map_to_openapi_type(Distinct, fields.List)
    plugin.map_to_openapi_type(Named, "object", None)
    plugin.map_to_openapi_type(Plain, None, None)
    plugin.converter.add_attribute_function(_details)
    whole = CaseSchema if name == CASES else {**FILES, **FOLDERS}[name]
    spec.components.schema(_name_of(whole), schema=whole)
    parts = _plain(spec.components.schemas)
    top: dict[str, Any] = {"$ref": f"#/$defs/{_name_of(whole)}"}
    if name == CASES:
        top = {"type": "array", "items": top}
    title = f"{name}.yaml" if name in FILES else f"{name}/<name>.yaml"
    return {"$schema": DIALECT, "title": title, **top, "$defs": {**parts, **_CONDITION}}


def _name_of(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__).removesuffix("Schema").strip("_")


def _details(converter: Any, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """What our own fields demand, in the words of JSON Schema."""
    if isinstance(field, Text) and field.form is not None:
        # a label may also be a date, which an editor takes for text of the same form
        return {"pattern": f"^{field.form.pattern}$"}
    if isinstance(field, OneOf):
        return {"enum": [*field.values, *([None] if field.allow_none else [])]}
    if isinstance(field, Day):
        return {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    if isinstance(field, TermText):
        return {"pattern": TERM}
    if isinstance(field, Count):
        return {"minimum": field.least, "maximum": field.most}
    if isinstance(field, Distinct):
        return {"uniqueItems": True, **({} if field.empty else {"minItems": 1})}
    if isinstance(field, Named):
        of_names = {"pattern": f"^{field.key.form.pattern}$"} if field.key.form else {}
        return {
            "propertyNames": of_names,
            "additionalProperties": converter.field2property(field.inner),
        }
    if isinstance(field, Plain) and field.name == "when":
        return {"$ref": f"{_REFERENCE}Condition"}
    return {}


def _plain(node: Any) -> Any:
    """References of OpenAPI as those of JSON Schema; what only OpenAPI knows is left out."""
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items() if key != "readOnly"}
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if isinstance(node, str) and node.startswith(_REFERENCE):
        return f"#/$defs/{node.removeprefix(_REFERENCE)}"
    return node


def _clause(head: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [head],
        "properties": {head: shape, **{key: {"$ref": "#/$defs/Figure"} for key in OPERATORS}},
        "additionalProperties": False,
        "minProperties": 2,
        "maxProperties": 2,
    }


def _group(mode: str) -> dict[str, Any]:
    parts = {"type": "array", "items": {"$ref": "#/$defs/Condition"}, "minItems": 1}
    return {
        "type": "object",
        "required": [mode],
        "properties": {mode: parts},
        "additionalProperties": False,
    }


_NAME = {"type": "string", "minLength": 1}
_AGGREGATE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "field": _NAME,
        "where": {"$ref": "#/$defs/Condition"},
        "within": {"type": "string", "pattern": TERM},
        "dated_by": _NAME,
        "per": _NAME,
    },
    "additionalProperties": False,
}
_RATIO = {"type": "array", "items": _NAME, "minItems": 2, "maxItems": 2}
_CONDITION: dict[str, Any] = {
    "Figure": {"type": ["string", "number", "boolean", "array"]},
    "Condition": {
        "anyOf": [
            *(_group(mode) for mode in GROUPS),
            _clause("field", _NAME),
            _clause("ratio", _RATIO),
            *(_clause(function, _AGGREGATE) for function in AGGREGATES),
        ]
    },
}
