"""The canonical document of a sector: validated files with every default written out.

Only text, whole numbers, true and false, lists, mappings and null; that is what RFC 8785 can write
in one way only, and what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registry.rulebook.build import criterion_place
from registry.rulebook.place import Place

Json = Mapping[str, Any]

NOTICE: Json = {
    "required": False,
    "reply_days": None,
    "unit": "working",
    "status": "verified",
    "basis": [],
}
TERM: Json = {
    "min": None,
    "months_field": None,
    "statutory": False,
    "status": "verified",
    "basis": [],
}
REPAIR: Json = {
    "min_publication": None,
    "cooling_off": None,
    "documents": [],
    "ways": [],
    "training_required": False,
    "decision_days": None,
    "extension_days": None,
    "repeat_bar": None,
    "restart_on_fraud": False,
    "status": "verified",
    "basis": [],
}
PUBLICATION: Json = {"public": True, "media": [], "persons": []}

PARTS = {"notice": NOTICE, "term": TERM, "repair": REPAIR, "publication": PUBLICATION}
REQUIRED = {"term": ("max", "clock"), "repair": ("repairable",)}


def sector_document(
    sector: Json,
    kinds: Sequence[Json],
    lists: Json,
    criteria: Sequence[Json],
    measures: Sequence[Json],
    scorecards: Sequence[Json] = (),
) -> dict[str, Any]:
    """Put the files of a sector together; RuleMistake names what neither file nor lists say."""
    return {
        **sector,
        "record_kinds": [_record_kind(one) for one in kinds],
        "criteria": [_criterion(one, lists.get(one["list_kind"], {})) for one in criteria],
        "measures": list(measures),
        "scorecards": list(scorecards),
    }


def _record_kind(one: Json) -> dict[str, Any]:
    # A list, because the stored form sorts keys and the order of fields is the authors' own.
    fields = [{"name": name, **spec} for name, spec in one["field_specs"].items()]
    rest = {key: value for key, value in one.items() if key != "field_specs"}
    return {**rest, "fields": fields}


def _criterion(one: Json, defaults: Json) -> dict[str, Any]:
    place = criterion_place(one["code"])
    versions = [
        _version(version, defaults, one["list_kind"], place.at("versions", index))
        for index, version in enumerate(one["versions"])
    ]
    severity = one.get("severity", defaults.get("severity"))
    # The newer keys stand only where something is said, so that the digest of a rulebook that says
    # nothing about them is the same as before there were such keys.
    own = "categories" in one or "categories_field" in one
    named = None if own else defaults.get("categories")
    categories = {"categories": named} if named else {}
    return {**one, **categories, "severity": severity, "versions": versions}


def _version(version: Json, defaults: Json, list_kind: str, place: Place) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for name, preset in PARTS.items():
        given = {**defaults.get(name, {}), **version.get(name, {})}
        for key in REQUIRED.get(name, ()):
            if key not in given:
                raise place.at(name).mistake(
                    f"{name}.{key} is given neither here nor under {list_kind} in lists.yaml"
                )
        parts[name] = {**preset, **given}
    return {**version, **parts}
