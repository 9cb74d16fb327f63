"""Landing what a hint asked for: only what says something new counts as a change.

A record that was read again because of our own write, or of a field that is not read, differs in its stamp alone.
Its stamp is kept, and nothing is matched, scored or written because of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from core.changes import Page, Skipped
from core.records import Kind, Record
from store.database import Database
from store.forgotten import without_forgotten
from store.landed_rows import AS_ROW, KINDS
from store.landing import TABLES, alone_in, land_records, readable_again, skip
from store.sql import Row, columns_of, table_of, upsert
from store.touched import touch

_STAMP = 2
"""The place of modified_at in a row."""
_MATCHED_BY: Mapping[Kind, tuple[str, ...]] = {
    Kind.ACCOUNT: ("is_gone", "name", "website", "parent_id", "twin_id", "survivor_id"),
    Kind.CONTACT: ("is_gone", "account_id", "email", "survivor_id"),
}
"""Columns that decide to which account a record belongs, or what the account is called."""


def land_news(database: Database, connection_id: int, page: Page, *, now_ms: int) -> int:
    """Store records that were read again by their ids; no cursor moves. How many say something new.

    What belongs to somebody who was erased is left out.
    """
    with database.write(landing=alone_in(connection_id, page)) as connection:
        page = without_forgotten(connection, connection_id, page)
        readable_again(connection, connection_id, page.records)
        skip(connection, connection_id, page.skipped, now_ms)
        to_match: list[Record] = []
        changed = 0
        for record, before, after in _news(connection, connection_id, page.records):
            kind = KINDS[type(record)]
            if (
                before is not None
                and kind in _MATCHED_BY
                and _identity(kind, before) == _identity(kind, after)
            ):
                changed += _land_linked(connection, kind, after)
            else:
                to_match.append(record)
        return changed + land_records(connection, connection_id, replace(page, records=to_match))


def _land_linked(connection: Connection, kind: Kind, row: Row) -> int:
    """Store a record that belongs where it belonged: it need not be matched, its account is to be scored."""
    if not upsert(connection, TABLES[kind], [row]):
        return 0
    table, person = ("link", "''") if kind is Kind.ACCOUNT else ("contact_link", "person_key")
    found = connection.exec_driver_sql(
        f"SELECT account_id, {person} FROM {table} WHERE connection_id = ? AND remote_id = ?",  # noqa: S608 ours
        row[:_STAMP],
    ).one_or_none()
    if found is not None:
        touch(connection, "score", [(found[0], "")] if found[0] is not None else [])
        touch(connection, "person", [(0, found[1])] if found[1] else [])
    return 1


def _identity(kind: Kind, row: Row) -> Row:
    """What matching goes by."""
    names = columns_of(TABLES[kind])
    return tuple(row[names.index(name)] for name in _MATCHED_BY[kind])


def quarantine(database: Database, connection_id: int, skipped: Sequence[Skipped], *, now_ms: int) -> None:
    """Keep records that the CRM would not show, and why."""
    with database.write(landing=connection_id) as connection:
        skip(connection, connection_id, skipped, now_ms)


def _news(
    connection: Connection, connection_id: int, records: Iterable[Record]
) -> Iterator[tuple[Record, Row | None, Row]]:
    """The records that differ from what is stored, with their rows before and now; of others, later stamps are stored.

    Kinds without a row of their own come without one: landing compares them itself.
    """
    by_kind: dict[Kind, list[Record]] = {}
    for record in records:
        by_kind.setdefault(KINDS[type(record)], []).append(record)
    for kind, found in by_kind.items():
        if kind not in AS_ROW:
            yield from ((record, None, ()) for record in found)
            continue
        known = _known(connection, connection_id, kind, [record.remote_id for record in found])
        rows = [(record, AS_ROW[kind](connection_id, record)) for record in found]
        stamps = []
        for record, row in rows:
            before = known.get(record.remote_id)
            if before is None or _said(before) != _said(row):
                yield record, before, row
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
