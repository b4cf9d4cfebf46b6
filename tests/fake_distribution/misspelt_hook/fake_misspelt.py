"""A plugin whose rules nobody would ever ask for."""

from registry.sdk import hookimpl


@hookimpl
def registry_sector():
    """Meant to be registry_sectors."""
    return []
