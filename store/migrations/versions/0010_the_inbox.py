"""The inbox of hints, what was dropped of them, the journal's place, and what tiers were given out by

Revision: 0010, after 0009, made 2026-11-26.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hint",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("first_heard_at", sa.BigInteger(), nullable=False),
        sa.Column("last_heard_at", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "kind", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("hint_due", "hint", ["connection_id", "due_at"], unique=False)
    op.create_table(
        "dropped_hint",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "reason"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal_cursor",
        sa.Column("connection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id"),
    )
    op.create_table(
        "last_scored",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fit", sa.Float(), nullable=False),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column("blocked", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )
