"""What a value of a profile's parameter may be beyond its kind: a word that something reads, a
number and a term that dates can be counted with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from registry.domain.listing import ROLES
from registry.domain.validity import Term
from registry.rulebook.bundled_schemas import ParametersWordsSchema
from registry.rulebook.validated import validated
from registry.rulebook.yaml import read_document

# The largest number of a parameter, by the unit that ends its name. A century is beyond every law
# that was read, and within what dates can hold.
MOST = MappingProxyType({"days": 36_525, "months": 1_200, "years": 100})
MOST_OTHERS = 10_000
# A count of none of these would put everybody on the list.
AT_LEAST_ONE = frozenset({"alert.min_sectors", "watch.slight_count", "watch.window_months"})
UNITS = "deadline.unit"
PERSONS = "responsible.roles"


@cache
def words() -> Mapping[str, tuple[str, ...]]:
    """The words of each parameter that has a closed list."""
    document = read_document("registry.rulebook", "parameter_words.yaml")
    found = validated(document, ParametersWordsSchema())["parameters"]
    return MappingProxyType({one["name"]: tuple(one["words"]) for one in found} | {PERSONS: ROLES})


def meaningless(name: str, value: Any) -> str | None:
    """What is wrong with a value of the right kind, in words that follow its place; None for what
    can be read."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _number(name, value)
    known = words().get(UNITS if name.startswith(f"{UNITS}.") else name)
    given = [value] if isinstance(value, str) else value
    strange = [one for one in given if known is not None and one not in known]
    if known is not None and strange:
        return f"holds {strange[0]!r}, which nothing reads. Known: {', '.join(known)}"
    return _term(value) if isinstance(value, str) and known is None else None


def _number(name: str, value: int) -> str | None:
    least = 1 if name in AT_LEAST_ONE else 0
    unit = name.replace(".", "_").rpartition("_")[2]
    most = MOST.get(unit, MOST_OTHERS)
    return None if least <= value <= most else f"is {value}: from {least} to {most}"


def _term(value: str) -> str | None:
    """A term has its form already; what is no term is a word that no list closes."""
    try:
        term = Term.parse(value)
    except ValueError:
        return None
    months = term.years * 12 + term.months
    if months > MOST["months"] or term.days > MOST["days"]:
        return f"is {value}: a century at most"
    return None
