"""Reading the journal, as auditors do."""

from __future__ import annotations

from typing import Any

from registry.services import access
from registry.services.work import View
from registry.store import journal as store


def page(view: View, chain: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Entries of a chain after a place, in order."""
    assert view.actor is not None
    access.require(view.actor, "read the journal")
    return store.page(view.reading, chain, after, limit)
