"""Landing what a hint asked for: only what says something new counts as a change.

A record that was read again because of our own write, or of a field that is not read, differs in its stamp alone.
Its stamp is kept, and nothing is matched, scored or written because of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from core.changes import Page, Skipped
from core.records import Kind, Record
from store.database import Database
from store.landed_rows import AS_ROW, KINDS
from store.landing import TABLES, land_records, readable_again, skip
from store.sql import Row, columns_of, table_of

_STAMP = 2
"""The place of modified_at in a row."""


def land_news(database: Database, connection_id: int, page: Page, *, now_ms: int) -> int:
    """Store records that were read again by their ids; no cursor moves. How many say something new."""
    with database.write(landing=connection_id) as connection:
        readable_again(connection, connection_id, page.records)
        skip(connection, connection_id, page.skipped, now_ms)
        news = list(_news(connection, connection_id, page.records))
        return land_records(connection, connection_id, replace(page, records=news))


def quarantine(database: Database, connection_id: int, skipped: Sequence[Skipped], *, now_ms: int) -> None:
    """Keep records that the CRM would not show, and why."""
    with database.write(landing=connection_id) as connection:
        skip(connection, connection_id, skipped, now_ms)


def _news(connection: Connection, connection_id: int, records: Iterable[Record]) -> Iterable[Record]:
    """The records that differ from what is stored; of the others, later stamps are stored."""
    by_kind: dict[Kind, list[Record]] = {}
    for record in records:
        by_kind.setdefault(KINDS[type(record)], []).append(record)
    for kind, found in by_kind.items():
        if kind not in AS_ROW:  # these have no row of their own; landing compares them itself
            yield from found
            continue
        known = _known(connection, connection_id, kind, [record.remote_id for record in found])
        rows = [(record, AS_ROW[kind](connection_id, record)) for record in found]
        stamps = []
        for record, row in rows:
            before = known.get(record.remote_id)
            if before is None or _said(before) != _said(row):
                yield record
            elif row[_STAMP] > before[_STAMP]:
                stamps.append((row[_STAMP], *row[:_STAMP]))
        _stamp(connection, kind, stamps)


def _said(row: Row) -> Row:
    return (*row[:_STAMP], *row[_STAMP + 1 :])


def _known(
    connection: Connection, connection_id: int, kind: Kind, remote_ids: Sequence[str]
) -> dict[str, Row]:
    names = ", ".join(f'"{name}"' for name in columns_of(TABLES[kind]))
    marks = ", ".join("?" * len(remote_ids))
    rows: Iterable[Any] = connection.exec_driver_sql(
        f'SELECT {names} FROM "{table_of(TABLES[kind]).name}" '  # noqa: S608 our own names
        f"WHERE connection_id = ? AND remote_id IN ({marks})",
        (connection_id, *remote_ids),
    )
    return {row[1]: _plain(kind, row) for row in rows}


def _plain(kind: Kind, row: Any) -> Row:
    """A stored row with truths as truths: SQLite keeps them as numbers."""
    columns = table_of(TABLES[kind]).columns
    return tuple(
        bool(value) if column.type.python_type is bool and value is not None else value
        for column, value in zip(columns, row, strict=True)
    )


def _stamp(connection: Connection, kind: Kind, rows: Sequence[Row]) -> None:
    if rows:
        connection.exec_driver_sql(
            f'UPDATE "{table_of(TABLES[kind]).name}" SET modified_at = ? '  # noqa: S608 our own names
            "WHERE connection_id = ? AND remote_id = ?",
            list(rows),
        )
