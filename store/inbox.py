"""The inbox: one row for each record that a CRM told of, until it was read again and everything follows from it.

However often a record is told of, it is one row. Rows are taken for a while, and deleted when they are served,
unless more was told of the record meanwhile. Whoever dies with rows in hand leaves them to the next one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

from core.hints import ChangeHint, HintEvent
from core.records import Kind, RecordRef
from store.database import Database
from store.dialect import dialect_of
from store.postgres import stage
from store.sql import Row, upsert
from store.tables import JournalCursor

LONGEST_ID = 64
"""Characters of a remote id; no CRM has longer ones."""
NOT_READ, ODD_ID = "about an object that is not read", "unreadable"
"""Reasons to drop a hint."""
_MANY = 100
"""Rows from which PostgreSQL takes a COPY faster than one statement a row."""

_COLUMNS = (
    "connection_id", "kind", "remote_id", "event", "first_heard_at", "last_heard_at", "times", "attempts", "due_at",
)  # fmt: skip
_INSERT = f"""
INSERT INTO hint ({", ".join(_COLUMNS)}) {{rows}}
ON CONFLICT (connection_id, kind, remote_id) DO UPDATE SET
  event = CASE WHEN hint.event = '{HintEvent.ERASED}' THEN hint.event ELSE excluded.event END,
  last_heard_at = CASE WHEN excluded.last_heard_at > hint.last_heard_at
                  THEN excluded.last_heard_at ELSE hint.last_heard_at END,
  times = hint.times + excluded.times"""
_DROP = """
INSERT INTO dropped_hint (connection_id, reason, events, last_at) VALUES (?, ?, ?, ?)
ON CONFLICT (connection_id, reason) DO UPDATE SET
  events = dropped_hint.events + excluded.events, last_at = excluded.last_at"""
_OF_ROW = "connection_id = ? AND kind = ? AND remote_id = ?"


class Told(NamedTuple):
    """How often a record was told of, and the last event."""

    event: HintEvent
    times: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What one delivery told, by record, and how many events of it were left out, by reason."""

    connection_id: int
    at_ms: int
    told: Mapping[RecordRef, Told]
    dropped: Mapping[str, int]


class Taken(NamedTuple):
    """A hint in hand; `times` is how often its record had been told of when it was taken."""

    ref: RecordRef
    event: HintEvent
    times: int
    attempts: int


def heard(connection_id: int, hints: Iterable[ChangeHint], left_out: Mapping[str, int], at_ms: int) -> Heard:
    """What the inbox keeps of hints: those about records that are read."""
    told: dict[RecordRef, Told] = {}
    dropped = Counter(left_out)
    for hint in hints:
        if hint.kind is None:
            dropped[NOT_READ] += 1
        elif len(hint.remote_id) > LONGEST_ID:
            dropped[ODD_ID] += 1
        else:
            ref = RecordRef(hint.kind, hint.remote_id)
            told[ref] = _joined(told.get(ref), Told(hint.event, 1))
    return Heard(connection_id, at_ms, told, dropped)


def _joined(before: Told | None, after: Told) -> Told:
    if before is None:
        return after
    event = before.event if before.event is HintEvent.ERASED else after.event
    return Told(event, before.times + after.times)


def keep(database: Database, many: Sequence[Heard]) -> None:
    """Store what was told, in one transaction."""
    with database.count() as writer:
        _keep(writer, many)


def _keep(writer: Connection, many: Sequence[Heard]) -> None:
    rows: dict[tuple[int, RecordRef], list[Any]] = {}
    dropped: dict[tuple[int, str], tuple[int, int]] = {}
    for one in many:
        at = one.at_ms
        for ref, (event, times) in one.told.items():
            known = rows.get(key := (one.connection_id, ref))
            if known is None:
                rows[key] = [*_key(one.connection_id, ref), event.value, at, at, times, 0, at]
            else:
                _add(known, event, times, at)
        for reason, events in one.dropped.items():
            count, last = dropped.get((one.connection_id, reason), (0, 0))
            dropped[one.connection_id, reason] = (count + events, max(last, at))
    # In one order everywhere, so that two processes never wait for each other's rows.
    _insert(writer, [tuple(rows[key]) for key in sorted(rows)])
    if dropped:
        writer.exec_driver_sql(_DROP, [(*key, *value) for key, value in sorted(dropped.items())])


