"""Reading deadlines: one's own agency's; all of them for the operator, coordinator and auditor."""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.actor import Role
from registry.domain.deadline import Deadline
from registry.services import access
from registry.services.work import View
from registry.store import deadlines as store

_SCAN = 200


def page(
    view: View,
    after: str,
    limit: int,
    state: str | None = None,
    owner: str | None = None,
    target: str | None = None,
) -> list[Deadline]:
    """Deadlines by id, with their state computed at the present instant."""
    assert view.actor is not None
    access.require(view.actor, "read deadlines")
    found: list[Deadline] = []
    for deadline in _scan(view, after, owner, target):
        if state is None or deadline.state_at(view.now) == state:
            found.append(deadline)
            if len(found) == limit:
                break
    return found


def _scan(view: View, after: str, owner: str | None, target: str | None) -> Iterator[Deadline]:
    assert view.actor is not None
    if not view.actor.has(Role.OPERATOR, Role.COORDINATOR, Role.AUDITOR):
        if owner not in (None, view.actor.agency.id):
            return
        owner = view.actor.agency.id
    wanted = {"owner": owner, "target_id": target}
    while True:
        rows = store.page(view.reading, wanted, after, _SCAN)
        yield from rows
        if len(rows) < _SCAN:
            return
        after = rows[-1].id
