"""Writes in doubt: their answer was lost, or the process died before it was kept. The CRM's own values decide."""

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection

from core.changes import Outcome
from core.records import Kind
from store.change_log import SENDING
from store.database import Database
from store.sql import Row, plain_rows
from store.written import note_written

# What failed or died since the last run that read everything; a write that was not seen by then never came.
_IN_DOUBT = f"""
SELECT change.id, change.connection_id, change.kind, change.remote_id, change.before, change.after,
       record.managed, record.modified_at
FROM run JOIN change ON change.run_id = run.id
JOIN {{table}} AS record
  ON record.connection_id = change.connection_id AND record.remote_id = change.remote_id
WHERE run.state IN ('failed', 'interrupted') AND change.outcome = '{SENDING}' AND change.list_key IS NULL
  AND change.kind = ? AND NOT record.is_gone
  AND run.id > (SELECT coalesce(max(id), 0) FROM run
                WHERE command IN ('pull', 'sync') AND state IN ('done', 'rejected', 'stopped'))
ORDER BY change.id
"""  # noqa: S608 our own names
_TABLES = {Kind.ACCOUNT: "crm_account", Kind.CONTACT: "crm_contact"}


def settle_doubts(database: Database, *, now_ms: int) -> int:
    """Keep writes in doubt whose values the CRM shows as written, so that they are known as ours; how many.

    To be called when the records have been read again.
    """
    with database.read() as reader:
        found = [
            row
            for kind, table in _TABLES.items()
            for row in plain_rows(reader, _IN_DOUBT.format(table=table), (str(kind),))
            if _arrived(orjson.loads(row[5]), orjson.loads(row[6]))
        ]
    if found:
        with database.write() as writer:
            _keep(writer, found, now_ms)
    return len(found)


def _arrived(after: dict[str, str | None], managed: dict[str, str | None]) -> bool:
    return all(name in managed and managed[name] == value for name, value in after.items())


def _keep(writer: Connection, rows: Iterable[Row], now_ms: int) -> None:
    for number, connection_id, kind, remote_id, before, after, _, modified_at in rows:
        values = (orjson.loads(before), orjson.loads(after))
        note_written(writer, (connection_id, kind, remote_id), values, modified_at, now_ms)
        writer.exec_driver_sql(
            "UPDATE change SET outcome = ? WHERE id = ? AND outcome = ?", (Outcome.WRITTEN, number, SENDING)
        )
