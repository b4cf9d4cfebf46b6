"""Further names by which organisations are found, and marks by which a record is recognised."""

import sqlalchemy as sa
from alembic import op

revision = '0004_intake'
down_revision = '0003_figures'


def upgrade() -> None:
    op.create_table('subject_names',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('name_key', sa.String(length=300), nullable=False, comment='folded'),
    sa.Column('held', sa.Boolean(), nullable=False, comment='false: no longer its name'),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_subject_names')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_subject_names_id_known_from'))
    )
    current = {'sqlite_where': sa.text('known_to IS NULL'), 'postgresql_where': sa.text('known_to IS NULL')}
    with op.batch_alter_table('subject_names', schema=None) as batch_op:
        batch_op.create_index('uq_subject_names_current', ['id'], unique=True, **current)
        batch_op.create_index('ix_subject_names_name_key', ['name_key'], unique=False, **current)
        batch_op.create_index('ix_subject_names_subject_id', ['subject_id'], unique=False, **current)
    op.create_table('record_marks',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('mark', name=op.f('pk_record_marks'))
    )
