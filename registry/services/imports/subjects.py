"""KIND `subjects`: new ones are entered; a known one gets the names and addresses it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from registry.domain.errors import InvalidInput
from registry.domain.intake import IntakeRow
from registry.domain.scripts import marks_of
from registry.domain.subject import Identifier, SubjectKind
from registry.services import access, subjects
from registry.services.imports import cells
from registry.services.imports.merging import Merging
from registry.services.imports.outcome import Outcome, State, refused
from registry.services.subjects import NewPerson, NewSubject
from registry.services.work import Work
from registry.store import subjects as store
from registry.store.transaction import Reading, new_id

_OWN = (
    "kind",
    "name",
    "other_names",
    "address",
    "addresses",
    "full_capacity",
    "representative_name",
    "representative_scheme",
    "representative_value",
)
KINDS = tuple(map(str, SubjectKind))
MIXED = "mixes scripts whose letters look alike: compare it with the document"
MISNAMED = "representative_name: the number is held by a person of another name"
Veto = Callable[[Mapping[int, str]], Mapping[int, str]]


class Planned(NamedTuple):
    """A row understood: the subject, its canonical numbers with their blind indexes, and those of
    its representative."""

    number: int
    new: NewSubject
    identifiers: tuple[Identifier, ...]
    blinds: tuple[str, ...]
    head: Identifier | None = None
    head_blind: str | None = None


@dataclass
class _Chunk:
    """What is known while a chunk is gone through."""

    holders: dict[str, str]
    heads: dict[str, str]  # names of persons, by id
    named: dict[str, list[tuple[str, bool]]]
    fresh: list[store.Fresh] = field(default_factory=list)
    again: list[tuple[Planned, str]] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)


class SubjectIntake:
    """`kind` is that of rows which do not say theirs; `beside`: columns that another KIND, which
    enters subjects on its way, has read already."""

    surveys = False

    def __init__(self, kind: str | None = None, beside: Sequence[str] = ()) -> None:
        self._kind, self._beside = kind or "", beside

    def survey(self, rows: Sequence[IntakeRow]) -> None:
        """Nothing about subjects needs all rows at once."""

    def findings(self) -> list[str]:
        """Everything is said row by row."""
        return []

    def take(
        self, work: Work, rows: Sequence[IntakeRow], contradicted: Veto = lambda ids: {}
    ) -> list[Outcome]:
        """New subjects at once, with what the others add. `contradicted` gets the ids of known
        subjects by row and says which rows must not add anything, and why."""
        access.require(work.actor, "add a subject")
        known = frozenset({*_OWN, *work.schemes, *self._beside})
        outcomes: dict[int, Outcome] = {}
        plans = []
        for row in rows:
            try:
                plans.append(self._plan(work, row, known))
            except InvalidInput as error:
                outcomes[row.number] = refused(row.number, error)
        chunk = _read(work.change, plans)
        for plan in plans:
            if _misnames(plan, chunk):
                chunk.outcomes[plan.number] = refused(plan.number, MISNAMED)
            else:
                _place(plan, chunk)
        merging = Merging(work, [id for _, id in chunk.again], chunk.fresh, chunk.holders)
        vetoed = contradicted({plan.number: id for plan, id in chunk.again})
        for plan, id in chunk.again:
            if plan.number in vetoed:
                chunk.outcomes[plan.number] = refused(plan.number, vetoed[plan.number])
                continue
            chunk.outcomes[plan.number] = merging.merge(plan.number, id, plan.new, plan.head)
        merging.keep()
        for plan in plans:
            outcomes[plan.number] = _reviewed(chunk.outcomes[plan.number], plan.new)
        return [outcomes[row.number] for row in rows]

    def _plan(self, work: Work, row: IntakeRow, known: frozenset[str]) -> Planned:
        cells.require_columns(row.values, known)
        new = self.subject_of(work, row.values)
        identifiers = subjects.read_identifiers(work, new)
        if new.kind.is_person:
            subjects.require_complete(new, identifiers)
        head = None
        if new.representative is not None:
            head = subjects.person_number(work, new.representative, "representative")
        return Planned(
            row.number,
            new,
            tuple(identifiers),
            tuple(store.blind(work.change, one) for one in identifiers),
            head,
            store.blind(work.change, head) if head else None,
        )

    def subject_of(self, work: Work, row: Mapping[str, str]) -> NewSubject:
        """The subject that a row describes; numbers stand in columns called as their schemes."""
        return NewSubject(
            kind=SubjectKind(cells.choice(row, "kind", KINDS, self._kind)),
            name=cells.required(row, "name", 200),
            identifiers=tuple((one, row[one]) for one in work.schemes if one in row),
            other_names=cells.names(row, "other_names"),
            addresses=cells.addresses(row),
            representative=_representative(row),
            full_capacity=cells.flag(row, "full_capacity", True),
        )


def _representative(row: Mapping[str, str]) -> NewPerson | None:
    given = [column for column in row if column.startswith("representative_")]
    if not given:
        return None
    return NewPerson(
        cells.required(row, "representative_name", 200),
        cells.required(row, "representative_scheme", 60),
        cells.required(row, "representative_value", 64),
    )


def _read(reading: Reading, plans: Sequence[Planned]) -> _Chunk:
    """Who of a chunk is known, and how the heads among them are called."""
    blinds = [one for plan in plans for one in (*plan.blinds, plan.head_blind) if one]
    nameless = [plan.new.name for plan in plans if not plan.blinds]
    holders = store.holders(reading, blinds) if blinds else {}
    heads = {holders[plan.head_blind] for plan in plans if plan.head_blind in holders}
    return _Chunk(
        holders,
        {one.id: one.name for one in store.get_many(reading, heads)},
        store.by_names(reading, nameless) if nameless else {},
    )


def _misnames(plan: Planned, chunk: _Chunk) -> bool:
    """Whether the number of the representative is held by a person of another name."""
    holder = chunk.holders.get(plan.head_blind) if plan.head_blind else None
    if holder is None or plan.new.representative is None:
        return False
    known = chunk.heads.get(holder)
    return known is not None and not subjects.same_person(known, plan.new.representative.name)


def _place(plan: Planned, chunk: _Chunk) -> None:
    """Decide whether a row is new, known or contradicts itself."""
    if not plan.blinds:
        _place_by_name(plan, chunk)
        return
    found = {chunk.holders[one] for one in plan.blinds if one in chunk.holders}
    if len(found) > 1:
        chunk.outcomes[plan.number] = refused(
            plan.number, "identifiers: they are held by two different subjects"
        )
    elif found:
        chunk.again.append((plan, found.pop()))
    else:
        try:
            subjects.require_complete(plan.new, plan.identifiers)
        except InvalidInput as error:
            chunk.outcomes[plan.number] = refused(plan.number, error)
            return
        id = _enter(plan, chunk)
        chunk.holders.update(dict.fromkeys(plan.blinds, id))


def _place_by_name(plan: Planned, chunk: _Chunk) -> None:
    """A body without a number is the provisional one of its name. One with a number is somebody
    else until an authority says otherwise: nobody is known by a name alone."""
    key = store.fold_name(plan.new.name)
    bearers = chunk.named.setdefault(key, [])
    provisional = [id for id, without in bearers if without]
    if len(provisional) > 1:
        chunk.outcomes[plan.number] = refused(
            plan.number, "name: several provisional subjects bear it; name an identifier"
        )
    elif provisional:
        chunk.again.append((plan, provisional[0]))
    else:
        id = _enter(plan, chunk, bearers[0][0] if bearers else None)
        for name in (plan.new.name, *plan.new.other_names):
            chunk.named.setdefault(store.fold_name(name), []).append((id, True))


def _enter(plan: Planned, chunk: _Chunk, namesake: str | None = None) -> str:
    """Have the subject stored with the chunk, its representative before it."""
    new, head = plan.new, None
    if plan.head is not None and plan.head_blind is not None and new.representative is not None:
        head = chunk.holders.get(plan.head_blind)
        if head is None:
            head = chunk.holders[plan.head_blind] = new_id()
            name = chunk.heads[head] = new.representative.name
            person = store.Fresh(
                head, SubjectKind.PERSON, name, (plan.head,), blinds=(plan.head_blind,)
            )
            chunk.fresh.append(person)
    id = new_id()
    if new.kind.is_person:
        chunk.heads[id] = new.name
    chunk.fresh.append(
        store.Fresh(
            id,
            new.kind,
            new.name,
            plan.identifiers,
            new.other_names,
            new.addresses,
            head,
            new.full_capacity,
            plan.blinds,
        )
    )
    notes = (f"an identified subject bears this name: {namesake}",) if namesake else ()
    chunk.outcomes[plan.number] = Outcome(plan.number, State.TAKEN, id, notes)
    return id


def _reviewed(outcome: Outcome, new: NewSubject) -> Outcome:
    """The outcome, with the names that a person should look at."""
    given = {"name": (new.name,), "other_names": new.other_names}
    if new.representative is not None:
        given["representative_name"] = (new.representative.name,)
    notes = tuple(f"{column}: {MIXED}" for column, names in given.items() if marks_of(names))
    return replace(outcome, notes=outcome.notes + notes) if notes else outcome
