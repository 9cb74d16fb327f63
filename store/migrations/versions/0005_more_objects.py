"""Owners, roles on deals, counters of touches, parents of accounts; which fields a cursor's rows have

Revision: 0005, after 0004, made 2026-11-26. Streams are read anew once, so that rows get what was not asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _landed() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "crm_owner",
        *_landed(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "crm_deal_role",
        *_landed(),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("deal_id", sa.String(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "remote_id", "contact_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("crm_deal_role_deal", "crm_deal_role", ["connection_id", "deal_id"])
    op.create_index("crm_deal_role_contact", "crm_deal_role", ["connection_id", "contact_id"])
    op.create_table(
        "crm_tally",
        *_landed(),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("latest_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("crm_tally_contact", "crm_tally", ["connection_id", "contact_id"])
    op.create_table(
        "roll_up",
        sa.Column("account_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_index("roll_up_parent", "roll_up", ["parent_id"])
    op.add_column("crm_activity", sa.Column("deal_id", sa.String(), nullable=True))
    op.add_column("crm_activity", sa.Column("replaces", sa.String(), nullable=True))
    op.create_index(
        "crm_activity_replaces",
        "crm_activity",
        ["connection_id", "replaces"],
        sqlite_where=sa.text("replaces IS NOT NULL"),
        postgresql_where=sa.text("replaces IS NOT NULL"),
    )
    op.create_index(
        "crm_activity_deal",
        "crm_activity",
        ["connection_id", "deal_id"],
        sqlite_where=sa.text("deal_id IS NOT NULL AND account_id IS NULL"),
        postgresql_where=sa.text("deal_id IS NOT NULL AND account_id IS NULL"),
    )
    op.add_column("stream_cursor", sa.Column("fields", sa.Text(), nullable=True))
    op.execute(
        "INSERT INTO mark VALUES ('evidence_stale', '1'), ('links_stale', '1') "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    )
