"""What we wrote last, writes under way, people's decisions, and what a refusal rests on

Revision: 0009, after 0008, made 2026-11-26.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "written",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("rounds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "kind", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tier_override",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("tier_override") as table:
        table.create_index("tier_override_account", ["account_id"], unique=False)
    with op.batch_alter_table("change") as table:
        table.add_column(sa.Column("why", sa.Text(), nullable=True))
        table.create_index("change_list", ["list_key"], unique=False)
    with op.batch_alter_table("quarantine") as table:
        table.add_column(sa.Column("basis", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("quarantine") as table:
        table.alter_column("basis", existing_type=sa.Text(), existing_nullable=False, server_default=None)
