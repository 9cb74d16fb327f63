"""Who was erased, and decisions about people's accounts

Revision: 0012, after 0009, made 2026-11-26.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("match_decision") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="account"))
    with op.batch_alter_table("match_decision") as table:
        table.alter_column("kind", existing_type=sa.String(), existing_nullable=False, server_default=None)
