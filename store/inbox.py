"""The inbox: one row for each record that a CRM told of, until it was read again and everything follows from it.

However often a record is told of, it is one row. Rows are taken for a while, and deleted when they are served,
unless more was told of the record meanwhile. Whoever dies with rows in hand leaves them to the next one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from core.hints import ChangeHint, HintEvent
from core.records import Kind, RecordRef
from store.database import Database
from store.dialect import dialect_of
from store.postgres import stage
from store.sql import Row, to_json, upsert
from store.tables import JournalCursor

LONGEST_ID = 64
"""Characters of a remote id; no CRM has longer ones."""
NOT_READ, ODD_ID = "about an object that is not read", "unreadable"
"""Reasons to drop a hint."""
_MANY = 100
"""Rows from which PostgreSQL takes a COPY faster than one statement a row."""

_COLUMNS = (
    "connection_id", "kind", "event", "first_heard_at", "last_heard_at", "times", "attempts", "due_at", "remote_id",
)  # fmt: skip
_INSERT = f"""
INSERT INTO hint ({", ".join(_COLUMNS)}) {{rows}}
ON CONFLICT (connection_id, kind, remote_id) DO UPDATE SET
  event = CASE WHEN hint.event = '{HintEvent.ERASED}' THEN hint.event ELSE excluded.event END,
  last_heard_at = CASE WHEN excluded.last_heard_at > hint.last_heard_at
                  THEN excluded.last_heard_at ELSE hint.last_heard_at END,
  times = hint.times + excluded.times"""
_SAME = f"SELECT {'?, ' * (len(_COLUMNS) - 1)} value FROM json_each(?) WHERE true"  # noqa: S608 our own names
_DROP = """
INSERT INTO dropped_hint (connection_id, reason, events, last_at) VALUES (?, ?, ?, ?)
ON CONFLICT (connection_id, reason) DO UPDATE SET
  events = dropped_hint.events + excluded.events, last_at = excluded.last_at"""
_OF_ROW = "connection_id = ? AND kind = ? AND remote_id = ?"


class Told(NamedTuple):
    """How often a record was told of, and the last event."""

    event: HintEvent
    times: int


_ONCE = {event: Told(event, 1) for event in HintEvent}


@dataclass(frozen=True, slots=True)
class Heard:
    """What one delivery told, by record (a plain RecordRef), and how many events of it were left out, by reason."""

    connection_id: int
    at_ms: int
    told: Mapping[tuple[Kind, str], Told]
    dropped: Mapping[str, int]


class Taken(NamedTuple):
    """A hint in hand; `times` is how often its record had been told of when it was taken."""

    ref: RecordRef
    event: HintEvent
    times: int
    attempts: int


def heard(connection_id: int, hints: Iterable[ChangeHint], left_out: Mapping[str, int], at_ms: int) -> Heard:
    """What the inbox keeps of hints: those about records that are read."""
    told: dict[tuple[Kind, str], Told] = {}
    dropped = Counter(left_out)
    for _, event, _, remote_id, kind, _ in hints:
        if kind is None:
            dropped[NOT_READ] += 1
        elif len(remote_id) > LONGEST_ID:
            dropped[ODD_ID] += 1
        else:
            ref = (kind, remote_id)
            known = told.get(ref)
            told[ref] = _ONCE[event] if known is None else _joined(known, event, 1)
    return Heard(connection_id, at_ms, told, dropped)


def _joined(before: Told, event: HintEvent, times: int) -> Told:
    return Told(before.event if before.event is HintEvent.ERASED else event, before.times + times)


def keep(database: Database, many: Sequence[Heard]) -> None:
    """Store what was told, in one transaction."""
    with database.count() as writer:
        _keep(writer, many)


_Record = tuple[int, Kind, str]
"""A connection's number, and what a RecordRef holds."""
_News = tuple[HintEvent, int, int, int]
"""What a batch tells of a record: the event, since when, until when, how often."""


def _keep(writer: Connection, many: Sequence[Heard]) -> None:
    rows: dict[_Record, _News] = {}
    dropped: dict[tuple[int, str], tuple[int, int]] = {}
    for one in many:
        number, at = one.connection_id, one.at_ms
        for (kind, remote_id), (event, times) in one.told.items():
            known = rows.get(key := (number, kind, remote_id))
            rows[key] = (event, at, at, times) if known is None else _added(known, event, at, times)
        for reason, events in one.dropped.items():
            count, last = dropped.get((number, reason), (0, 0))
            dropped[number, reason] = (count + events, max(last, at))
    _insert(writer, rows)
    if dropped:
        writer.exec_driver_sql(_DROP, [(*key, *value) for key, value in sorted(dropped.items())])


def _added(known: _News, event: HintEvent, at: int, times: int) -> _News:
    """One more delivery told of a record whose row is not stored yet."""
    before, first, last, count = known
    last_event = before if before is HintEvent.ERASED else event
    return last_event, min(first, at), max(last, at), count + times


def _insert(writer: Connection, rows: Mapping[_Record, _News]) -> None:
    if writer.dialect.name == "sqlite":
        _insert_alike(writer, rows)
        return
    # In one order everywhere, so that two processes never wait for each other's rows.
    whole = [(*_values(number, kind, rows[number, kind, id_]), id_) for number, kind, id_ in sorted(rows)]
    if len(whole) >= _MANY:
        staged = stage(writer, "hint", _COLUMNS, whole)
        names = ", ".join(_COLUMNS)
        source = f'SELECT {names} FROM "{staged}" ORDER BY connection_id, kind, remote_id'  # noqa: S608 our own names
        writer.exec_driver_sql(_INSERT.format(rows=source))
    elif whole:
        writer.exec_driver_sql(_INSERT.format(rows=f"VALUES ({', '.join('?' * len(_COLUMNS))})"), whole)


def _insert_alike(writer: Connection, rows: Mapping[_Record, _News]) -> None:
    """One statement for all records of which the same is told, which is one for the usual delivery.

    A statement for each record takes twice the CPU time and lets go of Python's lock as often: a writer that has
    to win it back from busy requests for every record cannot keep up with them.
    """
    alike: dict[tuple[int, Kind, _News], list[str]] = {}
    for number, kind, remote_id in sorted(rows):
        alike.setdefault((number, kind, rows[number, kind, remote_id]), []).append(remote_id)
    for told, ids in alike.items():
        writer.exec_driver_sql(_INSERT.format(rows=_SAME), (*_values(*told), to_json(ids)))


def _values(number: int, kind: Kind, news: _News) -> Row:
    """What stands in a row before the record's id."""
    event, first, last, times = news
    return (number, kind.value, event.value, first, last, times, 0, first)


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
