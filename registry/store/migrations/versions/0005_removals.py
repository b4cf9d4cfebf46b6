"""Proposed removals after a change of the standard."""

import sqlalchemy as sa
from alembic import op

revision = "0005_removals"
down_revision = "0004_intake"

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(32)
CURRENT = {
    "sqlite_where": sa.text("known_to IS NULL"),
    "postgresql_where": sa.text("known_to IS NULL"),
}


def upgrade() -> None:
    op.create_table(
        "removals",
        sa.Column("place", SEQ, autoincrement=True, nullable=False),
        sa.Column("id", ID, nullable=False, comment="the thing; its versions share it"),
        sa.Column("known_from", SEQ, nullable=False, comment="main chain seq that wrote it"),
        sa.Column("known_to", SEQ, comment="main chain seq that replaced it"),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("agency_id", ID, nullable=False),
        sa.Column("criterion", sa.String(80), nullable=False),
        sa.Column("old_version", sa.String(40), nullable=False),
        sa.Column("new_version", sa.String(40), nullable=False, comment="empty: repealed"),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="reasons"),
        sa.PrimaryKeyConstraint("place", name="pk_removals"),
        sa.UniqueConstraint("id", "known_from", name="uq_removals_id_known_from"),
    )
    op.create_index("uq_removals_current", "removals", ["id"], unique=True, **CURRENT)
    op.create_index("ix_removals_listing_id", "removals", ["listing_id"], **CURRENT)
    op.create_index("ix_removals_agency_id", "removals", ["agency_id"], **CURRENT)
