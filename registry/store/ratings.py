"""Ratings: what queries ask for in columns, titles and articles in JSON, the lines of a score
sealed under the subject's key, since their reasons are free text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from registry.domain.rating import Ground, Rating, RatingItem, RatingState
from registry.domain.subject import SubjectKind
from registry.store import tables
from registry.store.among import among
from registry.store.codec import citations_in, citations_out
from registry.store.transaction import Change, Reading, Together
from registry.store.vault import ErasedError

COLUMNS = (
    "id",
    "subject_id",
    "sector",
    "scorecard",
    "scorecard_version",
    "agency_id",
    "rated_by",
    "rated_on",
    "valid_from",
    "valid_to",
    "state",
    "grade",
    "score",
    "rank",
    "edition",
    "terms",
    "sealed",
)
# Below the number of parameters that SQLite takes in one statement, in all builds of it.
CHUNK = 500
_PAGE = 500  # subjects


def add_all(change: Change, pairs: Sequence[tuple[Rating, Mapping[str, Any]]]) -> None:
    """Write new ratings, each journalled with its facts."""
    things: list[Together] = [
        (facts, rating.subject_id, [(tables.ratings, columns(change, rating))])
        for rating, facts in pairs
    ]
    change.insert_together("rating.recorded", things)


def save(change: Change, rating: Rating) -> None:
    """Write a rating as it now stands; the caller journals it."""
    change.insert(tables.ratings, **columns(change, rating))


def columns(change: Change, rating: Rating) -> dict[str, Any]:
    """The stored columns of a rating."""
    return {
        "id": rating.id,
        "subject_id": rating.subject_id,
        "sector": rating.sector,
        "scorecard": rating.scorecard,
        "scorecard_version": rating.scorecard_version,
        "agency_id": rating.agency_id,
        "rated_by": rating.rated_by,
        "rated_on": rating.rated_on,
        "valid_from": rating.valid_from,
        "valid_to": rating.valid_to,
        "state": str(rating.state),
        "grade": rating.grade,
        "score": f"{rating.score:f}" if rating.score is not None else None,
        "rank": rating.rank,
        "edition": rating.edition,
        "terms": {
            "title": rating.title,
            "title_zh": rating.title_zh,
            "grade_title": rating.grade_title,
            "grade_title_zh": rating.grade_title_zh,
            "basis": citations_out(rating.basis),
            "source": rating.source,
            "third_party": rating.third_party,
        },
        "sealed": _sealed(change, rating),
    }


def _sealed(change: Change, rating: Rating) -> bytes | None:
    """Nothing is sealed of a list that was taken over: it has no lines."""
    if not (rating.items or rating.grounds or rating.withdrawn_because):
        return None
    private = {
        "items": [
            [
                one.code,
                one.title,
                one.title_zh,
                f"{one.points:f}",
                one.count,
                citations_out(one.basis),
                one.reason,
                list(one.record_ids),
            ]
            for one in rating.items
        ],
        "grounds": [
            [
                one.kind,
                one.code,
                one.text,
                one.text_zh,
                citations_out(one.basis),
                one.reason,
                list(one.record_ids),
            ]
            for one in rating.grounds
        ],
        "withdrawn_because": rating.withdrawn_because,
    }
    return change.seal_json(private, f"ratings:{rating.id}", rating.subject_id)


def get(reading: Reading, id: str) -> Rating | None:
    """A rating as known."""
    row = reading.one(tables.ratings, tables.ratings.c.id == id)
    return from_row(reading, row) if row else None


def of_subject(reading: Reading, subject_id: str, scorecard: str | None = None) -> list[Rating]:
    """All ratings of a subject, by one scorecard or all, in order of writing."""
    conditions = reading.equal(tables.ratings, {"scorecard": scorecard})
    rows = reading.rows(tables.ratings, tables.ratings.c.subject_id == subject_id, *conditions)
    return [from_row(reading, row) for row in rows]


def of_edition(
    reading: Reading, scorecard: str, agency_id: str, edition: str, subject_ids: Iterable[str] = ()
) -> dict[str, Rating]:
    """The ratings of an edition by subject, withdrawn ones too; only those of the subjects named,
    if any are."""
    table = tables.ratings
    conditions = [
        table.c.scorecard == scorecard,
        table.c.agency_id == agency_id,
        table.c.edition == edition,
    ]
    wanted = list(dict.fromkeys(subject_ids))
    rows: list[Any] = []
    for start in range(0, len(wanted), CHUNK):
        some = table.c.subject_id.in_(wanted[start : start + CHUNK])
        rows += reading.rows(table, *conditions, some)
    if not wanted:
        rows = list(reading.rows(table, *conditions))
    return {row.subject_id: from_row(reading, row) for row in rows}


def editions(reading: Reading, scorecard: str | None = None) -> list[tuple[Any, ...]]:
    """(scorecard, agency, edition, state, grade, number) of the editions as known; what was
    withdrawn is left out."""
    table = tables.ratings
    keys = (table.c.scorecard, table.c.agency_id, table.c.edition, table.c.state, table.c.grade)
    statement = (
        sa.select(*keys, sa.func.count())
        .where(
            reading.known(table),
            table.c.edition.is_not(None),
            table.c.state != str(RatingState.WITHDRAWN),
            *reading.equal(table, {"scorecard": scorecard}),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    return [tuple(row) for row in reading.connection.execute(statement)]


def by_subject(
    reading: Reading, scorecards: Collection[str]
) -> Iterator[tuple[SubjectKind, list[Rating]]]:
    """The ratings by these scorecards of one subject after another, page by page: the kind of the
    subject, and its ratings in order of writing, withdrawn ones and drafts too. Neither lines nor
    names are opened, so no keys are kept, and an erased subject is as any other."""
    after = ""
    while ids := _next_subjects(reading, after):
        yield from _of_subjects(reading, scorecards, ids)
        after = ids[-1]


def _next_subjects(reading: Reading, after: str) -> Sequence[str]:
    """Whoever has ratings. By which scorecard is not asked here: then SQLite would read all of that
    scorecard for each page, instead of going on in the index of subjects."""
    table = tables.ratings
    statement = (
        sa.select(table.c.subject_id)
        .where(reading.known(table), table.c.subject_id > after)
        .distinct()
        .order_by(table.c.subject_id)
        .limit(_PAGE)
    )
    return reading.connection.execute(statement).scalars().all()


def _of_subjects(
    reading: Reading, scorecards: Collection[str], ids: Sequence[str]
) -> Iterator[tuple[SubjectKind, list[Rating]]]:
    table, whom = tables.ratings, tables.subjects
    statement = (
        sa.select(table, whom.c.kind.label("subject_kind"))
        .join(whom, sa.and_(whom.c.id == table.c.subject_id, reading.known(whom)))
        .where(
            reading.known(table),
            table.c.scorecard.in_(sorted(scorecards)),
            among(table.c.subject_id, ids),
        )
        .order_by(table.c.subject_id, table.c.place)
    )
    rows = reading.connection.execute(statement).all()
    for _, group in groupby(rows, key=lambda row: row.subject_id):
        several = list(group)
        found = [from_columns(reading, _columns_of(row), lines=False) for row in several]
        yield SubjectKind(several[0].subject_kind), found


def from_row(reading: Reading, row: Any) -> Rating:
    """A stored row as a rating; without its lines where the subject's key was destroyed."""
    return from_columns(reading, _columns_of(row))


