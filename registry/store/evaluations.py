"""Where the evaluation of each version of a criterion stands, and whom it found: derived from the
figures, never read by a check. A run looks again only at subjects whose records changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from registry.domain.criterion import CriterionVersion
from registry.store import tables
from registry.store.transaction import Change, Reading

_PAGE = 500


def place(reading: Reading, version: CriterionVersion, digest: str) -> int | None:
    """The entry of the main chain up to which a version was evaluated under this rulebook."""
    table = tables.evaluations
    statement = sa.select(table.c.seq).where(*_of(table, version), table.c.digest == digest)
    found = reading.connection.execute(statement).scalar()
    return None if found is None else int(found)


def changed(version: CriterionVersion, since: int) -> sa.Select[Any]:
    """The subjects of whom a record of the version's kinds was entered or changed since a place."""
    table = tables.figures
    of_kinds = [
        sa.select(table.c.subject_id).where(table.c.kind == kind, table.c.known_from > since)
        for kind in version.record_kinds
    ]
    return sa.select(sa.union(*of_kinds).subquery().c.subject_id)


def keep(
    change: Change,
    version: CriterionVersion,
    digest: str,
    seq: int,
    found: Collection[str],
    looked_at: Collection[str] | None,
) -> None:
    """Keep whom an evaluation up to a place found; `looked_at`: among these subjects only."""
    hits = tables.evaluation_hits
    old = sa.delete(hits).where(*_of(hits, version))
    if looked_at is None:
        change.connection.execute(old)
    elif looked_at:
        whose = old.where(hits.c.subject_id == sa.bindparam("whose"))
        change.connection.execute(whose, [{"whose": one} for one in looked_at])
    named = {"criterion": version.code, "version": version.version}
    if found:
        change.connection.execute(sa.insert(hits), [{**named, "subject_id": one} for one in found])
    table = tables.evaluations
    change.connection.execute(sa.delete(table).where(*_of(table, version)))
    change.connection.execute(sa.insert(table), {**named, "digest": digest, "seq": seq})


def hits(reading: Reading, version: CriterionVersion) -> list[str]:
    """Whom the last evaluation found, by id."""
    table = tables.evaluation_hits
    statement = sa.select(table.c.subject_id).where(*_of(table, version))
    ordered = statement.order_by(table.c.subject_id)
    return list(reading.connection.execute(ordered).scalars())


def listable(reading: Reading, version: CriterionVersion, ids: Sequence[str]) -> Iterator[str]:
    """Of these subjects, those that the version can list: of its kinds, with an identity."""
    table = tables.subjects
    kinds = [str(kind) for kind in version.subject_kinds]
    for start in range(0, len(ids), _PAGE):
        statement = (
            sa.select(table.c.id)
            .where(
                table.c.id.in_(ids[start : start + _PAGE]),
                reading.known(table),
                table.c.kind.in_(kinds),
                table.c.provisional.is_(False),
            )
            .order_by(table.c.id)
        )
        yield from reading.connection.execute(statement).scalars().all()


def _of(table: sa.Table, version: CriterionVersion) -> list[Any]:
    return [table.c.criterion == version.code, table.c.version == version.version]
