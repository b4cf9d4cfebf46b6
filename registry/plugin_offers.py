"""What installed distributions offer as plugins, by their metadata: nothing is imported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, EntryPoint, distributions

from registry.domain.errors import PluginError

GROUP = "registry.plugins"

Offers = Mapping[str, Sequence[tuple[EntryPoint, Distribution]]]


def installed() -> dict[str, list[Distribution]]:
    """Which distributions offer a plugin of each name, enabled or not; nothing is imported."""
    return {name: [one for _, one in found] for name, found in offers().items()}


def offers() -> Offers:
    """The entry points of our group by name. The same version seen twice on the path, as an
    editable install beside its source, is one; two versions are two."""
    found: dict[str, list[tuple[EntryPoint, Distribution]]] = {}
    seen: set[tuple[str, str, str]] = set()
    for distribution in distributions():
        for entry in distribution.entry_points:
            key = (distribution.name, distribution.version, entry.name)
            if entry.group == GROUP and key not in seen:
                seen.add(key)
                found.setdefault(entry.name, []).append((entry, distribution))
    return found


def one_offer(name: str, known: Offers) -> tuple[EntryPoint, Distribution]:
    """The only distribution that offers a name; PluginError if there is none, or are two."""
    found = known.get(name, [])
    if not found:
        names = ", ".join(sorted(known)) or "none"
        raise PluginError(
            name,
            f"is enabled but not installed. Installed: {names}. Install its distribution, or take "
            "it out of the setting plugins.",
        )
    if len(found) > 1:
        names = " and ".join(f"{one.name} {one.version}" for _, one in found)
        raise PluginError(name, f"is claimed by both {names}. Remove one of them.")
    return found[0]


def is_editable(distribution: Distribution) -> bool:
    """True for a checkout that is worked on (PEP 610)."""
    about = json.loads(distribution.read_text("direct_url.json") or "{}")
    return bool(about.get("dir_info", {}).get("editable"))
