"""Construction and wages (工程建设、农民工工资): the market blacklist, practitioners, unpaid wages.

The law is in the YAML files beside this module; README.md tells a lawyer what is confirmed.
"""

from collections.abc import Iterable

from registry.sdk import Sector, hookimpl, load_sector


@hookimpl
def registry_sectors() -> Iterable[Sector]:
    """Give the sector as its files describe it."""
    return [load_sector(__name__)]
