"""Telling plugins what has happened: from the journal, in order, each plugin at its own place, so
that a failure is told again and nothing is told before its commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from registry.domain.events import Event
from registry.store import event_cursors, journal
from registry.store.store import Store

Listener = Callable[[Event], None]
_BATCH = 500


def deliver(
    store: Store, listeners: Mapping[str, Listener], failed: Callable[[str, int, Exception], None]
) -> int:
    """Tell each plugin the events it has not yet taken; returns how many were told. `failed` is
    called with (plugin, seq, error); that plugin is told the same event again next time."""
    told = 0
    for plugin, listener in listeners.items():
        with store.reading() as reading:
            start = event_cursors.get(reading, plugin)
            rows = journal.rows_after(reading, start, _BATCH)
            events = [
                Event(row.seq, row.kind, row.at, journal.facts_of(reading, row)) for row in rows
            ]
        reached = _tell(plugin, listener, events, start, failed)
        if reached != start:
            told += reached - start
            with store.changing() as change:
                event_cursors.move(change, plugin, reached)
    return told


def _tell(
    plugin: str,
    listener: Listener,
    events: list[Event],
    start: int,
    failed: Callable[[str, int, Exception], None],
) -> int:
    reached = start
    for event in events:
        try:
            listener(event)
        except Exception as error:  # a plugin's fault never reaches anybody else
            failed(plugin, event.seq, error)
            break
        reached = event.seq
    return reached
