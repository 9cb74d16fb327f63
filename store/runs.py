"""Runs: what was done, when, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from store.database import Database
from store.sql import next_number, to_json
from store.tables import Run

READ = "read "
"""What the command of a run begins with that reads one CRM."""


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
    """Open a run; runs that never ended (a crash) are marked as interrupted.

    Only the reads of two CRMs go on beside each other: every other run that is still open has died.
    """
    with database.write(moves=False) as writer:
        writer.exec_driver_sql(
            "UPDATE run SET state = 'interrupted' WHERE state = 'running' "
            "AND (command = ? OR substr(command, 1, ?) <> ? OR ? = 0)",
            (command, len(READ), READ, int(command.startswith(READ))),
        )
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
    with database.write(moves=False) as writer:
        writer.exec_driver_sql(
            "UPDATE run SET state = ?, counts = ?, finished_at = ?, error = ? WHERE id = ?",
            (state, to_json(counts), now_ms, error, run_id),
        )


def forget_run(database: Database, run_id: int) -> None:
    """Take a run off the log that changed nothing."""
    with database.write(moves=False) as writer:
        writer.exec_driver_sql("DELETE FROM run WHERE id = ?", (run_id,))


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
