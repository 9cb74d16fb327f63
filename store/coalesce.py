"""Deliveries become hints: one row a record, however often and by however many deliveries it was told of."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from core.hints import HintEvent
from core.records import Kind
from store.database import Database
from store.deliveries import Delivered, deliveries, take_deliveries
from store.heard import Told, joined
from store.postgres import stage
from store.sql import Row, to_json

_AT_ONCE = 50
"""Deliveries of one transaction: on SQLite, the next delivery waits for its end."""
_MANY = 100
"""Rows from which PostgreSQL takes a COPY faster than one statement a row."""

_COLUMNS = (
    "connection_id", "kind", "event", "first_heard_at", "last_heard_at", "times", "attempts", "due_at", "remote_id",
)  # fmt: skip
_INSERT = f"""
INSERT INTO hint ({", ".join(_COLUMNS)}) {{rows}}
ON CONFLICT (connection_id, kind, remote_id) DO UPDATE SET
  event = CASE WHEN hint.event = '{HintEvent.ERASED}'
                 OR hint.event = '{HintEvent.RESTORED}' AND excluded.event <> '{HintEvent.ERASED}'
          THEN hint.event ELSE excluded.event END,
  last_heard_at = CASE WHEN excluded.last_heard_at > hint.last_heard_at
                  THEN excluded.last_heard_at ELSE hint.last_heard_at END,
  times = hint.times + excluded.times"""
_VALUES = f"VALUES ({', '.join('?' * len(_COLUMNS))})"
_ALIKE = f"SELECT {'?, ' * (len(_COLUMNS) - 1)} value FROM json_each(?) WHERE true"  # noqa: S608 our own names


class _News(NamedTuple):
    """What deliveries tell of a record, and from when until when they did (ms since 1970)."""

    told: Told
    first: int
    last: int


_Record = tuple[int, Kind, str]
"""A connection's number, and what a RecordRef holds."""


def coalesce(database: Database) -> None:
    """Make hints of as many deliveries as lie there now, in short transactions."""
    with database.read() as reader:
        left = deliveries(reader)
    while left > 0:
        with database.count() as writer:
            left -= _coalesce_some(writer) or left


def coalesce_within(writer: Connection) -> None:
    """The same in a transaction that runs already."""
    while _coalesce_some(writer):
        pass


def _coalesce_some(writer: Connection) -> int:
    """Make hints of the oldest deliveries; how many they were.

    PostgreSQL, where several do so at once, needs all rows of a transaction in one order.
    """
    some = take_deliveries(writer, _AT_ONCE)
    if writer.dialect.name == "sqlite":
        _insert_alike(writer, some)
    else:
        _insert(writer, _rows(_news(some)))
    return len(some)


def _insert_alike(writer: Connection, some: Iterable[Delivered]) -> None:
    """A statement for all records of a delivery of which the same is told, which mostly are all; SQLite joins them.

    One for each record would take twice the CPU time, and let go of Python's lock as often.
    """
    for number, at, told in some:
        for kind, one, ids in told:
            values = _values(number, kind, _News(one, at, at))
            writer.exec_driver_sql(_INSERT.format(rows=_ALIKE), (*values, to_json(ids)))


def _news(some: Iterable[Delivered]) -> dict[_Record, _News]:
    """What several deliveries tell, once for each record."""
    found: dict[_Record, _News] = {}
    for number, at, told in some:
        for kind, one, ids in told:
            for remote_id in ids:
                key = (number, kind, remote_id)
                before = found.get(key)
                found[key] = _News(one, at, at) if before is None else _later(before, one, at)
    return found


def _later(before: _News, told: Told, at: int) -> _News:
    return _News(joined(before.told, told), min(before.first, at), max(before.last, at))


def _rows(news: Mapping[_Record, _News]) -> list[Row]:
    """In one order everywhere, so that two processes never wait for each other's rows."""
    return [(*_values(number, kind, news[number, kind, id_]), id_) for number, kind, id_ in sorted(news)]


def _values(number: int, kind: Kind, news: _News) -> Row:
    """What stands in a row before the record's id."""
    told, first, last = news
    return (number, kind.value, told.event.value, first, last, told.times, 0, first)


def _insert(writer: Connection, rows: list[Row]) -> None:
    if len(rows) >= _MANY:
        staged = stage(writer, "hint", _COLUMNS, rows)
        names = ", ".join(_COLUMNS)
        source = f'SELECT {names} FROM "{staged}" ORDER BY connection_id, kind, remote_id'  # noqa: S608 our own names
        writer.exec_driver_sql(_INSERT.format(rows=source))
    elif rows:
        writer.exec_driver_sql(_INSERT.format(rows=_VALUES), rows)
