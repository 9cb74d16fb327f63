"""Runs and their changes: what was done, to which record, with which result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from core.changes import WriteResult
from store.database import Database
from store.sql import Row, next_number, to_json, upsert
from store.tables import Change, Run


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as people look at it; instants in milliseconds since 1970."""

    id: int
    command: str
    as_of: int
    started_at: int
    finished_at: int | None
    state: str
    counts: Mapping[str, Any]
    error: str | None


def start_run(database: Database, command: str, *, as_of_ms: int, now_ms: int) -> int:
    """Open a run; runs that never ended (a crash) are marked as interrupted."""
    with database.write() as writer:
        writer.exec_driver_sql("UPDATE run SET state = 'interrupted' WHERE state = 'running'")
        number = next_number(writer, Run)
        writer.exec_driver_sql(
            "INSERT INTO run (id, command, as_of, started_at, state, counts) "
            "VALUES (?, ?, ?, ?, 'running', '{}')",
            (number, command, as_of_ms, now_ms),
        )
        return number


def finish_run(
    database: Database,
    run_id: int,
    state: str,
    counts: Mapping[str, Any],
    *,
    now_ms: int,
    error: str | None = None,
) -> None:
    """Close a run: done, rejected (some rows were refused), stopped (a guard) or failed."""
    with database.write() as writer:
        writer.exec_driver_sql(
            "UPDATE run SET state = ?, counts = ?, finished_at = ?, error = ? WHERE id = ?",
            (state, to_json(counts), now_ms, error, run_id),
        )


def list_runs(database: Database, limit: int = 20) -> list[RunRow]:
    """The latest runs, newest first."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(f"{_SELECT} ORDER BY id DESC LIMIT ?", (limit,)).all()
    return [_run(row) for row in rows]


def get_run(database: Database, run_id: int) -> RunRow | None:
    """One run, None for a number that never was."""
    with database.read() as reader:
        row = reader.exec_driver_sql(f"{_SELECT} WHERE id = ?", (run_id,)).one_or_none()
    return _run(row) if row else None


_SELECT = "SELECT id, command, as_of, started_at, finished_at, state, counts, error FROM run"


def _run(row: Any) -> RunRow:
    return RunRow(row[0], row[1], row[2], row[3], row[4], row[5], orjson.loads(row[6]), row[7])


def causes(database: Database, run_id: int) -> list[dict[str, Any]]:
    """A run's rejected writes by cause: code, reason, how many, and one record as an example."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection.name, change.kind, code, min(reason), count(*), min(remote_id) FROM change "
            "JOIN connection ON connection.id = change.connection_id "
            "WHERE run_id = ? AND outcome = 'rejected' GROUP BY 1, 2, 3 "
            "ORDER BY 5 DESC, 1, 2, coalesce(code, '')",
            (run_id,),
        ).all()
    names = ("connection", "kind", "code", "reason", "count", "example")
    return [dict(zip(names, row, strict=True)) for row in rows]


def record_changes(
    writer: Connection,
    run_id: int,
    connection_id: int,
    rows: Iterable[tuple[WriteResult, Mapping[str, str | None], Mapping[str, str | None]]],
    *,
    list_key: str | None = None,
) -> None:
    """Keep each write's result with the values before and after it."""
    first = next_number(writer, Change)
    values: list[Row] = [
        (
            number,
            run_id,
            connection_id,
            result.ref.kind,
            result.ref.remote_id,
            list_key,
            to_json(before),
            to_json(after),
            result.outcome,
            result.code,
            result.reason,
        )
        for number, (result, before, after) in enumerate(rows, first)
    ]
    upsert(writer, Change, values)
