"""The inbox: one row for each record that a CRM told of, until it was read again and everything follows from it.

However often a record is told of, it is one row. Rows are taken for a while, and deleted when they are served,
unless more was told of the record meanwhile. Whoever dies with rows in hand leaves them to the next one. What the CRMs
told and nobody has looked at yet lies before it as it came (`store.deliveries`).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from core.hints import HintEvent
from core.records import Kind, RecordRef
from store.coalesce import coalesce
from store.database import Database
from store.dialect import dialect_of
from store.sql import Row

_OF_ROW = "connection_id = ? AND kind = ? AND remote_id = ?"


class Taken(NamedTuple):
    """A hint in hand; `times` is how often its record had been told of when it was taken."""

    ref: RecordRef
    event: HintEvent
    times: int
    attempts: int


def take(database: Database, connection_id: int, *, now_ms: int, until_ms: int, most: int) -> list[Taken]:
    """Take due hints, the longest waiting first; nobody else gets them before `until_ms`.

    The attempt is counted before anything is done with them, so that one that kills us is noticed.
    """
    coalesce(database)
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
    """By connection: how many records wait to be read again, and since when the first (ms since 1970).

    A record of several deliveries that nobody has looked at yet counts for each of them.
    """
    return _by_connection(database, "", ())


def due(database: Database, now_ms: int) -> dict[int, tuple[int, int]]:
    """The same of those that nobody has in hand and that are not put off."""
    return _by_connection(database, "WHERE due_at <= ?", (now_ms,))


def _by_connection(database: Database, where: str, values: Row) -> dict[int, tuple[int, int]]:
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection_id, sum(records), min(since) FROM ("  # noqa: S608 our own words
            f"SELECT connection_id, 1 AS records, first_heard_at AS since FROM hint {where} UNION ALL "
            "SELECT connection_id, records, heard_at FROM delivery) AS told GROUP BY connection_id",
            values,
        )
        return {row[0]: (int(row[1]), row[2]) for row in rows}


def dropped_hints(database: Database) -> dict[tuple[int, str], int]:
    """How many events were dropped so far, by connection and reason."""
    with database.read() as reader:
        rows = reader.exec_driver_sql("SELECT connection_id, reason, events FROM dropped_hint")
        return {(row[0], row[1]): row[2] for row in rows}