def _columns_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS}


def from_columns(reading: Reading, row: Mapping[str, Any], lines: bool = True) -> Rating:
    """Stored columns, by the names of COLUMNS, as a rating; `lines` False leaves items shut."""
    terms = row["terms"]
    private: Mapping[str, Any] = {"items": [], "grounds": [], "withdrawn_because": ""}
    if lines and row["sealed"] is not None:
        try:
            place = f"ratings:{row['id']}"
            private = reading.open_json(bytes(row["sealed"]), place, row["subject_id"])
        except ErasedError:
            pass  # its key was destroyed; what the columns say of no person is left
    return Rating(
        id=row["id"],
        subject_id=row["subject_id"],
        sector=row["sector"],
        scorecard=row["scorecard"],
        scorecard_version=row["scorecard_version"],
        title=terms["title"],
        title_zh=terms["title_zh"],
        agency_id=row["agency_id"],
        rated_by=row["rated_by"],
        rated_on=row["rated_on"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        state=RatingState(row["state"]),
        grade=row["grade"],
        grade_title=terms["grade_title"],
        grade_title_zh=terms["grade_title_zh"],
        basis=citations_in(terms["basis"]),
        score=Decimal(row["score"]) if row["score"] is not None else None,
        rank=row["rank"],
        edition=row["edition"],
        source=terms["source"],
        third_party=terms.get("third_party", False),
        withdrawn_because=private["withdrawn_because"],
        items=tuple(_item(*one) for one in private["items"]),
        grounds=tuple(_ground(*one) for one in private["grounds"]),
    )


def _item(
    code: str,
    title: str,
    title_zh: str,
    points: str,
    count: int,
    basis: Any,
    reason: str,
    record_ids: Sequence[str],
) -> RatingItem:
    return RatingItem(
        code,
        title,
        title_zh,
        Decimal(points),
        count,
        citations_in(basis),
        reason,
        tuple(record_ids),
    )


def _ground(
    kind: str,
    code: str,
    text: str,
    text_zh: str,
    basis: Any,
    reason: str,
    record_ids: Sequence[str],
) -> Ground:
    return Ground(kind, code, text, text_zh, citations_in(basis), reason, tuple(record_ids))
