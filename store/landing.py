"""Landing: a page of records, its tombstones and its cursor, in one transaction."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection
from sqlmodel import SQLModel

from core.changes import Page, Skipped, Stream
from core.clock import millis
from core.cursors import Cursor
from core.records import Account, Activity, Contact, Deal, Kind, Record, RecordRef, Tombstone
from store.database import Database
from store.sql import Row, delete_rows, to_json, upsert
from store.tables import CrmAccount, CrmActivity, CrmContact, CrmDeal, Quarantine, StreamCursor
from store.touched import What, touch

_UNREADABLE = "unreadable"

_TABLES: Mapping[Kind, type[SQLModel]] = {
    Kind.ACCOUNT: CrmAccount,
    Kind.CONTACT: CrmContact,
    Kind.DEAL: CrmDeal,
    Kind.ACTIVITY: CrmActivity,
}
_MATCHED: Mapping[Kind, What] = {
    Kind.ACCOUNT: "account",
    Kind.CONTACT: "contact",
    Kind.ACTIVITY: "activity",
}
"""Kinds that matching and evidence rest on."""
_KINDS: Mapping[type, Kind] = {
    Account: Kind.ACCOUNT,
    Contact: Kind.CONTACT,
    Deal: Kind.DEAL,
    Activity: Kind.ACTIVITY,
}


def load_cursor(database: Database, connection_id: int, stream: str) -> Cursor:
    """Where the stream stands; a fresh cursor when it was never read. Raises ValueError for a broken one."""
    with database.read() as connection:
        value = connection.exec_driver_sql(
            "SELECT value FROM stream_cursor WHERE connection_id = ? AND stream = ?", (connection_id, stream)
        ).scalar()
    return Cursor.from_json(orjson.loads(value)) if value is not None else Cursor()


def land(database: Database, connection_id: int, stream: str, page: Page, *, now_ms: int) -> int:
    """Store a page and the cursor behind it; how many rows were new or really changed."""
    with database.write(landing=connection_id) as connection:
        changed = land_records(connection, connection_id, page)
        _skip(connection, connection_id, page.skipped, now_ms)
        cursor = to_json(page.next_cursor.to_json())
        upsert(connection, StreamCursor, [(connection_id, stream, cursor)])
    return changed


def land_records(connection: Connection, connection_id: int, page: Page) -> int:
    """Store a page's records and tombstones without moving a cursor; how many rows really changed."""
    changed = 0
    _readable_again(connection, connection_id, page.records)
    for kind, rows in _rows_by_kind(connection_id, page.records).items():
        count = upsert(connection, _TABLES[kind], rows)
        changed += count
        if count and kind in _MATCHED:
            touch(connection, _MATCHED[kind], [row[:2] for row in rows])
    return changed + _bury(connection, connection_id, page.tombstones)


def land_again(database: Database, connection_id: int, page: Page) -> int:
    """Store records that were read again by their ids; no cursor moves. How many rows really changed."""
    with database.write(landing=connection_id) as connection:
        return land_records(connection, connection_id, page)


def _rows_by_kind(connection_id: int, records: Iterable[Record]) -> dict[Kind, list[Row]]:
    rows: dict[Kind, list[Row]] = {}
    for record in records:
        kind = _KINDS[type(record)]
        rows.setdefault(kind, []).append(_AS_ROW[kind](connection_id, record))
    return rows


def _account_row(connection_id: int, a: Account) -> Row:
    head = (connection_id, a.remote_id, millis(a.modified_at), False)
    rest = (a.name, a.website, a.owner_id, a.parent_id, a.twin_id)
    return (*head, *rest, to_json(a.fields), to_json(a.managed), None)


def _contact_row(connection_id: int, c: Contact) -> Row:
    head = (connection_id, c.remote_id, millis(c.modified_at), False)
    return (*head, c.account_id, c.email, c.name, c.title, c.buying_role, to_json(c.managed), None)


def _deal_row(connection_id: int, d: Deal) -> Row:
    head = (connection_id, d.remote_id, millis(d.modified_at), False)
    rest = (d.account_id, d.name, d.stage, d.amount, d.is_closed, d.is_won)
    return (*head, *rest, millis(d.created_at), millis(d.closed_at) if d.closed_at else None)


