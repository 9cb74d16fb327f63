"""Deliveries become hints: one row a record, however often and by however many deliveries it was told of."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from core.hints import HintEvent
from core.records import Kind
from store.database import Database
from store.deliveries import deliveries, take_deliveries
from store.heard import Heard, Told, joined
from store.postgres import stage
from store.sql import Row, to_json

_AT_ONCE = 50
"""Deliveries of one transaction: on SQLite, the next delivery waits for its end."""
_MANY = 100
"""Rows from which PostgreSQL takes a COPY faster than one statement a row."""

_COLUMNS = (
    "connection_id", "kind", "remote_id", "event", "first_heard_at", "last_heard_at", "times", "attempts", "due_at",
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
_PLACES = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(_COLUMNS)))
_FROM_JSON = f"SELECT {_PLACES} FROM json_each(?) WHERE true"  # noqa: S608 our own names


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
    """Make hints of the oldest deliveries; how many they were."""
    some = take_deliveries(writer, _AT_ONCE)
    _insert(writer, _rows(_news(some)))
    return len(some)


def _news(many: Iterable[Heard]) -> dict[_Record, _News]:
    """What several deliveries tell, once for each record."""
    found: dict[_Record, _News] = {}
    for one in many:
        number, at = one.connection_id, one.at_ms
        for (kind, remote_id), told in one.told.items():
            key = (number, kind, remote_id)
            before = found.get(key)
            found[key] = _News(told, at, at) if before is None else _later(before, told, at)
    return found


def _later(before: _News, told: Told, at: int) -> _News:
    return _News(joined(before.told, told), min(before.first, at), max(before.last, at))


def _rows(news: Mapping[_Record, _News]) -> list[Row]:
    """In one order everywhere, so that two processes never wait for each other's rows."""
    return [
        (number, kind.value, remote_id, told.event.value, first, last, told.times, 0, first)
        for (number, kind, remote_id), (told, first, last) in sorted(news.items(), key=lambda item: item[0])
    ]


def _insert(writer: Connection, rows: list[Row]) -> None:
    if not rows:
        return
    if writer.dialect.name == "sqlite":
        # One statement lets go of Python's lock once, not for every row: requests that are busy would keep it.
        writer.exec_driver_sql(_INSERT.format(rows=_FROM_JSON), (to_json(rows),))
    elif len(rows) < _MANY:
        writer.exec_driver_sql(_INSERT.format(rows=_VALUES), rows)
    else:
        staged = stage(writer, "hint", _COLUMNS, rows)
        source = f'SELECT {", ".join(_COLUMNS)} FROM "{staged}" ORDER BY connection_id, kind, remote_id'  # noqa: S608 ours
        writer.exec_driver_sql(_INSERT.format(rows=source))
