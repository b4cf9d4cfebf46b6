"""What a rulebook says otherwise of a version that another one already held.

Law that changes is a new dated version beside the old one. A version that says something else under
its own name may be a mistake put right, or a change of law that lost its date: whoever activates it
is told. What was listed and answered under the old text stays explained by the stored rulebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.rulebook.rulebook import Rulebook

# A figure that is confirmed at its source is the same figure; a note is for whoever keeps the file.
CONFIRMATION = frozenset({"status", "checked_on", "note"})

_Versions = dict[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Rewritten:
    """A version of a rule by code and name, and the keys in which it differs; none: it is gone."""

    code: str
    version: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        what = f"changed, not added: {', '.join(self.parts)}" if self.parts else "gone"
        return f"{self.code} {self.version}: {what}"

    def to_json(self) -> dict[str, Any]:
        """As it is journalled, and in an answer."""
        return {"code": self.code, "version": self.version, "parts": list(self.parts)}


def rewritten(old: Rulebook, new: Rulebook) -> list[Rewritten]:
    """The versions of criteria, scorecards, measures and parameters of `old` that `new` holds with
    another text, or whose sector or profile it holds without them. To be confirmed, and to end
    where no end was known, is no change."""
    found = []
    for part, versions_in in (("sectors", _of_sector), ("profiles", _of_profile)):
        for code in sorted(old.document[part].keys() & new.document[part].keys()):
            before = versions_in(old.document[part][code])
            after = versions_in(new.document[part][code])
            for key in sorted(before):
                parts = _differing(before[key], after.get(key))
                if parts is not None:
                    found.append(Rewritten(*key, parts))
    return found


def _of_sector(document: Mapping[str, Any]) -> _Versions:
    found: _Versions = {}
    for part in ("criteria", "scorecards"):
        for rule in document.get(part, ()):
            whole = {key: value for key, value in rule.items() if key != "versions"}
            for version in rule["versions"]:
                found[rule["code"], version["version"]] = {**whole, **version}
    for measure in document["measures"]:
        found[f"{document['code']}/{measure['code']}", measure["version"]] = measure
    for parameter in document.get("parameters", ()):
        found[parameter["code"], parameter["version"]] = parameter
    return found


def _of_profile(document: Mapping[str, Any]) -> _Versions:
    return {
        (f"{document['code']}/{name}", value["since"]): value
        for name, values in document["parameters"].items()
        for value in values
    }


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any] | None
) -> tuple[str, ...] | None:
    if after is None:
        return ()
    keys = sorted(before.keys() | after.keys())
    differ = tuple(key for key in keys if _text(before, key) != _text(after, key))
    if differ == ("valid_to",) and before["valid_to"] is None:
        return None
    return differ or None


def _text(version: Mapping[str, Any], key: str) -> Any:
    return None if key in CONFIRMATION else _without_confirmation(version.get(key))


def _without_confirmation(node: Any) -> Any:
    """The node without its marks of confirmation; what is empty is as what was never said."""
    if isinstance(node, Mapping):
        return {
            key: _without_confirmation(value)
            for key, value in node.items()
            if key not in CONFIRMATION
        } or None
    if isinstance(node, (list, tuple)):
        return [_without_confirmation(one) for one in node] or None
    return node
