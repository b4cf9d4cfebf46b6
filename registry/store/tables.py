"""Tables. Versioned ones keep every version: a row is known from one place in the main chain
(`known_from`) to another (`known_to`, empty for the current one), and its content never changes.
"""

from __future__ import annotations

import sqlalchemy as sa

from registry.store.archive_tables import consents as consents
from registry.store.archive_tables import contract_breaches as contract_breaches
from registry.store.archive_tables import contracts as contracts
from registry.store.archive_tables import deliveries as deliveries
from registry.store.archive_tables import occupations as occupations
from registry.store.archive_tables import reference_entries as reference_entries
from registry.store.archive_tables import subject_ends as subject_ends
from registry.store.archive_tables import subject_links as subject_links
from registry.store.archive_tables import subject_occupations as subject_occupations
from registry.store.columns import HASH as HASH
from registry.store.columns import ID as ID
from registry.store.columns import SET_LATER as SET_LATER
from registry.store.columns import Seq as Seq
from registry.store.columns import metadata as metadata
from registry.store.columns import versioned as versioned
from registry.store.derived import SLOTS as SLOTS
from registry.store.derived import evaluation_hits as evaluation_hits
from registry.store.derived import evaluations as evaluations
from registry.store.derived import figure_kinds as figure_kinds
from registry.store.derived import figure_slots as figure_slots
from registry.store.derived import figures as figures
from registry.store.types import Instant

