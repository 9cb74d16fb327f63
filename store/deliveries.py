"""Deliveries: what CRMs told lies here as it came, one row a delivery, until it is made into hints.

Taking one has to be cheap, because a CRM waits for the commit, hundreds of times a second. Finding the rows of a
hundred records is not: whoever takes hints does that first (`store.coalesce`), for many deliveries at once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from secrets import randbits
from typing import NamedTuple

from sqlalchemy import Connection

from core.records import Kind
from store.addresses import like_text
from store.database import Database
from store.dialect import dialect_of
from store.heard import Alike, Heard, from_text, to_text
from store.sql import to_json, upsert
from store.tables import JournalCursor

_ADD = "INSERT INTO delivery (heard_at, id, connection_id, records, told) VALUES (?, ?, ?, ?, ?)"
_BITS = 63
"""Of a delivery's number, which is drawn: numbers that count up would be one more thing to move with a database."""
_DROP = """
INSERT INTO dropped_hint (connection_id, reason, events, last_at) VALUES (?, ?, ?, ?)
ON CONFLICT (connection_id, reason) DO UPDATE SET
  events = dropped_hint.events + excluded.events, last_at = excluded.last_at"""


def keep(database: Database, many: Sequence[Heard]) -> None:
    """Store what was told, in one transaction."""
    with database.count() as writer:
        _keep(writer, many)


def keep_page(database: Database, told: Heard, offset: str) -> None:
    """Store what a part of a journal told, together with the place behind it."""
    with database.count() as writer:
        _keep(writer, [told])
        upsert(writer, JournalCursor, [(told.connection_id, offset)])


def journal_offset(database: Database, connection_id: int) -> str | None:
    """Where the reading of a journal stands; None at its beginning."""
    with database.read() as reader:
        value = reader.exec_driver_sql(
            "SELECT value FROM journal_cursor WHERE connection_id = ?", (connection_id,)
        ).scalar()
    return None if value is None else str(value)


def _keep(writer: Connection, many: Sequence[Heard]) -> None:
    rows = [
        (one.at_ms, randbits(_BITS), one.connection_id, len(one.told), to_text(one.told))
        for one in many
        if one.told
    ]
    if rows:
        writer.exec_driver_sql(_ADD, rows)
    events: Counter[tuple[int, str]] = Counter()
    last: dict[tuple[int, str], int] = {}
    for one in many:
        for reason, count in one.dropped.items():
            key = (one.connection_id, reason)
            events[key] += count
            last[key] = max(last.get(key, 0), one.at_ms)
    if events:
        writer.exec_driver_sql(_DROP, [(*key, events[key], last[key]) for key in sorted(events)])


def deliveries(reader: Connection) -> int:
    """How many deliveries lie here."""
    return int(reader.exec_driver_sql("SELECT count(*) FROM delivery").scalar_one())


class Delivered(NamedTuple):
    """What a delivery told, and when (ms since 1970)."""

    connection_id: int
    heard_at: int
    told: list[Alike]


def take_deliveries(writer: Connection, most: int) -> list[Delivered]:
    """Take deliveries away, the oldest first; what they told is the caller's now."""
    rows = writer.exec_driver_sql(
        "SELECT heard_at, id, connection_id, told FROM delivery ORDER BY heard_at, id LIMIT ? "  # noqa: S608
        f"{dialect_of(writer).lock_free_rows}",
        (most,),
    ).all()
    if rows:
        writer.exec_driver_sql(
            "DELETE FROM delivery WHERE heard_at = ? AND id = ?", [tuple(row[:2]) for row in rows]
        )
    return [Delivered(row[2], row[0], from_text(row[3])) for row in rows]


def deliveries_about(reader: Connection, connection_id: int, contact: str) -> int:
    """How many deliveries that lie here name a contact."""
    like = f"%{like_text(to_json([contact])[1:-1])}%"
    rows = reader.exec_driver_sql(
        "SELECT told FROM delivery WHERE connection_id = ? AND told LIKE ? ESCAPE '!'", (connection_id, like)
    )
    return sum(_names(from_text(row[0]), contact) for row in rows)


def _names(told: Iterable[Alike], contact: str) -> bool:
    return any(one.kind is Kind.CONTACT and contact in one.remote_ids for one in told)
