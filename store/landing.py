"""Landing: a page of records, its tombstones and its cursor, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence

import orjson
from sqlalchemy import Connection
from sqlmodel import SQLModel

from core.changes import Page, Skipped, Stream
from core.cursors import Cursor
from core.records import Kind, Record, RecordRef, Tally, Tombstone
from store.database import Database, next_generation
from store.deal_roles import land_roles, touch_activities_of, touch_people_of
from store.erasing import erase_contacts
from store.forgotten import without_forgotten
from store.landed_rows import KINDS, by_kind, rows_of
from store.sql import Row, delete_rows, to_json, upsert
from store.survivors import name_survivor
from store.tables import (
    CrmAccount,
    CrmActivity,
    CrmContact,
    CrmDeal,
    CrmDealRole,
    CrmOwner,
    CrmTally,
    Quarantine,
    StreamCursor,
)
from store.tallies import follow_merges, steps_of
from store.touched import What, touch

_UNREADABLE = "unreadable"

TABLES: Mapping[Kind, type[SQLModel]] = {
    Kind.ACCOUNT: CrmAccount,
    Kind.CONTACT: CrmContact,
    Kind.DEAL: CrmDeal,
    Kind.ACTIVITY: CrmActivity,
    Kind.OWNER: CrmOwner,
    Kind.DEAL_ROLES: CrmDealRole,
    Kind.TALLY: CrmTally,
}
_MATCHED: Mapping[Kind, What] = {
    Kind.ACCOUNT: "account",
    Kind.CONTACT: "contact",
    Kind.ACTIVITY: "activity",
}
"""Kinds that matching and evidence rest on."""


def load_cursor(database: Database, connection_id: int, stream: str) -> Cursor:
    """Where the stream stands; a fresh cursor when it was never read. Raises ValueError for a broken one."""
    with database.read() as connection:
        value = connection.exec_driver_sql(
            "SELECT value FROM stream_cursor WHERE connection_id = ? AND stream = ?", (connection_id, stream)
        ).scalar()
    return Cursor.from_json(orjson.loads(value)) if value is not None else Cursor()


def known_fields(database: Database, connection_id: int, stream: str) -> frozenset[str] | None:
    """The CRM's fields that the rows of a stream were read with; None where that is not known."""
    with database.read() as connection:
        value = connection.exec_driver_sql(
            "SELECT fields FROM stream_cursor WHERE connection_id = ? AND stream = ?", (connection_id, stream)
        ).scalar()
    return None if value is None else frozenset(orjson.loads(value))


def land(
    database: Database,
    connection_id: int,
    stream: str,
    page: Page,
    *,
    now_ms: int,
    fields: Iterable[str] | None = None,
) -> int:
    """Store a page and the cursor behind it; how many rows were new or really changed.

    `fields` are those of the CRM that the rows were read with. What belongs to somebody who was erased is left out.
    """
    with database.write(landing=alone_in(connection_id, page), moves=False) as connection:
        page = without_forgotten(connection, connection_id, page)
        changed = land_records(connection, connection_id, page)
        if changed or page.tombstones or page.skipped:
            next_generation(connection, connection_id)
        skip(connection, connection_id, page.skipped, now_ms)
        cursor = to_json(page.next_cursor.to_json())
        names = None if fields is None else to_json(sorted(fields))
        upsert(connection, StreamCursor, [(connection_id, stream, cursor, names)])
    return changed


def alone_in(connection_id: int, page: Page) -> int | None:
    """The connection whose rows alone are written; None where people are erased, of whom any row may tell."""
    return None if any(grave.is_erased for grave in page.tombstones) else connection_id


def land_records(connection: Connection, connection_id: int, page: Page) -> int:
    """Store a page's records and tombstones without moving a cursor; how many rows really changed."""
    readable_again(connection, connection_id, page.records)
    found = by_kind(page.records)
    # Before the counters are read: the survivor's holds what was counted of the others.
    follow_merges(connection, connection_id, page.tombstones)
    tallies: Sequence[Tally] = found.pop(Kind.TALLY, ())
    if steps := steps_of(connection, connection_id, tallies):
        found[Kind.ACTIVITY] = [*found.get(Kind.ACTIVITY, ()), *steps]
    changed = land_roles(connection, connection_id, found.pop(Kind.DEAL_ROLES, ()))
    for kind, records in found.items():
        changed += _land_rows(connection, kind, rows_of(connection_id, kind, records))
    erased = {grave.ref.remote_id for grave in page.tombstones if _is_erasure(grave)}
    changed += _bury(connection, connection_id, (one for one in page.tombstones if not _is_erasure(one)))
    return changed + erase_contacts(connection, connection_id, erased)


def _is_erasure(grave: Tombstone) -> bool:
    return grave.is_erased and grave.ref.kind is Kind.CONTACT


def land_again(database: Database, connection_id: int, page: Page) -> int:
    """Store records that were read again by their ids; no cursor moves. How many rows really changed."""
    with database.write(landing=alone_in(connection_id, page)) as connection:
        page = without_forgotten(connection, connection_id, page)
        return land_records(connection, connection_id, page)


