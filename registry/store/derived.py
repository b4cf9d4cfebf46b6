"""Tables derived from records, so that criteria are asked of everybody in SQL (decision 0018).
Whole numbers only: nothing is read as it stands here, and verification compares it with records.
"""

from __future__ import annotations

import sqlalchemy as sa

from registry.store.columns import ID, Seq, metadata

SLOTS = 16
figure_kinds = sa.Table(
    "figure_kinds",
    metadata,
    sa.Column("kind", sa.String(80), primary_key=True),
    sa.Column("place", Seq, nullable=False, comment="records up to this place are in"),
)
figure_slots = sa.Table(
    "figure_slots",
    metadata,
    sa.Column("kind", sa.String(80), primary_key=True),
    sa.Column("field", sa.String(80), primary_key=True),
    sa.Column("type", sa.String(12), nullable=False),
    sa.Column("slot", sa.Integer, nullable=False),
    sa.UniqueConstraint("kind", "slot"),
)
figures = sa.Table(
    "figures",
    metadata,
    sa.Column("kind", sa.String(80), primary_key=True),
    sa.Column("subject_id", ID, primary_key=True),
    sa.Column(
        "decided_on", sa.Integer, primary_key=True, autoincrement=False, comment="0: annulled"
    ),
    sa.Column("record_id", ID, primary_key=True),
    sa.Column("known_from", Seq, nullable=False, comment="of the record's version"),
    *(sa.Column(f"v{number}", sa.BigInteger) for number in range(1, SLOTS + 1)),
    sa.Index("ix_figures_changed", "kind", "known_from", "subject_id"),
    sqlite_with_rowid=False,
)
evaluations = sa.Table(
    "evaluations",
    metadata,
    sa.Column("criterion", sa.String(80), primary_key=True),
    sa.Column("version", sa.String(40), primary_key=True),
    sa.Column("digest", sa.String(80), nullable=False, comment="of the rulebook"),
    sa.Column("seq", Seq, nullable=False, comment="records known up to here are evaluated"),
)
evaluation_hits = sa.Table(
    "evaluation_hits",
    metadata,
    sa.Column("criterion", sa.String(80), primary_key=True),
    sa.Column("version", sa.String(40), primary_key=True),
    sa.Column("subject_id", ID, primary_key=True),
    sqlite_with_rowid=False,
)
