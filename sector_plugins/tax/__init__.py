"""Tax: subjects of major tax breaches (重大税收违法失信主体) under order 54.

The law is in the YAML files beside this module; README.md tells a lawyer what is confirmed.
"""

from collections.abc import Iterable

from registry.sdk import Sector, hookimpl, load_sector


@hookimpl
def registry_sectors() -> Iterable[Sector]:
    """Give the sector as its files describe it."""
    return [load_sector(__name__)]
