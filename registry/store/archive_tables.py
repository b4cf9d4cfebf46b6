"""Tables of what belongs to a subject's archive beside the subject itself; all versioned."""

from __future__ import annotations

import sqlalchemy as sa

from registry.store.columns import ID, versioned

subject_ends = versioned(
    "subject_ends",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("ended_on", sa.Date, nullable=False),
    sa.Column("ground", sa.String(20), nullable=False),
    unique=("subject_id",),
)
subject_links = versioned(
    "subject_links",
    sa.Column("subject_id", ID, nullable=False, comment="the organisation"),
    sa.Column("person_id", ID, nullable=False),
    sa.Column("role", sa.String(40), nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("agency_id", ID, nullable=False),
    index=("subject_id", "person_id"),
)
occupations = versioned(
    "occupations",
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("title_zh", sa.String(200), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    unique=("code",),
)
subject_occupations = versioned(
    "subject_occupations",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("occupation", sa.String(40), nullable=False),
    sa.Column("held", sa.Boolean, nullable=False),
    unique=("subject_id+occupation",),
    index=("occupation+subject_id",),
)
contracts = versioned(
    "contracts",
    sa.Column("subject_id", ID, nullable=False, comment="the one bound, or the manager itself"),
    sa.Column("manager_id", ID, nullable=False, comment="the comprehensive market subject"),
    sa.Column("agency_id", ID, nullable=False, comment="the department"),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="document number, area"),
    index=("subject_id", "manager_id"),
)
contract_breaches = versioned(
    "contract_breaches",
    sa.Column("contract_id", ID, nullable=False),
    sa.Column("record_id", ID, nullable=False),
    unique=("contract_id+record_id",),
)
consents = versioned(
    "consents",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("purposes", sa.JSON, nullable=False),
    sa.Column("written", sa.Boolean, nullable=False),
    sa.Column("consequences_explained", sa.Boolean, nullable=False),
    sa.Column("given_on", sa.Date, nullable=False),
    sa.Column("withdrawn_on", sa.Date),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="document number"),
    index=("subject_id",),
)
reference_entries = versioned(
    "reference_entries",
    sa.Column("subject_id", ID, nullable=False),
    sa.Column("agency_id", ID, nullable=False, comment="who took it in"),
    sa.Column("source_kind", sa.String(24), nullable=False),
    sa.Column("polarity", sa.String(4), nullable=False),
    sa.Column("observed_on", sa.Date, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="source, statement"),
    index=("subject_id",),
)
deliveries = versioned(
    "deliveries",
    sa.Column("agency_id", ID, nullable=False),
    sa.Column("mode", sa.String(8), nullable=False),
    sa.Column("cycle", sa.String(20)),
    unique=("agency_id",),
)
