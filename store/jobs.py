"""Jobs: what is wanted, what runs, what was given up. A courier only says that it may be worth looking here.

Whoever begins a job holds the locks of its connections (store.lock), so nobody else runs it at the same time.
Instants are milliseconds since 1970.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from store.database import Database
from store.sql import to_json

Arguments = Mapping[str, Any]

MOST_ATTEMPTS = 5
"""Starts without an end that we know of, after which a job is given up."""
_FIRST_PAUSE_MS = 2_000
_LONGEST_PAUSE_MS = 600_000


class Job(NamedTuple):
    """A job as it is now (store.tables.Job)."""

    key: str
    task: str
    arguments: Arguments
    wanted_at: int | None
    not_before: int
    attempts: int
    started_at: int | None
    ended_at: int | None
    done_at: int | None
    dead_at: int | None
    error: str | None

    def is_due(self, now_ms: int) -> bool:
        """Whether it may be begun now."""
        return self.wanted_at is not None and self.dead_at is None and self.not_before <= now_ms


_SELECT = (
    "SELECT key, task, arguments, wanted_at, not_before, attempts, started_at, ended_at, done_at, dead_at, error "
    "FROM job"
)


def all_jobs(database: Database) -> list[Job]:
    """Every job that was ever wanted, by key."""
    with database.read() as reader:
        return [_job(row) for row in reader.exec_driver_sql(f"{_SELECT} ORDER BY key")]


def find(database: Database, key: str) -> Job | None:
    """A job by its key."""
    with database.read() as reader:
        return _one(reader, key)


def want(writer: Connection, key: str, task: str, arguments: Arguments, now_ms: int) -> None:
    """Ask for a job; equal ones that wait become one. One that was given up stays so."""
    writer.exec_driver_sql(
        "INSERT INTO job (key, task, arguments, wanted_at, not_before, attempts) VALUES (?, ?, ?, ?, 0, 0) "
        "ON CONFLICT (key) DO UPDATE SET task = excluded.task, arguments = excluded.arguments, "
        "wanted_at = coalesce(job.wanted_at, excluded.wanted_at)",
        (key, task, to_json(arguments), now_ms),
    )


def insist(writer: Connection, key: str) -> None:
    """A person asks: what was given up is tried again, and nothing rests any longer."""
    writer.exec_driver_sql(
        "UPDATE job SET dead_at = NULL, attempts = 0, not_before = 0, error = NULL WHERE key = ?", (key,)
    )


def begin(database: Database, key: str, now_ms: int) -> Job | None:
    """Count an attempt and begin; None where nothing is to be done (any more), or too much was tried.

    A job that was begun and never ended is begun again: whoever ran it has died.
    """
    with database.count() as writer:
        job = _one(writer, key)
        if job is None or not (job.is_due(now_ms) or _was_left(job)):
            return None
        if job.attempts >= MOST_ATTEMPTS:
            _give_up(writer, job, now_ms)
            return None
        writer.exec_driver_sql(
            "UPDATE job SET wanted_at = NULL, started_at = ?, attempts = attempts + 1 WHERE key = ?",
            (now_ms, key),
        )
        return job._replace(attempts=job.attempts + 1, started_at=now_ms)


def done(database: Database, key: str, now_ms: int) -> None:
    """It is done."""
    _end(database, key, now_ms, "attempts = 0, done_at = started_at, error = NULL")


def ended(database: Database, key: str, now_ms: int, error: str) -> None:
    """It ended in a way that another attempt would not change: the next one who asks for it begins anew."""
    _end(database, key, now_ms, "attempts = 0, error = ?", error)


def put_back(database: Database, key: str, now_ms: int) -> None:
    """It was interrupted, which is no attempt of its own; it is wanted as before."""
    _end(database, key, now_ms, f"attempts = attempts - 1, wanted_at = coalesce(wanted_at, {now_ms})")


def failed(database: Database, job: Job, now_ms: int, error: str, *, gives_up: bool) -> None:
    """It failed, and is tried again after a pause that doubles.

    After the last attempt it is given up for good (`gives_up`), or until somebody asks for it anew.
    """
    if job.attempts >= MOST_ATTEMPTS:
        settled = f"dead_at = {now_ms}, error = ?" if gives_up else "attempts = 0, error = ?"
        _end(database, job.key, now_ms, settled, error)
        return
    again_at = now_ms + min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS << (job.attempts - 1))
    change = f"wanted_at = coalesce(wanted_at, {now_ms}), not_before = {again_at}, error = ?"
    _end(database, job.key, now_ms, change, error)


def release(database: Database, key: str, now_ms: int) -> None:
    """Whoever ran it has died; it is wanted again. Only with the locks of its connections in hand."""
    with database.count() as writer:
        writer.exec_driver_sql(
            "UPDATE job SET wanted_at = coalesce(wanted_at, ?), started_at = NULL "
            "WHERE key = ? AND started_at IS NOT NULL",
            (now_ms, key),
        )


def _end(database: Database, key: str, now_ms: int, change: str, *values: str) -> None:
    with database.count() as writer:
        writer.exec_driver_sql(
            f"UPDATE job SET {change}, ended_at = ?, started_at = NULL WHERE key = ?",  # noqa: S608 our own words
            (*values, now_ms, key),
        )


def _give_up(writer: Connection, job: Job, now_ms: int) -> None:
    words = job.error or f"whoever ran it died {job.attempts} times in the middle of it"
    writer.exec_driver_sql(
        "UPDATE job SET dead_at = ?, error = ?, started_at = NULL WHERE key = ?", (now_ms, words, job.key)
    )


def _was_left(job: Job) -> bool:
    return job.started_at is not None and job.dead_at is None


def _one(connection: Connection, key: str) -> Job | None:
    row = connection.exec_driver_sql(f"{_SELECT} WHERE key = ?", (key,)).one_or_none()
    return _job(row) if row else None


def _job(row: Any) -> Job:
    return Job(row[0], row[1], orjson.loads(row[2]), *row[3:])
