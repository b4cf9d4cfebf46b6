"""What belongs to a subject's archive beside the subject itself."""

import sqlalchemy as sa
from alembic import op

revision = '0006_archives'
down_revision = '0005_removals'

Seq = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
CURRENT = {'sqlite_where': sa.text('known_to IS NULL'), 'postgresql_where': sa.text('known_to IS NULL')}


def _versioned(name, *columns, unique=(), index=()):
    """A table of versions, with the indexes that hold among current rows."""
    op.create_table(name,
    sa.Column('place', Seq, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', Seq, nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', Seq, nullable=True, comment='main chain seq that replaced it'),
    *columns,
    sa.PrimaryKeyConstraint('place', name=op.f(f'pk_{name}')),
    sa.UniqueConstraint('id', 'known_from', name=op.f(f'uq_{name}_id_known_from'))
    )
    with op.batch_alter_table(name, schema=None) as batch_op:
        batch_op.create_index(f'uq_{name}_current', ['id'], unique=True, **CURRENT)
        for key in unique:
            batch_op.create_index('uq_' + name + '_' + key.replace('+', '_'), key.split('+'), unique=True, **CURRENT)
        for key in index:
            batch_op.create_index('ix_' + name + '_' + key.replace('+', '_'), key.split('+'), unique=False, **CURRENT)


def upgrade() -> None:
    _versioned(
        "subject_ends",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("ended_on", sa.Date, nullable=False),
        sa.Column("ground", sa.String(20), nullable=False),
        unique=("subject_id",),
    )
    _versioned(
        "subject_links",
        sa.Column("subject_id", sa.String(length=32), nullable=False, comment="the organisation"),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        index=("subject_id", "person_id"),
    )
    _versioned(
        "occupations",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("title_zh", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        unique=("code",),
    )
    _versioned(
        "subject_occupations",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("occupation", sa.String(40), nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        unique=("subject_id+occupation",),
        index=("occupation+subject_id",),
    )
    _versioned(
        "contracts",
        sa.Column("subject_id", sa.String(length=32), nullable=False, comment="the one bound, or the manager itself"),
        sa.Column("manager_id", sa.String(length=32), nullable=False, comment="the comprehensive market subject"),
        sa.Column("agency_id", sa.String(length=32), nullable=False, comment="the department"),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="document number, area"),
        index=("subject_id", "manager_id"),
    )
    _versioned(
        "contract_breaches",
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        unique=("contract_id+record_id",),
    )
    _versioned(
        "consents",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("purposes", sa.JSON, nullable=False),
        sa.Column("written", sa.Boolean, nullable=False),
        sa.Column("consequences_explained", sa.Boolean, nullable=False),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="document number"),
        index=("subject_id",),
    )
    _versioned(
        "reference_entries",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False, comment="who took it in"),
        sa.Column("source_kind", sa.String(24), nullable=False),
        sa.Column("polarity", sa.String(4), nullable=False),
        sa.Column("observed_on", sa.Date, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False, comment="source, statement"),
        index=("subject_id",),
    )
    _versioned(
        "deliveries",
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("cycle", sa.String(20)),
        unique=("agency_id",),
    )
