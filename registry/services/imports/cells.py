"""Reading cells: what stands in them as the values that a request would carry."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Set
from datetime import date

from registry.domain.errors import InvalidInput
from registry.domain.record import clean_text, read_date

FLAGS = {"true": True, "false": False, "是": True, "否": False}
# Bars and semicolons part addresses. A comma does only where what follows names a province, city,
# district or county again: else it stands within one address.
_ADDRESSES = re.compile(r"[|;；]|[,，](?=[^,，;；|]{0,8}?[省市区县])")
_NAMES = re.compile(r"[|;；]")


def text(row: Mapping[str, str], column: str, limit: int) -> str | None:
    """A cell as clean text; None if it is empty."""
    if column not in row:
        return None
    try:
        return clean_text(row[column], limit)
    except ValueError as error:
        raise InvalidInput.field(column, str(error)) from None


def required(row: Mapping[str, str], column: str, limit: int) -> str:
    """A cell that must not be empty."""
    found = text(row, column, limit)
    if found is None:
        raise InvalidInput.field(column, "is required")
    return found


def day(row: Mapping[str, str], column: str) -> date | None:
    """A date, YYYY-MM-DD; None if the cell is empty."""
    if column not in row:
        return None
    try:
        return read_date(row[column])
    except ValueError as error:
        raise InvalidInput.field(column, str(error)) from None


def flag(row: Mapping[str, str], column: str, default: bool) -> bool:
    """true or false, 是 or 否."""
    if column not in row:
        return default
    if row[column].lower() not in FLAGS:
        raise InvalidInput.field(column, "must be true or false")
    return FLAGS[row[column].lower()]


def choice(row: Mapping[str, str], column: str, values: Collection[str], default: str) -> str:
    """One of a closed list."""
    found = row.get(column, default)
    if found not in values:
        raise InvalidInput.field(column, "must be one of " + ", ".join(values))
    return found


def names(row: Mapping[str, str], column: str) -> tuple[str, ...]:
    """Several names, with bars or semicolons between."""
    return _several(row, column, _NAMES, 200)


def addresses(row: Mapping[str, str]) -> tuple[str, ...]:
    """Several addresses; the column may be called `addresses` or `address`."""
    both = (_several(row, column, _ADDRESSES, 300) for column in ("addresses", "address"))
    return tuple(dict.fromkeys(one for found in both for one in found))


def _several(
    row: Mapping[str, str], column: str, separator: re.Pattern[str], limit: int
) -> tuple[str, ...]:
    if column not in row:
        return ()
    parts = [part.strip() for part in separator.split(row[column])]
    found = tuple(
        text({column: part}, column, limit) or "" for part in dict.fromkeys(parts) if part
    )
    if len(found) > 20:
        raise InvalidInput.field(column, "must have 0 to 20 items")
    return found


def require_columns(row: Mapping[str, str], known: Set[str]) -> None:
    """InvalidInput for a column that means nothing here: a misspelt one would be lost unseen."""
    if strange := sorted(row.keys() - known):
        shown = ", ".join(sorted(known))
        raise InvalidInput({one[:60]: [f"is no column of this import: {shown}"] for one in strange})
