"""The first schema."""

import sqlalchemy as sa
from alembic import op

from registry.store import types

revision = '0001_initial'
down_revision = None


def _append_only(table: str) -> None:
    """Refuse update and delete: the log only grows."""
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def upgrade() -> None:
    op.create_table('acceptances',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('agency_id', sa.String(length=32), nullable=False),
    sa.Column('criterion', sa.String(length=80), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_acceptances')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_acceptances_id_known_from'))
    )
    with op.batch_alter_table('acceptances', schema=None) as batch_op:
        batch_op.create_index('uq_acceptances_agency_id_criterion_version', ['agency_id', 'criterion', 'version'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_acceptances_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('activations',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('digest', sa.String(length=80), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False, comment='of the plugins it was made from'),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_activations')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_activations_id_known_from'))
    )
    with op.batch_alter_table('activations', schema=None) as batch_op:
        batch_op.create_index('uq_activations_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('actors',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('agency_id', sa.String(length=32), nullable=False),
    sa.Column('name_index', sa.String(length=64), nullable=False, comment='HMAC of agency and name'),
    sa.Column('sealed', sa.LargeBinary(), nullable=False, comment='the name'),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_actors')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_actors_id_known_from'))
    )
    with op.batch_alter_table('actors', schema=None) as batch_op:
        batch_op.create_index('uq_actors_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_actors_name_index', ['name_index'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('agencies',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('profile', sa.String(length=64), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=False),
    sa.Column('sectors', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_agencies')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_agencies_id_known_from'))
    )
    with op.batch_alter_table('agencies', schema=None) as batch_op:
        batch_op.create_index('uq_agencies_code', ['code'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_agencies_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('announcements',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('target_id', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.String(length=32), nullable=True),
    sa.Column('sector', sa.String(length=40), nullable=False),
    sa.Column('list_kind', sa.String(length=8), nullable=True),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind <> ''", name=op.f('ck_announcements_kind')),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_announcements')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_announcements_id_known_from'))
    )
    with op.batch_alter_table('announcements', schema=None) as batch_op:
        batch_op.create_index('uq_announcements_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_announcements_target_id_kind_on_day', ['target_id', 'kind', 'on_day'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('case_records',
    sa.Column('determination_id', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('criterion', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('determination_id', 'record_id', name=op.f('pk_case_records'))
    )
    with op.batch_alter_table('case_records', schema=None) as batch_op:
        batch_op.create_index('ix_case_records_record', ['record_id', 'criterion'], unique=False)

    op.create_table('chains',
    sa.Column('chain', sa.String(length=40), nullable=False),
    sa.Column('sealed_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='last check sealed into the main chain'),
    sa.Column('closed', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('chain', name=op.f('pk_chains'))
    )
    op.create_table('checks',
    sa.Column('chain', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('at', types.Instant(length=27), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('actor', sa.String(length=32), nullable=False),
    sa.Column('agency_id', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.String(length=32), nullable=True, comment="whose key seals the answer; empty: the registry's own"),
    sa.Column('main_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='what was known: main chain up to here'),
    sa.Column('commitment', sa.String(length=64), nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False, comment='salt, request and answer'),
    sa.PrimaryKeyConstraint('chain', 'seq', name=op.f('pk_checks')),
    sa.UniqueConstraint('id', name=op.f('uq_checks_id'))
    )
    op.create_table('deadlines',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('target_type', sa.String(length=20), nullable=False),
    sa.Column('target_id', sa.String(length=32), nullable=False),
    sa.Column('owner', sa.String(length=32), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('earliest_on', sa.Date(), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('handled_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadlines')),
    sa.UniqueConstraint('kind', 'target_id', 'due_on', name=op.f('uq_deadlines_kind_target_id_due_on'))
    )
    with op.batch_alter_table('deadlines', schema=None) as batch_op:
        batch_op.create_index('ix_deadlines_open', ['earliest_on', 'id'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.create_index('ix_deadlines_target', ['target_id'], unique=False)

    op.create_table('determinations',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('criterion', sa.String(length=80), nullable=False),
    sa.Column('criterion_version', sa.String(length=40), nullable=False),
    sa.Column('sector', sa.String(length=40), nullable=False),
    sa.Column('list_kind', sa.String(length=8), nullable=False),
    sa.Column('agency_id', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('proposed_by', sa.String(length=32), nullable=False),
    sa.Column('proposed_on', sa.Date(), nullable=False),
    sa.Column('confirmed_by', sa.String(length=32), nullable=True),
    sa.Column('listing_id', sa.String(length=32), nullable=True),
    sa.Column('record_ids', sa.JSON(), nullable=False),
    sa.Column('steps', sa.JSON(), nullable=False, comment='dates of service and publicity'),
    sa.Column('sealed', sa.LargeBinary(), nullable=False, comment='reasons, submissions'),
    sa.CheckConstraint("state <> 'confirmed' OR confirmed_by IS NOT NULL", name=op.f('ck_determinations_confirmed')),
    sa.CheckConstraint('confirmed_by IS NULL OR confirmed_by <> proposed_by', name=op.f('ck_determinations_two_persons')),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_determinations')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_determinations_id_known_from'))
    )
    with op.batch_alter_table('determinations', schema=None) as batch_op:
        batch_op.create_index('ix_determinations_agency_id', ['agency_id'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('ix_determinations_subject_id', ['subject_id'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_determinations_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('editions',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('sector', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=True),
    sa.Column('published_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('measures', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_editions')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_editions_id_known_from'))
    )
    with op.batch_alter_table('editions', schema=None) as batch_op:
        batch_op.create_index('ix_editions_sector', ['sector'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_editions_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('event_cursors',
    sa.Column('plugin', sa.String(length=80), nullable=False),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='last event the plugin has taken'),
    sa.PrimaryKeyConstraint('plugin', name=op.f('pk_event_cursors'))
    )
    op.create_table('heads',
    sa.Column('chain', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='last entry'),
    sa.Column('at', types.Instant(length=27), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('rules_seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='last entry that changed rules or access'),
    sa.PrimaryKeyConstraint('chain', name=op.f('pk_heads'))
    )
    op.create_table('idempotency',
    sa.Column('actor_id', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('subject_id', sa.String(length=32), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('at', types.Instant(length=27), nullable=False),
    sa.PrimaryKeyConstraint('actor_id', 'key', name=op.f('pk_idempotency'))
    )
    op.create_table('identifiers',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('scheme', sa.String(length=24), nullable=False),
    sa.Column('blind', sa.String(length=64), nullable=False, comment='HMAC of scheme and value'),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_identifiers')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_identifiers_id_known_from'))
    )
    with op.batch_alter_table('identifiers', schema=None) as batch_op:
        batch_op.create_index('ix_identifiers_subject_id', ['subject_id'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_identifiers_blind', ['blind'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_identifiers_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('journal',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', types.Instant(length=27), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('actor', sa.String(length=32), nullable=False),
    sa.Column('commitment', sa.String(length=64), nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('subject_id', sa.String(length=32), nullable=True, comment='whose key seals erasable facts'),
    sa.Column('sealed', sa.LargeBinary(), nullable=False, comment='salt and payload'),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_journal'))
    )
    with op.batch_alter_table('journal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_journal_at'), ['at'], unique=False)

    op.create_table('listing_persons',
    sa.Column('person_id', sa.String(length=32), nullable=False),
    sa.Column('listing_id', sa.String(length=32), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('person_id', 'listing_id', 'role', name=op.f('pk_listing_persons'))
    )
    with op.batch_alter_table('listing_persons', schema=None) as batch_op:
        batch_op.create_index('ix_listing_persons_listing_id', ['listing_id'], unique=False)

    op.create_table('listings',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('sector', sa.String(length=40), nullable=False),
    sa.Column('list_kind', sa.String(length=8), nullable=False),
    sa.Column('agency_id', sa.String(length=32), nullable=False),
    sa.Column('criterion', sa.String(length=80), nullable=False),
    sa.Column('determination_id', sa.String(length=32), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.Column('exit_ground', sa.String(length=20), nullable=True),
    sa.Column('exit_on', sa.Date(), nullable=True),
    sa.Column('exit_at', types.Instant(length=27), nullable=True),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('follows', sa.String(length=32), nullable=True),
    sa.Column('terms', sa.JSON(), nullable=False, comment='severity, basis, repair, suspensions...'),
    sa.Column('sealed', sa.LargeBinary(), nullable=False, comment='the reason'),
    sa.CheckConstraint('valid_from < valid_to', name=op.f('ck_listings_validity')),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_listings')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_listings_id_known_from'))
    )
    with op.batch_alter_table('listings', schema=None) as batch_op:
        batch_op.create_index('ix_listings_follows', ['follows'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('ix_listings_subject_id', ['subject_id'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_listings_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('records',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('content', sa.String(length=12), nullable=False),
    sa.Column('agency_id', sa.String(length=32), nullable=False),
    sa.Column('submitted_by', sa.String(length=32), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('annulled_on', sa.Date(), nullable=True),
    sa.Column('figures', sa.JSON(), nullable=False, comment='fields that are not text'),
    sa.Column('sealed', sa.LargeBinary(), nullable=False, comment='text fields, document number'),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_records')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_records_id_known_from'))
    )
    with op.batch_alter_table('records', schema=None) as batch_op:
        batch_op.create_index('ix_records_subject_id_kind', ['subject_id', 'kind'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_records_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('rulebooks',
    sa.Column('digest', sa.String(length=80), nullable=False),
    sa.Column('document', sa.Text(), nullable=False, comment='RFC 8785 JSON, whole'),
    sa.Column('recorded_at', types.Instant(length=27), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_rulebooks'))
    )
    op.create_table('subject_keys',
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('key_id', sa.String(length=40), nullable=False, comment='the master key that wraps it'),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('subject_id', name=op.f('pk_subject_keys'))
    )
    op.create_table('subjects',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('name', sa.String(length=300), nullable=True, comment="organisations; a person's name is sealed"),
    sa.Column('name_key', sa.String(length=300), nullable=True, comment='folded, for organisations only'),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('representative_id', sa.String(length=32), nullable=True),
    sa.Column('known_since', types.Instant(length=27), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False, comment='name of a person, addresses'),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_subjects')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_subjects_id_known_from'))
    )
    with op.batch_alter_table('subjects', schema=None) as batch_op:
        batch_op.create_index('ix_subjects_name_key', ['name_key'], unique=False, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_subjects_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    op.create_table('tokens',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False, comment='the thing; its versions share it'),
    sa.Column('known_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='main chain seq that wrote it'),
    sa.Column('known_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='main chain seq that replaced it'),
    sa.Column('digest', sa.String(length=64), nullable=False, comment='SHA-256 of the token'),
    sa.Column('actor_id', sa.String(length=32), nullable=False),
    sa.Column('roles', sa.JSON(), nullable=False),
    sa.Column('subject_id', sa.String(length=32), nullable=True),
    sa.Column('expires_at', types.Instant(length=27), nullable=True),
    sa.Column('revoked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_tokens')),
    sa.UniqueConstraint('id', 'known_from', name=op.f('uq_tokens_id_known_from'))
    )
    with op.batch_alter_table('tokens', schema=None) as batch_op:
        batch_op.create_index('uq_tokens_current', ['id'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))
        batch_op.create_index('uq_tokens_digest', ['digest'], unique=True, sqlite_where=sa.text('known_to IS NULL'), postgresql_where=sa.text('known_to IS NULL'))

    for table in ("journal", "checks"):
        _append_only(table)
