"""KIND `records`: what providers report, one record a row, under the record kinds of all sectors.

The columns are those of a request, the fields of the record kind beside them under their own names
(or `fields.<name>`, where a column of the request is called the same).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registry.domain.errors import InvalidInput, RegistryError
from registry.domain.intake import IntakeRow
from registry.domain.record import FieldType, RecordKind
from registry.domain.subject import Identifier
from registry.services import access, records
from registry.services.identifiers import parse
from registry.services.imports import cells
from registry.services.imports.outcome import Outcome, State, refused
from registry.services.records import NewRecord
from registry.services.work import Work
from registry.store import records as store
from registry.store import subjects

_OWN = (
    "kind",
    "subject_id",
    "scheme",
    "value",
    "decided_on",
    "ended_on",
    "document_no",
    "procedure",
    "slight",
    "grade",
)
PROCEDURES = ("ordinary", "simplified")
Numbered = tuple[IntakeRow, Identifier | None]


class RecordIntake:
    """`kind` is that of rows which do not say theirs."""

    surveys = False

    def __init__(self, kind: str | None = None) -> None:
        self._kind = kind or ""

    def survey(self, rows: Sequence[IntakeRow]) -> None:
        """Nothing about records needs all rows at once."""

    def findings(self) -> list[str]:
        """Everything is said row by row."""
        return []

    def take(self, work: Work, rows: Sequence[IntakeRow]) -> list[Outcome]:
        """File what is new."""
        access.require(work.actor, "file a record")
        outcomes: dict[int, Outcome] = {}
        numbered: list[Numbered] = []
        for row in rows:
            try:
                numbered.append((row, _number(work, row.values)))
            except InvalidInput as error:
                outcomes[row.number] = refused(row.number, error)
        known = _subjects(work, numbered)
        fresh: list[tuple[int, store.Fresh]] = []
        for row, identifier in numbered:
            try:
                fresh.append((row.number, self._record(work, row.values, identifier, known)))
            except RegistryError as error:
                outcomes[row.number] = refused(row.number, error)
        outcomes.update(_stored(work, fresh))
        return [outcomes[row.number] for row in rows]

    def _record(
        self,
        work: Work,
        row: Mapping[str, str],
        identifier: Identifier | None,
        known: Mapping[str, str],
    ) -> store.Fresh:
        kind = work.rulebook.record_kind(row.get("kind", self._kind))
        if kind is None:
            raise InvalidInput.field("kind", "is no record kind of an enabled sector")
        decided_on = cells.day(row, "decided_on")
        if decided_on is None:
            raise InvalidInput.field("decided_on", "is required")
        new = NewRecord(
            kind=kind.code,
            fields=_fields(work, kind, row),
            decided_on=decided_on,
            document_no=cells.text(row, "document_no", 200),
            ended_on=cells.day(row, "ended_on"),
            procedure=cells.choice(row, "procedure", PROCEDURES, "ordinary"),
            slight=cells.flag(row, "slight", False),
            grade=row.get("grade"),
        )
        return records.prepare(work, new, lambda: _holder(work, row, identifier, known))


def _number(work: Work, row: Mapping[str, str]) -> Identifier | None:
    """The number of the subject: `scheme` and `value`, or a column called as the scheme."""
    given = [(one, row[one]) for one in work.schemes if one in row]
    if "scheme" in row or "value" in row:
        given.append((cells.required(row, "scheme", 60), cells.required(row, "value", 64)))
    if len(given) + ("subject_id" in row) != 1:
        raise InvalidInput.field("subject", "name it once: subject_id, or one identifier")
    return parse(work.schemes, *given[0], work.today, "subject.identifier") if given else None


def _subjects(work: Work, numbered: Sequence[Numbered]) -> dict[str, str]:
    """Ids of the subjects by id or blind index; their keys are read at once."""
    ids = [row.values["subject_id"] for row, number in numbered if number is None]
    blinds = [subjects.blind(work.change, number) for _, number in numbered if number]
    known = subjects.holders(work.change, blinds) if blinds else {}
    if ids:
        known.update((one.id, one.id) for one in subjects.get_many(work.change, ids))
    subjects.hold_keys(work.change, list(set(known.values())))
    return known


def _holder(
    work: Work, row: Mapping[str, str], number: Identifier | None, known: Mapping[str, str]
) -> str:
    if number is None:
        found, field = known.get(row["subject_id"]), "subject_id"
    else:
        found, field = known.get(subjects.blind(work.change, number)), "subject.identifier"
    if found is None:
        raise InvalidInput.field(field, "is not known: add the subject first")
    return found


def _fields(work: Work, kind: RecordKind, row: Mapping[str, str]) -> dict[str, Any]:
    """The cells that are fields of the kind, as JSON would have them. Empty ones are left out, so
    that kinds with other fields may stand in one file."""
    found: dict[str, Any] = {}
    for column, cell in row.items():
        name = column.removeprefix("fields.")
        if column in _OWN or column in work.schemes:
            continue
        spec = kind.fields.get(name)
        found[name] = cell if spec is None else _value(spec.type, cell)
    return found


def _value(type: FieldType, cell: str) -> Any:
    """A cell as JSON: what does not fit stays text, and the record kind says what it wants."""
    if type is FieldType.INTEGER and cell.isdecimal() and cell.isascii() and len(cell) < 20:
        return int(cell)
    if type is FieldType.FLAG:
        return cells.FLAGS.get(cell.lower(), cell)
    return cell


def _stored(work: Work, fresh: Sequence[tuple[int, store.Fresh]]) -> dict[int, Outcome]:
    """File the records that are new; the same record again is the one that is there."""
    known = store.marked(work.change, [one.mark for _, one in fresh]) if fresh else {}
    outcomes, new = {}, []
    for number, one in fresh:
        there = known.setdefault(one.mark, one.record.id)
        state = State.TAKEN if there == one.record.id else State.MERGED
        outcomes[number] = Outcome(number, state, there)
        if state is State.TAKEN:
            new.append(one)
    records.file_all(work, new)
    return outcomes
