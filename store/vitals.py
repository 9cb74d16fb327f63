"""How it goes: what health and metrics look at. Numbers and our own words only, never a record's name."""

import shutil
from typing import NamedTuple

import orjson

from core.clock import millis
from core.cursors import Cursor
from core.errors import StorageFull
from store.database import Database
from store.sqlite import file_of
from store.touched import mark, read_mark

_LEAST_FREE_BYTES = 32 << 20
_PROBE = "room"
_CALLS_LEFT = "calls left of "


class Lag(NamedTuple):
    """Where the pull of an object stands: everything modified until `since_ms` was read; None for nothing yet."""

    connection: str
    stream: str
    since_ms: int | None


def cursor_lags(database: Database) -> list[Lag]:
    """Every object's cursor; a broken one stands for nothing read."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection.name, stream, value FROM stream_cursor "
            "JOIN connection ON connection.id = stream_cursor.connection_id ORDER BY 1, 2"
        ).all()
    return [Lag(name, stream, _since(value)) for name, stream, value in rows]


def _since(value: str) -> int | None:
    try:
        since = Cursor.from_json(orjson.loads(value)).since
    except ValueError:
        return None
    return None if since is None else millis(since)


def quarantine_sizes(database: Database) -> dict[str, int]:
    """How much is in quarantine, by connection name."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection.name, count(*) FROM quarantine "
            "JOIN connection ON connection.id = quarantine.connection_id GROUP BY connection.name"
        )
        return {row[0]: row[1] for row in rows}


def note_calls_left(database: Database, connection: str, left: int) -> None:
    """Keep what a CRM said of its calls that are left today, for whoever asks in another process."""
    with database.count() as writer:
        mark(writer, _CALLS_LEFT + connection, str(left))


def calls_left(database: Database) -> dict[str, int]:
    """What was said last of the calls that are left, by connection name."""
    with database.read() as reader:
        names = [row[0] for row in reader.exec_driver_sql("SELECT name FROM connection ORDER BY name")]
        found = {name: read_mark(reader, _CALLS_LEFT + name) for name in names}
    return {name: int(value) for name, value in found.items() if value is not None}


def check_room(database: Database) -> None:
    """Raise StorageFull where a page more cannot be kept; it is tried, and taken back."""
    with database.count() as writer:
        mark(writer, _PROBE, "x" * 65_536)
        writer.rollback()
    url = database.engine.url
    if url.drivername == "sqlite" and shutil.disk_usage(file_of(url).parent).free < _LEAST_FREE_BYTES:
        raise StorageFull(f"The disk of {file_of(url)} has less than {_LEAST_FREE_BYTES >> 20} MB left.")