heads = sa.Table(
    "heads",
    metadata,
    sa.Column("chain", sa.String(40), primary_key=True),
    sa.Column("seq", Seq, nullable=False, comment="last entry"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("rules_seq", Seq, nullable=False, comment="last entry that changed rules or access"),
)
journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", Seq, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("actor", ID, nullable=False),
    sa.Column("commitment", HASH, nullable=False),
    sa.Column("prev_hash", HASH, nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("subject_id", ID, comment="whose key seals erasable facts"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="salt and payload"),
)
chains = sa.Table(
    "chains",
    metadata,
    sa.Column("chain", sa.String(40), primary_key=True),
    sa.Column("sealed_seq", Seq, nullable=False, comment="last check sealed into the main chain"),
    sa.Column("closed", sa.Boolean, nullable=False),
)
checks = sa.Table(
    "checks",
    metadata,
    sa.Column("chain", sa.String(40), primary_key=True),
    sa.Column("seq", Seq, primary_key=True, autoincrement=False),
    sa.Column("id", ID, nullable=False, unique=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("actor", ID, nullable=False),
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("subject_id", ID, comment="whose key seals the answer; empty: the registry's own"),
    sa.Column("main_seq", Seq, nullable=False, comment="what was known: main chain up to here"),
    sa.Column("commitment", HASH, nullable=False),
    sa.Column("prev_hash", HASH, nullable=False),
    sa.Column("hash", HASH, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="salt, request and answer"),
)
idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("actor_id", ID, primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("request_hash", HASH, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("subject_id", ID),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
subject_keys = sa.Table(
    "subject_keys",
    metadata,
    sa.Column("subject_id", ID, primary_key=True),
    sa.Column("key_id", sa.String(40), nullable=False, comment="the master key that wraps it"),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)
rulebooks = sa.Table(
    "rulebooks",
    metadata,
    sa.Column("digest", sa.String(80), primary_key=True),
    sa.Column("document", sa.Text, nullable=False, comment="RFC 8785 JSON, whole"),
    sa.Column("recorded_at", Instant, nullable=False),
)
activations = versioned(
    "activations",
    sa.Column("digest", sa.String(80), nullable=False),
    sa.Column("fingerprint", HASH, nullable=False, comment="of the plugins it was made from"),
)
agencies = versioned(
    "agencies",
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("profile", sa.String(64), nullable=False),
    sa.Column("level", sa.String(20), nullable=False),
    sa.Column("sectors", sa.JSON, nullable=False),
    unique=("code",),
)
actors = versioned(
    "actors",
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("name_index", HASH, nullable=False, comment="HMAC of agency and name"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the name"),
    unique=("name_index",),
)
tokens = versioned(
    "tokens",
    sa.Column("digest", HASH, nullable=False, comment="SHA-256 of the token"),
    sa.Column("actor_id", ID, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("subject_id", ID),
    sa.Column("expires_at", Instant),
    sa.Column("revoked", sa.Boolean, nullable=False),
    unique=("digest",),
)
acceptances = versioned(
    "acceptances",
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("criterion", sa.String(80), nullable=False),
    sa.Column("version", sa.String(40), nullable=False),
    sa.Column("statement", sa.Text, nullable=False),
    unique=("agency_id+criterion+version",),
)
subjects = versioned(
    "subjects",
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("name", sa.String(300), comment="organisations; a person's name is sealed"),
    sa.Column("name_key", sa.String(300), comment="folded, for organisations only"),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("representative_id", ID),
    sa.Column("known_since", Instant, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="name of a person, addresses"),
    index=("name_key",),
)
identifiers = versioned(
    "identifiers",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("scheme", sa.String(24), nullable=False),
    sa.Column("blind", HASH, nullable=False, comment="HMAC of scheme and value"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    unique=("blind",),
    index=("subject_id",),
)
# A name or former name beside the first, by which an organisation is found as well; persons never.
subject_names = versioned(
    "subject_names",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("name_key", sa.String(300), nullable=False, comment="folded"),
    sa.Column("held", sa.Boolean, nullable=False, comment="false: no longer its name"),
    index=("name_key", "subject_id"),
)
records = versioned(
    "records",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("content", sa.String(12), nullable=False),
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("submitted_by", ID, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("ended_on", sa.Date),
    sa.Column("annulled_on", sa.Date),
    sa.Column("figures", sa.JSON, nullable=False, comment="fields that are not text"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="text fields, document number"),
    index=("subject_id+kind",),
)
# What a provider sent, whole, as a keyed hash: the same again is recognised.
record_marks = sa.Table(
    "record_marks",
    metadata,
    sa.Column("mark", HASH, primary_key=True),
    sa.Column("record_id", ID, nullable=False),
    sa.Column("known_from", Seq, nullable=False),
)
determinations = versioned(
    "determinations",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("criterion", sa.String(80), nullable=False),
    sa.Column("criterion_version", sa.String(40), nullable=False),
    sa.Column("sector", sa.String(40), nullable=False),
    sa.Column("list_kind", sa.String(8), nullable=False),
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("proposed_by", ID, nullable=False),
    sa.Column("proposed_on", sa.Date, nullable=False),
    sa.Column("confirmed_by", ID),
    sa.Column("listing_id", ID),
    sa.Column("record_ids", sa.JSON, nullable=False),
    sa.Column("steps", sa.JSON, nullable=False, comment="dates of service and publicity"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="reasons, submissions"),
    sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> proposed_by", name="two_persons"),
    sa.CheckConstraint("state <> 'confirmed' OR confirmed_by IS NOT NULL", name="confirmed"),
    index=("agency_id", "subject_id"),
)
case_records = sa.Table(
    "case_records",
    metadata,
    sa.Column("determination_id", ID, primary_key=True),
    sa.Column("record_id", ID, primary_key=True),
    sa.Column("criterion", sa.String(80), nullable=False),
    sa.Index("ix_case_records_record", "record_id", "criterion"),
)
listings = versioned(
    "listings",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("sector", sa.String(40), nullable=False),
    sa.Column("list_kind", sa.String(8), nullable=False),
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("criterion", sa.String(80), nullable=False),
    sa.Column("determination_id", ID, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date, nullable=False),
    sa.Column("exit_ground", sa.String(20)),
    sa.Column("exit_on", sa.Date),
    sa.Column("exit_at", Instant),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("follows", ID),
    sa.Column("terms", sa.JSON, nullable=False, comment="severity, basis, repair, suspensions..."),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="the reason"),
    sa.CheckConstraint("valid_from < valid_to", name="validity"),
    index=("subject_id", "follows"),
)
listing_persons = sa.Table(
    "listing_persons",
    metadata,
    sa.Column("person_id", ID, primary_key=True),
    sa.Column("listing_id", ID, primary_key=True),
    sa.Column("role", sa.String(40), primary_key=True),
    sa.Column("known_from", Seq, nullable=False),
    sa.Index("ix_listing_persons_listing_id", "listing_id"),
)
ratings = versioned(
    "ratings",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("sector", sa.String(40), nullable=False),
    sa.Column("scorecard", sa.String(80), nullable=False),
    sa.Column("scorecard_version", sa.String(40), nullable=False),
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("rated_by", ID, nullable=False),
    sa.Column("rated_on", sa.Date, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("grade", sa.String(40)),
    sa.Column("score", sa.String(40), comment="a decimal, exact"),
    sa.Column("rank", sa.Integer),
    sa.Column("edition", sa.String(80)),
    sa.Column("terms", sa.JSON, nullable=False, comment="titles, basis, source"),
    sa.Column("sealed", sa.LargeBinary, comment="items and grounds; empty for a list taken over"),
    sa.CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
    unique=("subject_id+scorecard+agency_id+edition",),
    index=("scorecard+edition",),
)
editions = versioned(
    "editions",
    sa.Column("sector", sa.String(40), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("effective_from", sa.Date),
    sa.Column("published_seq", Seq),
    sa.Column("measures", sa.JSON, nullable=False),
    index=("sector",),
)
announcements = versioned(
    "announcements",
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("target_id", ID, nullable=False),
    sa.Column("subject_id", ID),
    sa.Column("sector", sa.String(40), nullable=False),
    sa.Column("list_kind", sa.String(8)),
    sa.Column("on_day", sa.Date, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.CheckConstraint("kind <> ''", name="kind"),
    unique=("target_id+kind+on_day",),
)
deadlines = sa.Table(
    "deadlines",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("target_type", sa.String(20), nullable=False),
    sa.Column("target_id", ID, nullable=False),
    sa.Column("owner", ID, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("earliest_on", sa.Date, nullable=False),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("known_from", Seq, nullable=False),
    sa.Column("handled_seq", Seq),
    sa.UniqueConstraint("kind", "target_id", "due_on"),
    sa.Index("ix_deadlines_target", "target_id"),
    sa.Index(
        "ix_deadlines_open",
        "earliest_on",
        "id",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
    info={"set_later": ("state", "handled_seq")},
)
event_cursors = sa.Table(
    "event_cursors",
    metadata,
    sa.Column("plugin", sa.String(80), primary_key=True),
    sa.Column("seq", Seq, nullable=False, comment="last event the plugin has taken"),
)
removals = versioned(
    "removals",
    sa.Column("listing_id", ID, nullable=False),
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("criterion", sa.String(80), nullable=False),
    sa.Column("old_version", sa.String(40), nullable=False),
    sa.Column("new_version", sa.String(40), nullable=False, comment="empty: repealed"),
    sa.Column("effective_on", sa.Date, nullable=False),
    sa.Column("proposed_on", sa.Date, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="reasons"),
    index=("listing_id", "agency_id"),
)
# Append-only: triggers refuse update and delete, except of what closes a version.
APPEND_ONLY = ("journal", "checks")
# Rows that never change and have no versions, by the column that says what they are of.
WRITTEN_ONCE = {
    "case_records": "determination_id",
    "listing_persons": "listing_id",
    "record_marks": "record_id",
    "deadlines": "id",
}
VERSIONED = tuple(name for name, table in metadata.tables.items() if "known_to" in table.c)
