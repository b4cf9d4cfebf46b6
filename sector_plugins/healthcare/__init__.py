"""Health care (医疗卫生): medicine procurement, the insurance fund, order in hospitals, practice.

The law is in the YAML files beside this module; README.md tells a lawyer what is confirmed.
"""

from collections.abc import Iterable

from registry.sdk import Sector, hookimpl, load_sector


@hookimpl
def registry_sectors() -> Iterable[Sector]:
    """Give the sector as its files describe it."""
    return [load_sector(__name__)]
