"""General: the grounds and measures that belong to no single sector (综合).

The law is in the YAML files beside this module; README.md tells a lawyer what is confirmed.
"""

from collections.abc import Iterable

from registry.sdk import Sector, hookimpl, load_sector


@hookimpl
def registry_sectors() -> Iterable[Sector]:
    """Give the sector as its files describe it."""
    return [load_sector(__name__)]
