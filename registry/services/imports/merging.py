"""What a row adds to a subject that is known. A row that contradicts what is stored is refused: a
file is not what changes a name, a head or a kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from registry.domain.errors import InvalidInput
from registry.domain.subject import Identifier, Subject
from registry.services.imports.outcome import Outcome, State, refused
from registry.services.subjects import NewSubject
from registry.services.work import Work
from registry.store import subjects as store
from registry.store.access import fold_person


class Merging:
    """The known subjects of a chunk, those about to be stored with it among them. What rows add
    is gathered and stored once for each subject."""

    def __init__(
        self, work: Work, ids: Sequence[str], fresh: Sequence[store.Fresh], holders: dict[str, str]
    ) -> None:
        self._work = work
        self._fresh = {one.id: one for one in fresh}
        known = [id for id in ids if id not in self._fresh]
        self._known = {one.id: one for one in store.get_many(work.change, known)}
        heads = [one.representative_id for one in self._known.values() if one.representative_id]
        self._holders = holders | (store.holders_of(work.change, heads) if heads else {})
        self._richer: dict[str, dict[str, None]] = {}

    def merge(self, number: int, id: str, new: NewSubject, head: Identifier | None) -> Outcome:
        """Note what the row adds; refused where it contradicts."""
        known = self._fresh.get(id) or self._known[id]
        try:
            self._require_same(known, new, head)
        except InvalidInput as error:
            return refused(number, error)
        names = _added(known.other_names, new.other_names, known.name)
        addresses = _added(known.addresses, new.addresses)
        if not names and not addresses:
            return Outcome(number, State.MERGED, id)
        names, addresses = known.other_names + names, known.addresses + addresses
        if id in self._fresh:
            self._fresh[id] = self._fresh[id]._replace(other_names=names, addresses=addresses)
        else:
            self._known[id] = replace(self._known[id], other_names=names, addresses=addresses)
        added = [
            what
            for what, before, after in (
                ("other_names", known.other_names, names),
                ("addresses", known.addresses, addresses),
            )
            if before != after
        ]
        self._richer.setdefault(id, {}).update(dict.fromkeys(added))
        return Outcome(number, State.MERGED, id, (f"added {' and '.join(added)}",))

    def keep(self) -> None:
        """Store the new subjects, and one further version of each that became richer."""
        change = self._work.change
        store.add_many(change, list(self._fresh.values()))
        for id, added in self._richer.items():
            if id in self._known:
                numbers = tuple(store.identifiers_of(change, id))
                store.save(change, self._known[id], numbers)
                change.record("subject.updated", {"subject_id": id, "changed": list(added)}, id)

    def _require_same(
        self, known: Subject | store.Fresh, new: NewSubject, head: Identifier | None
    ) -> None:
        if known.kind is not new.kind:
            raise InvalidInput.field("kind", f"it is known as {known.kind}")
        if known.kind.is_person:
            if fold_person(known.name) != fold_person(new.name):
                raise InvalidInput.field("name", "the number is held by a person of another name")
            return
        borne = {store.fold_name(one) for one in (known.name, *known.other_names)}
        if store.fold_name(new.name) not in borne:
            raise InvalidInput.field("name", "the number is held by a subject of another name")
        if head is None:
            return
        holder = self._holders.get(store.blind(self._work.change, head))
        if known.representative_id is not None and holder != known.representative_id:
            raise InvalidInput.field("representative_value", "another head stands in the registry")


def _added(known: tuple[str, ...], new: tuple[str, ...], first: str = "") -> tuple[str, ...]:
    """What is not there yet, however it is written."""
    borne = {store.fold_name(one) for one in (*known, first)}
    return tuple(one for one in new if store.fold_name(one) not in borne)
