"""The base of the schemas of rule files."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, pre_load


class RuleSchema(Schema):
    """Base of all: says which keys there are when one is unknown."""

    class Meta:
        unknown = RAISE

    @pre_load
    def refuse_unknown(self, data: Any, **_: Any) -> Any:
        """Name the key that was probably meant."""
        if not isinstance(data, Mapping):
            raise ValidationError("must be a mapping of keys to values")
        known = [field.data_key or name for name, field in self.fields.items()]
        errors = {key: [_unknown(str(key), known)] for key in data if key not in known}
        if errors:
            raise ValidationError(errors)
        return data


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"is no key here: {hint}Known keys: {', '.join(known)}"
