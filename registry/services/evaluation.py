"""Criteria over everybody: who meets one, asked of the database in one statement a version. What
comes of it are proposals at most: a case is opened by a person, and lists nobody by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry.domain.criterion import CriterionVersion
from registry.domain.determination import Determination
from registry.domain.errors import Duplicate, InvalidInput
from registry.domain.finding import Finding
from registry.domain.record import FieldType, Record
from registry.domain.validity import LATEST
from registry.rulebook.rulebook import Rulebook
from registry.services import proposals
from registry.services.judging import Ask, with_predicate
from registry.services.work import Work
from registry.store import catch_up, criteria, evaluations, figures, records
from registry.store.store import Store
from registry.store.transaction import Change, Reading, read_head

Fields = dict[str, dict[str, FieldType]]


@dataclass(frozen=True)
class Outcome:
    """What evaluating a version came to by what was known at a place of the main chain: how many
    subjects it looked at again (None: all), and whom it found, if that was not kept."""

    version: CriterionVersion
    looked_at: int | None
    seq: int
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Met:
    """A subject whose records meet a version. `cases`: cases of the criterion on some of them;
    `records`: where the version names a predicate, what it is to be asked about."""

    version: CriterionVersion
    subject_id: str
    finding: Finding
    cases: tuple[str, ...]
    records: tuple[Record, ...] = ()


def versions(
    rulebook: Rulebook, sector: str | None, criterion: str | None, on: date
) -> list[CriterionVersion]:
    """The versions, begun by a date, that are asked for."""
    if sector is not None and rulebook.sector(sector) is None:
        raise InvalidInput.field("sector", "is no enabled sector")
    if criterion is not None and not rulebook.criterion_versions(criterion):
        raise InvalidInput.field("criterion", "is no criterion of an enabled sector")
    return [
        one
        for one in rulebook.criteria(sector=sector)
        if criterion in (None, one.code) and one.validity.start <= on
    ]


def needed(asked: Iterable[CriterionVersion]) -> Fields:
    """The fields that criteria ask of, by kind of record."""
    found: Fields = {}
    for version in asked:
        for kind in version.record_kinds:
            fields = found.setdefault(kind, {})
            fields.update({name: version.fields[name].type for name in version.when.names()})
    return found


def prepare(change: Change, rulebook: Rulebook) -> None:
    """Give the fields that the rulebook's criteria ask of their place among the figures."""
    figures.prepare(change, needed(rulebook.criteria()))


def enter_all(store: Store, rulebook: Rulebook, asked: Sequence[CriterionVersion]) -> None:
    """Enter every record that is not yet among the figures, in chunks."""
    kinds = sorted({kind for version in asked for kind in version.record_kinds})
    with store.changing() as change:
        prepare(change, rulebook)
    more = True
    while more:
        with store.changing() as change:
            more = catch_up.catch_up(change, kinds)


def evaluate(store: Store, rulebook: Rulebook, version: CriterionVersion) -> Outcome:
    """Evaluate a version by what is known now, looking only at subjects whose records changed
    since its last evaluation under this rulebook; what was found is kept."""
    with store.reading() as reading:
        head = read_head(reading.connection)
        since = evaluations.place(reading, version, rulebook.digest)
        among = None if since is None else evaluations.changed(version, since)
        again: list[str] | None = None
        if among is not None:
            again = list(reading.connection.execute(among).scalars())
        ids = _found(reading, version, LATEST, among) if again is None or again else []
    with store.changing() as change:
        if evaluations.place(change, version, rulebook.digest) == since:  # else another run did it
            _keep(change, rulebook, version, head.seq, ids, again)
    return Outcome(version, None if again is None else len(again), head.seq)


def _keep(
    change: Change,
    rulebook: Rulebook,
    version: CriterionVersion,
    seq: int,
    found: Sequence[str],
    again: Sequence[str] | None,
) -> None:
    evaluations.keep(change, version, rulebook.digest, seq, found, again)
    facts = {
        "criterion": version.code,
        "version": version.version,
        "digest": rulebook.digest,
        "up_to": seq,
        "looked_at": None if again is None else len(again),
        "found": len(found),
    }
    change.record("criterion.evaluated", facts)


def on_date(store: Store, version: CriterionVersion, on: date) -> Outcome:
    """Evaluate a version by the records decided by a date; nothing is kept."""
    with store.reading() as reading:
        seq = read_head(reading.connection).seq
        return Outcome(version, None, seq, tuple(_found(reading, version, on)))


def found(reading: Reading, outcome: Outcome) -> Iterator[str]:
    """Whom a version found, by id: of the kinds of subject that it lists, with an identity."""
    ids = outcome.ids
    if ids is None:
        ids = tuple(evaluations.hits(reading, outcome.version))
    return evaluations.listable(reading, outcome.version, ids)


def _found(
    reading: Reading, version: CriterionVersion, on: date, among: object = None
) -> list[str]:
    layout = figures.slots(reading, version.record_kinds)
    statement = criteria.meeting(version, layout, reading.vault, on, among)  # type: ignore[arg-type]
    return sorted(reading.connection.execute(statement).scalars())


def explained(reading: Reading, outcome: Outcome, on: date) -> Iterator[Met]:
    """Each subject found with its finding: which records, for which reasons. Where the version
    names a predicate, that is the half of it: see `judged`."""
    version = outcome.version
    for subject_id in found(reading, outcome):
        known = records.of_subject(reading, subject_id)
        finding = version.found_on(known, on)
        if not finding.met:
            _require_changed(reading, outcome, subject_id)
            continue
        cases = {records.in_case(reading, version.code, [one]) for one in finding.record_ids}
        used = [one for one in known if version.predicate and one.id in finding.record_ids]
        own = tuple(sorted(one for one in cases if one))
        yield Met(version, subject_id, finding, own, tuple(used))


def judged(met: Met, ask: Ask) -> Met:
    """With what the predicate of the version says, asked while no transaction waits: the finding
    may then be that it is not met. Undetermined, naming the plugin, if it gives no verdict."""
    found = with_predicate(met.version, met.finding, met.records, ask)
    return replace(met, finding=found)


def _require_changed(reading: Reading, outcome: Outcome, subject_id: str) -> None:
    """RuntimeError where statement and rule disagree on the same records: that is never passed
    over. A record that came or changed since then is left to the next run."""
    changed = evaluations.changed(outcome.version, outcome.seq)
    if subject_id not in set(reading.connection.execute(changed).scalars()):
        raise RuntimeError(
            f"the statement of {outcome.version.code} {outcome.version.version} finds "
            f"{subject_id}, the rule does not: run registry verify"
        )


def propose(work: Work, met: Met) -> Determination:
    """Open a case on the records that meet the version and carry no case yet; Duplicate where
    without those that do it is not met."""
    reading, code = work.change, met.version.code
    free: list[Record] = [
        one
        for one in records.of_subject(reading, met.subject_id)
        if records.in_case(reading, code, [one.id]) is None
    ]
    finding = met.version.found_on(free, work.today)
    if not finding.met:
        raise Duplicate("A case of this criterion on these records")
    return proposals.propose(work, code, met.subject_id, finding.record_ids)
