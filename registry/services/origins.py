"""What is activated comes from the version that it says: no downgrade, no version twice.

Every activation journals the plugins that it was made from; the next one is held against all of
them, also against those of plugins that were away in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.version import InvalidVersion, Version

from registry.domain.errors import PluginError
from registry.domain.origin import Origin
from registry.store import journal
from registry.store.transaction import Reading

ACTIVATED = "rulebook.activated"


def require_honest(reading: Reading, offered: Iterable[Origin]) -> None:
    """PluginError, naming it, for a plugin that is older than it was, or that is what it was by its
    version and is not by its rules or by the code of its predicates."""
    known = _activated(reading)
    for one in offered:
        _require_no_older(one, known)
        if not one.editable:
            _require_same_content(one, known)


def latest(reading: Reading) -> list[Origin]:
    """The plugins that the active rulebook was made from."""
    found = journal.facts_of_kind(reading, ACTIVATED)
    return [Origin.of(raw) for raw in found[-1].get("plugins", ())] if found else []


def _activated(reading: Reading) -> list[Origin]:
    return [
        Origin.of(raw)
        for facts in journal.facts_of_kind(reading, ACTIVATED)
        for raw in facts.get("plugins", ())
    ]


def _require_no_older(one: Origin, known: Sequence[Origin]) -> None:
    before = [other.version for other in known if _same(one, other)]
    newest = max(before, key=lambda version: _version(one, version), default=one.version)
    if _version(one, newest) > _version(one, one.version):
        raise PluginError(
            one.plugin,
            f"is older than {newest}, whose rules were active here. Install {newest} or a later "
            "one; to go back to earlier rules, release them under a later version.",
            one.distribution,
            one.version,
        )


def _require_same_content(one: Origin, known: Sequence[Origin]) -> None:
    for other in known:
        if not _same(one, other) or other.version != one.version or other.editable:
            continue
        if other.rules != one.rules:
            raise _differs(one, "rules")
        # what was activated before code was journalled, or without predicates, says nothing of it
        if one.code and other.code and other.code != one.code:
            raise _differs(one, "code")


def _differs(one: Origin, what: str) -> PluginError:
    verb = "differ" if what == "rules" else "differs"
    return PluginError(
        one.plugin,
        f"is not the {one.version} that was activated here: its {what} {verb}. A change of {what} "
        "needs a version of its own.",
        one.distribution,
        one.version,
    )


def _same(one: Origin, other: Origin) -> bool:
    return (one.plugin, one.distribution) == (other.plugin, other.distribution)


def _version(one: Origin, text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        raise PluginError(
            one.plugin, f"has {text!r} for a version (PEP 440)", one.distribution
        ) from None
