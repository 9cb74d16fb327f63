"""Evidence as columns, people and types of activity by number, what was touched

Revision: 0003, after 0002, made 2026-11-22. Evidence is derived: the next match builds it anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("evidence")
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("crm_role", sa.String(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "activity_type",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "evidence",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint(
            "account_id", "person_id", "type_id", "occurred_at", "connection_id", "remote_id"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("evidence_activity", "evidence", ["connection_id", "remote_id"])
    op.create_table(
        "evidence_block",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=False)
            for name in (
                "account",
                "person",
                "type",
                "occurred_at",
                "minutes",
                "member_account",
                "member_person",
            )
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "touched",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("what", "connection_id", "remote_id"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO mark VALUES ('evidence_stale', '1'), ('links_stale', '1') "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    )
