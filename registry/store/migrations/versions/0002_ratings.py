"""Ratings by scorecards and by published list editions."""

import sqlalchemy as sa
from alembic import op

revision = '0002_ratings'
down_revision = '0001_initial'

Seq = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
CURRENT = {'sqlite_where': sa.text('known_to IS NULL'), 'postgresql_where': sa.text('known_to IS NULL')}


def upgrade() -> None:
    op.create_table('ratings',
    sa.Column('place', Seq, autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', Seq, nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', Seq, nullable=True, comment='main chain seq that replaced it'),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('sector', sa.String(length=40), nullable=False),
    sa.Column('scorecard', sa.String(length=80), nullable=False),
    sa.Column('scorecard_version', sa.String(length=40), nullable=False),
    sa.Column('agency_id', sa.String(length=32), nullable=False),
    sa.Column('rated_by', sa.String(length=32), nullable=False),
    sa.Column('rated_on', sa.Date(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('grade', sa.String(length=40), nullable=True),
    sa.Column('score', sa.String(length=40), nullable=True, comment='a decimal, exact'),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('edition', sa.String(length=80), nullable=True),
    sa.Column('terms', sa.JSON(), nullable=False, comment='titles, basis, source'),
    sa.Column('sealed', sa.LargeBinary(), nullable=True, comment='items and grounds; empty for a list taken over'),
    sa.CheckConstraint('valid_to IS NULL OR valid_from < valid_to', name=op.f('ck_ratings_validity')),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_ratings')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_ratings_id_known_from'))
    )
    with op.batch_alter_table('ratings', schema=None) as batch_op:
        batch_op.create_index('ix_ratings_scorecard_edition', ['scorecard', 'edition'], unique=False, **CURRENT)
        batch_op.create_index('uq_ratings_current', ['id'], unique=True, **CURRENT)
        batch_op.create_index('uq_ratings_subject_id_scorecard_agency_id_edition', ['subject_id', 'scorecard', 'agency_id', 'edition'], unique=True, **CURRENT)
