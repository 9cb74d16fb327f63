"""Accounts that keep their number, decisions about matches, rivals

Revision: 0006, after 0005, made 2026-11-26. Everything is matched anew once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("merged_into", sa.Integer(), nullable=True))
    op.add_column("link", sa.Column("rivals", sa.Text(), nullable=True))
    op.add_column("link", sa.Column("first_account_id", sa.Integer(), nullable=True))
    op.add_column("contact_link", sa.Column("confidence", sa.Float(), nullable=True))
    op.add_column("contact_link", sa.Column("rivals", sa.Text(), nullable=True))
    _match_tables()
    op.create_table(
        "account_event",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("account_event_account", "account_event", ["account_id"])
    # Until the next match, signals go by the keys of today.
    op.execute(
        "INSERT INTO match_key SELECT DISTINCT account.key, account.id FROM account "
        "JOIN link ON link.account_id = account.id"
    )
    op.execute(
        "INSERT INTO mark VALUES ('links_stale', '1') ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    )


def _match_tables() -> None:
    op.create_table(
        "match_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_case",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("other_connection_id", sa.Integer(), nullable=False),
        sa.Column("other_remote_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "match_decision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("others", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