def _land_rows(connection: Connection, kind: Kind, rows: Sequence[Row]) -> int:
    count = upsert(connection, TABLES[kind], rows)
    if count and kind in _MATCHED:
        touch(connection, _MATCHED[kind], (row[:2] for row in rows))
    if count and kind is Kind.ACTIVITY:
        touch(connection, "activity", [(row[0], row[-1]) for row in rows if row[-1]])
    if count and kind is Kind.DEAL:
        touch_people_of(connection, [row[:2] for row in rows])
        touch_activities_of(connection, [row[:2] for row in rows])
    return count


def _bury(connection: Connection, connection_id: int, tombstones: Iterable[Tombstone]) -> int:
    buried = 0
    for ref, survivor_id, _ in tombstones:
        count = connection.exec_driver_sql(
            f"UPDATE {TABLES[ref.kind].__tablename__} SET is_gone = TRUE "  # noqa: S608 our own names
            "WHERE connection_id = ? AND remote_id = ? AND NOT is_gone",
            (connection_id, ref.remote_id),
        ).rowcount
        if survivor_id is not None and ref.kind in (Kind.ACCOUNT, Kind.CONTACT):
            name_survivor(connection, connection_id, ref, survivor_id)
        buried += count
        if ref.kind in _MATCHED and (count or survivor_id is not None):
            touch(connection, _MATCHED[ref.kind], [(connection_id, ref.remote_id)])
        if ref.kind is Kind.DEAL and count:
            touch_people_of(connection, [(connection_id, ref.remote_id)])
        if ref.kind is Kind.DEAL_ROLES and count:
            touch_people_of(connection, [(connection_id, ref.remote_id)], by="remote_id")
        if ref.kind is Kind.ACTIVITY and count:
            _touch_replaced(connection, connection_id, ref.remote_id)
    return buried


def _touch_replaced(connection: Connection, connection_id: int, remote_id: str) -> None:
    """What a buried activity stood in for counts again."""
    replaced = connection.exec_driver_sql(
        "SELECT replaces FROM crm_activity WHERE connection_id = ? AND remote_id = ?",
        (connection_id, remote_id),
    ).scalar()
    if replaced:
        touch(connection, "activity", [(connection_id, replaced)])


def known_ids(database: Database, connection_id: int, stream: Stream) -> set[str]:
    """Remote ids of the living records that a stream has brought."""
    prefix = stream.prefix
    # Without a prefix: those that no other stream of the kind has brought.
    of_stream = "substr(remote_id, 1, ?) = ?" if prefix else "remote_id NOT LIKE '%:%'"
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            f"SELECT remote_id FROM {TABLES[stream.kind].__tablename__} "  # noqa: S608 our own names
            f"WHERE connection_id = ? AND NOT is_gone AND {of_stream}",
            (connection_id, len(prefix), prefix) if prefix else (connection_id,),
        )
        return {row[0] for row in rows}


def bury(database: Database, connection_id: int, stream: Stream, remote_ids: Iterable[str]) -> int:
    """Mark a stream's records as gone; how many were alive."""
    graves = [Tombstone(RecordRef(stream.kind, remote_id)) for remote_id in remote_ids]
    with database.write(landing=connection_id) as writer:
        return _bury(writer, connection_id, graves)


def skip(connection: Connection, connection_id: int, skipped: Iterable[Skipped], now_ms: int) -> None:
    """Put records that could not be read into quarantine."""
    rows = [
        (connection_id, ref.kind, ref.remote_id, _UNREADABLE, None, reason, 1, now_ms, "")
        for ref, reason in skipped
    ]
    upsert(connection, Quarantine, rows)


def readable_again(connection: Connection, connection_id: int, records: Iterable[Record]) -> None:
    """Strike records off the quarantine that could not be read before and now can."""
    where = f"connection_id = ? AND fingerprint = '{_UNREADABLE}'"
    statement = f"SELECT kind, remote_id FROM quarantine WHERE {where}"  # noqa: S608 our own names
    unreadable = {tuple(row) for row in connection.exec_driver_sql(statement, (connection_id,))}
    if unreadable:
        read = {(KINDS[type(record)], record.remote_id) for record in records}
        delete_rows(connection, Quarantine, [(connection_id, *key) for key in unreadable & read])


def forget_cursor(database: Database, connection_id: int, stream: str) -> None:
    """Start one stream from the beginning; what has landed stays and is compared."""
    with database.write() as connection:
        connection.exec_driver_sql(
            "DELETE FROM stream_cursor WHERE connection_id = ? AND stream = ?", (connection_id, stream)
        )


def forget_cursors(database: Database) -> None:
    """Start every stream from the beginning; what has landed stays and is compared."""
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM stream_cursor")


def forget_managed(database: Database, connection_id: int, streams: Iterable[str]) -> None:
    """Read these objects anew from the beginning: the managed fields that their records have are other ones now."""
    with database.write() as writer:
        for stream in streams:
            writer.exec_driver_sql(
                "DELETE FROM stream_cursor WHERE connection_id = ? AND stream = ?", (connection_id, stream)
            )
        for table in ("crm_account", "crm_contact"):
            writer.exec_driver_sql(
                f"UPDATE {table} SET managed = '{{}}' WHERE connection_id = ? AND managed <> '{{}}'",  # noqa: S608 ours
                (connection_id,),
            )
