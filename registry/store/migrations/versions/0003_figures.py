"""Figures of records, and what was found by evaluating criteria over them."""

import sqlalchemy as sa
from alembic import op

revision = "0003_figures"
down_revision = "0002_ratings"

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "figure_kinds",
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("place", SEQ, nullable=False, comment="records up to this place are in"),
        sa.PrimaryKeyConstraint("kind", name="pk_figure_kinds"),
    )
    op.create_table(
        "figure_slots",
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("field", sa.String(80), nullable=False),
        sa.Column("type", sa.String(12), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "field", name="pk_figure_slots"),
        sa.UniqueConstraint("kind", "slot", name="uq_figure_slots_kind_slot"),
    )
    op.create_table(
        "figures",
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("decided_on", sa.Integer(), nullable=False, comment="0: annulled"),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("known_from", SEQ, nullable=False, comment="of the record's version"),
        *(sa.Column(f"v{number}", sa.BigInteger()) for number in range(1, 17)),
        sa.PrimaryKeyConstraint(
            "kind", "subject_id", "decided_on", "record_id", name="pk_figures"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_figures_changed", "figures", ["kind", "known_from", "subject_id"])
    op.create_table(
        "evaluations",
        sa.Column("criterion", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False, comment="of the rulebook"),
        sa.Column("seq", SEQ, nullable=False, comment="records known up to here are evaluated"),
        sa.PrimaryKeyConstraint("criterion", "version", name="pk_evaluations"),
    )
    op.create_table(
        "evaluation_hits",
        sa.Column("criterion", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("criterion", "version", "subject_id", name="pk_evaluation_hits"),
        sqlite_with_rowid=False,
    )
