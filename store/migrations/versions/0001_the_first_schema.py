"""The first schema

Revision: 0001, after None, made 2026-11-22 05:40:09.111618.
"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False, autoincrement=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    op.create_table('connection',
    sa.Column('id', sa.Integer(), nullable=False, autoincrement=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('crm', sa.String(), nullable=False),
    sa.Column('org_id', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name')
    )
    op.create_table('contact_link',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('person_key', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('rule', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('connection_id', 'remote_id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('contact_link', schema=None) as batch_op:
        batch_op.create_index('contact_link_account', ['account_id'], unique=False)

    op.create_table('crm_account',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('modified_at', sa.BigInteger(), nullable=False),
    sa.Column('is_gone', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('website', sa.String(), nullable=True),
    sa.Column('owner_id', sa.String(), nullable=True),
    sa.Column('parent_id', sa.String(), nullable=True),
    sa.Column('twin_id', sa.String(), nullable=True),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('managed', sa.Text(), nullable=False),
    sa.Column('survivor_id', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('connection_id', 'remote_id'),
    sqlite_with_rowid=False
    )
    op.create_table('crm_activity',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('modified_at', sa.BigInteger(), nullable=False),
    sa.Column('is_gone', sa.Boolean(), nullable=False),
    sa.Column('account_id', sa.String(), nullable=True),
    sa.Column('contact_ids', sa.Text(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('occurred_at', sa.BigInteger(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('is_cancelled', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('connection_id', 'remote_id'),
    sqlite_with_rowid=False
    )
    op.create_table('crm_contact',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('modified_at', sa.BigInteger(), nullable=False),
    sa.Column('is_gone', sa.Boolean(), nullable=False),
    sa.Column('account_id', sa.String(), nullable=True),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=True),
    sa.Column('buying_role', sa.String(), nullable=True),
    sa.Column('managed', sa.Text(), nullable=False),
    sa.Column('survivor_id', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('connection_id', 'remote_id'),
    sqlite_with_rowid=False
    )
    op.create_table('crm_deal',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('modified_at', sa.BigInteger(), nullable=False),
    sa.Column('is_gone', sa.Boolean(), nullable=False),
    sa.Column('account_id', sa.String(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('amount', sa.Float(), nullable=True),
    sa.Column('is_closed', sa.Boolean(), nullable=False),
    sa.Column('is_won', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('connection_id', 'remote_id'),
    sqlite_with_rowid=False
    )
    op.create_table('evidence',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('person_key', sa.String(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('occurred_at', sa.BigInteger(), nullable=False),
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('account_id', 'person_key', 'type', 'occurred_at', 'connection_id', 'remote_id'),
    sqlite_with_rowid=False
    )
    op.create_table('inventory',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=True),
    sa.Column('details', sa.Text(), nullable=False),
    sa.Column('made_by_us', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('connection_id', 'type', 'name')
    )
    op.create_table('link',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('connection_id', 'remote_id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.create_index('link_account', ['account_id'], unique=False)

    op.create_table('mark',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('membership',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('list_key', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('connection_id', 'list_key', 'remote_id'),
    sqlite_with_rowid=False
    )
    op.create_table('model_version',
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('first_used_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('version')
    )
    op.create_table('quarantine',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('connection_id', 'kind', 'remote_id')
    )
    op.create_table('run',
    sa.Column('id', sa.Integer(), nullable=False, autoincrement=False),
    sa.Column('command', sa.String(), nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('finished_at', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('counts', sa.Text(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('score',
    sa.Column('day', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('fit', sa.Float(), nullable=False),
    sa.Column('fit_completeness', sa.Float(), nullable=False),
    sa.Column('engagement', sa.Float(), nullable=False),
    sa.Column('intent', sa.Float(), nullable=False),
    sa.Column('priority', sa.Float(), nullable=False),
    sa.Column('tier', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('model_version', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'account_id'),
    sqlite_with_rowid=False
    )
    op.create_table('tier_state',
    sa.Column('account_id', sa.Integer(), nullable=False, autoincrement=False),
    sa.Column('tier', sa.String(), nullable=False),
    sa.Column('since', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('mqa_since', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('account_id')
    )
    op.create_table('change',
    sa.Column('id', sa.Integer(), nullable=False, autoincrement=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('list_key', sa.String(), nullable=True),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('after', sa.Text(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index('change_run', ['run_id'], unique=False)

    op.create_table('stream_cursor',
    sa.Column('connection_id', sa.Integer(), nullable=False),
    sa.Column('stream', sa.String(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['connection_id'], ['connection.id'], ),
    sa.PrimaryKeyConstraint('connection_id', 'stream')
    )