def _add(row: list[Any], event: HintEvent, times: int, at: int) -> None:
    """One more delivery told of a record, in a row that is not stored yet."""
    if row[3] != HintEvent.ERASED.value:
        row[3] = event.value
    row[4], row[5], row[6], row[8] = min(row[4], at), max(row[5], at), row[6] + times, min(row[8], at)


def _insert(writer: Connection, rows: list[Row]) -> None:
    if not rows:
        return
    if writer.dialect.name == "postgresql" and len(rows) >= _MANY:
        staged = stage(writer, "hint", _COLUMNS, rows)
        names = ", ".join(_COLUMNS)
        source = f'SELECT {names} FROM "{staged}" ORDER BY connection_id, kind, remote_id'  # noqa: S608 our own names
        writer.exec_driver_sql(_INSERT.format(rows=source))
        return
    values = f"VALUES ({', '.join('?' * len(_COLUMNS))})"
    writer.exec_driver_sql(_INSERT.format(rows=values), rows)


def take(database: Database, connection_id: int, *, now_ms: int, until_ms: int, most: int) -> list[Taken]:
    """Take due hints, the longest waiting first; nobody else gets them before `until_ms`.

    The attempt is counted before anything is done with them, so that one that kills us is noticed.
    """
    with database.count() as writer:
        rows = writer.exec_driver_sql(
            "SELECT kind, remote_id, event, times, attempts FROM hint "  # noqa: S608 our own words
            "WHERE connection_id = ? AND due_at <= ? ORDER BY due_at, kind, remote_id LIMIT ? "
            f"{dialect_of(writer).lock_free_rows}",
            (connection_id, now_ms, most),
        ).all()
        taken = [
            Taken(RecordRef(Kind(row[0]), row[1]), HintEvent(row[2]), row[3], row[4] + 1) for row in rows
        ]
        _each(
            writer,
            f"UPDATE hint SET attempts = attempts + 1, due_at = ? WHERE {_OF_ROW}",  # noqa: S608 our own words
            [(until_ms, *_key(connection_id, one.ref)) for one in taken],
        )
    return taken


def put_off(database: Database, connection_id: int, taken: Iterable[Taken], until_ms: int) -> None:
    """Give hints back that were not served; they are due again at `until_ms`."""
    rows: list[Row] = [(until_ms, *_key(connection_id, one.ref)) for one in taken]
    with database.count() as writer:
        _each(writer, f"UPDATE hint SET due_at = ? WHERE {_OF_ROW}", rows)  # noqa: S608 our own words


def strike(database: Database, connection_id: int, served: Iterable[Taken]) -> None:
    """Delete hints that were served. Of what was told again meanwhile, the new part stays and is due."""
    keys = [(*_key(connection_id, one.ref), one.times) for one in served]
    with database.count() as writer:
        _each(writer, f"DELETE FROM hint WHERE {_OF_ROW} AND times = ?", keys)  # noqa: S608 our own words
        _each(
            writer,
            "UPDATE hint SET due_at = last_heard_at, first_heard_at = last_heard_at, attempts = 0 "  # noqa: S608
            f"WHERE {_OF_ROW} AND times <> ?",
            keys,
        )


def _each(writer: Connection, statement: str, rows: Sequence[Row]) -> None:
    if rows:
        writer.exec_driver_sql(statement, sorted(rows))


def _key(connection_id: int, ref: RecordRef) -> tuple[int, str, str]:
    return (connection_id, ref.kind.value, ref.remote_id)


def waiting(database: Database) -> dict[int, tuple[int, int]]:
    """By connection: how many records wait to be read again, and since when the first (ms since 1970)."""
    return _by_connection(database, "", ())


def due(database: Database, now_ms: int) -> dict[int, tuple[int, int]]:
    """The same of those that nobody has in hand and that are not put off."""
    return _by_connection(database, "WHERE due_at <= ?", (now_ms,))


def _by_connection(database: Database, where: str, values: Row) -> dict[int, tuple[int, int]]:
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            f"SELECT connection_id, count(*), min(first_heard_at) FROM hint {where} GROUP BY connection_id",  # noqa: S608
            values,
        )
        return {row[0]: (row[1], row[2]) for row in rows}


def dropped_hints(database: Database) -> dict[tuple[int, str], int]:
    """How many events were dropped so far, by connection and reason."""
    with database.read() as reader:
        rows = reader.exec_driver_sql("SELECT connection_id, reason, events FROM dropped_hint")
        return {(row[0], row[1]): row[2] for row in rows}


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
