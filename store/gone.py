"""Whether records are marked as gone."""

from collections.abc import Sequence

from core.records import Kind
from store.database import Database
from store.landing import TABLES

_SOME = 1_000
"""Ids in one statement."""


def are_gone(
    database: Database, connection_id: int, kind: Kind, remote_ids: Sequence[str]
) -> dict[str, bool]:
    """Whether each of these records is; those that never landed are left out."""
    found: dict[str, bool] = {}
    with database.read() as reader:
        for start in range(0, len(remote_ids), _SOME):
            some = remote_ids[start : start + _SOME]
            marks = ", ".join("?" * len(some))
            rows = reader.exec_driver_sql(
                f"SELECT remote_id, is_gone FROM {TABLES[kind].__tablename__} "  # noqa: S608 our own names
                f"WHERE connection_id = ? AND remote_id IN ({marks})",
                (connection_id, *some),
            )
            found |= {row[0]: bool(row[1]) for row in rows}
    return found
