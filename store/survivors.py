"""What merged records became."""

from sqlalchemy import Connection

from core.records import Kind, RecordRef

_MERGED = """
INSERT INTO {table} (connection_id, remote_id, modified_at, is_gone, managed, survivor_id, {columns})
VALUES (?, ?, 0, TRUE, '{{}}', ?, {values})
ON CONFLICT (connection_id, remote_id) DO UPDATE SET survivor_id = excluded.survivor_id WHERE {table}.is_gone"""
_STATEMENTS = {
    Kind.ACCOUNT: _MERGED.format(table="crm_account", columns="name, fields", values="'', '{}'"),
    Kind.CONTACT: _MERGED.format(table="crm_contact", columns="name", values="''"),
}


def name_survivor(connection: Connection, connection_id: int, ref: RecordRef, survivor_id: str) -> None:
    """Note what a gone account or contact was merged into; often its deletion is seen first.

    One that was merged before it was ever read is noted too: what was read before may point to it.
    """
    connection.exec_driver_sql(_STATEMENTS[ref.kind], (connection_id, ref.remote_id, survivor_id))
