"""From a stored condition to one that compares like with like.

Stored figures are text or whole numbers; the fields of the record kinds say what they are. A figure
that does not fit its field is refused here, so that a criterion can never quietly fail to be met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from registry.domain.condition import (
    Aggregate,
    Clause,
    Condition,
    ConditionError,
    Field,
    Group,
    Ratio,
    parse,
)
from registry.domain.record import FieldSpec, FieldType, RecordKind, read_date

NUMBERS = frozenset({FieldType.MONEY, FieldType.INTEGER, FieldType.RATIO})
ORDERED = frozenset({"at_least", "above", "at_most", "below"})


def read_condition(data: Any, kinds: Sequence[RecordKind], path: str = "when") -> Condition:
    """The condition, its figures typed by the fields; ConditionError names the place."""
    return _typed(parse(data, path), _shared(kinds), path)


def _shared(kinds: Sequence[RecordKind]) -> Mapping[str, FieldSpec | str]:
    """Fields by name; a text instead of a field says why it cannot be used."""
    names = {name for kind in kinds for name in kind.fields}
    fields: dict[str, FieldSpec | str] = {}
    for name in names:
        lacking = [kind.code for kind in kinds if name not in kind.fields]
        types = {kind.fields[name].type for kind in kinds if name in kind.fields}
        if lacking:
            fields[name] = f"field {name!r} is missing in {', '.join(lacking)}"
        elif len(types) > 1:
            fields[name] = f"field {name!r} has another type in each record kind"
        else:
            fields[name] = _merged([kind.fields[name] for kind in kinds])
    return fields


def _merged(specs: Sequence[FieldSpec]) -> FieldSpec:
    values = dict.fromkeys(value for spec in specs for value in spec.values)
    return replace(specs[0], values=tuple(values))


def _typed(condition: Condition, fields: Mapping[str, FieldSpec | str], path: str) -> Condition:
    if isinstance(condition, Group):
        below = f"{path}.{condition.mode}"
        parts = (_typed(part, fields, f"{below}.{i}") for i, part in enumerate(condition.parts))
        return replace(condition, parts=tuple(parts))
    operand = condition.operand
    if isinstance(operand, Field):
        spec = _field(operand.name, fields, f"{path}.field")
        return replace(condition, figure=_figure(condition, spec, path))
    if isinstance(operand, Ratio):
        for name in (operand.numerator, operand.denominator):
            _number_field(name, fields, f"{path}.ratio", "a ratio")
    else:
        place = f"{path}.{operand.function}"
        condition = replace(condition, operand=_typed_aggregate(operand, fields, place))
    if condition.operator not in ORDERED | {"equals"}:
        raise ConditionError(path, f"cannot be asked with {condition.operator!r}: use at_least")
    return replace(condition, figure=_number(condition.figure, f"{path}.{condition.operator}"))


def _typed_aggregate(
    operand: Aggregate, fields: Mapping[str, FieldSpec | str], path: str
) -> Aggregate:
    if operand.field is not None and operand.function == "sum":
        _number_field(operand.field, fields, f"{path}.field", "a sum")
    elif operand.field is not None:
        _field(operand.field, fields, f"{path}.field")
    if operand.per is not None:
        _field(operand.per, fields, f"{path}.per")
    if operand.dated_by is not None:
        dated = _field(operand.dated_by, fields, f"{path}.dated_by")
        if dated.type is not FieldType.DATE:
            raise ConditionError(f"{path}.dated_by", f"{dated.name} is {dated.type}, not a date")
    if operand.where is None:
        return operand
    if any(isinstance(clause.operand, Aggregate) for clause in operand.where.clauses()):
        raise ConditionError(f"{path}.where", "speaks of one record: no count, sum or distinct")
    return replace(operand, where=_typed(operand.where, fields, f"{path}.where"))


def _field(name: str, fields: Mapping[str, FieldSpec | str], path: str) -> FieldSpec:
    spec = fields.get(name)
    if spec is None:
        known = ", ".join(sorted(fields)) or "none"
        raise ConditionError(path, f"no record kind has a field {name!r}. Known: {known}")
    if isinstance(spec, str):
        raise ConditionError(path, spec)
    return spec


def _number_field(
    name: str, fields: Mapping[str, FieldSpec | str], path: str, what: str
) -> FieldSpec:
    spec = _field(name, fields, path)
    if spec.type not in NUMBERS:
        raise ConditionError(path, f"{name} is {spec.type}: {what} needs money, integer or ratio")
    return spec


def _figure(clause: Clause, spec: FieldSpec, path: str) -> Any:
    """The figure as a value of the field, or a ConditionError that says what would fit."""
    place = f"{path}.{clause.operator}"
    if clause.operator == "present":
        return clause.figure
    if clause.operator in ORDERED and spec.type not in NUMBERS | {FieldType.DATE}:
        raise ConditionError(
            place, f"{spec.name} is {spec.type}: it only takes equals, in, present"
        )
    if clause.operator == "in":
        return tuple(_value(one, spec, place) for one in clause.figure)
    return _value(clause.figure, spec, place)


def _value(raw: Any, spec: FieldSpec, path: str) -> Any:
    if spec.type in NUMBERS:
        number = _number(raw, path)
        if spec.type is FieldType.INTEGER and number != number.to_integral_value():
            raise ConditionError(path, f"{spec.name} is a whole number, not {raw}")
        return number
    try:
        if spec.type is FieldType.DATE:
            return read_date(raw)
        return spec.read(raw)
    except ValueError as error:
        raise ConditionError(path, f"{spec.name} is {spec.type}: {error}, not {raw}") from None


def _number(raw: Any, path: str) -> Decimal:
    if not isinstance(raw, bool | date):
        try:
            value = Decimal(raw)
            if value.is_finite():
                return value
        except (InvalidOperation, TypeError, ValueError):
            pass
    raise ConditionError(path, f"must be a number (a decimal in quotes), not {raw}")