def _activity_row(connection_id: int, a: Activity) -> Row:
    head = (connection_id, a.remote_id, millis(a.modified_at), False)
    people = to_json(a.contact_ids)
    return (*head, a.account_id, people, a.type, millis(a.occurred_at), a.minutes, a.is_cancelled)


_AS_ROW: Mapping[Kind, Callable[[int, Any], Row]] = {
    Kind.ACCOUNT: _account_row,
    Kind.CONTACT: _contact_row,
    Kind.DEAL: _deal_row,
    Kind.ACTIVITY: _activity_row,
}


def _bury(connection: Connection, connection_id: int, tombstones: Iterable[Tombstone]) -> int:
    buried = 0
    for ref, survivor_id in tombstones:
        count = connection.exec_driver_sql(
            f"UPDATE {_TABLES[ref.kind].__tablename__} SET is_gone = TRUE "  # noqa: S608 our own names
            "WHERE connection_id = ? AND remote_id = ? AND NOT is_gone",
            (connection_id, ref.remote_id),
        ).rowcount
        if survivor_id is not None and ref.kind in (Kind.ACCOUNT, Kind.CONTACT):
            _name_survivor(connection, connection_id, ref, survivor_id)
        buried += count
        if ref.kind in _MATCHED and (count or survivor_id is not None):
            touch(connection, _MATCHED[ref.kind], [(connection_id, ref.remote_id)])
    return buried


def _name_survivor(connection: Connection, connection_id: int, ref: RecordRef, survivor_id: str) -> None:
    """Often the deletion is seen first and the merge behind it later."""
    connection.exec_driver_sql(
        f"UPDATE {_TABLES[ref.kind].__tablename__} SET survivor_id = ? "  # noqa: S608 our own names
        "WHERE connection_id = ? AND remote_id = ? AND is_gone",
        (survivor_id, connection_id, ref.remote_id),
    )


def known_ids(database: Database, connection_id: int, stream: Stream) -> set[str]:
    """Remote ids of the living records that a stream has brought; activities carry its name before a colon."""
    prefix = f"{stream.name}:" if stream.kind is Kind.ACTIVITY else ""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            f"SELECT remote_id FROM {_TABLES[stream.kind].__tablename__} "  # noqa: S608 our own names
            "WHERE connection_id = ? AND NOT is_gone AND substr(remote_id, 1, ?) = ?",
            (connection_id, len(prefix), prefix),
        )
        return {row[0] for row in rows}


def bury(database: Database, connection_id: int, stream: Stream, remote_ids: Iterable[str]) -> int:
    """Mark a stream's records as gone; how many were alive."""
    graves = [Tombstone(RecordRef(stream.kind, remote_id)) for remote_id in remote_ids]
    with database.write(landing=connection_id) as writer:
        return _bury(writer, connection_id, graves)


def _skip(connection: Connection, connection_id: int, skipped: Iterable[Skipped], now_ms: int) -> None:
    rows = [
        (connection_id, ref.kind, ref.remote_id, _UNREADABLE, None, reason, 1, now_ms, "")
        for ref, reason in skipped
    ]
    upsert(connection, Quarantine, rows)


def _readable_again(connection: Connection, connection_id: int, records: Iterable[Record]) -> None:
    """Strike records off the quarantine that could not be read before and now can."""
    where = f"connection_id = ? AND fingerprint = '{_UNREADABLE}'"
    statement = f"SELECT kind, remote_id FROM quarantine WHERE {where}"  # noqa: S608 our own names
    unreadable = {tuple(row) for row in connection.exec_driver_sql(statement, (connection_id,))}
    if unreadable:
        read = {(_KINDS[type(record)], record.remote_id) for record in records}
        delete_rows(connection, Quarantine, [(connection_id, *key) for key in unreadable & read])


def forget_cursors(database: Database) -> None:
    """Start every stream from the beginning; what has landed stays and is compared."""
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM stream_cursor")
